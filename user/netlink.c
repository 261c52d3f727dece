/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

#define BODY_MAX 64

static int open_of(int protocol, __u32 groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd, err;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int netlink_open(__u32 groups)
{
	return open_of(NETLINK_ROUTE, groups);
}

/* Hands out the messages of one datagram. 1: it was the last of a dump. */
static int deliver(const struct nlmsghdr *message, size_t length, netlink_fn fn, void *argument,
		   int *result)
{
	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		const struct nlmsgerr *error = NLMSG_DATA(message);

		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR) {
			*result = error->error;
			return 1;
		}
		if (!*result)
			*result = fn(message, argument);
	}
	return 0;
}

static int receive(int fd, int flags, netlink_fn fn, void *argument, int *result)
{
	char buffer[NETLINK_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t length;

	do {
		length = recv(fd, buffer, sizeof(buffer), flags);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	return deliver((struct nlmsghdr *)buffer, length, fn, argument, result);
}

int netlink_dump(int type, const void *body, size_t body_length, netlink_fn fn, void *argument)
{
	return netlink_dump_of(NETLINK_ROUTE, type, body, body_length, fn, argument);
}

int netlink_dump_of(int protocol, int type, const void *body, size_t body_length, netlink_fn fn,
		    void *argument)
{
	struct {
		struct nlmsghdr header;
		char body[BODY_MAX];
	} request = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(body_length),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	int fd, err, result = 0;

	if (body_length > BODY_MAX)
		return -E2BIG;
	memcpy(request.body, body, body_length);
	fd = open_of(protocol, 0);
	if (fd < 0)
		return fd;
	err = send(fd, &request, request.header.nlmsg_len, 0) < 0 ? -errno : 0;
	while (!err)
		err = receive(fd, 0, fn, argument, &result);
	close(fd);
	return err < 0 ? err : result;
}

int netlink_receive(int fd, netlink_fn fn, void *argument)
{
	int err, result = 0;

	do {
		err = receive(fd, MSG_DONTWAIT, fn, argument, &result);
	} while (err >= 0 && !result);
	return err == -EAGAIN || err >= 0 ? result : err;
}

static const struct rtattr *find(const struct rtattr *attribute, long length, int type)
{
	for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
	}
	return NULL;
}

const struct rtattr *netlink_attribute(const struct nlmsghdr *message, size_t body_length, int type)
{
	const char *first = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(body_length);

	return find((const struct rtattr *)first, (long)NLMSG_PAYLOAD(message, body_length), type);
}

const struct rtattr *netlink_nested(const struct rtattr *outer, int type)
{
	return outer ? find(RTA_DATA(outer), (long)RTA_PAYLOAD(outer), type) : NULL;
}

__u32 netlink_u32(const struct rtattr *attribute)
{
	__u32 value = 0;

	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(value))
		memcpy(&value, RTA_DATA(attribute), sizeof(value));
	return value;
}
