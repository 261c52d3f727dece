/* SPDX-License-Identifier: GPL-2.0-only */
/* What `ploss top` shows, as lines of text for a screen of any size. Pure: knows no terminal. */
#ifndef PLOSS_VIEW_H
#define PLOSS_VIEW_H

#include "flowline.h"

#define VIEW_HISTORY 128 /* intervals */
#define VIEW_FILTER 32
#define VIEW_PANELS (MAX_INTERFACES * DIRECTIONS)

/* One direction of an interface: the last interval, and those before it. */
struct panel {
	const char *interface;
	enum direction direction;
	struct row row;
	__u64 data[VIEW_HISTORY],
		lost[VIEW_HISTORY]; /* segments; the newest at recorded - 1, modulo */
};

struct view {
	unsigned int width, height;
	bool ascii;           /* the terminal has no block characters */
	struct timespec time; /* of the last interval */
	__u64 interval_ns;
	struct panel panel[VIEW_PANELS];
	unsigned int panels;
	__u64 recorded;               /* intervals so far */
	const struct flow_line *line; /* connections, the worst first */
	size_t lines, selected;
	const char *sort; /* what they are sorted by */
	char filter[VIEW_FILTER];
	bool typing; /* the filter */
	bool paused, detail, help;
};

enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_SELECTED };

/* Text of line y, at most width columns wide. */
typedef void (*view_put)(unsigned int y, enum style style, const char *text, void *argument);

/* Calls put once for each line of the screen. */
void view_compose(const struct view *view, view_put put, void *argument);

/* An interval's rows of a panel. */
void panel_record(struct panel *panel, const struct row *row, __u64 recorded);

/* Whether the filter leaves a connection in: its ends or its process contain the text. */
bool view_wants(const struct view *view, const struct flow_line *line);

#endif
