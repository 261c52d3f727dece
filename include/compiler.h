/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two compilers of include/ need: the only place that knows for which world it is built. */
#ifndef PLOSS_COMPILER_H
#define PLOSS_COMPILER_H

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Out of line: a function of its own for the BPF verifier, which then prunes at its entry instead of
 * walking it once for every way into it. Static, because a global function that takes a pointer to a
 * struct needs Linux 5.12.
 */
#ifdef __bpf__
#define OUT_OF_LINE static __attribute__((noinline, unused))
#else
#define OUT_OF_LINE static __attribute__((unused))
#endif

/* Before a loop whose steps the verifier must see one by one, at constant offsets. */
#ifdef __bpf__
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED
#endif

/* A struct as bytes of any owner hold it: at any address, on the host. The BPF verifier and the machines
 * it runs on take packet words at any address anyway, and a packed struct would be read byte by byte.
 */
#ifdef __bpf__
#define ON_WIRE
#else
#define ON_WIRE __attribute__((packed, may_alias))
#endif

/* Here all of memory is written and read anew. What stands in memory the verifier of map values does not
 * follow, where in registers each combination of values would be a state of its own.
 */
#define MEMORY_BARRIER() asm volatile("" ::: "memory")

/* x, by way of memory: the verifier forgets what it knew of it, and what it verifies with the one unknown
 * value it need not verify again for each known one.
 */
#define FORGET(x) (*(volatile typeof(x) *)&(x))

#define min_of(a, b) ((a) < (b) ? (a) : (b))
#define max_of(a, b) ((a) > (b) ? (a) : (b))

#endif
