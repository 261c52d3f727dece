/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "clsact.h"
#include "netlink.h"
#include "owner.h"

#define CREATED 0x80000000U /* of a handle */

static const char *const program_names[DIRECTIONS] = {
	[IN] = "ploss_ingress", [OUT] = "ploss_egress"
};
static const enum bpf_tc_attach_point points[DIRECTIONS] = {
	[IN] = BPF_TC_INGRESS, [OUT] = BPF_TC_EGRESS
};
static const __u32 parents[DIRECTIONS] = {
	[IN] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	[OUT] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
};

/* What is on one hook of an interface. */
struct survey {
	enum direction direction;
	unsigned int filters;
	bool created;              /* one of ours has the bit */
	struct clsact_filter dead; /* one of them */
	__u32 wanted;              /* a priority, raised past the foreign ones that take it */
	bool taken, foreign_before;
};

static int is_kind(const struct nlmsghdr *message, const char *kind)
{
	const struct rtattr *is = netlink_attribute(message, sizeof(struct tcmsg), TCA_KIND);

	return is && !strcmp(RTA_DATA(is), kind);
}

/* Whether the filter is a ploss's. */
static bool is_ours(const struct nlmsghdr *message, enum direction direction,
		    struct clsact_filter *filter)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	const struct rtattr *options = netlink_attribute(message, sizeof(*tc), TCA_OPTIONS);
	const struct rtattr *name = netlink_nested(options, TCA_BPF_NAME);
	char expected[64];

	*filter = (struct clsact_filter){
		.program_id = netlink_u32(netlink_nested(options, TCA_BPF_ID)),
		.handle = tc->tcm_handle,
		.priority = TC_H_MAJ(tc->tcm_info) >> 16,
	};
	snprintf(expected, sizeof(expected), "%s:[%u]", program_names[direction],
		 filter->program_id);
	return is_kind(message, "bpf") && name && !strcmp(RTA_DATA(name), expected) &&
	       (filter->handle & ~CREATED) == filter->program_id;
}

/* The entry that stands for a priority, before the filters that have it. */
static bool is_head(const struct nlmsghdr *message)
{
	const struct tcmsg *tc = NLMSG_DATA(message);

	return !tc->tcm_handle && is_kind(message, "bpf");
}

static int survey_filter(const struct nlmsghdr *message, void *argument)
{
	struct survey *survey = argument;
	struct clsact_filter filter;

	if (message->nlmsg_type != RTM_NEWTFILTER || is_head(message))
		return 0;
	survey->filters++;
	if (!is_ours(message, survey->direction, &filter)) {
		survey->taken |= filter.priority == survey->wanted;
		survey->foreign_before |= filter.priority < survey->wanted;
	} else {
		survey->created |= (filter.handle & CREATED) != 0;
		if (!owner_alive(filter.program_id))
			survey->dead = filter;
	}
	return 0;
}

static int survey_hook(struct survey *survey, unsigned int ifindex, enum direction direction,
		       __u32 wanted)
{
	struct tcmsg hook = { .tcm_ifindex = (int)ifindex, .tcm_parent = parents[direction] };

	*survey = (struct survey){ .direction = direction, .wanted = wanted };
	return netlink_dump(RTM_GETTFILTER, &hook, sizeof(hook), survey_filter, survey);
}

static int delete_filter(unsigned int ifindex, enum direction direction,
			 const struct clsact_filter *filter)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = points[direction]);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = filter->handle, .priority = filter->priority);

	return bpf_tc_detach(&hook, &options);
}

/* The kernel cannot do both at once: a filter that a stranger adds in between is lost. */
static void delete_qdisc_if_empty(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	struct survey survey;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		if (survey_hook(&survey, ifindex, d, 0) || survey.filters)
			return;
	}
	bpf_tc_hook_destroy(&hook);
}

/* Says whether a ploss that lives created the qdisc. */
static bool clean_interface(unsigned int ifindex)
{
	bool created_by_living = false, created_by_dead = false;
	struct survey survey;

	for (enum direction d = IN; d < DIRECTIONS; d++) {
		while (!survey_hook(&survey, ifindex, d, 0) && survey.dead.program_id) {
			created_by_dead |= (survey.dead.handle & CREATED) != 0;
			if (delete_filter(ifindex, d, &survey.dead))
				break;
		}
		created_by_living |= survey.created;
	}
	if (created_by_dead)
		delete_qdisc_if_empty(ifindex);
	return created_by_living;
}

static int clean_qdisc(const struct nlmsghdr *message, void *argument)
{
	const struct tcmsg *tc = NLMSG_DATA(message);

	if (message->nlmsg_type == RTM_NEWQDISC && is_kind(message, "clsact"))
		clean_interface(tc->tcm_ifindex);
	return 0;
}

static int dump_qdiscs(netlink_fn fn, void *argument)
{
	struct tcmsg all = {};

	return netlink_dump(RTM_GETQDISC, &all, sizeof(all), fn, argument);
}

void clsact_clean(void)
{
	dump_qdiscs(clean_qdisc, NULL);
}

/* argument: struct clsact of the interface. -EEXIST: it has an ingress qdisc. */
static int check_qdisc(const struct nlmsghdr *message, void *argument)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	const struct clsact *clsact = argument;

	if (message->nlmsg_type != RTM_NEWQDISC || (unsigned int)tc->tcm_ifindex != clsact->ifindex)
		return 0;
	return is_kind(message, "ingress") ? -EEXIST : 0;
}

int clsact_open(struct clsact *clsact, unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err;

	*clsact = (struct clsact){ .ifindex = ifindex };
	err = dump_qdiscs(check_qdisc, clsact);
	if (err)
		return err;
	clsact->created = clean_interface(ifindex);
	err = bpf_tc_hook_create(&hook);
	if (!err)
		clsact->created = true;
	return err == -EEXIST ? 0 : err;
}

static int program_id_of(int program_fd, __u32 *id)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd, &info, &length))
		return -errno;
	*id = info.id;
	return 0;
}

int clsact_attach(struct clsact *clsact, enum direction direction, int program_fd, bool *behind)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)clsact->ifindex,
		    .attach_point = points[direction]);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program_fd);
	struct clsact_filter filter = {};
	struct survey survey;
	int err;

	err = program_id_of(program_fd, &filter.program_id);
	if (err)
		return err;
	do {
		filter.priority++;
		err = survey_hook(&survey, clsact->ifindex, direction, filter.priority);
		if (err)
			return err;
	} while (survey.taken && filter.priority < 0xffff);
	filter.handle = filter.program_id | (clsact->created ? CREATED : 0);
	options.handle = filter.handle;
	options.priority = filter.priority;
	err = bpf_tc_attach(&hook, &options);
	if (err)
		return err;
	clsact->filter[direction] = filter;
	*behind |= survey.foreign_before;
	return 0;
}

void clsact_close(struct clsact *clsact)
{
	if (!clsact->ifindex)
		return;
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		if (clsact->filter[d].program_id)
			delete_filter(clsact->ifindex, d, &clsact->filter[d]);
	}
	if (clsact->created)
		delete_qdisc_if_empty(clsact->ifindex);
	*clsact = (struct clsact){};
}
