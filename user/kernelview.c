/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "json.h"
#include "kernelview.h"
#include "log.h"
#include "report.h"

void kernelview_begin(struct kernelview *view, const struct options *options)
{
	int err;

	*view = (struct kernelview){ .wanted = options->kernel };
	err = view->wanted ? netstat_read(&view->began) : 0;
	if (!err)
		return;
	view->wanted = false;
	fail(err, "cannot read what the kernel counts in /proc/net/snmp");
	advise("goes on without --kernel");
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

void kernelview_text(char text[KERNELVIEW_TEXT], const struct netstat *counted, __u64 left)
{
	long long difference = (long long)(counted->RetransSegs - left);

	snprintf(
		text, KERNELVIEW_TEXT,
		"This host resent %llu segments (RetransSegs), %llu left resent: difference %lld%s. "
		"It queued %llu that came out of order, was told of %llu duplicates (DSACK), and threw "
		"away %llu for their timestamps (PAWS).",
		counted->RetransSegs, left, difference,
		!difference ?
			"" :
		difference > 0 ?
			", resent through other interfaces or loopback, or dropped above the "
			"interface" :
			", of connections that this host forwards or whose first transmission "
			"left before",
		counted->TCPOFOQueue, counted->TCPDSACKRecv + counted->TCPDSACKOfoRecv,
		counted->PAWSEstab);
}

static void print_json(const struct netstat *counted, __u64 left)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_head(stdout, "kernel", &now, NULL);
	json_number(stdout, "retransmitted_segments", left);
	fprintf(stdout, ",\"difference\":%lld", (long long)(counted->RetransSegs - left));
#define X(protocol, name) json_number(stdout, #protocol #name, counted->name);
	NETSTAT(X)
#undef X
	fputs("}\n", stdout);
}

int kernelview_end(const struct kernelview *view, const struct session *session)
{
	char text[KERNELVIEW_TEXT];
	struct netstat counted;
	__u64 left;
	int err;

	if (!view->wanted)
		return 0;
	err = netstat_read(&counted);
	if (!err)
		err = read_left(session, &left);
	if (err)
		return fail(err, "cannot compare with what the kernel counted");
#define X(protocol, name) counted.name -= view->began.name;
	NETSTAT(X)
#undef X
	kernelview_text(text, &counted, left);
	if (session->options->output == OUTPUT_JSON)
		print_json(&counted, left);
	else if (session->options->output == OUTPUT_CSV ||
		 session->options->command != COMMAND_LIVE)
		note("%s", text);
	else
		printf("%s\n", text);
	return output_failed(output_flush(stdout));
}
