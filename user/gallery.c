/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connections.h"
#include "gallery.h"
#include "log.h"
#include "reader.h"

#define PATH_TEXT 4096

static bool is_folder(const char *path)
{
	struct stat status;
	size_t length = strlen(path);

	return (length && path[length - 1] == '/') ||
	       (!stat(path, &status) && S_ISDIR(status.st_mode));
}

int gallery_open(struct gallery *gallery, const struct options *options)
{
	const char *path = options->plot_to;
	int err;

	*gallery = (struct gallery){ .options = options, .room = 1 };
	err = spool_open(&gallery->spool, options);
	if (err)
		return err;
	if (is_folder(path)) {
		gallery->room = options->rows ? options->rows : PICTURES;
		if (mkdir(path, 0777) && errno != EEXIST)
			return fail(-errno, "cannot create %s", path);
	}
	gallery->plot = calloc(gallery->room, sizeof(*gallery->plot));
	return gallery->plot ? 0 : fail(-ENOMEM, "cannot plot");
}

static bool is_wanted(const struct options *options, const struct flow_line *line)
{
	const struct flow_key6 *key = &line->key;

	if (!options->plot_port)
		return true;
	return (key->local_port == options->plot_port &&
		!memcmp(key->local, options->plot_address, sizeof(key->local))) ||
	       (key->remote_port == options->plot_port &&
		!memcmp(key->remote, options->plot_address, sizeof(key->remote)));
}

/* Among those of the gallery, if there is room, or one of them is less bad. */
static void hang(struct gallery *gallery, const struct connection *c, const struct flow_line *line)
{
	size_t at = gallery->count;

	while (at && flow_line_compare(line, &gallery->plot[at - 1].line, NULL) > 0)
		at--;
	if (at == gallery->room)
		return;
	if (gallery->count < gallery->room)
		gallery->count++;
	memmove(&gallery->plot[at + 1], &gallery->plot[at],
		(gallery->count - at - 1) * sizeof(gallery->plot[0]));
	gallery->plot[at] =
		(struct plot){ .line = *line, .ends = c->ends, .began_ns = c->began_ns };
}

void gallery_consider(struct gallery *gallery, const struct connection *c, const char *interface)
{
	struct flow_line lines[DIRECTIONS], *worst = &lines[IN];

	connection_lines(lines, c, interface);
	if (!is_wanted(gallery->options, &lines[IN]))
		return;
	if (flow_line_compare(&lines[OUT], worst, NULL) > 0)
		worst = &lines[OUT];
	if (worst->row.data_segments)
		hang(gallery, c, worst);
}

/* A packet of the connection, or of another one between the same ends. */
static void take_packet(void *context, const struct connection *c, const struct work *w,
			__u32 interface)
{
	struct plot *plot = context;

	if (c && c->began_ns == plot->began_ns)
		plot_take(plot, c, w);
}

/* Reads what the picture shows. */
static int paint(const struct gallery *gallery, struct plot *plot, __u64 packets)
{
	struct options options = *gallery->options;
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return fail(-ENOMEM, "cannot plot");
	options.file = gallery->spool.name;
	err = reader_reopen(r, &options);
	r->follow.only = &plot->ends;
	r->follow.followed = take_packet;
	r->follow.followed_by = plot;
	r->follow.plain_too = true;
	while (!err && r->packets < packets && reader_next(r))
		reader_follow(r);
	reader_close(r);
	free(r);
	plot_end(plot);
	return err;
}

/* FILE, or FOLDER/1-192.0.2.1-443.svg. */
static void path_of(const struct gallery *gallery, const struct plot *plot, char path[PATH_TEXT])
{
	const char *to = gallery->options->plot_to;
	char remote[ADDRESS_TEXT];

	snprintf(path, PATH_TEXT, "%s", to);
	if (!is_folder(to))
		return;
	address_text(remote, plot->line.family, plot->line.key.remote);
	snprintf(path, PATH_TEXT, "%s%s%zu-%s-%u.svg", to, to[strlen(to) - 1] == '/' ? "" : "/",
		 (size_t)(plot - gallery->plot) + 1, remote,
		 (unsigned int)bpf_ntohs(plot->line.key.remote_port));
}

static int write_picture(const struct gallery *gallery, const struct plot *plot)
{
	char path[PATH_TEXT];
	FILE *out;
	int err;

	path_of(gallery, plot, path);
	out = fopen(path, "w");
	if (!out)
		return fail(-errno, "cannot write %s", path);
	err = plot_draw(plot, out);
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		return fail(err, "cannot write %s", path);
	note("drawn: %s", path);
	return 0;
}

int gallery_draw(struct gallery *gallery, __u64 packets)
{
	int err = 0;

	if (!gallery->count)
		return refuse(-ENOENT, "cannot plot: no such connection carries data");
	for (size_t i = 0; !err && i < gallery->count; i++) {
		err = paint(gallery, &gallery->plot[i], packets);
		if (!err)
			err = write_picture(gallery, &gallery->plot[i]);
		plot_free(&gallery->plot[i]);
	}
	return err;
}

void gallery_close(struct gallery *gallery)
{
	if (!gallery->options)
		return;
	for (size_t i = 0; i < gallery->count; i++)
		plot_free(&gallery->plot[i]);
	free(gallery->plot);
	spool_close(&gallery->spool, gallery->options);
}
