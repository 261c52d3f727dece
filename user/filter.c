/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <pcap/pcap.h>

#include "filter.h"
#include "linktype.h"

#define KINDS 16 /* link types of one run: more there are not */

/* The expression, compiled for one link type. */
struct kind {
	int linktype;
	bool holds;
	struct bpf_program program;
};

struct filter {
	const char *expression;
	struct kind kind[KINDS];
	unsigned int kinds;
};

struct filter *filter_open(const char *expression)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter)
		filter->expression = expression;
	return filter;
}

static bool compile(struct bpf_program *program, const char *expression, int linktype,
		    char fault[PCAP_ERRBUF_SIZE])
{
	pcap_t *pcap = pcap_open_dead(linktype_to_dlt(linktype), FRAME_LIMIT);
	bool done;

	if (!pcap) {
		snprintf(fault, PCAP_ERRBUF_SIZE, "not enough memory");
		return false;
	}
	done = !pcap_compile(pcap, program, expression, 1, PCAP_NETMASK_UNKNOWN);
	if (!done)
		snprintf(fault, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(pcap));
	pcap_close(pcap);
	return done;
}

static struct kind *kind_of(struct filter *filter, int linktype)
{
	char fault[PCAP_ERRBUF_SIZE];
	struct kind *kind = filter->kind;

	for (unsigned int i = 0; i < filter->kinds; i++, kind++) {
		if (kind->linktype == linktype)
			return kind;
	}
	if (filter->kinds == KINDS)
		return NULL;
	filter->kinds++;
	kind->linktype = linktype;
	kind->holds = compile(&kind->program, filter->expression, linktype, fault);
	return kind;
}

bool filter_passes(struct filter *filter, int linktype, const struct savefile_frame *frame)
{
	const struct kind *kind = kind_of(filter, linktype);
	struct pcap_pkthdr header = { .caplen = frame->captured, .len = frame->length };

	return kind && kind->holds && pcap_offline_filter(&kind->program, &header, frame->data);
}

const char *filter_fault(const char *expression)
{
	static char fault[PCAP_ERRBUF_SIZE];
	struct bpf_program program;

	if (!compile(&program, expression, DLT_RAW, fault) &&
	    !compile(&program, expression, DLT_EN10MB, fault))
		return fault;
	pcap_freecode(&program);
	return NULL;
}

void filter_close(struct filter *filter)
{
	if (!filter)
		return;
	for (unsigned int i = 0; i < filter->kinds; i++) {
		if (filter->kind[i].holds)
			pcap_freecode(&filter->kind[i].program);
	}
	free(filter);
}
