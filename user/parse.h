/* SPDX-License-Identifier: GPL-2.0-only */
/* Text to values. Each takes the whole text or returns -EINVAL, or -ERANGE for what is well-formed
 * but out of bounds, and leaves the value alone. None prints.
 */
#ifndef PLOSS_PARSE_H
#define PLOSS_PARSE_H

#include "ploss.h"

/* Decimal digits alone. */
int parse_u64(const char *text, __u64 min, __u64 max, __u64 *value);

/* Seconds, with up to nine digits after a point: "1", "0.25". */
int parse_seconds(const char *text, __u64 min_ns, __u64 max_ns, __u64 *ns);

/* "0.1" or "0.1%", from 0 to 100, in 10^-9 percent. */
int parse_percent(const char *text, __u64 *value);

/* "443" or "80,443": appends to config->port. -E2BIG when there is no more room. */
int parse_ports(const char *text, struct config *config);

/* "192.0.2.0/24", "2001:db8::/32", or an address alone. What lies beyond the mask is dropped. */
int parse_prefix(const char *text, struct prefix *prefix);

/* Whether it is one of IPv4. */
int prefix_is_ipv4(const struct prefix *prefix);

#endif
