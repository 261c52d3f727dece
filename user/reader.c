/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "dissect.h"
#include "log.h"
#include "reader.h"
#include "wait.h"

static volatile bool interrupted;

static void interrupt(int signal)
{
	interrupted = true;
}

void reader_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!hangups_are_ignored())
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void note_file(void *context, const char *file, bool fatal, const char *what)
{
	if (fatal)
		refuse(-EINVAL, "cannot read %s: %s", file, what);
	else
		note("%s: %s", file, what);
}

static void note_nothing(void *context, const char *file, bool fatal, const char *what)
{
}

static int open_captures(struct reader *r, const struct options *options, const int *copy,
			 capture_note_fn say)
{
	const struct capture_settings settings = {
		.filter = options->filter,
		.copy = copy,
		.stop = &interrupted,
		.note = say,
	};
	int err;

	*r = (struct reader){ .options = options };
	err = follow_init(&r->follow, options);
	if (err)
		return fail(err, "cannot start");
	r->follow.interval = 1;
	r->captures = captures_open(options->file, options->files, &settings);
	if (!r->captures)
		return fail(-ENOMEM, "cannot start");
	return captures_readable(r->captures) ? 0 : -EINVAL;
}

int reader_open(struct reader *r, const struct options *options, const int *copy)
{
	return open_captures(r, options, copy, note_file);
}

int reader_reopen(struct reader *r, const struct options *options)
{
	interrupted = false;
	return open_captures(r, options, NULL, note_nothing);
}

void reader_close(struct reader *r)
{
	captures_close(r->captures);
	follow_free(&r->follow);
}

/* What packets are counted under whose interface has no name: the file's, or that they are several. */
static void name_files(const struct options *options, char name[TAP_NAME])
{
	const char *file = options->file[0], *slash = strrchr(file, '/');
	int length = 0;

	if (options->files > 1)
		strcpy(name, "files");
	else if (!strcmp(file, "-"))
		strcpy(name, "stdin");
	else
		length = snprintf(name, TAP_NAME, "%s", slash ? slash + 1 : file);
	if (length >= TAP_NAME)
		name[TAP_NAME - 2] = '~';
}

/* The tap of this name; a new one where there is none. Beyond MAX_INTERFACES all are the last. */
static unsigned int tap_named(struct reader *r, const char *name)
{
	for (unsigned int i = 0; i < r->taps; i++) {
		if (!strcmp(r->tapped[i].name, name))
			return i;
	}
	if (r->taps == MAX_INTERFACES)
		return MAX_INTERFACES - 1;
	strcpy(r->tapped[r->taps].name, name);
	return r->taps++;
}

unsigned int reader_tap(struct reader *r)
{
	char name[TAP_NAME];

	name_files(r->options, name);
	return tap_named(r, name);
}

/* The tap of the frame in hand. number: the interface's, where the frame itself says it. */
static unsigned int tap_of(struct reader *r, __u32 number)
{
	struct savefile_interface *interface = r->interface;
	char name[TAP_NAME];

	if (number) {
		snprintf(name, sizeof(name), "if%u", number);
		return tap_named(r, name);
	}
	if (!interface->slot)
		interface->slot =
			(*interface->name ? tap_named(r, interface->name) : reader_tap(r)) + 1;
	return interface->slot - 1;
}

bool reader_next(struct reader *r)
{
	if (!captures_next(r->captures, &r->frame, &r->interface))
		return false;
	clock_set(&r->clock, r->frame.stamp_ns);
	r->packets++;
	return true;
}

void reader_follow(struct reader *r)
{
	struct dissection d;
	enum refusal refusal;

	refusal = frame_open(&d, &r->frame, r->interface->linktype, r->options->decap);
	if (refusal == REFUSAL_END) {
		r->unknown_linktype = r->interface->linktype;
		r->unknown_packets++;
		return;
	}
	d.seen.interface = tap_of(r, d.seen.interface);
	r->follow.work.pkt.now_ns = r->clock.now_ns;
	frame_follow(&r->follow, &r->tapped[d.seen.interface].totals, &d, refusal);
}
