/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "connections.h"
#include "log.h"
#include "past.h"
#include "report.h"

#define ROWS_DEFAULT 20

void connections_init(struct connections *connections, const struct options *options)
{
	struct winsize window;

	connections->options = options;
	groups_init(&connections->groups, options->by);
	worst_init(&connections->worst,
		   options->rows ? options->rows :
		   options->all  ? 0 :
				   ROWS_DEFAULT,
		   options->sort);
	connections->report = (struct flow_report){
		.out = stdout,
		.output = options->output,
		.by = options->by,
	};
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window))
		connections->report.columns = window.ws_col;
}

void connections_free(struct connections *connections)
{
	groups_free(&connections->groups);
	worst_free(&connections->worst);
}

static void key_of(struct flow_key6 *key, const struct connection *c)
{
	const struct ends *ends = &c->ends;

	*key = (struct flow_key6){
		.local_port = c->low_is_local ? ends->low_port : ends->high_port,
		.remote_port = c->low_is_local ? ends->high_port : ends->low_port,
	};
	memcpy(key->local, c->low_is_local ? ends->low : ends->high, sizeof(key->local));
	memcpy(key->remote, c->low_is_local ? ends->high : ends->low, sizeof(key->remote));
}

void connection_entry(struct entry *entry, struct trouble *trouble, const struct connection *c)
{
	struct flow_key6 key;

	key_of(&key, c);
	if (c->embryonic) {
		entry_from_embryo(entry, trouble, &key, &c->embryo);
		return;
	}
	*entry = (struct entry){
		.key = key,
		.family = c->family,
		.flow = c->flow,
		.trouble = c->trouble,
	};
}

static int add_line(struct connections *connections, const struct flow_line *line)
{
	if (connections->options->by != GROUP_FLOW)
		return groups_add(&connections->groups, line);
	return worst_add(&connections->worst, line);
}

void connection_lines(struct flow_line lines[DIRECTIONS], const struct connection *c,
		      const char *interface)
{
	struct row rows[DIRECTIONS];
	struct trouble trouble;
	struct entry entry;

	connection_entry(&entry, &trouble, c);
	entry_rows(&entry, rows);
	for (enum direction d = IN; d < DIRECTIONS; d++)
		lines[d] = (struct flow_line){
			.interface = interface,
			.direction = d,
			.family = c->family,
			.key = entry.key,
			.state = entry_state(&entry),
			.port = entry_service(&entry),
			.flows = 1,
			.row = rows[d],
		};
}

void connections_take(struct connections *connections, const struct connection *c,
		      const char *interface)
{
	struct flow_line lines[DIRECTIONS];

	connection_lines(lines, c, interface);
	for (enum direction d = IN; !connections->err && d < DIRECTIONS; d++) {
		if (!row_is_empty(&lines[d].row) || connections->options->all)
			connections->err = add_line(connections, &lines[d]);
	}
	connections->report.interfaces = max_of(connections->report.interfaces,
						(unsigned int)strlen(interface));
}

/* The groups' lines compete like connections'. */
static void rank_groups(struct connections *connections)
{
	const struct flow_line *line;
	__u32 at = 0;

	while (!connections->err && (line = groups_next(&connections->groups, &at)))
		connections->err = worst_add(&connections->worst, line);
}

int connections_print(struct connections *connections, const struct timespec *time)
{
	rank_groups(connections);
	if (connections->err)
		return fail(connections->err, "cannot list the connections");
	connections->report.time = *time;
	flow_report_begin(&connections->report);
	worst_sort(&connections->worst);
	for (size_t i = 0; i < connections->worst.count; i++)
		flow_report_line(&connections->report, &connections->worst.line[i]);
	return output_failed(output_flush(stdout));
}
