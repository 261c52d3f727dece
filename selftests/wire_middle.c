/* SPDX-License-Identifier: GPL-2.0-only */
/* The middle of the wire: a capture of what passes there. */
#include <errno.h>
#include <string.h>

#include "wire.h"

#define NANOSECONDS 0xa1b23c4d /* pcap's magic number, in the byte order of who writes */
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW 101

FILE *middle_open(const char *path, const struct device *d)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, longest, linktype;
	} header = { .magic = NANOSECONDS,
		     .major = 2,
		     .minor = 4,
		     .longest = 262144,
		     .linktype = d->tap ? LINKTYPE_ETHERNET : LINKTYPE_RAW };
	FILE *f = fopen(path, "we");

	if (!f || fwrite(&header, sizeof(header), 1, f) != 1) {
		fail("cannot create %s: %s", path, strerror(errno));
		return NULL;
	}
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	return f;
}

#define LONGEST 128 /* the headers are what a tracker reads */

int middle_write(FILE *f, const struct packet *p, uint64_t now_ns)
{
	uint32_t captured = p->size < LONGEST ? p->size : LONGEST;
	const uint32_t header[] = { now_ns / 1000000000, now_ns % 1000000000, captured, p->size };

	if (fwrite(header, sizeof(header), 1, f) != 1 || fwrite(p->data, captured, 1, f) != 1)
		return fail("cannot write the capture: %s", strerror(errno));
	return 0;
}
