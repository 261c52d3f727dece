/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose attached programs are: how a ploss knows those of a dead one from those of one that runs.
 *
 * tcx links end with their process. Filters and XDP programs stay behind after kill -9, and must
 * be told from those of another ploss that watches the same interface. So each ploss holds an
 * abstract Unix socket named after each program it attached this way. The kernel closes it however
 * the process ends; who can take the name knows that the owner is dead. Abstract names belong to
 * the network namespace, as interfaces do, and need no file system and no process ids, which
 * differ between containers.
 *
 * Whoever can open sockets in the namespace could hold such a name: then what a dead ploss left
 * stays.
 */
#ifndef PLOSS_OWNER_H
#define PLOSS_OWNER_H

#include <stdbool.h>
#include <linux/types.h>

/* Takes the name of a program: a descriptor to hold as long as it is attached, or -errno. */
int owner_claim(__u32 program_id);

bool owner_alive(__u32 program_id);

/* One ploss at a time attaches, detaches or cleans up. Waits some seconds for others, then goes on
 * without: at worst the qdisc goes away under another's filter. -1: not held.
 */
int owner_lock(void);
void owner_unlock(int lock);

#endif
