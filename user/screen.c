/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"

/* After ours: it makes words like columns its own. */
#include <curses.h>
#include <term.h>

#define ESCAPE 27
#define ESCAPE_MS 50 /* after which an escape is a key of its own */

static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static SCREEN *screen;
static struct termios before;
static char leave[64]; /* what makes the terminal show what it showed before, and the cursor */
static int messages = -1, real_stderr = -1;

/* Only what a signal handler may do. */
static void restore_and_die(int signal)
{
	ssize_t ignored = write(STDOUT_FILENO, leave, strlen(leave));

	(void)ignored;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raise(signal);
}

static void catch_crashes(void)
{
	const struct sigaction action = { .sa_handler = restore_and_die, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i], &action, NULL);
}

/* A message in the middle of the screen would be overwritten, or garble it. */
static void hold_messages(void)
{
	FILE *file = tmpfile();

	if (!file)
		return;
	messages = dup(fileno(file));
	real_stderr = dup(STDERR_FILENO);
	dup2(messages, STDERR_FILENO);
	fclose(file);
}

static void release_messages(void)
{
	char text[4096];
	ssize_t length;

	if (messages < 0)
		return;
	dup2(real_stderr, STDERR_FILENO);
	lseek(messages, 0, SEEK_SET);
	while ((length = read(messages, text, sizeof(text))) > 0) {
		if (write(STDERR_FILENO, text, (size_t)length) < 0)
			break;
	}
	close(messages);
	close(real_stderr);
	messages = real_stderr = -1;
}

static void append_capability(const char *capability)
{
	if (capability && capability != (char *)-1 &&
	    strlen(leave) + strlen(capability) < sizeof(leave))
		strcat(leave, capability);
}

int screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	setlocale(LC_CTYPE, "");
	tcgetattr(STDIN_FILENO, &before);
	set_escdelay(ESCAPE_MS);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -ENODEV;
	append_capability(cursor_normal);
	append_capability(exit_attribute_mode);
	append_capability(exit_ca_mode);
	catch_crashes();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	hold_messages();
	return 0;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
	release_messages();
}

void screen_size(unsigned int *width, unsigned int *height)
{
	*width = (unsigned int)COLS;
	*height = (unsigned int)LINES;
}

bool screen_is_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

static void put(unsigned int y, enum style style, const char *text, void *argument)
{
	if (style != STYLE_PLAIN)
		attron(style == STYLE_HEADING ? A_BOLD : A_REVERSE);
	mvaddstr((int)y, 0, text);
	attrset(A_NORMAL);
}

void screen_draw(const struct view *view)
{
	erase();
	view_compose(view, put, NULL);
	refresh();
}

int screen_key(void)
{
	int key = getch();

	switch (key) {
	case ERR:
		return KEY_OF_NONE;
	case KEY_UP:
		return KEY_OF_UP;
	case KEY_DOWN:
		return KEY_OF_DOWN;
	case KEY_PPAGE:
		return KEY_OF_PAGE_UP;
	case KEY_NPAGE:
		return KEY_OF_PAGE_DOWN;
	case KEY_ENTER:
	case '\r':
	case '\n':
		return KEY_OF_ENTER;
	case ESCAPE:
		return KEY_OF_ESCAPE;
	case KEY_BACKSPACE:
	case '\b':
	case 127:
		return KEY_OF_ERASE;
	case KEY_RESIZE:
		return KEY_OF_RESIZE;
	default:
		return key < 256 ? key : KEY_OF_OTHER;
	}
}
