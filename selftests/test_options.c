/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flowline.h"
#include "options.h"
#include "parse.h"

#define MAX_ARGUMENTS 40
#define SECOND 1000000000ULL

/* A command line in one string, split at blanks; what it said on stderr is kept in said. */
static char said[4096];

static int parse_as(enum command_id command, struct options *options, const char *line)
{
	static char copy[1024];
	char *argv[MAX_ARGUMENTS] = { "ploss" }, *at = copy;
	int argc = 1, saved = dup(STDERR_FILENO), err;
	FILE *log = tmpfile();

	snprintf(copy, sizeof(copy), "%s", line);
	while ((argv[argc] = strsep(&at, " ")))
		argc += *line != 0;
	argv[argc] = NULL;
	fflush(stderr);
	dup2(fileno(log), STDERR_FILENO);
	err = options_parse(options, command, argc, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(log);
	said[fread(said, 1, sizeof(said) - 1, log)] = 0;
	fclose(log);
	return err;
}

static int parse(struct options *options, const char *line)
{
	return parse_as(COMMAND_LIVE, options, line);
}

static void numbers_are_parsed_to_the_end(void **state)
{
	static const char *const bad[] = { "",   " 1", "1 ",  "1x",  "x",
					   "-1", "+1", "0x1", "1.0", "1e3" };
	static const char *const out[] = { "0", "65536", "18446744073709551615",
					   "18446744073709551616", "99999999999999999999999" };
	__u64 value = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_u64(bad[i], 1, 65535, &value), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		assert_int_equal(parse_u64(out[i], 1, 65535, &value), -ERANGE);
	assert_int_equal(value, 7);
	assert_int_equal(parse_u64("65535", 1, 65535, &value), 0);
	assert_int_equal(value, 65535);
	assert_int_equal(parse_u64("18446744073709551615", 0, ~0ULL, &value), 0);
	assert_true(value == ~0ULL);
}

static void seconds_may_have_a_fraction(void **state)
{
	static const struct {
		const char *text;
		__u64 ns;
	} good[] = {
		{ "1", SECOND },
		{ "0.25", SECOND / 4 },
		{ ".5", SECOND / 2 },
		{ "0.000000001", 1 },
		{ "10.5", 10 * SECOND + SECOND / 2 },
		{ "007", 7 * SECOND },
		{ "1.123456789", 1123456789 },
	};
	static const char *const bad[] = { "",    ".",   "1.",  "..5", "1.x",          "abc",
					   "nan", "inf", "-1",  "1,5", "1.1234567891", "1 ",
					   "0x1", "1e3", "1.5s" };
	static const char *const out[] = { "0", "0.0", "101", "18446744074",
					   "99999999999999999999999" };
	__u64 ns = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_seconds(bad[i], 1, 100 * SECOND, &ns), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		assert_int_equal(parse_seconds(out[i], 1, 100 * SECOND, &ns), -ERANGE);
	assert_int_equal(ns, 7);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_seconds(good[i].text, 1, 100 * SECOND, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
}

static void ports_are_taken_all_or_none(void **state)
{
	static const char *const bad[] = { "", ",", "80,", ",80", "80,,81", "80x", "80-90", "x" };
	struct config config = {};

	assert_int_equal(parse_ports("80,443", &config), 0);
	assert_int_equal(config.ports, 2);
	assert_int_equal(config.port[0], htons(80));
	assert_int_equal(config.port[1], htons(443));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_ports(bad[i], &config), -EINVAL);
	assert_int_equal(parse_ports("1,70000", &config), -ERANGE);
	assert_int_equal(parse_ports("0", &config), -ERANGE);
	assert_int_equal(config.ports, 2);
	assert_int_equal(parse_ports("1,2,3,4,5,6,7,8,9,10,11,12,13,14", &config), 0);
	assert_int_equal(parse_ports("15", &config), -E2BIG);
	assert_int_equal(config.ports, MAX_PORTS);
}

static void prefixes_are_masked_and_ipv4_is_mapped(void **state)
{
	static const struct {
		const char *text;
		__u32 addr[4], mask[4];
		int ipv4;
	} good[] = {
		{ "10.1.2.3", { 0, 0, 0xffff, 0x0a010203 }, { ~0U, ~0U, ~0U, ~0U }, 1 },
		{ "10.1.2.3/8", { 0, 0, 0xffff, 0x0a000000 }, { ~0U, ~0U, ~0U, 0xff000000 }, 1 },
		{ "0.0.0.0/0", { 0, 0, 0xffff, 0 }, { ~0U, ~0U, ~0U, 0 }, 1 },
		{ "2001:db8::1/33", { 0x20010db8, 0, 0, 0 }, { ~0U, 0x80000000, 0, 0 }, 0 },
		{ "::1", { 0, 0, 0, 1 }, { ~0U, ~0U, ~0U, ~0U }, 0 },
		{ "::/0", { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, 0 },
	};
	static const char *const bad[] = {
		"",
		"/",
		"10.0.0.0/",
		"10.0.0/8",
		"10.0.0.0/x",
		"x/8",
		"::/-1",
		"10.0.0.0/8/8",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	struct prefix prefix;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_prefix(good[i].text, &prefix), 0);
		for (int word = 0; word < 4; word++) {
			assert_int_equal(ntohl(prefix.addr[word]), good[i].addr[word]);
			assert_int_equal(ntohl(prefix.mask[word]), good[i].mask[word]);
		}
		assert_int_equal(prefix_is_ipv4(&prefix), good[i].ipv4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_prefix(bad[i], &prefix), -EINVAL);
	assert_int_equal(parse_prefix("10.0.0.0/33", &prefix), -ERANGE);
	assert_int_equal(parse_prefix("::/129", &prefix), -ERANGE);
}

static void without_options_it_is_a_second_each_until_interrupted(void **state)
{
	struct options options;

	assert_int_equal(parse(&options, ""), 0);
	assert_int_equal(options.interval_ns, SECOND);
	assert_int_equal(options.count, 0);
	assert_int_equal(options.interfaces, 0);
	assert_int_equal(options.output, OUTPUT_TABLE);
	assert_int_equal(options.hook, HOOK_AUTO);
	assert_int_equal(options.idle_ns, 300 * SECOND);
	assert_int_equal(options.closed_ns, 10 * SECOND);
	assert_string_equal(said, "");
}

static void options_stand_before_and_after_the_interval(void **state)
{
	struct options options;

	assert_int_equal(parse(&options,
			       "-i eth0 0.5 --interface=eth1 12 -6 --port 80 --port 443,8080 "
			       "--peer 2001:db8::/32 -n 3 -o json --sort bytes --hook xdp "
			       "--max-flows 4000000 --idle 60 --idle-closed 2.5 -vv"),
			 0);
	assert_int_equal(options.interfaces, 2);
	assert_string_equal(options.interface[0], "eth0");
	assert_string_equal(options.interface[1], "eth1");
	assert_int_equal(options.interval_ns, SECOND / 2);
	assert_int_equal(options.count, 12);
	assert_int_equal(options.config.family, 6);
	assert_int_equal(options.config.ports, 3);
	assert_int_equal(options.config.peers, 1);
	assert_int_equal(options.rows, 3);
	assert_int_equal(options.output, OUTPUT_JSON);
	assert_string_equal(options.sort->name, "bytes");
	assert_int_equal(options.hook, HOOK_XDP);
	assert_int_equal(options.max_flows, 4000000);
	assert_int_equal(options.idle_ns, 60 * SECOND);
	assert_int_equal(options.closed_ns, 5 * SECOND / 2);
	assert_int_equal(options.verbose, 2);
}

/* Each is refused with one line that names what is wrong. */
static void wrong_usage_is_one_line_that_names_it(void **state)
{
	static const struct {
		const char *line, *names;
	} wrong[] = {
		{ "--nosuch", "--nosuch" },
		{ "-x", "-x" },
		{ "--ip", "--ip" },
		{ "0", "'0'" },
		{ "0.001", "'0.001'" },
		{ "1x", "'1x'" },
		{ "nan", "'nan'" },
		{ "99999999999", "'99999999999'" },
		{ "-1", "-1" },
		{ "-- -1", "'-1'" },
		{ "1 0", "'0'" },
		{ "1 1.5", "'1.5'" },
		{ "1 2 3", "'3'" },
		{ "-i", "--interface" },
		{ "-4 -6", "-4 and -6" },
		{ "-6 --ipv4", "-4 and -6" },
		{ "--ipv4=1", "--ipv4" },
		{ "-4 --peer ::1", "--peer and -4" },
		{ "--peer 10.0.0.1 -6", "--peer and -6" },
		{ "--port 70000", "'70000'" },
		{ "--port 0", "'0'" },
		{ "--port 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "16 ports" },
		{ "--peer 10.0.0.0/33", "'10.0.0.0/33'" },
		{ "-o xml", "'xml'" },
		{ "--hook netfilter", "'netfilter'" },
		{ "-n 0", "'0'" },
		{ "--max-flows 4000001", "'4000001'" },
		{ "--max-flows 0", "'0'" },
		{ "--idle 0.5", "'0.5'" },
		{ "--idle-closed 0", "'0'" },
		{ "-q -v", "-v and -q" },
	};
	struct options options;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (parse(&options, wrong[i].line) != -EINVAL)
			fail_msg("accepted: ploss %s", wrong[i].line);
		if (!strstr(said, wrong[i].names) || strncmp(said, "ploss: ", 7) != 0 ||
		    strchr(said, '\n') != said + strlen(said) - 1)
			fail_msg("ploss %s said: %s", wrong[i].line, said);
	}
}

static void an_unknown_column_is_answered_by_those_there_are(void **state)
{
	struct options options;

	assert_int_equal(parse(&options, "--sort speed"), -EINVAL);
	assert_non_null(strstr(said, "'speed'"));
	for (unsigned int i = 0; i < column_count; i++)
		assert_non_null(strstr(said, columns[i].name));
}

static void flows_are_printed_once_without_an_interval(void **state)
{
	struct options options;

	assert_int_equal(parse_as(COMMAND_FLOWS, &options, "--by process --all"), 0);
	assert_int_equal(options.interval_ns, SECOND);
	assert_int_equal(options.count, 1);
	assert_int_equal(options.by, GROUP_PROCESS);
	assert_true(options.all);
	assert_int_equal(parse_as(COMMAND_FLOWS, &options, "5"), 0);
	assert_int_equal(options.interval_ns, 5 * SECOND);
	assert_int_equal(options.count, 0);
	assert_int_equal(parse_as(COMMAND_FLOWS, &options, "--by colour"), -EINVAL);
	assert_int_equal(parse(&options, "--all"), -EINVAL);
	assert_non_null(strstr(said, "ploss flows"));
	assert_int_equal(parse_as(COMMAND_EVENTS, &options, "--by peer"), -EINVAL);
}

static void limits_are_percentages(void **state)
{
	static const char *const bad[] = { "", "%", "-1", "100.1", "101%", "0.1%%", "x", "1e-3" };
	struct options options;
	char line[64];

	assert_int_equal(parse_as(COMMAND_DOCTOR, &options, "--max-loss 0.1% --max-loss-in 0 30"),
			 0);
	assert_int_equal(options.max_loss, 100000000);
	assert_int_equal(options.max_loss_in, 0);
	assert_true(options.max_loss_out == NO_LIMIT);
	assert_int_equal(options.interval_ns, 30 * SECOND);
	assert_int_equal(parse_as(COMMAND_DOCTOR, &options, ""), 0);
	assert_int_equal(options.interval_ns, 10 * SECOND);
	assert_int_equal(parse_as(COMMAND_DOCTOR, &options, "1 2"), -EINVAL);
	assert_int_equal(parse_as(COMMAND_DOCTOR, &options, "soon"), -EINVAL);
	assert_non_null(strstr(said, "ploss: SECONDS is seconds, from 0.01 "));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line), "--max-loss=%s", bad[i]);
		assert_int_equal(parse_as(COMMAND_DOCTOR, &options, line), -EINVAL);
		assert_non_null(strstr(said, "--max-loss takes a percentage"));
	}
}

static void more_interfaces_than_slots_are_refused(void **state)
{
	char line[1024] = "-i if0";
	struct options options;

	for (int i = 1; i < MAX_INTERFACES; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " -iif%d", i);
	assert_int_equal(parse(&options, line), 0);
	strcat(line, " -i one");
	assert_int_equal(parse(&options, line), -EINVAL);
	assert_non_null(strstr(said, "32 interfaces"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_parsed_to_the_end),
		cmocka_unit_test(seconds_may_have_a_fraction),
		cmocka_unit_test(ports_are_taken_all_or_none),
		cmocka_unit_test(prefixes_are_masked_and_ipv4_is_mapped),
		cmocka_unit_test(without_options_it_is_a_second_each_until_interrupted),
		cmocka_unit_test(options_stand_before_and_after_the_interval),
		cmocka_unit_test(wrong_usage_is_one_line_that_names_it),
		cmocka_unit_test(an_unknown_column_is_answered_by_those_there_are),
		cmocka_unit_test(flows_are_printed_once_without_an_interval),
		cmocka_unit_test(limits_are_percentages),
		cmocka_unit_test(more_interfaces_than_slots_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
