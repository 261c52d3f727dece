/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as a capture file, through all of what `ploss read` does with one but the printing: nothing reads
 * beyond what is there, time never falls, and what was counted is what was read.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"
#include "clock.h"
#include "dissect.h"

static const volatile bool stop;

static void ignore(void *context, const char *file, bool fatal, const char *what)
{
	assert(*what);
}

static void follow_frame(struct follow *follow, struct totals *totals, struct clock *clock,
			 const struct savefile_frame *frame, int linktype)
{
	__u64 before_ns = clock->now_ns;
	enum refusal refusal;
	struct dissection d;

	clock_set(clock, frame->stamp_ns);
	assert(clock->now_ns && clock->now_ns >= before_ns);
	assert(frame->length >= frame->captured);
	refusal = frame_open(&d, frame, linktype, true);
	if (refusal == REFUSAL_END)
		return;
	assert((const __u8 *)d.data >= frame->data);
	assert(d.end == frame->data + frame->captured);
	follow->work.pkt.now_ns = clock->now_ns;
	frame_follow(follow, totals, &d, refusal);
}

static void read_all(char *name)
{
	const struct capture_settings settings = { .stop = &stop, .note = ignore };
	const struct options options = { .idle_ns = 1000000000,
					 .closed_ns = 1000000000,
					 .max_flows = 16 };
	struct captures *captures = captures_open(&name, 1, &settings);
	struct savefile_interface *interface;
	static struct totals totals;
	static struct follow follow;
	struct savefile_frame frame;
	struct clock clock = {};
	__u64 packets = 0;

	memset(&totals, 0, sizeof(totals));
	assert(captures && !follow_init(&follow, &options));
	while (captures_next(captures, &frame, &interface)) {
		follow_frame(&follow, &totals, &clock, &frame, interface->linktype);
		packets++;
	}
	assert(totals.dir[IN].packets + totals.dir[OUT].packets <= packets);
	assert(follow.table.flows[0] <= 16 && follow.table.flows[1] <= 16);
	follow_free(&follow);
	captures_close(captures);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);
	char name[32];

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	read_all(name);
	close(fd);
	return 0;
}
