/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "kernelview.h"
#include "log.h"
#include "report.h"

void kernelview_open(struct kernelview *view, const struct options *options)
{
	*view = (struct kernelview){ .wanted = options->kernel };
	if (view->wanted && tracepoints_open(&view->tracepoints))
		advise("--kernel goes on with the counters of /proc/net/snmp alone");
}

void kernelview_close(struct kernelview *view)
{
	tracepoints_close(view->tracepoints);
	view->tracepoints = NULL;
}

/* Segments that left resent through all interfaces of the session. */
static int read_left(const struct session *session, __u64 *left)
{
	struct reading reading;
	struct tally tally;
	struct row row;
	int err = 0;

	*left = 0;
	for (unsigned int i = 0; !err && i < session->interfaces.count; i++) {
		err = kernel_read(session->kernel, i + 1, 0, &reading);
		tally = (struct tally){};
		tally_update(&tally, &reading.counted[OUT], 0);
		row_from(&row, &tally, NULL, &reading.gauges[OUT]);
		*left += row.retransmitted_segments;
	}
	return err;
}

/* What left is read first, here and at the end: nothing can have left that is not counted. */
void kernelview_begin(struct kernelview *view, const struct session *session)
{
	int err;

	if (!view->wanted)
		return;
	err = read_left(session, &view->left);
	if (!err)
		err = netstat_read(&view->began);
	if (view->tracepoints)
		tracepoints_reset(view->tracepoints);
	if (!err)
		return;
	view->wanted = false;
	fail(err, "cannot read what the kernel counts in /proc/net/snmp");
	advise("goes on without --kernel");
}

static bool is_watched(const struct comparison *c, const char *interface)
{
	for (unsigned int i = 0; i < c->watched->count; i++) {
		if (!strcmp(c->watched->entry[i].name, interface))
			return true;
	}
	return false;
}

static long long difference_of(const struct comparison *c)
{
	return (long long)(c->counted.RetransSegs - c->left);
}

struct text {
	char *at;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text->at + text->length, KERNELVIEW_TEXT - text->length, format, args);
	va_end(args);
	text->length += strlen(text->at + text->length);
}

/* "3 through lo, 4 through eth1" of the routes that are watched, or of the others; returns their sum. */
static __u64 say_routes(struct text *text, const struct comparison *c, bool watched,
			const char *before)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < c->traced->routes; i++) {
		const char *interface = c->traced->route[i].interface;

		if (is_watched(c, interface) != watched || !c->traced->route[i].segments)
			continue;
		say(text, "%s%llu through %s", sum ? ", " : before, c->traced->route[i].segments,
		    interface);
		sum += c->traced->route[i].segments;
	}
	return sum;
}

/* Where the difference comes from; what the tracepoints do not explain, in general. */
static void say_difference(struct text *text, const struct comparison *c)
{
	long long rest = difference_of(c), failed = (long long)c->counted.TCPRetransFail;

	say(text, "difference %lld", rest);
	if (rest && c->traced)
		rest -= (long long)say_routes(text, c, false, ": ");
	if (rest > 0 && failed) {
		say(text, ", %lld could not be sent", min_of(failed, rest));
		rest -= min_of(failed, rest);
	}
	if (rest > 0 && c->traced)
		say(text,
		    ", %lld left out by a filter, dropped above the interface, or of "
		    "handshakes (SYN-ACK) through others",
		    rest);
	else if (rest > 0)
		say(text, ", resent through other interfaces or loopback, left out by a filter, or "
			  "dropped above the interface");
	else if (rest < 0)
		say(text,
		    ", %lld of connections that this host forwards or whose first "
		    "transmission left before",
		    -rest);
	say(text, ". ");
}

static void say_traced(struct text *text, const struct comparison *c)
{
	say(text, "Its tracepoints tell of %llu", c->traced->segments + c->traced->synacks);
	if (say_routes(text, c, true, ": "))
		say_routes(text, c, false, ", ");
	else
		say_routes(text, c, false, ": ");
	if (c->traced->synacks)
		say(text, ", %llu SYN-ACKs", c->traced->synacks);
	if (c->traced->missed)
		say(text, ", and missed %llu calls", c->traced->missed);
	if (c->traced->failed)
		say(text, "; %llu attempts failed", c->traced->failed);
	say(text, ". ");
}

void kernelview_text(char buffer[KERNELVIEW_TEXT], const struct comparison *c)
{
	const struct netstat *counted = &c->counted;
	struct text text = { buffer, 0 };

	say(&text, "This host resent %llu segments (RetransSegs), %llu left resent: ",
	    counted->RetransSegs, c->left);
	say_difference(&text, c);
	if (c->traced)
		say_traced(&text, c);
	say(&text,
	    "It queued %llu that came out of order, was told of %llu duplicates (DSACK), and threw "
	    "away %llu for their timestamps (PAWS).",
	    counted->TCPOFOQueue, counted->TCPDSACKRecv + counted->TCPDSACKOfoRecv,
	    counted->PAWSEstab);
}

static void print_traced(const struct traced *traced)
{
	json_number(stdout, "traced_segments", traced->segments);
	json_number(stdout, "traced_synacks", traced->synacks);
	json_number(stdout, "traced_missed", traced->missed);
	json_number(stdout, "traced_failures", traced->failed);
	fputs(",\"traced_interfaces\":{", stdout);
	for (unsigned int i = 0; i < traced->routes; i++) {
		fputs(i ? "," : "", stdout);
		json_string(stdout, traced->route[i].interface);
		fprintf(stdout, ":%llu", traced->route[i].segments);
	}
	fputs("}", stdout);
}

static void print_json(const struct comparison *c)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_head(stdout, "kernel", &now, NULL);
	json_number(stdout, "retransmitted_segments", c->left);
	fprintf(stdout, ",\"difference\":%lld", difference_of(c));
	if (c->traced)
		print_traced(c->traced);
#define X(protocol, name) json_number(stdout, #protocol #name, c->counted.name);
	NETSTAT(X)
#undef X
	fputs("}\n", stdout);
}

static int compare(struct comparison *c, struct traced *traced, const struct kernelview *view,
		   const struct session *session)
{
	int err;

	*c = (struct comparison){ .watched = &session->interfaces };
	err = read_left(session, &c->left);
	if (!err)
		err = netstat_read(&c->counted);
	c->left -= view->left;
	if (err || !view->tracepoints)
		return err;
	c->traced = traced;
	return tracepoints_read(view->tracepoints, traced);
}

int kernelview_end(const struct kernelview *view, const struct session *session)
{
	char text[KERNELVIEW_TEXT];
	struct comparison c;
	struct traced traced;
	int err;

	if (!view->wanted)
		return 0;
	err = compare(&c, &traced, view, session);
	if (err)
		return fail(err, "cannot compare with what the kernel counted");
#define X(protocol, name) c.counted.name -= view->began.name;
	NETSTAT(X)
#undef X
	kernelview_text(text, &c);
	if (session->options->output == OUTPUT_JSON)
		print_json(&c);
	else if (session->options->output == OUTPUT_CSV ||
		 session->options->command != COMMAND_LIVE)
		note("%s", text);
	else
		printf("%s\n", text);
	return output_failed(output_flush(stdout));
}
