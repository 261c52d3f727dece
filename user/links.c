/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "links.h"
#include "log.h"
#include "netlink.h"

/* Of linux/if_arp.h, which cannot be included beside net/if.h. */
#ifndef ARPHRD_RAWIP
#define ARPHRD_RAWIP 519
#endif
#ifndef ARPHRD_IP6GRE
#define ARPHRD_IP6GRE 823
#endif
#ifndef ARPHRD_NONE
#define ARPHRD_NONE 0xfffe
#endif

#define NAMES_TEXT 512

/* What a message says about a link. */
struct link {
	unsigned int index;
	unsigned short type; /* ARPHRD_* */
	const char *name;
	__u32 xdp_id;
};

/* 0 where the message is none, or is about a link's part in a bridge. */
static int link_from(struct link *link, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *name;

	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return 0;
	name = netlink_attribute(message, sizeof(*info), IFLA_IFNAME);
	if (info->ifi_family != AF_UNSPEC || !name)
		return 0;
	*link = (struct link){
		.index = info->ifi_index,
		.type = info->ifi_type,
		.name = RTA_DATA(name),
		.xdp_id = netlink_u32(netlink_nested(
			netlink_attribute(message, sizeof(*info), IFLA_XDP), IFLA_XDP_PROG_ID)),
	};
	return 1;
}

/* How frames of a kind of device begin. -1: not with anything that leads to IP. */
static int link_type_of(unsigned short type)
{
	switch (type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return LINK_ETHERNET;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case 823: /* ARPHRD_IP6GRE */
		return LINK_IP;
	default:
		return -1;
	}
}

struct each {
	link_fn fn;
	void *argument;
};

static int each_message(const struct nlmsghdr *message, void *argument)
{
	struct each *each = argument;
	struct link link;

	return link_from(&link, message) ?
		       each->fn(link.index, link.name, link.xdp_id, each->argument) :
		       0;
}

static int dump_links(netlink_fn fn, void *argument)
{
	struct ifinfomsg all = { .ifi_family = AF_UNSPEC };

	return netlink_dump(RTM_GETLINK, &all, sizeof(all), fn, argument);
}

int links_each(link_fn fn, void *argument)
{
	return dump_links(each_message, &(struct each){ fn, argument });
}

static struct interface *interface_find(struct interfaces *interfaces, unsigned int index)
{
	for (unsigned int i = 0; i < interfaces->count; i++) {
		if (interfaces->entry[i].index == index)
			return &interfaces->entry[i];
	}
	return NULL;
}

/* -E2BIG: no slot is left. */
static int interface_add(struct interfaces *interfaces, unsigned int index)
{
	if (interface_find(interfaces, index))
		return 0;
	if (interfaces->count == MAX_INTERFACES)
		return -E2BIG;
	interfaces->entry[interfaces->count++].index = index;
	return 0;
}

static int is_default_route(const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	const struct rtattr *table = netlink_attribute(message, sizeof(*route), RTA_TABLE);

	return message->nlmsg_type == RTM_NEWROUTE && !route->rtm_dst_len &&
	       route->rtm_type == RTN_UNICAST &&
	       (table ? netlink_u32(table) : route->rtm_table) == RT_TABLE_MAIN;
}

static int add_route(const struct nlmsghdr *message, void *argument)
{
	const struct rtattr *out, *several;
	const struct rtnexthop *hop;
	long length;
	int err = 0;

	if (!is_default_route(message))
		return 0;
	out = netlink_attribute(message, sizeof(struct rtmsg), RTA_OIF);
	if (out)
		return interface_add(argument, netlink_u32(out));
	several = netlink_attribute(message, sizeof(struct rtmsg), RTA_MULTIPATH);
	if (!several)
		return 0;
	hop = RTA_DATA(several);
	for (length = RTA_PAYLOAD(several); !err && RTNH_OK(hop, length); hop = RTNH_NEXT(hop)) {
		err = interface_add(argument, hop->rtnh_ifindex);
		length -= RTNH_ALIGN(hop->rtnh_len);
	}
	return err;
}

static int add_default_routes(struct interfaces *interfaces)
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };
	int err;

	for (unsigned int i = 0; i < ARRAY_SIZE(families); i++) {
		struct rtmsg all = { .rtm_family = families[i] };

		err = netlink_dump(RTM_GETROUTE, &all, sizeof(all), add_route, interfaces);
		if (err == -E2BIG)
			return refuse(
				err,
				"more than %d interfaces have default routes: name some with -i",
				MAX_INTERFACES);
		if (err && err != -EAFNOSUPPORT && err != -EOPNOTSUPP)
			return fail(err, "cannot list the default routes");
	}
	return 0;
}

static int add_name(unsigned int index, const char *name, __u32 xdp_id, void *argument)
{
	fprintf(argument, " %s", name);
	return 0;
}

/* What there is to choose from, each name after a blank. */
static void list_names(char *names, size_t size)
{
	FILE *list = fmemopen(names, size, "w");

	*names = 0;
	if (!list)
		return;
	links_each(add_name, list);
	fclose(list);
}

static int no_such_interface(int err, const char *name)
{
	char names[NAMES_TEXT];

	list_names(names, sizeof(names));
	fail(err, "cannot watch %s", name);
	advise("choose an interface with -i:%s", names);
	return err;
}

static int no_default_route(void)
{
	char names[NAMES_TEXT];

	list_names(names, sizeof(names));
	return refuse(-ENODEV, "cannot choose an interface: no default route; name one with -i:%s",
		      names);
}

/* Fills in name and link type; *argument is struct interfaces. */
static int describe(const struct nlmsghdr *message, void *argument)
{
	struct interface *interface;
	struct link link;
	int type;

	if (!link_from(&link, message))
		return 0;
	interface = interface_find(argument, link.index);
	if (!interface)
		return 0;
	type = link_type_of(link.type);
	if (type < 0)
		return refuse(-EPROTONOSUPPORT,
			      "cannot watch %s: its frames carry no IP (device type %u)", link.name,
			      link.type);
	interface->link = type;
	snprintf(interface->name, sizeof(interface->name), "%s", link.name);
	return 0;
}

int interfaces_find(struct interfaces *interfaces, const char *const *name, unsigned int count)
{
	unsigned int index;
	int err;

	*interfaces = (struct interfaces){};
	for (unsigned int i = 0; i < count; i++) {
		index = if_nametoindex(name[i]);
		if (!index)
			return no_such_interface(-errno, name[i]);
		interface_add(interfaces, index);
	}
	if (!count) {
		err = add_default_routes(interfaces);
		if (err)
			return err;
		if (!interfaces->count)
			return no_default_route();
	}
	err = dump_links(describe, interfaces);
	if (err && err != -EPROTONOSUPPORT)
		return fail(err, "cannot list the interfaces");
	return err;
}

int links_watch(void)
{
	return netlink_open(RTMGRP_LINK);
}

static void interface_lost(struct interface *interface)
{
	if (interface->gone)
		return;
	interface->gone = 1;
	note("%s is gone", interface->name);
}

static int link_event(const struct nlmsghdr *message, void *argument)
{
	struct interface *interface;
	struct link link;

	if (!link_from(&link, message))
		return 0;
	interface = interface_find(argument, link.index);
	if (!interface || interface->gone)
		return 0;
	if (message->nlmsg_type == RTM_DELLINK) {
		interface_lost(interface);
	} else if (strcmp(interface->name, link.name) != 0) {
		note("%s is now called %s", interface->name, link.name);
		snprintf(interface->name, sizeof(interface->name), "%s", link.name);
	}
	return 0;
}

void links_follow(int fd, struct interfaces *interfaces)
{
	char name[IF_NAMESIZE];

	if (netlink_receive(fd, link_event, interfaces) != -ENOBUFS)
		return;
	for (unsigned int i = 0; i < interfaces->count; i++) {
		if (!if_indextoname(interfaces->entry[i].index, name))
			interface_lost(&interfaces->entry[i]);
	}
	dump_links(link_event, interfaces);
}

unsigned int interfaces_left(const struct interfaces *interfaces)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < interfaces->count; i++)
		left += !interfaces->entry[i].gone;
	return left;
}
