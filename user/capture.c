/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <pcap/pcap.h>

#include "capture.h"
#include "linktype.h"
#include "stream.h"

#define WHY_TEXT (PCAP_ERRBUF_SIZE + 128)

/* One file, and the frame that is next in it. */
struct source {
	const char *name;
	pcap_t *pcap; /* NULL: not open now */
	int linktype;
	bool has_next;
	struct pcap_pkthdr *header;
	const u_char *data;
	__u64 stamp_ns;
	__u64 frames; /* read, and let through by the filter */
};

struct captures {
	struct capture_settings settings;
	struct source *source;
	unsigned int count, readable;
	unsigned int current; /* whose frame was given last; count: none */
	__u64 rival_ns;       /* the earliest stamp of all but current */
};

static void complain(const struct captures *captures, const struct source *source, const char *why)
{
	captures->settings.complain(captures->settings.context, source->name, source->frames, why);
}

static void source_close(struct source *source)
{
	if (source->pcap)
		pcap_close(source->pcap);
	source->pcap = NULL;
	source->has_next = false;
}

/* Reads the frame that is next. False where the file is broken there, after a complaint. */
static bool source_advance(struct captures *captures, struct source *source)
{
	int got = pcap_next_ex(source->pcap, &source->header, &source->data);

	source->has_next = got == 1;
	if (got == 1) {
		source->frames++;
		source->stamp_ns = (__u64)source->header->ts.tv_sec * 1000000000ULL +
				   (__u64)source->header->ts.tv_usec;
		return true;
	}
	if (*captures->settings.stop)
		got = PCAP_ERROR_BREAK;
	if (got != PCAP_ERROR_BREAK)
		complain(captures, source, pcap_geterr(source->pcap));
	source_close(source);
	return got == PCAP_ERROR_BREAK;
}

/* A descriptor, or -1 after a complaint. */
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
	else if (S_ISREG(status.st_mode) && !status.st_size)
		complain(captures, source, "the file is empty");
	else
		return fd;
	if (err)
		complain(captures, source, strerror(err));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool set_filter(const struct captures *captures, const struct source *source)
{
	struct bpf_program program;
	int err;

	if (!captures->settings.filter)
		return true;
	err = pcap_compile(source->pcap, &program, captures->settings.filter, 1,
			   PCAP_NETMASK_UNKNOWN);
	if (!err) {
		err = pcap_setfilter(source->pcap, &program);
		pcap_freecode(&program);
	}
	if (err)
		complain(captures, source, pcap_geterr(source->pcap));
	return !err;
}

/* Opens the file and reads its first frame. False after a complaint. */
static bool source_open(struct captures *captures, struct source *source)
{
	char why[WHY_TEXT] = "";
	const char *type;
	FILE *file;
	int fd;

	source->has_next = false;
	source->frames = 0;
	fd = open_name(captures, source);
	if (fd < 0)
		return false;
	file = stream_open(fd, captures->settings.stop);
	if (!file) {
		complain(captures, source, strerror(errno));
		return false;
	}
	source->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO,
								why);
	if (!source->pcap) {
		fclose(file);
		complain(captures, source, why);
		return false;
	}
	source->linktype = pcap_datalink(source->pcap);
	if (!linktype_is_known(source->linktype)) {
		type = pcap_datalink_val_to_name(source->linktype);
		snprintf(why, sizeof(why),
			 "its link type, %s (%d), is not one of those that are read",
			 type ? type : "unknown", source->linktype);
		complain(captures, source, why);
		source_close(source);
		return false;
	}
	if (!set_filter(captures, source)) {
		source_close(source);
		return false;
	}
	return source_advance(captures, source);
}

/* Can it be opened a second time and be the same? */
static bool is_regular(const char *name)
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
	captures->count = captures->current = count;
	captures->source = calloc(count, sizeof(*captures->source));
	if (!captures->source) {
		free(captures);
		return NULL;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct source *source = &captures->source[i];

		source->name = name[i];
		if (!source_open(captures, source))
			continue;
		captures->readable++;
		/* To know when it begins is enough for now, or a thousand files would be open at once. */
		if (count > 1 && source->has_next && is_regular(source->name)) {
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

bool captures_next(struct captures *captures, struct capture_frame *frame)
{
	struct source *source = NULL;

	if (captures->current < captures->count) {
		source = &captures->source[captures->current];
		source_advance(captures, source);
	}
	if (!source || !source->has_next || source->stamp_ns >= captures->rival_ns) {
		source = earliest(captures);
		while (source && !source->pcap) {
			source_open(captures, source);
			source = earliest(captures);
		}
	}
	if (!source || *captures->settings.stop)
		return false;
	captures->current = (unsigned int)(source - captures->source);
	*frame = (struct capture_frame){
		.data = source->data,
		.captured = source->header->caplen,
		.length = source->header->len,
		.stamp_ns = source->stamp_ns,
		.linktype = source->linktype,
		.file = captures->current,
	};
	if (frame->length < frame->captured)
		frame->length = frame->captured;
	return true;
}

unsigned int captures_readable(const struct captures *captures)
{
	return captures->readable;
}

void captures_close(struct captures *captures)
{
	if (!captures)
		return;
	for (unsigned int i = 0; i < captures->count; i++)
		source_close(&captures->source[i]);
	free(captures->source);
	free(captures);
}
