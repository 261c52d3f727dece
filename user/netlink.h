/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink: ask for a list, be called for each entry. */
#ifndef PLOSS_NETLINK_H
#define PLOSS_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/types.h>

#define NETLINK_BUFFER 32768 /* the kernel's messages of a dump fit, NLMSG_GOODSIZE */

typedef int (*netlink_fn)(const struct nlmsghdr *message, void *argument);

/* A socket that hears the given RTMGRP_*; or -errno. */
int netlink_open(__u32 groups);

/* Dumps what a request of this type and body selects. Stops at the first non-zero result of fn and
 * returns it; -errno on failure.
 */
int netlink_dump(int type, const void *body, size_t body_length, netlink_fn fn, void *argument);

/* The same of another protocol than NETLINK_ROUTE. */
int netlink_dump_of(int protocol, int type, const void *body, size_t body_length, netlink_fn fn,
		    void *argument);

/* Reads what has arrived, without waiting. -ENOBUFS: messages were lost, ask for the whole. */
int netlink_receive(int fd, netlink_fn fn, void *argument);

/* The attribute of the message, or NULL. body_length: of the struct before the attributes. */
const struct rtattr *netlink_attribute(const struct nlmsghdr *message, size_t body_length,
				       int type);

/* The same within an attribute. */
const struct rtattr *netlink_nested(const struct rtattr *outer, int type);

/* The value, or 0 where the attribute is NULL or too short. */
__u32 netlink_u32(const struct rtattr *attribute);

#endif
