/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "links.h"
#include "owner.h"
#include "ploss.h"
#include "ploss.skel.h"
#include "xdp.h"

#define PROGRAM_NAME "ploss_xdp"

/* A second instance of the object: ploss_xdp alone, on the maps of the first. */
static int open_object(struct xdp *xdp)
{
	struct bpf_program *program = NULL;
	struct bpf_map *map = NULL, *shared;
	int err;

	xdp->object = ploss_bpf__open();
	if (!xdp->object)
		return -errno;
	while ((program = bpf_object__next_program(xdp->object->obj, program)))
		bpf_program__set_autoload(program, program == xdp->object->progs.ploss_xdp);
	while ((map = bpf_object__next_map(xdp->object->obj, map))) {
		shared = bpf_object__find_map_by_name(xdp->maps->obj, bpf_map__name(map));
		err = shared ? bpf_map__reuse_fd(map, bpf_map__fd(shared)) : -ENOENT;
		if (err)
			return err;
	}
	return 0;
}

static void drop_object(struct xdp *xdp)
{
	xdp_program__close(xdp->program);
	ploss_bpf__destroy(xdp->object);
	xdp->program = NULL;
	xdp->object = NULL;
}

/* Not loaded yet: at its first attachment libxdp loads it for its dispatcher, or plainly. */
static int open_for_libxdp(struct xdp *xdp)
{
	struct xdp_program *program;
	int err;

	err = open_object(xdp);
	if (err)
		return err;
	program = xdp_program__from_bpf_obj(xdp->object->obj, "xdp");
	err = (int)libxdp_get_error(program);
	if (!err)
		xdp->program = program;
	return err;
}

/* An object can be loaded but once: after libxdp's try failed, a plain program of a new one. */
static int open_plain(struct xdp *xdp)
{
	struct xdp_program *program;
	int err;

	drop_object(xdp);
	err = open_object(xdp);
	if (!err)
		err = bpf_object__load(xdp->object->obj);
	if (err)
		return err;
	program = xdp_program__from_fd(bpf_program__fd(xdp->object->progs.ploss_xdp));
	err = (int)libxdp_get_error(program);
	if (!err)
		xdp->program = program;
	return err;
}

static int is_taken(int err)
{
	return err == -EBUSY || err == -EEXIST;
}

static int attach(struct xdp *xdp, unsigned int ifindex, enum xdp_attach_mode *mode)
{
	int err;

	*mode = XDP_MODE_NATIVE;
	err = xdp_program__attach(xdp->program, (int)ifindex, *mode, 0);
	if (!err || is_taken(err) || xdp_program__fd(xdp->program) < 0)
		return err;
	*mode = XDP_MODE_SKB;
	return xdp_program__attach(xdp->program, (int)ifindex, *mode, 0);
}

int xdp_attach(struct xdp *xdp, unsigned int ifindex, enum xdp_attach_mode *mode)
{
	int err = 0;

	if (!xdp->program)
		err = open_for_libxdp(xdp);
	if (!err)
		err = attach(xdp, ifindex, mode);
	if (err && !is_taken(err) && (!xdp->program || xdp_program__fd(xdp->program) < 0)) {
		err = open_plain(xdp);
		if (!err)
			err = attach(xdp, ifindex, mode);
	}
	if (err)
		return is_taken(err) ? -EBUSY : err;
	if (xdp->owner < 0)
		xdp->owner = owner_claim(xdp_program__id(xdp->program));
	return 0;
}

void xdp_detach(struct xdp *xdp, unsigned int ifindex, enum xdp_attach_mode mode)
{
	xdp_program__detach(xdp->program, (int)ifindex, mode, 0);
}

void xdp_close(struct xdp *xdp)
{
	drop_object(xdp);
	owner_unlock(xdp->owner);
	*xdp = XDP_NONE;
}

static int is_dead(const struct xdp_program *program)
{
	return program && !strcmp(xdp_program__name(program), PROGRAM_NAME) &&
	       !owner_alive(xdp_program__id(program));
}

/* One that a dead ploss left, of those that the interface runs. */
static struct xdp_program *find_dead(const struct xdp_multiprog *programs)
{
	struct xdp_program *program = NULL;

	if (xdp_multiprog__is_legacy(programs)) {
		program = xdp_multiprog__main_prog(programs);
		return is_dead(program) ? program : NULL;
	}
	while ((program = xdp_multiprog__next_prog(program, programs))) {
		if (is_dead(program))
			break;
	}
	return program;
}

/* 1: one was removed. */
static int remove_dead(unsigned int ifindex)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex((int)ifindex);
	struct xdp_program *dead;
	int removed = 0;

	if (libxdp_get_error(programs))
		return 0;
	dead = find_dead(programs);
	if (dead)
		removed = !xdp_program__detach(dead, (int)ifindex,
					       xdp_multiprog__attach_mode(programs), 0);
	xdp_multiprog__close(programs);
	return removed;
}

static int clean_link(unsigned int ifindex, const char *name, __u32 xdp_id, void *argument)
{
	while (xdp_id && remove_dead(ifindex))
		;
	return 0;
}

void xdp_clean(void)
{
	links_each(clean_link, NULL);
}
