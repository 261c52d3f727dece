/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger: a line for everything that happened to a packet, in the order in which it happened. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "wire.h"

#define COLUMNS \
	"order\tdirection\tentered_ns\tdelivered_ns\tfate\tcause\tfamily\tid\tsource\tsource_port\tdest\t" \
	"dest_port\tflags\tseq\tpayload\tack\ttsval\tsack_blocks\tsegments\tretransmitted\tlate\tplace\n"

const char *const way_names[WAYS] = { "ab", "ba" };
const char *const cause_names[CAUSES] = { "-",   "scripted", "random", "burst",
					  "ack", "queue",    "write" };
static const char *const fate_names[] = { "lost",      "pending",   "delivered",
					  "corrupted", "duplicate", "middle" };
static const char *const place_names[PLACES] = { "-", "hole", "repeat", "end" };

FILE *ledger_open(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f) {
		fail("cannot create %s: %s", path, strerror(errno));
		return NULL;
	}
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	fputs(COLUMNS, f);
	return f;
}

static const char *flags_text(uint8_t flags, char text[static 8])
{
	char *at = text;
	int i;

	for (i = 0; i < 6; i++) {
		if (flags & 1 << i)
			*at++ = "FSRPAU"[i];
	}
	if (at == text)
		*at++ = '-';
	*at = '\0';
	return text;
}

void ledger_line(FILE *f, const struct packet *p, struct entry e)
{
	int family = p->family == 6 ? AF_INET6 : AF_INET;
	char source[INET6_ADDRSTRLEN], dest[INET6_ADDRSTRLEN], flags[8];

	if (!f)
		return;
	fprintf(f, "%" PRIu64 "\t%s\t%" PRIu64 "\t", p->order, way_names[p->way], p->entered_ns);
	if (e.delivered_ns)
		fprintf(f, "%" PRIu64, e.delivered_ns);
	else
		fputc('-', f);
	fprintf(f, "\t%s\t%s\t%d\t%u\t%s\t%u\t%s\t%u\t%s\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%d\t%s\n",
		fate_names[e.fate], cause_names[e.cause], p->family, p->id,
		inet_ntop(family, p->source, source, sizeof(source)), p->source_port,
		inet_ntop(family, p->dest, dest, sizeof(dest)), p->dest_port,
		flags_text(p->flags, flags), p->seq, p->payload, p->ack, p->tsval, p->sack_blocks,
		p->segments, p->retransmitted, e.late, place_names[e.place]);
}
