/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "netstat.h"

static void set(struct netstat *netstat, const char *protocol, const char *name, __u64 value)
{
#define X(its_protocol, its_name) \
	if (!strcmp(protocol, #its_protocol) && !strcmp(name, #its_name)) \
		netstat->its_name = value;
	NETSTAT(X)
#undef X
}

/* Pairs of lines, "Tcp: RetransSegs ..." and "Tcp: 17 ...". */
static int read_pairs(struct netstat *netstat, const char *path)
{
	char *names = NULL, *values = NULL, *name, *value, *names_at, *values_at;
	size_t names_size = 0, values_size = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	while (getline(&names, &names_size, file) > 0 && getline(&values, &values_size, file) > 0) {
		char *protocol = strtok_r(names, ": \n", &names_at);

		strtok_r(values, ": \n", &values_at);
		while (protocol && (name = strtok_r(NULL, " \n", &names_at)) &&
		       (value = strtok_r(NULL, " \n", &values_at)))
			set(netstat, protocol, name, strtoull(value, NULL, 10));
	}
	free(names);
	free(values);
	fclose(file);
	return 0;
}

/* "Icmp6InPktTooBigs   0" */
static void read_lines6(struct netstat *netstat, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long value;
	char name[64];

	if (!file)
		return;
	while (fscanf(file, "%63s %llu", name, &value) == 2) {
		if (!strncmp(name, "Icmp6", 5))
			set(netstat, "Icmp6", name + 5, value);
	}
	fclose(file);
}

int netstat_read(struct netstat *netstat)
{
	int err;

	*netstat = (struct netstat){};
	err = read_pairs(netstat, "/proc/thread-self/net/snmp");
	if (!err)
		err = read_pairs(netstat, "/proc/thread-self/net/netstat");
	read_lines6(netstat, "/proc/thread-self/net/snmp6");
	return err;
}

struct asked {
	unsigned int ifindex;
	struct drops *drops;
};

static int take_link(const struct nlmsghdr *message, void *argument)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct asked *asked = argument;
	const struct rtattr *attribute;
	struct rtnl_link_stats64 stats = {};

	if (message->nlmsg_type != RTM_NEWLINK || link->ifi_index != (int)asked->ifindex)
		return 0;
	attribute = netlink_attribute(message, sizeof(*link), IFLA_STATS64);
	if (attribute)
		memcpy(&stats, RTA_DATA(attribute),
		       RTA_PAYLOAD(attribute) < sizeof(stats) ? RTA_PAYLOAD(attribute) :
								sizeof(stats));
	asked->drops->rx_missed = stats.rx_missed_errors;
	asked->drops->rx_errors = stats.rx_errors;
	asked->drops->rx_dropped = stats.rx_dropped;
	asked->drops->tx_dropped = stats.tx_dropped;
	asked->drops->tx_errors = stats.tx_errors;
	return 0;
}

static int take_qdisc(const struct nlmsghdr *message, void *argument)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	const struct asked *asked = argument;
	struct gnet_stats_queue queue = {};
	const struct rtattr *stats;

	if (message->nlmsg_type != RTM_NEWQDISC || tc->tcm_ifindex != (int)asked->ifindex ||
	    tc->tcm_parent != TC_H_ROOT)
		return 0;
	stats = netlink_nested(netlink_attribute(message, sizeof(*tc), TCA_STATS2),
			       TCA_STATS_QUEUE);
	if (stats && RTA_PAYLOAD(stats) >= sizeof(queue))
		memcpy(&queue, RTA_DATA(stats), sizeof(queue));
	asked->drops->qdisc_dropped += queue.drops;
	return 0;
}

int drops_read(struct drops *drops, unsigned int ifindex)
{
	struct asked asked = { .ifindex = ifindex, .drops = drops };
	struct ifinfomsg all = {};
	struct tcmsg qdiscs = {};
	int err;

	*drops = (struct drops){};
	err = netlink_dump(RTM_GETLINK, &all, sizeof(all), take_link, &asked);
	if (!err)
		err = netlink_dump(RTM_GETQDISC, &qdiscs, sizeof(qdiscs), take_qdisc, &asked);
	return err;
}
