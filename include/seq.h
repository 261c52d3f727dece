/* SPDX-License-Identifier: GPL-2.0-only */
/* Serial number arithmetic: sequence numbers and timestamps modulo 2^32 (RFC 9293 3.4, RFC 7323 5.2),
 * IPv4 identifications modulo 2^16. "Before" and "after" hold within half the number space; what is exactly half
 * of it away is before, and never both.
 */
#ifndef PLOSS_SEQ_H
#define PLOSS_SEQ_H

#include "compiler.h"

#define WINDOW_MAX (1U << 30) /* RFC 7323 2.3: what is further apart is not of one window */

static __always_inline int seq_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

static __always_inline int seq_after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* a - b if that is negative, else 0: without a branch, of which the verifier would walk both ways. */
static __always_inline __u32 seq_behind(__u32 a, __u32 b)
{
	__s32 ahead = (__s32)(a - b), sign = ahead >> 31;

	asm("" : "+r"(sign));
	return ahead & sign;
}

static __always_inline __u32 seq_max(__u32 a, __u32 b)
{
	return a - seq_behind(a, b);
}

static __always_inline __u32 seq_min(__u32 a, __u32 b)
{
	return b + seq_behind(a, b);
}

/* Bytes that [start, end) and [from, to) share, however far apart they are. */
static __always_inline __u32 seq_overlap(__u32 start, __u32 end, __u32 from, __u32 to)
{
	__u32 length = end - start, other = to - from;

	if (start - from < other)
		return min_of(length, to - start);
	return from - start < length ? min_of(other, end - from) : 0;
}

/* Do [start, end) and [from, to), neither empty, share a byte? */
static __always_inline int seq_meet(__u32 start, __u32 end, __u32 from, __u32 to)
{
	return seq_before(start, to) && seq_before(from, end);
}

/* How far IPv4 identification a lies ahead of b: -32768 ... 32767. */
static __always_inline __s32 id_ahead(__u16 a, __u16 b)
{
	return (__s16)(__u16)(a - b);
}

#endif
