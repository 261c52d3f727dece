/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel, a handful of functions away. Those that return int say what is wrong themselves. */
#ifndef PLOSS_KERNEL_H
#define PLOSS_KERNEL_H

#include "columns.h"
#include "dump.h"
#include "links.h"
#include "options.h"
#include "ploss.h"
#include "reading.h"

struct kernel;
struct event;

/* Loads the programs with the filters and the table sizes of the options. Attaches nothing. */
int kernel_open(struct kernel **kernel, const struct options *options,
		const struct interfaces *interfaces);

/* From here on packets are counted. Says where, unless quiet. */
int kernel_attach(struct kernel *kernel, const struct interfaces *interfaces,
		  enum hook_choice hook);

/* Detaches, and frees. Takes NULL. */
void kernel_close(struct kernel *kernel);

/* Ends the interval: extremes from now on are those of the next. Returns the number of the ended one. */
__u32 kernel_next_interval(struct kernel *kernel);

/* Silent; -errno. */
int kernel_read(struct kernel *kernel, unsigned int slot, __u32 interval, struct reading *reading);

/* Every connection; silent. */
int kernel_dump(struct kernel *kernel, entry_fn fn, void *argument);

/* Has fn called with each event from here on, by kernel_fetch(). A descriptor that is readable when there are
 * events, or -errno. A negative result of fn ends the fetching.
 */
typedef int (*event_fn)(const struct event *event, void *argument);
int kernel_listen(struct kernel *kernel, event_fn fn, void *argument);

/* 0, -errno, or what fn returned. */
int kernel_fetch(struct kernel *kernel);

/* Forgets some closed and idle connections: goes on where the last call ended, and does not take long. Every
 * two seconds it comes to all of them in ten, or, of more than 300,000, to 32,000 a second.
 */
void kernel_sweep(struct kernel *kernel);

/* From here on fn is called with each connection before it is forgotten. */
void kernel_on_sweep(struct kernel *kernel, entry_fn fn, void *argument);

/* Whether this process may do what kernel_open() and kernel_attach() need; says which capabilities are
 * missing and returns -EPERM.
 */
int kernel_check_privileges(void);

/* What is there, for --version -v. */
void kernel_describe(FILE *out);

#endif
