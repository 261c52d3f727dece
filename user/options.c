/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "log.h"
#include "options.h"
#include "parse.h"

#define SECOND_NS 1000000000ULL
#define DOCTOR_DEFAULT_NS (10 * SECOND_NS)
#define IDLE_DEFAULT_NS (300 * SECOND_NS)
#define CLOSED_DEFAULT_NS (10 * SECOND_NS) /* retransmissions of the last FIN come within this */

#define FIRST_CODE 256 /* what getopt_long() returns for row 0: no letter */

const char *const command_names[COMMANDS] = {
	[COMMAND_LIVE] = "ploss",          [COMMAND_READ] = "ploss read",
	[COMMAND_FLOWS] = "ploss flows",   [COMMAND_EVENTS] = "ploss events",
	[COMMAND_DOCTOR] = "ploss doctor", [COMMAND_TOP] = "ploss top",
};

int usage_error(const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return refuse(-EINVAL, "%s (ploss --help shows how)", what);
}

/* getopt_long()'s view of the table. Long options return FIRST_CODE and the row's number. */
static void getopt_tables(char *letters, struct option *longs)
{
	*letters++ = ':';
	for (unsigned int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		longs[i] = (struct option){ row->name,
					    row->argument ? required_argument : no_argument, NULL,
					    FIRST_CODE + i };
		if (!row->letter)
			continue;
		*letters++ = row->letter;
		if (row->argument)
			*letters++ = ':';
	}
	*letters = 0;
	longs[option_row_count] = (struct option){};
}

static const struct option_row *row_of(int code)
{
	if (code >= FIRST_CODE)
		return &option_rows[code - FIRST_CODE];
	for (unsigned int i = 0; i < option_row_count; i++) {
		if (option_rows[i].letter && option_rows[i].letter == code)
			return &option_rows[i];
	}
	return NULL;
}

static int unknown_option(int code, const char *text)
{
	const struct option_row *row = optopt ? row_of(optopt) : NULL;

	if (code == ':' && row)
		return usage_error("--%s takes %s", row->name, row->argument);
	if (row)
		return usage_error("--%s takes no value", row->name);
	if (optopt >= '0' && optopt <= '9')
		return usage_error("no such option: -%c, and INTERVAL is not negative", optopt);
	if (optopt)
		return usage_error("no such option: -%c", optopt);
	return usage_error("no such option, or more than one: %s", text);
}

/* INTERVAL [COUNT], or FILE... */
static int take_operands(struct options *options, enum command_id command, int count,
			 char *operand[])
{
	if (command == COMMAND_READ) {
		options->file = operand;
		options->files = (unsigned int)count;
		if (!count && !options->help && !options->version)
			return usage_error("no FILE to read; - is the standard input");
		return 0;
	}
	if (command == COMMAND_EVENTS && count)
		return usage_error("'%s' is one argument too many: events come as they happen",
				   operand[0]);
	if (command == COMMAND_FLOWS && !count)
		options->count = 1;
	if (count > (command == COMMAND_DOCTOR || command == COMMAND_TOP ? 1 : 2))
		return usage_error("'%s' is one argument too many", operand[count - 1]);
	if (count > 0 &&
	    parse_seconds(operand[0], INTERVAL_MIN_NS, INTERVAL_MAX_NS, &options->interval_ns))
		return usage_error("%s is seconds, from 0.01 to 31536000, not '%s'",
				   command == COMMAND_DOCTOR ? "SECONDS" : "INTERVAL", operand[0]);
	if (count > 1 && parse_u64(operand[1], 1, 1ULL << 62, &options->count))
		return usage_error("COUNT is a number from 1 up, not '%s'", operand[1]);
	return 0;
}

/* Prefixes of the other family would select nothing. */
static int check_families(const struct options *options)
{
	const struct config *config = &options->config;

	for (unsigned int i = 0; config->family && i < config->peers; i++) {
		if (prefix_is_ipv4(&config->peer[i]) != (config->family == 4))
			return usage_error("--peer and -%u contradict each other", config->family);
	}
	return 0;
}

static bool has_limits(const struct options *options)
{
	return options->max_loss != NO_LIMIT || options->max_loss_in != NO_LIMIT ||
	       options->max_loss_out != NO_LIMIT || options->max_reordering != NO_LIMIT ||
	       options->max_duplication != NO_LIMIT || options->max_spurious != NO_LIMIT;
}

/* A CSV file is one table. */
static int check_tables(const struct options *options)
{
	int tables = options->flows + options->events + options->doctor + !!options->interval_ns;

	if (options->command == COMMAND_READ && options->output == OUTPUT_CSV && tables > 1)
		return usage_error("--flows, --events, --doctor and --interval exclude each other "
				   "with -o csv");
	return 0;
}

bool option_is_for(const struct option_row *row, enum command_id command)
{
	return !row->commands || row->commands & ONLY(command);
}

/* An option that belongs to other commands: says to which. */
static int misplaced(const struct option_row *row, enum command_id command)
{
	char others[256] = "";

	for (enum command_id other = 0; other < COMMANDS; other++) {
		if (option_is_for(row, other))
			snprintf(others + strlen(others), sizeof(others) - strlen(others), "%s%s",
				 *others ? ", " : "", command_names[other]);
	}
	return usage_error("%s takes no --%s; these do: %s", command_names[command], row->name,
			   others);
}

int options_parse(struct options *options, enum command_id command, int argc, char *argv[])
{
	struct option longs[OPTION_ROWS];
	char letters[2 * OPTION_ROWS + 2];
	const struct option_row *row;
	int code, err;

	*options = (struct options){ .command = command,
				     .idle_ns = IDLE_DEFAULT_NS,
				     .closed_ns = CLOSED_DEFAULT_NS,
				     .max_loss = NO_LIMIT,
				     .max_loss_in = NO_LIMIT,
				     .max_loss_out = NO_LIMIT,
				     .max_reordering = NO_LIMIT,
				     .max_duplication = NO_LIMIT,
				     .max_spurious = NO_LIMIT };
	if (command == COMMAND_DOCTOR)
		options->interval_ns = DOCTOR_DEFAULT_NS;
	if (command == COMMAND_LIVE || command == COMMAND_FLOWS || command == COMMAND_TOP)
		options->interval_ns = SECOND_NS;
	getopt_tables(letters, longs);
	optind = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		row = code == '?' || code == ':' ? NULL : row_of(code);
		err = !row                         ? unknown_option(code, argv[optind - 1]) :
		      !option_is_for(row, command) ? misplaced(row, command) :
						     row->take(options, row, optarg);
		if (err)
			return err;
	}
	if (options->plot != !!options->plot_to)
		return usage_error("--plot and --plot-to belong together");
	options->flows |= options->all || options->by;
	options->events |= options->sequence || options->probes || options->counted;
	options->doctor |= has_limits(options);
	if (options->verbose && options->quiet)
		return usage_error("-v and -q exclude each other");
	if (options->tcp_info && options->by)
		return usage_error("--tcp-info is of connections, not of what --by adds up");
	err = check_families(options);
	if (!err)
		err = check_tables(options);
	if (err)
		return err;
	return take_operands(options, command, argc - optind, argv + optind);
}

#define HELP_COLUMN 30

void options_help(FILE *out, enum command_id command)
{
	for (unsigned int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		int width;

		if (!option_is_for(row, command))
			continue;
		width = row->letter ? fprintf(out, "  -%c, --%s", row->letter, row->name) :
				      fprintf(out, "      --%s", row->name);
		if (row->argument)
			width += fprintf(out, " %s", row->argument);
		if (width + 2 > HELP_COLUMN) {
			fputc('\n', out);
			width = 0;
		}
		fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", row->help);
	}
}
