/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs on the interfaces: attached as asked, and gone afterwards without a trace. */
#ifndef PLOSS_TAPS_H
#define PLOSS_TAPS_H

#include "clsact.h"
#include "links.h"
#include "options.h"
#include "ploss.h"
#include "xdp.h"

/* One interface. */
struct tap {
	unsigned int ifindex;
	int link[DIRECTIONS]; /* tcx, or -1 */
	struct clsact clsact;
	bool xdp;
	enum xdp_attach_mode xdp_mode;
	bool behind; /* foreign filters run before ours */
};

struct taps {
	int program[DIRECTIONS]; /* the tc programs */
	int owner[DIRECTIONS];   /* owner_claim() of those that clsact has, or -1 */
	struct xdp xdp;
	struct tap tap[MAX_INTERFACES];
	unsigned int count;
};

void taps_init(struct taps *taps, struct ploss_bpf *loaded);

/* Removes what dead ones left, then attaches to all; or says what is wrong and returns -errno. */
int taps_attach(struct taps *taps, const struct interfaces *interfaces, enum hook_choice hook);

/* Takes taps in any state. */
void taps_detach(struct taps *taps);

/* "tcx", "tc", "native xdp and tcx" ... */
#define TAP_TEXT 32
void tap_text(char text[TAP_TEXT], const struct tap *tap);

/* Whether the kernel has tcx; -EPERM: it does not tell. */
int tcx_probe(void);

#endif
