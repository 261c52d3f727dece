/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "group.h"

/* Without padding: what does not belong to the grouping is 0. */
struct group_key {
	__u32 ifindex;
	__u32 direction;
	__u32 family;
	__be32 remote[4];
	__u32 port;
	__u32 pid;
	char comm[COMM_TEXT];
};

struct group {
	struct group_key key;
	struct flow_line line;
};

void groups_init(struct groups *groups, enum grouping by)
{
	groups->by = by;
	keyed_init(&groups->table, sizeof(struct group_key), sizeof(struct group));
}

void groups_free(struct groups *groups)
{
	keyed_free(&groups->table);
}

/* What the line has in common with others of its group. */
static void reduce(struct flow_line *line, enum grouping by)
{
	struct flow_key6 key = { .ifindex = line->key.ifindex };

	if (by == GROUP_PEER)
		memcpy(key.remote, line->key.remote, sizeof(key.remote));
	else
		line->family = 0;
	if (by != GROUP_PORT)
		line->port = 0;
	if (by != GROUP_PROCESS)
		line->process = (struct process){};
	line->key = key;
	line->state = NULL;
	line->holes_merged = false;
	line->info = (struct socket_info){};
	line->flows = 0;
	line->row = (struct row){};
}

int groups_add(struct groups *groups, const struct flow_line *line)
{
	struct flow_line common = *line;
	struct group_key key;
	struct group *group;

	reduce(&common, groups->by);
	key = (struct group_key){
		.ifindex = common.key.ifindex,
		.direction = common.direction,
		.family = common.family,
		.port = common.port,
		.pid = common.process.pid,
	};
	memcpy(key.remote, common.key.remote, sizeof(key.remote));
	strncpy(key.comm, common.process.comm, sizeof(key.comm));
	group = keyed_add(&groups->table, &key);
	if (!group)
		return -ENOMEM;
	if (!group->line.flows)
		group->line = common;
	group->line.flows += line->flows;
	row_add(&group->line.row, &line->row);
	return 0;
}

const struct flow_line *groups_next(const struct groups *groups, __u32 *at)
{
	const struct group *group = keyed_next(&groups->table, at);

	return group ? &group->line : NULL;
}
