/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of options, and what each does with its argument. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf_endian.h>

#include "filter.h"
#include "log.h"
#include "options.h"
#include "parse.h"

#define SECOND_NS 1000000000ULL

static const char *const outputs[] = { "table", "wide", "json", "csv", NULL };
static const char *const hooks[] = { "auto", "tcx", "tc", "xdp", NULL };
static const char *const groupings[] = { "flow", "peer", "port", "process", NULL };

static void *field(struct options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

static int take_flag(struct options *options, const struct option_row *row, const char *text)
{
	*(bool *)field(options, row) = true;
	return 0;
}

static int take_more(struct options *options, const struct option_row *row, const char *text)
{
	++*(unsigned int *)field(options, row);
	return 0;
}

static int take_number(struct options *options, const struct option_row *row, const char *text)
{
	if (parse_u64(text, row->min, row->max, field(options, row)))
		return usage_error("--%s takes a number from %llu to %llu, not '%s'", row->name,
				   row->min, row->max, text);
	return 0;
}

static int take_seconds(struct options *options, const struct option_row *row, const char *text)
{
	if (parse_seconds(text, row->min, row->max, field(options, row)))
		return usage_error("--%s takes seconds from %g to %llu, not '%s'", row->name,
				   (double)row->min / SECOND_NS, row->max / SECOND_NS, text);
	return 0;
}

static int take_percent(struct options *options, const struct option_row *row, const char *text)
{
	if (parse_percent(text, field(options, row)))
		return usage_error("--%s takes a percentage from 0 to 100, not '%s'", row->name,
				   text);
	return 0;
}

static int take_choice(struct options *options, const struct option_row *row, const char *text)
{
	for (unsigned int i = 0; row->choices[i]; i++) {
		if (!strcmp(row->choices[i], text)) {
			*(unsigned int *)field(options, row) = i;
			return 0;
		}
	}
	return usage_error("--%s is %s, not '%s'", row->name, row->argument, text);
}

/* The row's min is the family. */
static int take_family(struct options *options, const struct option_row *row, const char *text)
{
	if (options->config.family && options->config.family != row->min)
		return usage_error("-4 and -6 exclude each other");
	options->config.family = row->min;
	return 0;
}

static int take_interface(struct options *options, const struct option_row *row, const char *text)
{
	if (!*text)
		return usage_error("--%s takes the name of an interface", row->name);
	if (options->interfaces == MAX_INTERFACES)
		return usage_error("more than %d interfaces", MAX_INTERFACES);
	options->interface[options->interfaces++] = text;
	return 0;
}

/* The row's min is enum port_end. */
static int take_ports(struct options *options, const struct option_row *row, const char *text)
{
	unsigned int before = options->config.ports;

	switch (parse_ports(text, &options->config)) {
	case 0:
		for (unsigned int i = before; i < options->config.ports; i++)
			options->config.port_end[i] = (__u8)row->min;
		return 0;
	case -E2BIG:
		return usage_error("more than %d ports", MAX_PORTS);
	default:
		return usage_error("--%s takes ports from 1 to 65535, not '%s'", row->name, text);
	}
}

static int take_peer(struct options *options, const struct option_row *row, const char *text)
{
	struct config *config = &options->config;

	if (config->peers == MAX_PREFIXES)
		return usage_error("more than %d prefixes", MAX_PREFIXES);
	if (parse_prefix(text, &config->peer[config->peers]))
		return usage_error("--%s takes an address or a prefix, not '%s'", row->name, text);
	config->peers++;
	return 0;
}

static int add_local(struct options *options, const struct prefix *prefix)
{
	if (options->locals == MAX_PREFIXES)
		return usage_error("more than %d prefixes", MAX_PREFIXES);
	options->local[options->locals++] = *prefix;
	return 0;
}

/* The addresses that one of this machine's interfaces has now. *found: how many. */
static int add_addresses(struct options *options, const char *interface, unsigned int *found)
{
	struct ifaddrs *all, *at;
	char text[INET6_ADDRSTRLEN];
	struct prefix prefix;
	int err = 0;

	if (getifaddrs(&all))
		return fail(-errno, "cannot list the addresses of %s", interface);
	for (at = all; !err && at; at = at->ifa_next) {
		const struct sockaddr *address = at->ifa_addr;
		const void *bytes;

		if (!address || strcmp(at->ifa_name, interface) ||
		    (address->sa_family != AF_INET && address->sa_family != AF_INET6))
			continue;
		bytes = &((const struct sockaddr_in *)address)->sin_addr;
		if (address->sa_family == AF_INET6)
			bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
		if (inet_ntop(address->sa_family, bytes, text, sizeof(text)) &&
		    !parse_prefix(text, &prefix)) {
			err = add_local(options, &prefix);
			++*found;
		}
	}
	freeifaddrs(all);
	return err;
}

static int take_local(struct options *options, const struct option_row *row, const char *text)
{
	struct prefix prefix;
	unsigned int found = 0;
	int err;

	if (!parse_prefix(text, &prefix))
		return add_local(options, &prefix);
	err = add_addresses(options, text, &found);
	if (err || found)
		return err;
	return usage_error(
		"--%s takes an address, a prefix or an interface that has addresses, not '%s'",
		row->name, text);
}

static int take_filter(struct options *options, const struct option_row *row, const char *text)
{
	const char *fault = filter_fault(text);

	options->filter = text;
	return fault ? usage_error("--%s: %s", row->name, fault) : 0;
}

/* "worst", or one end of a connection: "192.0.2.1:443", "[2001:db8::1]:443". */
static int take_plot(struct options *options, const struct option_row *row, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	struct prefix prefix;
	char address[64];
	__u64 port;

	options->plot = true;
	options->plot_port = 0;
	if (!strcmp(text, "worst"))
		return 0;
	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	snprintf(address, sizeof(address), "%.*s", (int)length, text);
	if (!length || length >= sizeof(address) || strchr(address, '/') ||
	    parse_prefix(address, &prefix) || parse_u64(colon + 1, 1, 65535, &port))
		return usage_error("--%s takes worst or ADDRESS:PORT, not '%s'", row->name, text);
	memcpy(options->plot_address, prefix.addr, sizeof(prefix.addr));
	options->plot_port = bpf_htons((__u16)port);
	return 0;
}

static int take_text(struct options *options, const struct option_row *row, const char *text)
{
	*(const char **)field(options, row) = text;
	return *text ? 0 : usage_error("--%s takes %s", row->name, row->argument);
}

static int take_column(struct options *options, const struct option_row *row, const char *text)
{
	char names[4096] = "";

	options->sort = column_find(text);
	if (options->sort)
		return 0;
	for (unsigned int i = 0; i < column_count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
			 columns[i].name);
	usage_error("--%s takes a column, not '%s'", row->name, text);
	advise("one of:%s", names);
	return -EINVAL;
}

#define FIELD(name) .offset = offsetof(struct options, name)

#define EVENTS (ONLY(COMMAND_EVENTS) | ONLY(COMMAND_READ))

#define LIMIT(name, field, help) \
	{ \
		0, name, "PERCENT", help, take_percent, FIELD(field), \
			.commands = ONLY(COMMAND_DOCTOR) | ONLY(COMMAND_READ) \
	}

const struct option_row option_rows[] = {
	{ 'i', "interface", "IF",
	  "watch this interface; repeatable. Default: those of the default routes", take_interface,
	  .commands = WATCHING },
	{ 0, "local", "PREFIX|IF", "addresses of the host that captured: their data goes out",
	  take_local, .commands = ONLY(COMMAND_READ) },
	{ 0, "interval", "SECONDS", "also print each SECONDS of the capture", take_seconds,
	  FIELD(interval_ns), INTERVAL_MIN_NS, INTERVAL_MAX_NS, .commands = ONLY(COMMAND_READ) },
	{ 0, "decap", NULL, "look into tunnels: GRE, VXLAN, GENEVE, IP in IP, GTP-U, PPPoE, MPLS",
	  take_flag, FIELD(decap), .commands = ONLY(COMMAND_READ) },
	{ 0, "filter", "EXPRESSION", "only packets that match, as pcap-filter(7) has it",
	  take_filter, .commands = ONLY(COMMAND_READ) },
	{ '4', "ipv4", NULL, "IPv4 alone", take_family, .min = 4 },
	{ '6', "ipv6", NULL, "IPv6 alone", take_family, .min = 6 },
	{ 0, "port", "PORT[,PORT]", "connections with one of these ports at either end",
	  take_ports },
	{ 0, "local-port", "PORT[,PORT]", "connections with one of these ports at the local end",
	  take_ports, .min = LOCAL_END },
	{ 0, "remote-port", "PORT[,PORT]", "connections with one of these at the remote end",
	  take_ports, .min = REMOTE_END },
	{ 0, "peer", "PREFIX", "connections whose remote end is here; repeatable", take_peer },
	{ 'n', "rows", "N", "show at most N rows an interval", take_number, FIELD(rows), 1,
	  1000000 },
	{ 'o', "output", "table|wide|json|csv", "how to print. Default: table, 80 columns",
	  take_choice, FIELD(output), .choices = outputs, .commands = ~ONLY(COMMAND_TOP) },
	{ 0, "sort", "COLUMN", "rows with the largest COLUMN first, by its name in -o json",
	  take_column, .commands = ~(ONLY(COMMAND_EVENTS) | ONLY(COMMAND_DOCTOR)) },
	{ 0, "plot", "worst|ADDRESS:PORT", "draw the worst connection, or the worst of this end",
	  take_plot, .commands = ONLY(COMMAND_READ) },
	{ 'O', "plot-to", "FILE|FOLDER/",
	  "where to: an SVG file, or a folder for the worst 10, or -n", take_text, FIELD(plot_to),
	  .commands = ONLY(COMMAND_READ) },
	{ 0, "flows", NULL, "list the connections too, worst first, at most 20 or -n", take_flag,
	  FIELD(flows), .commands = ONLY(COMMAND_READ) },
	{ 0, "events", NULL, "a line for each packet that is out of the ordinary, too", take_flag,
	  FIELD(events), .commands = ONLY(COMMAND_READ) },
	{ 0, "doctor", NULL, "what is wrong, the most important first, instead of the totals",
	  take_flag, FIELD(doctor), .commands = ONLY(COMMAND_READ) },
	{ 0, "by", "flow|peer|port|process", "add up what connections have in common", take_choice,
	  FIELD(by), .choices = groupings, .commands = ONLY(COMMAND_FLOWS) | ONLY(COMMAND_READ) },
	{ 0, "all", NULL, "every connection, also those in which nothing passed", take_flag,
	  FIELD(all), .commands = ONLY(COMMAND_FLOWS) | ONLY(COMMAND_READ) },
	{ 0, "tcp-info", NULL, "also what the kernel says of the local socket", take_flag,
	  FIELD(tcp_info), .commands = ONLY(COMMAND_FLOWS) },
	{ 0, "kernel", NULL, "compare with what this host's TCP counts", take_flag, FIELD(kernel),
	  .commands = ONLY(COMMAND_LIVE) | ONLY(COMMAND_EVENTS) },
	{ 's', "sequence", NULL, "also the sequence number, and the bytes of payload", take_flag,
	  FIELD(sequence), .commands = EVENTS },
	{ 'l', "lossprobe", NULL, "also tail loss probes", take_flag, FIELD(probes),
	  .commands = EVENTS },
	{ 'c', "count", NULL, "only how many of each connection, at the end", take_flag,
	  FIELD(counted), .commands = EVENTS },
	LIMIT("max-loss", max_loss, "exit 3 if a direction loses more, on either side"),
	LIMIT("max-loss-in", max_loss_in, "the same of inbound data alone"),
	LIMIT("max-loss-out", max_loss_out, "the same of outbound data alone"),
	LIMIT("max-reordering", max_reordering, "exit 3 if more comes out of order"),
	LIMIT("max-duplication", max_duplication, "exit 3 if more comes twice"),
	LIMIT("max-spurious", max_spurious, "exit 3 if more is resent needlessly"),
	{ 0, "hook", "auto|tcx|tc|xdp",
	  "how to attach. Default: tcx where the kernel has it, else tc", take_choice, FIELD(hook),
	  .choices = hooks, .commands = WATCHING },
	{ 0, "max-flows", "N", "connections to follow at once, per IP version. Default: 262144",
	  take_number, FIELD(max_flows), 1, 4000000 },
	{ 0, "idle", "SECONDS", "forget a connection after this silence. Default: 300",
	  take_seconds, FIELD(idle_ns), SECOND_NS, 30 * 86400 * SECOND_NS },
	{ 0, "idle-closed", "SECONDS", "forget one that closed after this silence. Default: 10",
	  take_seconds, FIELD(closed_ns), SECOND_NS, 30 * 86400 * SECOND_NS },
	{ 'v', "verbose", NULL, "also what libbpf says; twice: all of it", take_more,
	  FIELD(verbose) },
	{ 'q', "quiet", NULL, "nothing on stderr but failures", take_flag, FIELD(quiet) },
	{ 'V', "version", NULL, "print the version; with -v, what ploss found on this machine",
	  take_flag, FIELD(version) },
	{ 'h', "help", NULL, "print this", take_flag, FIELD(help) },
};

const unsigned int option_row_count = ARRAY_SIZE(option_rows);

_Static_assert(ARRAY_SIZE(option_rows) < OPTION_ROWS, "");
