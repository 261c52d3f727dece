/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "parse.h"

#define NS_DIGITS 9

/* Digits up to the first other character, which *end shows. */
static int take_digits(const char *text, const char **end, __u64 *value)
{
	__u64 sum = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, *text - '0', &sum))
			return -ERANGE;
	}
	*end = text;
	*value = sum;
	return 0;
}

int parse_u64(const char *text, __u64 min, __u64 max, __u64 *value)
{
	const char *end;
	__u64 number;
	int err;

	err = take_digits(text, &end, &number);
	if (err)
		return err;
	if (*end)
		return -EINVAL;
	if (number < min || number > max)
		return -ERANGE;
	*value = number;
	return 0;
}

/* ".25" to nanoseconds. */
static int take_fraction(const char *text, const char **end, __u64 *ns)
{
	const char *digits = text + 1;
	int err;

	err = take_digits(digits, end, ns);
	if (err)
		return err;
	if (*end - digits > NS_DIGITS)
		return -EINVAL;
	for (long missing = NS_DIGITS - (*end - digits); missing; missing--)
		*ns *= 10;
	return 0;
}

int parse_seconds(const char *text, __u64 min_ns, __u64 max_ns, __u64 *ns)
{
	__u64 seconds = 0, fraction = 0, sum;
	const char *end = text;
	int err = 0;

	if (*text != '.')
		err = take_digits(text, &end, &seconds);
	if (!err && *end == '.')
		err = take_fraction(end, &end, &fraction);
	if (err)
		return err;
	if (*end)
		return -EINVAL;
	if (__builtin_mul_overflow(seconds, 1000000000ULL, &sum) ||
	    __builtin_add_overflow(sum, fraction, &sum) || sum < min_ns || sum > max_ns)
		return -ERANGE;
	*ns = sum;
	return 0;
}

int parse_percent(const char *text, __u64 *value)
{
	size_t length = strlen(text);
	char number[32];

	if (length && text[length - 1] == '%')
		length--;
	if (length >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, length);
	number[length] = 0;
	return parse_seconds(number, 0, 100 * 1000000000ULL, value);
}

int parse_ports(const char *text, struct config *config)
{
	unsigned int ports = config->ports;
	__be16 port[MAX_PORTS];
	const char *end;
	__u64 number;
	int err;

	memcpy(port, config->port, sizeof(port));
	for (;; text = end + 1) {
		err = take_digits(text, &end, &number);
		if (err)
			return err;
		if (*end && *end != ',')
			return -EINVAL;
		if (number < 1 || number > 65535)
			return -ERANGE;
		if (ports == MAX_PORTS)
			return -E2BIG;
		port[ports++] = htons(number);
		if (!*end)
			break;
	}
	memcpy(config->port, port, sizeof(port));
	config->ports = ports;
	return 0;
}

/* A mask with the first bits set, across the words of an address. */
static void mask_fill(__be32 mask[4], unsigned int bits)
{
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int here = bits > 32 ? 32 : bits;

		mask[i] = here ? htonl(~0U << (32 - here)) : 0;
		bits -= here;
	}
}

int parse_prefix(const char *text, struct prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct prefix parsed = {};
	__u64 bits, max;
	int err;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = 0;
	if (inet_pton(AF_INET, address, &parsed.addr[3]) == 1) {
		parsed.addr[2] = htonl(0xffff);
		max = 32;
	} else if (inet_pton(AF_INET6, address, parsed.addr) == 1) {
		max = 128;
	} else {
		return -EINVAL;
	}
	bits = max;
	if (slash) {
		err = parse_u64(slash + 1, 0, max, &bits);
		if (err)
			return err;
	}
	mask_fill(parsed.mask, bits + 128 - max);
	for (unsigned int i = 0; i < 4; i++)
		parsed.addr[i] &= parsed.mask[i];
	*prefix = parsed;
	return 0;
}

int prefix_is_ipv4(const struct prefix *prefix)
{
	return !prefix->addr[0] && !prefix->addr[1] && prefix->addr[2] == htonl(0xffff) &&
	       prefix->mask[2] == ~0U;
}
