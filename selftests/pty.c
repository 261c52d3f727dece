/* SPDX-License-Identifier: GPL-2.0-only */
/* A program in a pseudo-terminal, driven by a script:
 *
 *     pty COLUMNSxROWS SCRIPT COMMAND [ARGUMENT...]
 *
 *     wait TEXT       until the program has printed it since the last step; 30 s at most. A full screen is sent in
 *                     pieces, and a change of size may overtake a key: every second the size changes, and back,
 *                     which has it sent whole
 *     send KEYS       \e escape, \r return, \n line feed
 *     size 200x50     the terminal is resized
 *     signal NUMBER   to the program
 *     end             until the program has ended
 *
 * Prints what the program printed. Then, whatever happened, on stderr: "restored", or "changed" where the
 * terminal's modes are not what they were. Exit status: the program's, 128 + signal, or 99 where a wait failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
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

#define WAIT_MS 30000
#define NUDGE_MS 1000
#define FAILED 99
#define OUTPUT (1 << 22)

static struct {
	int master, slave;
	pid_t child;
	bool ended;
	int status;
	char output[OUTPUT];
	size_t printed, step; /* bytes of output; where the step began */
} pty;

/* Whatever comes within so many milliseconds. */
static void read_some(int ms)
{
	struct pollfd fd = { .fd = pty.master, .events = POLLIN };
	ssize_t length;

	if (poll(&fd, 1, ms) > 0 && fd.revents & POLLIN && pty.printed < OUTPUT - 1) {
		length = read(pty.master, pty.output + pty.printed, OUTPUT - 1 - pty.printed);
		pty.printed += length > 0 ? (size_t)length : 0;
	}
	if (!pty.ended && waitpid(pty.child, &pty.status, WNOHANG) == pty.child)
		pty.ended = true;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A column less, and as it was. */
static void nudge(void)
{
	struct winsize size;

	if (ioctl(pty.master, TIOCGWINSZ, &size))
		return;
	size.ws_col--;
	ioctl(pty.master, TIOCSWINSZ, &size);
	for (long end = now_ms() + 200; now_ms() < end;)
		read_some(20);
	size.ws_col++;
	ioctl(pty.master, TIOCSWINSZ, &size);
}

static bool wait_text(const char *text)
{
	long began = now_ms(), nudged = began;

	while (now_ms() - began < WAIT_MS && !pty.ended) {
		read_some(20);
		if (memmem(pty.output + pty.step, pty.printed - pty.step, text, strlen(text)))
			return true;
		if (now_ms() - nudged > NUDGE_MS) {
			nudge();
			nudged = now_ms();
		}
	}
	fprintf(stderr, "pty: '%s' did not appear\n", text);
	return false;
}

static bool wait_end(void)
{
	for (long began = now_ms(); now_ms() - began < WAIT_MS && !pty.ended;)
		read_some(20);
	if (!pty.ended)
		fprintf(stderr, "pty: the program does not end\n");
	return pty.ended;
}

static void send_keys(const char *keys)
{
	for (; *keys; keys++) {
		char key = *keys;

		if (key == '\\' && keys[1]) {
			keys++;
			key = *keys == 'e' ? 27 : *keys == 'r' ? '\r' : *keys == 'n' ? '\n' : *keys;
		}
		if (write(pty.master, &key, 1) != 1)
			fprintf(stderr, "pty: cannot send: %s\n", strerror(errno));
	}
}

static bool set_size(const char *text)
{
	struct winsize size = {};

	if (sscanf(text, "%hux%hu", &size.ws_col, &size.ws_row) != 2)
		return false;
	return !ioctl(pty.master, TIOCSWINSZ, &size);
}

static bool step(char *line)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = 0;
	if (!strcmp(line, "wait") && argument) {
		bool found = wait_text(argument);

		pty.step = pty.printed;
		return found;
	}
	if (!strcmp(line, "end"))
		return wait_end();
	read_some(0);
	pty.step = pty.printed;
	if (!strcmp(line, "send") && argument)
		send_keys(argument);
	else if (!strcmp(line, "size") && argument)
		return set_size(argument);
	else if (!strcmp(line, "signal") && argument)
		return !kill(pty.child, atoi(argument));
	else
		return false;
	return true;
}

static int start(char **argv)
{
	if (openpty(&pty.master, &pty.slave, NULL, NULL, NULL))
		return -1;
	fcntl(pty.master, F_SETFD, FD_CLOEXEC);
	if (!set_size(argv[1]))
		return -1;
	pty.child = fork();
	if (!pty.child) {
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
