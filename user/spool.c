/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "log.h"
#include "spool.h"

#define PATH_TEXT 4096

static const char *folder(void)
{
	const char *name = getenv("TMPDIR");

	return name && *name ? name : "/tmp";
}

/* A file that is gone when it is closed; -errno. */
static int nameless_file(void)
{
	char path[PATH_TEXT];
	int fd;

	if (snprintf(path, sizeof(path), "%s/plossXXXXXX", folder()) >= PATH_TEXT)
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static bool passes_once(const char *name)
{
	return !strcmp(name, "-") || (!access(name, F_OK) && !capture_is_regular(name));
}

int spool_open(struct spool *spool, const struct options *options)
{
	spool->copy = calloc(options->files, sizeof(*spool->copy));
	spool->name = calloc(options->files, sizeof(*spool->name));
	if (!spool->copy || !spool->name)
		return fail(-ENOMEM, "cannot plot");
	for (unsigned int i = 0; i < options->files; i++)
		spool->copy[i] = -1;
	for (unsigned int i = 0; i < options->files; i++) {
		spool->name[i] = options->file[i];
		if (!passes_once(options->file[i]))
			continue;
		spool->copy[i] = nameless_file();
		if (spool->copy[i] < 0) {
			fail(spool->copy[i], "cannot keep a copy of %s in %s", options->file[i],
			     folder());
			advise("TMPDIR may name another folder");
			return -EIO;
		}
		if (asprintf(&spool->name[i], "/proc/self/fd/%d", spool->copy[i]) < 0) {
			spool->name[i] = options->file[i];
			return fail(-ENOMEM, "cannot plot");
		}
	}
	return 0;
}

void spool_close(struct spool *spool, const struct options *options)
{
	for (unsigned int i = 0; spool->copy && spool->name && i < options->files; i++) {
		if (spool->name[i] != options->file[i])
			free(spool->name[i]);
		if (spool->copy[i] >= 0)
			close(spool->copy[i]);
	}
	free(spool->copy);
	free(spool->name);
}
