/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>

#include "log.h"
#include "read.h"

int read_run(const struct options *options)
{
	fail(-ENOSYS, "cannot read %s", options->file[0]);
	return EXIT_FAILURE;
}
