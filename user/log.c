/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "log.h"

static enum log_level log_level;

static int print_from(enum log_level level, const char *format, va_list args)
{
	return log_level < level ? 0 : vfprintf(stderr, format, args);
}

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	return print_from(level == LIBBPF_DEBUG ? LOG_DEBUG : LOG_VERBOSE, format, args);
}

static int libxdp_print(enum libxdp_print_level level, const char *format, va_list args)
{
	return print_from(level == LIBXDP_DEBUG ? LOG_DEBUG : LOG_VERBOSE, format, args);
}

void log_set(enum log_level level)
{
	log_level = level;
	libbpf_set_print(libbpf_print);
	libxdp_set_print(libxdp_print);
}

static void print_line(const char *before, const char *format, va_list args, const char *after)
{
	fputs(before, stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s%s\n", *after ? ": " : "", after);
}

int fail(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("ploss: ", format, args, strerror(-err));
	va_end(args);
	return err;
}

int refuse(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("ploss: ", format, args, "");
	va_end(args);
	return err;
}

void advise(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("       ", format, args, "");
	va_end(args);
}

void note(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_NORMAL)
		return;
	va_start(args, format);
	print_line("ploss: ", format, args, "");
	va_end(args);
}
