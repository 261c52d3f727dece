/* SPDX-License-Identifier: GPL-2.0-only */
/* How the verifier walks the functions of a BPF object: a global one once, for whatever it is called with,
 * a static one anew from each of its callers. Before Linux 5.12 global ones take no pointers to structs.
 */
#ifndef PLOSS_FUNCTIONS_H
#define PLOSS_FUNCTIONS_H

#include <bpf/libbpf.h>

/* Whether this kernel takes pointers as arguments of global functions: 1, 0, or -errno. */
int functions_probe(void);

/* To be called before the object is loaded: where the kernel needs it, all functions become static. The
 * programs then load in seconds, not in moments, and do the same.
 */
void functions_prepare(struct bpf_object *object);

#endif
