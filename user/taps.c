/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "log.h"
#include "owner.h"
#include "ploss.h"
#include "ploss.skel.h"
#include "taps.h"

/* Linux 6.6: enum bpf_attach_type, and where to put a link among others. By number: the headers
 * and the libbpf of older distributions pass on what they do not know.
 */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define TCX_FIRST 8 /* BPF_F_BEFORE, nothing in particular */

static const enum bpf_attach_type tcx_hooks[DIRECTIONS] = {
	[IN] = (enum bpf_attach_type)TCX_INGRESS,
	[OUT] = (enum bpf_attach_type)TCX_EGRESS,
};

int tcx_probe(void)
{
	__u32 count = 0;

	if (!bpf_prog_query(1, tcx_hooks[IN], 0, NULL, NULL, &count))
		return 0;
	return errno == EINVAL ? -EOPNOTSUPP : errno == EPERM ? -EPERM : 0;
}

void taps_init(struct taps *taps, struct ploss_bpf *loaded)
{
	*taps = (struct taps){
		.program = { [IN] = bpf_program__fd(loaded->progs.ploss_ingress),
			     [OUT] = bpf_program__fd(loaded->progs.ploss_egress) },
		.owner = { -1, -1 },
		.xdp = XDP_NONE,
	};
	taps->xdp.maps = loaded;
}

/* Before all other tcx programs: one of them may end a packet's way. */
static int attach_tcx(struct taps *taps, struct tap *tap, enum direction direction)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TCX_FIRST);
	int fd;

	fd = bpf_link_create(taps->program[direction], (int)tap->ifindex, tcx_hooks[direction],
			     &options);
	if (fd < 0)
		return -errno;
	tap->link[direction] = fd;
	return 0;
}

/* A stranger who holds the name keeps the filter from being taken for a dead one's just as well. */
static int claim(struct taps *taps, enum direction direction)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int fd;

	if (taps->owner[direction] >= 0)
		return 0;
	if (bpf_obj_get_info_by_fd(taps->program[direction], &info, &length))
		return -errno;
	fd = owner_claim(info.id);
	if (fd >= 0)
		taps->owner[direction] = fd;
	return fd < 0 && fd != -EADDRINUSE ? fd : 0;
}

static int attach_clsact(struct taps *taps, struct tap *tap, enum direction direction)
{
	int err = 0;

	if (!tap->clsact.ifindex)
		err = clsact_open(&tap->clsact, tap->ifindex);
	if (!err)
		err = claim(taps, direction);
	if (!err)
		err = clsact_attach(&tap->clsact, direction, taps->program[direction],
				    &tap->behind);
	return err;
}

static int attach_tc(struct taps *taps, struct tap *tap, enum direction direction,
		     enum hook_choice hook)
{
	int err = -EINVAL;

	if (hook != HOOK_TC)
		err = attach_tcx(taps, tap, direction);
	/* What a kernel before tcx says. */
	if (hook == HOOK_TC || (err == -EINVAL && hook != HOOK_TCX))
		err = attach_clsact(taps, tap, direction);
	return err;
}

static int attach_one(struct taps *taps, struct tap *tap, enum hook_choice hook)
{
	int err;

	if (hook == HOOK_XDP) {
		err = xdp_attach(&taps->xdp, tap->ifindex, &tap->xdp_mode);
		tap->xdp = !err;
	} else {
		err = attach_tc(taps, tap, IN, hook);
	}
	return err ? err : attach_tc(taps, tap, OUT, hook);
}

static int say_why(int err, const struct tap *tap, const char *name, enum hook_choice hook)
{
	fail(err, "cannot attach to %s", name);
	if (hook == HOOK_XDP && !tap->xdp && err == -EBUSY)
		advise("another XDP program is there and stays: use --hook auto, or --hook tc");
	else if (hook == HOOK_XDP && !tap->xdp)
		advise("XDP refused; use --hook auto, or -v to see why");
	else if (hook == HOOK_TCX && err == -EINVAL)
		advise("tcx needs Linux 6.6: use --hook auto");
	else if (err == -EEXIST)
		advise("its ingress qdisc knows no egress: ploss needs clsact there, or Linux 6.6");
	else if (err == -ENOENT || err == -EOPNOTSUPP)
		advise("no tcx before Linux 6.6, and no sch_ingress or cls_bpf: try modprobe cls_bpf");
	else if (err == -ENODEV)
		advise("the interface is gone");
	return err;
}

int taps_attach(struct taps *taps, const struct interfaces *interfaces, enum hook_choice hook)
{
	int lock = owner_lock(), err = 0;

	clsact_clean();
	xdp_clean();
	for (unsigned int i = 0; !err && i < interfaces->count; i++) {
		struct tap *tap = &taps->tap[taps->count++];

		*tap = (struct tap){ .ifindex = interfaces->entry[i].index, .link = { -1, -1 } };
		err = attach_one(taps, tap, hook);
		if (err)
			say_why(err, tap, interfaces->entry[i].name, hook);
	}
	owner_unlock(lock);
	return err;
}

void taps_detach(struct taps *taps)
{
	int lock = owner_lock();

	for (unsigned int i = 0; i < taps->count; i++) {
		struct tap *tap = &taps->tap[i];

		for (enum direction d = IN; d < DIRECTIONS; d++) {
			if (tap->link[d] >= 0)
				close(tap->link[d]);
		}
		if (tap->xdp)
			xdp_detach(&taps->xdp, tap->ifindex, tap->xdp_mode);
		clsact_close(&tap->clsact);
	}
	taps->count = 0;
	xdp_close(&taps->xdp);
	for (enum direction d = IN; d < DIRECTIONS; d++) {
		owner_unlock(taps->owner[d]);
		taps->owner[d] = -1;
	}
	owner_unlock(lock);
}

void tap_text(char text[TAP_TEXT], const struct tap *tap)
{
	const char *tc = tap->link[OUT] >= 0 ? "tcx" : "tc";

	if (tap->xdp)
		snprintf(text, TAP_TEXT, "%s xdp and %s",
			 tap->xdp_mode == XDP_MODE_NATIVE ? "native" : "generic", tc);
	else
		snprintf(text, TAP_TEXT, "%s", tc);
}
