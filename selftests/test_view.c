/* SPDX-License-Identifier: GPL-2.0-only */
/* What `ploss top` shows, held against selftests/golden/; GOLDEN=write writes those anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

#define FLOWS 100

static struct flow_line lines[FLOWS];
static struct view view;

/* Two interfaces and a hundred connections, after forty intervals. */
static void set_up_view(unsigned int width, unsigned int height)
{
	static const char *const names[] = { "eth0", "a-name-of-15-ch" };

	setenv("TZ", "UTC", 1);
	view = (struct view){ .width = width,
			      .height = height,
			      .ascii = true,
			      .time = { 1714564800, 7 },
			      .interval_ns = 1000000000,
			      .panels = 4,
			      .line = lines,
			      .lines = FLOWS,
			      .sort = "losses" };
	for (unsigned int i = 0; i < 4; i++) {
		view.panel[i].interface = names[i / 2];
		view.panel[i].direction = i % 2;
	}
	for (view.recorded = 0; view.recorded < 40; view.recorded++) {
		for (unsigned int i = 0; i < 4; i++) {
			struct row row = { .data_segments = 1000 * i + 100 * view.recorded,
					   .lost_after_segments = i * (view.recorded % 8),
					   .rtt_mean_ns = 20125000 };

			panel_record(&view.panel[i], &row, view.recorded);
		}
	}
	for (unsigned int i = 0; i < FLOWS; i++) {
		lines[i] = (struct flow_line){
			.interface = "eth0",
			.direction = OUT,
			.family = i % 3 ? 4 : 6,
			.key = { .ifindex = 1,
				 .local = { 0, 0, htonl(0xffff), htonl(0x0a000001) },
				 .remote = { i % 3 ? 0 : htonl(0x20010db8), 0,
					     i % 3 ? htonl(0xffff) : 0, htonl(0xc0000200 + i) },
				 .local_port = htons(40000 + i),
				 .remote_port = htons(443) },
			.state = "ESTABLISHED",
			.process = { i % 5 ? 1000 + i : 0, "curl" },
			.row = { .data_segments = 5000 - i,
				 .retransmitted_segments = 100 - i,
				 .lost_after_segments = 100 - i,
				 .rtt_mean_ns = 1000000 * (i + 1) },
		};
	}
}

struct shown {
	FILE *out;
	unsigned int count;
};

static void put(unsigned int y, enum style style, const char *text, void *argument)
{
	struct shown *shown = argument;
	size_t length = strlen(text);

	assert_int_equal(y, shown->count++);
	assert_true(length <= view.width);
	while (length && text[length - 1] == ' ')
		length--;
	fprintf(shown->out, "%c%.*s\n", ".=>"[style], (int)length, text);
}

/* Each line of the screen once, its style before it. */
static char *composed(void)
{
	struct shown shown = {};
	char *text = NULL;
	size_t size;

	shown.out = open_memstream(&text, &size);
	view_compose(&view, put, &shown);
	fclose(shown.out);
	assert_int_equal(shown.count, view.height);
	return text;
}

static void assert_golden(const char *name)
{
	static char wanted[1 << 16];
	char path[128], *text = composed();
	const char *write = getenv("GOLDEN");
	FILE *file;

	snprintf(path, sizeof(path), "selftests/golden/top-%s", name);
	file = fopen(path, write ? "w" : "r");
	assert_non_null(file);
	if (write)
		fputs(text, file);
	else
		wanted[fread(wanted, 1, sizeof(wanted) - 1, file)] = 0;
	fclose(file);
	if (!write && strcmp(wanted, text) != 0)
		fail_msg("%s is not what is shown:\n%s", path, text);
	free(text);
}

static void a_small_screen_is_as_the_golden_one(void **state)
{
	set_up_view(80, 24);
	assert_golden("80x24");
}

static void a_large_screen_is_as_the_golden_one(void **state)
{
	set_up_view(200, 50);
	view.selected = 3;
	assert_golden("200x50");
}

static void one_connection_is_shown_in_detail(void **state)
{
	set_up_view(80, 24);
	view.selected = 1;
	view.detail = true;
	assert_golden("detail");
}

static void the_help_fits_a_small_screen(void **state)
{
	set_up_view(80, 24);
	view.help = true;
	assert_golden("help");
}

static void no_size_and_no_state_exceeds_the_screen(void **state)
{
	for (unsigned int width = 1; width < 260; width += 7) {
		for (unsigned int height = 1; height < 60; height += 3) {
			set_up_view(width, height);
			for (unsigned int i = 0; i < 8; i++) {
				view.detail = i & 1;
				view.help = i & 2;
				view.lines = i & 4 ? 0 : FLOWS;
				view.selected = i & 4 ? 0 : FLOWS - 1;
				free(composed());
			}
		}
	}
}

static void the_chosen_connection_is_always_on_the_screen(void **state)
{
	set_up_view(80, 24);
	for (view.selected = 0; view.selected < FLOWS; view.selected++) {
		char *text = composed();

		assert_non_null(strstr(text, "\n>out"));
		free(text);
	}
}

static void a_filter_looks_at_ends_and_processes(void **state)
{
	set_up_view(80, 24);
	assert_true(view_wants(&view, &lines[1]));
	strcpy(view.filter, "192.0.2.1:443");
	assert_true(view_wants(&view, &lines[1]));
	assert_false(view_wants(&view, &lines[2]));
	strcpy(view.filter, ":40002");
	assert_true(view_wants(&view, &lines[2]));
	strcpy(view.filter, "curl");
	assert_true(view_wants(&view, &lines[2]));
	strcpy(view.filter, "wget");
	assert_false(view_wants(&view, &lines[2]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_screen_is_as_the_golden_one),
		cmocka_unit_test(a_large_screen_is_as_the_golden_one),
		cmocka_unit_test(one_connection_is_shown_in_detail),
		cmocka_unit_test(the_help_fits_a_small_screen),
		cmocka_unit_test(no_size_and_no_state_exceeds_the_screen),
		cmocka_unit_test(the_chosen_connection_is_always_on_the_screen),
		cmocka_unit_test(a_filter_looks_at_ends_and_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
