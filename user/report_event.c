/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <string.h>

#include "csv.h"
#include "flowrow.h"
#include "json.h"
#include "pkt.h"
#include "report.h"
#include "report_event.h"

static const char letters[] = {
#define X(letter, name) letter,
	EVENT_KINDS(X)
#undef X
};

static const char *const kinds[] = {
#define X(letter, name) #name,
	EVENT_KINDS(X)
#undef X
};

static const char arrows[DIRECTIONS] = { [IN] = '<', [OUT] = '>' };

/* NULL: nothing that needs words. */
static const char *const evidences[] = {
	[BY_POSITION] = "position", [BY_TSVAL] = "tsval", [BY_IPID] = "ipid",     [BY_ACK] = "ack",
	[BY_SACK] = "sack",         [BY_DSACK] = "dsack", [BY_TIMING] = "timing",
};

static const char *const causes[] = {
	[CAUSE_RTO] = "rto",
	[CAUSE_FAST] = "fast",
	[CAUSE_TLP] = "tlp",
	[CAUSE_UNKNOWN] = "unknown",
};

#define NAME_OF(names, i) ((size_t)(i) < ARRAY_SIZE(names) ? (names)[i] : NULL)

enum event_kind event_kind(const struct event *event)
{
	const struct verdict *v = &event->verdict;

	if (event->tcp_flags & TCP_RST)
		return EVENT_reset;
	if (v->unseen || v->seen || v->spurious)
		return v->cause == CAUSE_TLP ? EVENT_tail_loss_probe : EVENT_retransmission;
	if (v->duplicated)
		return EVENT_duplicate;
	if (v->reordered || v->late_original)
		return EVENT_reordering;
	return v->ambiguous ? EVENT_ambiguous : EVENT_zero_window;
}

/* Which of the counters of a retransmission it went to; NULL for other kinds. */
static const char *class_of(const struct verdict *v)
{
	return v->unseen ? "unseen" : v->seen ? "seen" : v->spurious ? "spurious" : NULL;
}

static const char *state_of(const struct event *event)
{
	return state_name(event->state, event->opener, event->fins);
}

static void put_or_null(FILE *out, const char *name, const char *text)
{
	if (text)
		json_text(out, name, text);
	else
		fprintf(out, ",\"%s\":null", name);
}

static void json_ends(FILE *out, __u8 family, const struct flow_key6 *key)
{
	char text[ADDRESS_TEXT];

	json_number(out, "family", family);
	address_text(text, family, key->local);
	json_text(out, "local_address", text);
	json_number(out, "local_port", ntohs(key->local_port));
	address_text(text, family, key->remote);
	json_text(out, "remote_address", text);
	json_number(out, "remote_port", ntohs(key->remote_port));
}

static struct flow_key6 key_of(const struct event *event)
{
	struct flow_key6 key = { .ifindex = event->ifindex,
				 .local_port = event->local_port,
				 .remote_port = event->remote_port };

	memcpy(key.local, event->local, sizeof(key.local));
	memcpy(key.remote, event->remote, sizeof(key.remote));
	return key;
}

static void json_line(struct event_report *report, const struct event_line *line)
{
	const struct event *event = &line->event;
	struct flow_key6 key = key_of(event);
	FILE *out = report->out;

	json_head(out, "event", &line->time, line->interface);
	json_text(out, "direction", direction_names[event->dir & 1]);
	json_text(out, "kind", kinds[event_kind(event)]);
	json_ends(out, event->family, &key);
	json_number(out, "seq", event->seq);
	json_number(out, "length", event->payload);
	json_number(out, "segments", event->segments);
	put_or_null(out, "evidence", NAME_OF(evidences, event->verdict.evidence));
	put_or_null(out, "class", class_of(&event->verdict));
	put_or_null(out, "cause", NAME_OF(causes, event->verdict.cause));
	json_text(out, "state", state_of(event));
	if (line->process.pid)
		json_number(out, "pid", line->process.pid);
	else
		fputs(",\"pid\":null", out);
	put_or_null(out, "comm", line->process.pid ? line->process.comm : NULL);
	fputs("}\n", out);
}

static void csv_line(struct event_report *report, const struct event_line *line)
{
	const struct event *event = &line->event;
	char time[TIME_TEXT], local[ADDRESS_TEXT], remote[ADDRESS_TEXT];
	const char *evidence = NAME_OF(evidences, event->verdict.evidence);
	const char *cause = NAME_OF(causes, event->verdict.cause);
	const char *class = class_of(&event->verdict);
	FILE *out = report->out;

	time_text(time, &line->time);
	address_text(local, event->family, event->local);
	address_text(remote, event->family, event->remote);
	fprintf(out, "event,%s,", time);
	csv_field(out, line->interface);
	fprintf(out, ",%s,%s,%u,%s,%u,%s,%u,%u,%u,%u,%s,%s,%s,%s,", direction_names[event->dir & 1],
		kinds[event_kind(event)], event->family, local, ntohs(event->local_port), remote,
		ntohs(event->remote_port), event->seq, event->payload, event->segments,
		evidence ? evidence : "", class ? class : "", cause ? cause : "", state_of(event));
	if (line->process.pid)
		fprintf(out, "%u", line->process.pid);
	fputc(',', out);
	csv_field(out, line->process.comm);
	fputc('\n', out);
}

#define LINE "%-8s %-6s %-8.8s %-2s %-18s %c%c %-18s"

static void table_line(struct event_report *report, const struct event_line *line)
{
	char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT], pid[16] = "-", time[16];
	const struct event *event = &line->event;
	struct tm tm;

	localtime_r(&line->time.tv_sec, &tm);
	strftime(time, sizeof(time), "%H:%M:%S", &tm);
	endpoint_text(local, event->family, event->local, event->local_port);
	endpoint_text(remote, event->family, event->remote, event->remote_port);
	if (line->process.pid)
		snprintf(pid, sizeof(pid), "%u", line->process.pid);
	fprintf(report->out, LINE, time, pid, line->process.pid ? line->process.comm : "-",
		event->family == 4 ? "4" : "6", local, letters[event_kind(event)],
		arrows[event->dir & 1], remote);
	if (report->sequence)
		fprintf(report->out, " %-11s %-10u %u\n", state_of(event), event->seq,
			event->payload);
	else
		fprintf(report->out, " %s\n", state_of(event));
}

void event_report_line(struct event_report *report, const struct event_line *line)
{
	if (report->output == OUTPUT_JSON)
		json_line(report, line);
	else if (report->output == OUTPUT_CSV)
		csv_line(report, line);
	else
		table_line(report, line);
}

static void json_counts(struct event_report *report, const struct event_counts *counts,
			const char *interface, const struct timespec *time)
{
	FILE *out = report->out;

	json_head(out, "event_count", time, interface);
	json_text(out, "direction", direction_names[counts->direction & 1]);
	json_ends(out, counts->family, &counts->key);
	for (unsigned int i = 0; i < KINDS; i++)
		json_number(out, kinds[i], counts->count[i]);
	fputs("}\n", out);
}

static void csv_counts(struct event_report *report, const struct event_counts *counts,
		       const char *interface, const struct timespec *time)
{
	char text[TIME_TEXT], local[ADDRESS_TEXT], remote[ADDRESS_TEXT];
	FILE *out = report->out;

	time_text(text, time);
	address_text(local, counts->family, counts->key.local);
	address_text(remote, counts->family, counts->key.remote);
	fprintf(out, "event_count,%s,", text);
	csv_field(out, interface);
	fprintf(out, ",%s,%u,%s,%u,%s,%u", direction_names[counts->direction & 1], counts->family,
		local, ntohs(counts->key.local_port), remote, ntohs(counts->key.remote_port));
	for (unsigned int i = 0; i < KINDS; i++)
		fprintf(out, ",%llu", counts->count[i]);
	fputc('\n', out);
}

static void table_counts(struct event_report *report, const struct event_counts *counts)
{
	char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT], text[COUNT_TEXT];
	FILE *out = report->out;

	endpoint_text(local, counts->family, counts->key.local, counts->key.local_port);
	endpoint_text(remote, counts->family, counts->key.remote, counts->key.remote_port);
	fprintf(out, "%-18s %c %-18s", local, arrows[counts->direction & 1], remote);
	for (unsigned int i = 0; i < KINDS; i++) {
		count_text(text, 5, counts->count[i]);
		fprintf(out, " %5s", text);
	}
	fputc('\n', out);
}

void event_report_counts(struct event_report *report, const struct event_counts *counts,
			 const char *interface, const struct timespec *time)
{
	if (report->output == OUTPUT_JSON)
		json_counts(report, counts, interface, time);
	else if (report->output == OUTPUT_CSV)
		csv_counts(report, counts, interface, time);
	else
		table_counts(report, counts);
}

static void csv_begin(const struct event_report *report)
{
	FILE *out = report->out;

	if (!report->counted) {
		fputs("type,time,interface,direction,kind,family,local_address,local_port,"
		      "remote_address,remote_port,seq,length,segments,evidence,class,cause,"
		      "state,pid,comm\n",
		      out);
		return;
	}
	fputs("type,time,interface,direction,family,local_address,local_port,"
	      "remote_address,remote_port",
	      out);
	for (unsigned int i = 0; i < KINDS; i++)
		fprintf(out, ",%s", kinds[i]);
	fputc('\n', out);
}

static void table_begin(const struct event_report *report)
{
	FILE *out = report->out;

	if (!report->counted) {
		fprintf(out, LINE " STATE%s\n", "TIME", "PID", "COMM", "IP", "LADDR:LPORT", 'T',
			'>', "RADDR:RPORT", report->sequence ? "       SEQ        LEN" : "");
		return;
	}
	fprintf(out, "%-18s > %-18s", "LADDR:LPORT", "RADDR:RPORT");
	for (unsigned int i = 0; i < KINDS; i++)
		fprintf(out, " %5c", letters[i]);
	fputc('\n', out);
}

void event_report_begin(struct event_report *report)
{
	if (report->output == OUTPUT_CSV)
		csv_begin(report);
	else if (report->output != OUTPUT_JSON)
		table_begin(report);
}
