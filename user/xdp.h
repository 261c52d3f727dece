/* SPDX-License-Identifier: GPL-2.0-only */
/* ploss_xdp on interfaces, through libxdp: beside the programs of others that use its dispatcher,
 * else alone. A program of others that leaves no room is left in peace.
 *
 * Callers hold owner_lock().
 */
#ifndef PLOSS_XDP_H
#define PLOSS_XDP_H

#include <xdp/libxdp.h>

struct ploss_bpf;

struct xdp {
	const struct ploss_bpf *maps; /* the loaded object whose maps are shared */
	struct ploss_bpf *object;     /* an object of its own: libxdp decides how it is loaded */
	struct xdp_program *program;
	int owner; /* owner_claim(), or -1 */
};

/* Nothing yet. */
#define XDP_NONE \
	(struct xdp) \
	{ \
		.owner = -1 \
	}

/* Native where the driver can, else generic. -EBUSY: others hold the interface's XDP hook. *mode
 * says what was used.
 */
int xdp_attach(struct xdp *xdp, unsigned int ifindex, enum xdp_attach_mode *mode);

void xdp_detach(struct xdp *xdp, unsigned int ifindex, enum xdp_attach_mode mode);
void xdp_close(struct xdp *xdp);

/* Removes, from all interfaces, what dead ones left. */
void xdp_clean(void);

#endif
