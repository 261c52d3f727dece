/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "events.h"
#include "flows.h"
#include "kernel.h"
#include "live.h"
#include "log.h"
#include "options.h"
#include "read.h"
#include "top.h"

#define VERSION "0.1"
#define EXIT_USAGE 2

/* A subcommand; the main job has no name. */
struct command {
	const char *name;
	enum command_id id;
	int (*run)(const struct options *options);
	const char *usage;
	const char *about;
	const char *examples;
	const char *summary;
};

static const struct command commands[] = {
	{ "", COMMAND_LIVE, live_run, "[OPTIONS] [INTERVAL [COUNT]]",
	  "Every INTERVAL seconds (fractions too; default 1), COUNT times or until interrupted, it\n"
	  "prints what passed each interface in each direction; at the end totals and a verdict.\n"
	  "\"in\" is data that enters through the interface, \"out\" data that leaves. Lost \"before\" is\n"
	  "between the sender and the interface, \"after\" between the interface and the receiver.\n",
	  "  ploss                       the interfaces of the default routes, until Ctrl-C\n"
	  "  ploss -i eth0 5 12          one minute of eth0, every 5 seconds\n"
	  "  ploss --port 443 -o json    machine-readable, HTTPS alone\n",
	  "" },
	{ "flows", COMMAND_FLOWS, flows_run, "[OPTIONS] [INTERVAL [COUNT]]",
	  "The connections that pass, the worst first: those that lost most, then those that resent\n"
	  "most. Each has a line for each direction; without -n the 20 worst lines are shown.\n"
	  "Without INTERVAL it watches for one second, or until interrupted, and prints once; with it\n"
	  "it prints what passed in each INTERVAL. BEFORE and AFTER are the segments lost there.\n",
	  "  ploss flows 10 1                who loses, of what passes in ten seconds\n"
	  "  ploss flows --by process 5      which process has the losses, every five seconds\n"
	  "  ploss flows --all -o json 60 1  everything that is known after a minute\n",
	  "the connections that pass, the worst first" },
	{ "events", COMMAND_EVENTS, events_run, "[OPTIONS]",
	  "A line for each packet that is out of the ordinary, as it passes, until interrupted. T is\n"
	  "  R retransmission    L tail loss probe    O late, out of order    D duplicate\n"
	  "  A retransmitted or out of order, not told which    Z window shut    X reset\n"
	  "and > data that leaves, < data that comes in. PID and COMM own the local socket.\n",
	  "  ploss events                 as tcpretrans, but of packets, and in both directions\n"
	  "  ploss events -s --port 443   with sequence numbers, HTTPS alone\n"
	  "  ploss events -c -l           how many of each connection, tail loss probes too\n",
	  "a line for each packet that is out of the ordinary" },
	{ "doctor", COMMAND_DOCTOR, doctor_run, "[OPTIONS] [SECONDS]",
	  "Watches for SECONDS (default 10), or until interrupted, and says what is wrong, the most\n"
	  "important first, with the numbers behind it.\n",
	  "  ploss doctor -i eth0 60              a minute of eth0\n"
	  "  ploss doctor --max-loss 0.1% 30      for monitoring: exit status 3 if more is lost\n",
	  "what is wrong, the most important first" },
	{ "read", COMMAND_READ, read_run, "[OPTIONS] FILE...",
	  "The same of captures (pcap, pcapng, packed too; - is the standard input), in the order of\n"
	  "their time stamps. \"in\" is data that came to the host that captured, \"out\" data that left\n"
	  "it; without --local it says on stderr how it tells them apart.\n",
	  "  ploss read eth0.pcap\n"
	  "  ploss read --local 192.0.2.7 --interval 1 *.pcap.gz\n"
	  "  ploss read --doctor --flows eth0.pcap\n"
	  "  tcpdump -i any -s 128 -w - tcp | ploss read -o json -\n",
	  "the same of captures" },
	{ "top", COMMAND_TOP, top_run, "[OPTIONS] [INTERVAL]",
	  "Full screen: interfaces with their history, and the connections that pass, the worst first.\n"
	  "h shows the keys, q ends it.\n",
	  "  ploss top -i eth0 2          every two seconds\n", "full screen, until q" },
};

static void print_commands(void)
{
	printf("Commands, each with a --help of its own:\n");
	for (size_t i = 1; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s%s\n", commands[i].name, commands[i].summary);
	putchar('\n');
}

static void print_help(const struct command *command)
{
	printf("ploss says which direction of TCP loses packets, and on which side of an interface.\n\n"
	       "Usage: ploss%s%s %s\n\n%s\n",
	       *command->name ? " " : "", command->name, command->usage, command->about);
	if (command == &commands[0])
		print_commands();
	printf("Options:\n");
	options_help(stdout, command->id);
	printf("\nExamples:\n%s\nExit status: 0 done, 1 failed, 2 usage%s. More: man 8 ploss\n",
	       command->examples,
	       command->id == COMMAND_DOCTOR || command->id == COMMAND_READ ?
		       ", 3 more than allowed" :
		       "");
}

/* A closed standard stream would be the next file opened, and be written to. */
static void open_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			exit(EXIT_FAILURE);
	}
}

static int no_such_command(const char *name)
{
	usage_error("'%s' is neither a command nor an INTERVAL in seconds", name);
	if (if_nametoindex(name))
		advise("it is an interface: ploss -i %s", name);
	return EXIT_USAGE;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

/* Output that was not written is a failure. */
static int finish(int status)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fail(errno ? -errno : -EIO, "cannot write to the standard output");
	return EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	const struct command *command = &commands[0];
	struct options options;

	open_standard_streams();
	if (argc > 1 && isalpha((unsigned char)argv[1][0])) {
		command = command_find(argv[1]);
		if (!command)
			return no_such_command(argv[1]);
		argc--;
		argv++;
	}
	if (options_parse(&options, command->id, argc, argv))
		return EXIT_USAGE;
	log_set(options.quiet ? LOG_QUIET : (enum log_level)options.verbose);
	if (options.help) {
		print_help(command);
		return finish(EXIT_SUCCESS);
	}
	if (options.version) {
		printf("ploss %s\n", VERSION);
		if (options.verbose)
			kernel_describe(stdout);
		return finish(EXIT_SUCCESS);
	}
	return command->run(&options);
}
