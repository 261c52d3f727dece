/* SPDX-License-Identifier: GPL-2.0-only */
/* The verifier walks a global function of a BPF object once, for whatever it is called with. ploss's take pointers to
 * structs, which Linux allows since 5.12.
 */
#ifndef PLOSS_FUNCTIONS_H
#define PLOSS_FUNCTIONS_H

/* Whether this kernel takes pointers as arguments of global functions: 1, 0, or -errno. */
int functions_probe(void);

#endif
