/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole terminal, and back as it was on every way out, a crash too. */
#ifndef PLOSS_SCREEN_H
#define PLOSS_SCREEN_H

#include <stdbool.h>

#include "view.h"

/* Keys that are no characters. */
enum key {
	KEY_OF_NONE = -1, /* no key waits */
	KEY_OF_UP = 256,
	KEY_OF_DOWN,
	KEY_OF_PAGE_UP,
	KEY_OF_PAGE_DOWN,
	KEY_OF_ENTER,
	KEY_OF_ESCAPE,
	KEY_OF_ERASE,
	KEY_OF_RESIZE,
	KEY_OF_OTHER,
};

/* -ENOTTY where there is no terminal, -ENODEV where it is of no known type. What goes to stderr from here on
 * appears when the screen is closed.
 */
int screen_open(void);
void screen_close(void);

void screen_size(unsigned int *width, unsigned int *height);

/* Whether the terminal has more than ASCII. */
bool screen_is_ascii(void);

void screen_draw(const struct view *view);

/* A character, or an enum key; does not wait. */
int screen_key(void);

#endif
