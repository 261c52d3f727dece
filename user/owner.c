/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "owner.h"

#define LOCK_TRIES 250
#define LOCK_PAUSE_US 20000

/* A socket that holds the abstract name; -EADDRINUSE: another holds it. */
static int hold(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err, length;

	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address,
		 offsetof(struct sockaddr_un, sun_path) + 1 + length)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int owner_claim(__u32 program_id)
{
	char name[64];

	snprintf(name, sizeof(name), "ploss/program/%u", program_id);
	return hold(name);
}

bool owner_alive(__u32 program_id)
{
	int fd = owner_claim(program_id);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

int owner_lock(void)
{
	int fd = -EADDRINUSE;

	for (int tries = 0; fd == -EADDRINUSE && tries < LOCK_TRIES; tries++) {
		if (tries)
			usleep(LOCK_PAUSE_US);
		fd = hold("ploss/attaching");
	}
	return fd < 0 ? -1 : fd;
}

void owner_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}
