/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "filter.h"
#include "linktype.h"

#define WHAT_TEXT 256

/* One file, and the frame that is next in it. */
struct source {
	const char *name;
	int copy;
	struct savefile file;
	bool open;
	bool has_next;
	struct savefile_frame frame;
	__u64 stamp_ns; /* of the next frame, also while the file is closed */
};

struct captures {
	struct capture_settings settings;
	struct filter *filter;
	struct source *source;
	unsigned int count, readable;
	bool live;
	struct source *current; /* whose frame was given last */
	__u64 rival_ns;         /* the earliest stamp of all others */
};

static void note_about(const struct captures *captures, const struct source *source, bool fatal,
		       const char *what)
{
	captures->settings.note(captures->settings.context, source->name, fatal, what);
}

static void source_close(struct source *source)
{
	if (source->open)
		savefile_close(&source->file);
	source->open = false;
	source->has_next = false;
}

/* What was wrong with a file that is at its end, or cannot be read on. */
static void note_faults(const struct captures *captures, const struct source *source)
{
	const struct savefile *file = &source->file;
	char what[WHAT_TEXT];

	if (file->skipped) {
		snprintf(what, sizeof(what), "%llu broken places were skipped, %llu bytes in all",
			 file->skipped, file->skipped_bytes);
		note_about(captures, source, false, what);
	}
	if (!file->why || *captures->settings.stop)
		return;
	if (!file->frames) {
		note_about(captures, source, true, file->why);
		return;
	}
	snprintf(what, sizeof(what), "read up to packet %llu: %s", file->frames, file->why);
	note_about(captures, source, false, what);
}

/* Reads the frame that is next. False where there is none, not even a proper end. */
static bool source_advance(struct captures *captures, struct source *source)
{
	bool sound;

	do {
		source->has_next = savefile_next(&source->file, &source->frame);
	} while (source->has_next && captures->filter &&
		 !filter_passes(captures->filter,
				source->file.interface[source->frame.interface].linktype,
				&source->frame));
	source->stamp_ns = source->frame.stamp_ns;
	if (source->has_next)
		return true;
	note_faults(captures, source);
	sound = !source->file.why || source->file.frames;
	source_close(source);
	return sound;
}

/* A descriptor, or -1 after a note. */
static int open_name(const struct captures *captures, const struct source *source)
{
	struct stat status;
	int fd, err = 0;

	if (!strcmp(source->name, "-"))
		return dup(STDIN_FILENO);
	fd = open(source->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status))
		err = errno;
	else if (S_ISDIR(status.st_mode))
		err = EISDIR;
	if (!err)
		return fd;
	note_about(captures, source, true, strerror(err));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Of a pcap file all packets are of one kind. */
static bool is_unknown_kind(const struct savefile *file, char what[WHAT_TEXT])
{
	int linktype = file->next_generation ? 0 : file->interface[0].linktype;
	const char *name = linktype_name(linktype);

	if (linktype_is_known(linktype))
		return false;
	snprintf(what, WHAT_TEXT, "link type %s (%d) is not one of those that are read",
		 name ? name : "unknown", linktype);
	return true;
}

/* Opens the file and reads its first frame. False after a note. */
static bool source_open(struct captures *captures, struct source *source)
{
	char what[WHAT_TEXT];
	struct stream *stream;
	int fd;

	source->has_next = false;
	fd = open_name(captures, source);
	if (fd < 0)
		return false;
	stream = stream_open_copying(fd, source->copy, captures->settings.stop);
	if (!stream) {
		note_about(captures, source, true, stream_words(-errno));
		return false;
	}
	source->open = true;
	if (!savefile_open(&source->file, stream)) {
		note_faults(captures, source);
		source_close(source);
		return false;
	}
	if (is_unknown_kind(&source->file, what)) {
		note_about(captures, source, true, what);
		source_close(source);
		return false;
	}
	return source_advance(captures, source);
}

bool capture_is_regular(const char *name)
{
	struct stat status;

	return strcmp(name, "-") && !stat(name, &status) && S_ISREG(status.st_mode);
}

struct captures *captures_open(char *const *name, unsigned int count,
			       const struct capture_settings *settings)
{
	struct captures *captures = calloc(1, sizeof(*captures));

	if (!captures)
		return NULL;
	captures->settings = *settings;
	captures->count = count;
	captures->source = calloc(count, sizeof(*captures->source));
	if (settings->filter)
		captures->filter = filter_open(settings->filter);
	if (!captures->source || (settings->filter && !captures->filter)) {
		captures_close(captures);
		return NULL;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct source *source = &captures->source[i];

		source->name = name[i];
		source->copy = settings->copy ? settings->copy[i] : -1;
		captures->live |= !capture_is_regular(name[i]);
		if (!source_open(captures, source))
			continue;
		captures->readable++;
		/* To know when it begins is enough here, or a thousand files would be open at once. */
		if (count > 1 && source->has_next && capture_is_regular(source->name)) {
			source_close(source);
			source->has_next = true;
		}
	}
	return captures;
}

/* The one whose next frame is the earliest; of equal ones the first named. NULL: all are at their end. */
static struct source *earliest(struct captures *captures)
{
	struct source *best = NULL;

	captures->rival_ns = ~0ULL;
	for (unsigned int i = 0; i < captures->count; i++) {
		struct source *source = &captures->source[i];

		if (!source->has_next)
			continue;
		if (!best || source->stamp_ns < best->stamp_ns) {
			captures->rival_ns = best ? best->stamp_ns : ~0ULL;
			best = source;
		} else if (source->stamp_ns < captures->rival_ns) {
			captures->rival_ns = source->stamp_ns;
		}
	}
	return best;
}

bool captures_next(struct captures *captures, struct savefile_frame *frame,
		   struct savefile_interface **interface)
{
	struct source *source = captures->current;

	if (source)
		source_advance(captures, source);
	if (!source || !source->has_next || source->stamp_ns >= captures->rival_ns) {
		source = earliest(captures);
		while (source && !source->open) {
			source_open(captures, source);
			source = earliest(captures);
		}
	}
	captures->current = source;
	if (!source || *captures->settings.stop)
		return false;
	*frame = source->frame;
	*interface = &source->file.interface[frame->interface];
	return true;
}

bool captures_are_live(const struct captures *captures)
{
	return captures->live;
}

unsigned int captures_readable(const struct captures *captures)
{
	return captures->readable;
}

void captures_close(struct captures *captures)
{
	if (!captures)
		return;
	for (unsigned int i = 0; captures->source && i < captures->count; i++)
		source_close(&captures->source[i]);
	filter_close(captures->filter);
	free(captures->source);
	free(captures);
}
