/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line asks for. */
#ifndef PLOSS_OPTIONS_H
#define PLOSS_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "columns.h"
#include "ploss.h"

enum output { OUTPUT_TABLE, OUTPUT_WIDE, OUTPUT_JSON, OUTPUT_CSV };

/* How packets are met. In the order of what --hook takes. */
enum hook_choice { HOOK_AUTO, HOOK_TCX, HOOK_TC, HOOK_XDP };

/* Whose command line it is. */
enum command_id {
	COMMAND_LIVE,
	COMMAND_READ,
	COMMAND_FLOWS,
	COMMAND_EVENTS,
	COMMAND_DOCTOR,
	COMMAND_TOP,
	COMMANDS
};

struct options {
	enum command_id command;
	const char *interface[MAX_INTERFACES];
	unsigned int interfaces; /* 0: those of the default routes */
	struct config config;    /* family, ports, peers: what the kernel filters by */
	unsigned int output;     /* enum output */
	unsigned int hook;       /* enum hook_choice */
	const struct column *sort;
	unsigned int by; /* flows: enum grouping */
	bool flows;      /* read: the connections too */
	bool events;     /* read: the events too */
	bool doctor;     /* read: what is wrong instead of the totals */
	bool kernel;     /* live, events: beside what the host counts */
	bool tcp_info;   /* flows: what the kernel says of their sockets */
	bool all;        /* flows: also those in which nothing passed */
	bool sequence;   /* events: with sequence numbers */
	bool probes;     /* events: tail loss probes too */
	bool counted;    /* events: only how many of each connection */
	/* doctor: what must not be exceeded, in 10^-9 percent; or NO_LIMIT */
	__u64 max_loss, max_loss_in, max_loss_out, max_reordering, max_duplication, max_spurious;
	__u64 rows;               /* 0: all */
	__u64 max_flows;          /* 0: as the BPF object says */
	__u64 idle_ns, closed_ns; /* how long silent connections are kept */
	__u64 interval_ns;        /* read: 0: one interval, the whole of the capture */
	__u64 count;              /* 0: until interrupted */
	char *const *file;        /* read: of argv */
	unsigned int files;
	struct prefix local[MAX_PREFIXES]; /* read: addresses of the host that captured */
	unsigned int locals;
	const char *filter; /* read: pcap-filter expression, sound; or NULL */
	bool decap;         /* read: look into tunnels */
	bool plot; /* read: draw the worst connections, of this end if plot_port is not 0 */
	__be32 plot_address[4];
	__be16 plot_port;
	const char *plot_to;
	unsigned int verbose;
	bool quiet;
	bool version;
	bool help;
};

#define NO_LIMIT (~0ULL)

#define INTERVAL_MIN_NS 10000000ULL
#define INTERVAL_MAX_NS (365 * 86400 * 1000000000ULL)

/* One option: what it is called, what it takes, and where that goes. */
struct option_row {
	char letter; /* 0: the long name alone */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
	int (*take)(struct options *options, const struct option_row *row, const char *text);
	size_t offset; /* of the field in struct options, for the general take functions */
	__u64 min, max;
	const char *const *choices; /* ends with NULL; the field becomes the index */
	unsigned int commands;      /* ONLY(...) of those that take it; 0: all */
};

#define ONLY(command) (1U << (command))
#define WATCHING \
	(ONLY(COMMAND_LIVE) | ONLY(COMMAND_FLOWS) | ONLY(COMMAND_EVENTS) | ONLY(COMMAND_DOCTOR) | \
	 ONLY(COMMAND_TOP))

/* "ploss", "ploss read" ... */
extern const char *const command_names[COMMANDS];

#define OPTION_ROWS 64 /* there are fewer */

extern const struct option_row option_rows[];
extern const unsigned int option_row_count;

/* Reads argv[1] and on. On a usage error says which, once, and returns -EINVAL. */
int options_parse(struct options *options, enum command_id command, int argc, char *argv[]);

/* Whether the command takes this option. */
bool option_is_for(const struct option_row *row, enum command_id command);

/* The command's part of the table as --help shows it. */
void options_help(FILE *out, enum command_id command);

/* "unknown option", "not a port" ...: says it and where help is. Returns -EINVAL. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
