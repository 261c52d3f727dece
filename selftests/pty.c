/* SPDX-License-Identifier: GPL-2.0-only */
/* A program in a pseudo-terminal, driven by a script:
 *
 *     pty COLUMNSxROWS SCRIPT COMMAND [ARGUMENT...]
 *
 *     wait TEXT       until a row of the screen shows it; 30 s at most
 *     gone TEXT       until none does
 *     same FILE       until the screen is what the file shows, where # is any digit
 *     send KEYS       \e escape, \r return, \n line feed
 *     size 200x50     the terminal is resized
 *     signal NUMBER   to the program
 *     end             until the program has ended
 *
 * Prints what the program printed. Then, whatever happened, on stderr: "restored", or "changed" where the
 * terminal's modes are not what they were. Exit status: the program's, 128 + signal, or 99 where a wait failed.
 */
#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "terminal.h"

#define WAIT_MS 30000
#define FAILED 99
#define OUTPUT (1 << 22)

static struct {
	int master, slave;
	pid_t child;
	bool ended;
	int status;
	char output[OUTPUT];
	size_t printed; /* bytes of output */
	struct terminal screen;
} pty;

/* Whatever comes within so many milliseconds. */
static void read_some(int ms)
{
	struct pollfd fd = { .fd = pty.master, .events = POLLIN };
	ssize_t length;

	if (poll(&fd, 1, ms) > 0 && fd.revents & POLLIN && pty.printed < OUTPUT - 1) {
		length = read(pty.master, pty.output + pty.printed, OUTPUT - 1 - pty.printed);
		if (length > 0) {
			terminal_write(&pty.screen, pty.output + pty.printed, (size_t)length);
			pty.printed += (size_t)length;
		}
	}
	if (!pty.ended && waitpid(pty.child, &pty.status, WNOHANG) == pty.child)
		pty.ended = true;
}

static bool row_is(const char *row, const char *wanted)
{
	for (; *row && *wanted; row++, wanted++) {
		if (*row != *wanted && !(*wanted == '#' && isdigit((unsigned char)*row)))
			return false;
	}
	return *row == *wanted;
}

static bool screen_is(const char *path)
{
	FILE *file = fopen(path, "re");
	char wanted[TERMINAL_COLUMNS + 2];
	bool same = file;

	for (unsigned int row = 0; same && row < pty.screen.rows; row++) {
		same = fgets(wanted, sizeof(wanted), file);
		wanted[strcspn(wanted, "\n")] = 0;
		same = same && row_is(terminal_row(&pty.screen, row), wanted);
	}
	same = same && !fgets(wanted, sizeof(wanted), file);
	if (file)
		fclose(file);
	return same;
}

static bool screen_shows(const char *text)
{
	return terminal_shows(&pty.screen, text);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the screen fits, or does not. */
static bool wait_screen(bool (*fits)(const char *argument), const char *argument, bool wanted)
{
	for (long end = now_ms() + WAIT_MS; now_ms() < end && !pty.ended;) {
		if (fits(argument) == wanted)
			return true;
		read_some(20);
	}
	fprintf(stderr, "pty: waited for '%s'; the screen is\n", argument);
	for (unsigned int row = 0; row < pty.screen.rows; row++)
		fprintf(stderr, "%s\n", terminal_row(&pty.screen, row));
	return false;
}

static bool wait_end(void)
{
	for (long end = now_ms() + WAIT_MS; now_ms() < end && !pty.ended;)
		read_some(20);
	if (!pty.ended)
		fprintf(stderr, "pty: the program does not end\n");
	return pty.ended;
}

static bool send_keys(const char *keys)
{
	for (; *keys; keys++) {
		char key = *keys;

		if (key == '\\' && keys[1]) {
			keys++;
			key = *keys == 'e' ? 27 : *keys == 'r' ? '\r' : *keys == 'n' ? '\n' : *keys;
		}
		if (write(pty.master, &key, 1) != 1)
			return false;
	}
	return true;
}

static bool set_size(const char *text)
{
	struct winsize size = {};

	if (sscanf(text, "%hux%hu", &size.ws_col, &size.ws_row) != 2)
		return false;
	terminal_resize(&pty.screen, size.ws_col, size.ws_row);
	return !ioctl(pty.master, TIOCSWINSZ, &size);
}

static bool step(char *line)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = 0;
	if (!strcmp(line, "end"))
		return wait_end();
	if (!argument)
		return false;
	if (!strcmp(line, "wait") || !strcmp(line, "gone"))
		return wait_screen(screen_shows, argument, *line == 'w');
	if (!strcmp(line, "same"))
		return wait_screen(screen_is, argument, true);
	if (!strcmp(line, "send"))
		return send_keys(argument);
	if (!strcmp(line, "size"))
		return set_size(argument);
	return !strcmp(line, "signal") && !kill(pty.child, atoi(argument));
}

static int start(char **argv)
{
	terminal_open(&pty.screen, 80, 24);
	if (openpty(&pty.master, &pty.slave, NULL, NULL, NULL))
		return -1;
	fcntl(pty.master, F_SETFD, FD_CLOEXEC);
	if (!set_size(argv[1]))
		return -1;
	pty.child = fork();
	if (!pty.child) {
		signal(SIGHUP, SIG_DFL); /* whoever started us may have ignored it */
		login_tty(dup(pty.slave));
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	return pty.child < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct termios before = {}, after = {};
	char line[256];
	FILE *script = argc > 3 ? fopen(argv[2], "re") : NULL;
	bool good = true;

	if (!script || start(argv)) {
		fprintf(stderr, "usage: pty COLUMNSxROWS SCRIPT COMMAND...\n");
		return FAILED;
	}
	tcgetattr(pty.slave, &before);
	while (good && fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = 0;
		good = step(line);
		if (!good)
			fprintf(stderr, "pty: failed: %s\n", line);
	}
	if (!pty.ended) {
		kill(pty.child, SIGKILL);
		waitpid(pty.child, &pty.status, 0);
	}
	read_some(100);
	tcgetattr(pty.slave, &after);
	fwrite(pty.output, 1, pty.printed, stdout);
	fputs(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag &&
			      after.c_oflag == before.c_oflag ?
		      "restored\n" :
		      "changed\n",
	      stderr);
	if (!good)
		return FAILED;
	return WIFSIGNALED(pty.status) ? 128 + WTERMSIG(pty.status) : WEXITSTATUS(pty.status);
}
