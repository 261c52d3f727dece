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

/* A function that the BPF verifier walks once, whoever calls it with whatever values: global there, which
 * takes pointers to structs from Linux 5.12 on, any of them NULL as far as the verifier knows, at most five
 * arguments, and returns a number. OUT_OF_LINE ones it walks for every different way into them.
 */
#ifdef __bpf__
#define VERIFIED_ONCE __attribute__((noinline))
#define OUT_OF_LINE static __attribute__((noinline, unused))
#else
#define VERIFIED_ONCE static __attribute__((unused))
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

/* i, below n (a power of two), where the verifier must see it: the compiler drops a mask that it can prove
 * needless, and the verifier does not follow its proof.
 */
#ifdef __bpf__
#define BOUND(i, n) \
	({ \
		__u64 _i = (i); \
		asm volatile("%0 &= %1" : "+r"(_i) : "i"((n)-1)); \
		_i; \
	})
#else
#define BOUND(i, n) ((i) & ((n)-1))
#endif

/* The same for any n: an i that is not below n becomes 0. Compared in the register that is then used, for
 * of a copy older verifiers do not see that it is bounded too.
 */
#ifdef __bpf__
#define BOUND_OR_0(i, n) \
	({ \
		__u64 _i = (__u32)(i); \
		asm volatile("if %0 < %1 goto +1; %0 = 0" : "+r"(_i) : "i"(n)); \
		_i; \
	})
#else
#define BOUND_OR_0(i, n) ((i) < (n) ? (i) : 0)
#endif

#define min_of(a, b) ((a) < (b) ? (a) : (b))
#define max_of(a, b) ((a) > (b) ? (a) : (b))

#endif
