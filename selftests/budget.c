/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs cost to load, against a committed budget:
 *
 *     budget build/ploss.bpf.o selftests/verifier.budget
 *
 * A line of the budget: program, most instructions the verifier may process, most bytes of stack of
 * its deepest chain of calls, most milliseconds of verification. Instructions and stack depend on the
 * compiler and the kernel's verifier, and are held to exactly; time depends on the machine, and only
 * four times the budget fails.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "compiler.h"

#define LOG_STATS 4         /* of the kernel's BPF_LOG_*: only the summary */
#define LOG_BYTES (4 << 20) /* what it takes back counts too while it stands there */
#define SUBPROGRAMS 256
#define TIME_SLACK 4

struct cost {
	unsigned long instructions;
	unsigned long stack;
	unsigned long verification_us;
};

struct program {
	struct bpf_program *bpf;
	char name[64]; /* in the budget */
	char log[LOG_BYTES];
	struct cost cost;
	struct cost budget;
};

/* The program's functions, in the order of their code, which is that of the log's "stack depth". */
struct function {
	__u32 start;
	unsigned long stack;
};

static int find(const struct function *functions, int count, __u32 start)
{
	for (int i = 0; i < count; i++)
		if (functions[i].start == start)
			return i;
	return -1;
}

static int by_start(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Whether an instruction calls a function of the program, or passes it to a helper as a callback. */
static int is_call(const struct bpf_insn *insn)
{
	return (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL) ||
	       (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC);
}

/* Stack of the deepest chain that begins with function at; each frame is rounded up as the verifier
 * does before it holds the sum against its limit of 512. Recursion is not possible in BPF.
 */
static unsigned long deepest(const struct bpf_program *prog, const struct function *functions,
			     int count, int at)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);
	__u32 end = at + 1 < count ? functions[at + 1].start : bpf_program__insn_cnt(prog);
	unsigned long own = (functions[at].stack + 31) / 32 * 32, called = 0;

	for (__u32 i = functions[at].start; i < end; i++) {
		unsigned long below;
		int callee;

		if (!is_call(&insns[i]))
			continue;
		callee = find(functions, count, i + 1 + insns[i].imm);
		below = callee >= 0 ? deepest(prog, functions, count, callee) : 0;
		called = max_of(called, below);
	}
	return max_of(own, 32ul) + called;
}

/* The functions of a program and their stacks from "stack depth 96+40+0". Returns how many. */
static int read_functions(const struct bpf_program *prog, const char *depths,
			  struct function functions[SUBPROGRAMS])
{
	const struct bpf_insn *insns = bpf_program__insns(prog);
	int count = 1;

	functions[0].start = 0;
	for (__u32 i = 0; i < bpf_program__insn_cnt(prog); i++) {
		__u32 start = i + 1 + insns[i].imm;

		if (is_call(&insns[i]) && count < SUBPROGRAMS && find(functions, count, start) < 0)
			functions[count++].start = start;
	}
	qsort(functions, count, sizeof(*functions), by_start);
	for (int i = 0; i < count; i++) {
		char *after;

		functions[i].stack = strtoul(depths, &after, 10);
		depths = *after == '+' ? after + 1 : after;
	}
	return count;
}

static unsigned long number_after(const char *log, const char *words)
{
	const char *at = strstr(log, words);

	return at ? strtoul(at + strlen(words), NULL, 10) : 0;
}

static void read_cost(struct program *p)
{
	static const char depth[] = "stack depth ";
	struct function functions[SUBPROGRAMS];
	const char *at = strstr(p->log, depth);
	int count;

	p->cost.instructions = number_after(p->log, "\nprocessed ");
	p->cost.verification_us = number_after(p->log, "verification time ");
	if (!at)
		return;
	count = read_functions(p->bpf, at + strlen(depth), functions);
	p->cost.stack = deepest(p->bpf, functions, count, 0);
}

/* 0, also where the file has no line for this program: its budget is then nothing. */
static int read_budget(const char *path, struct program *p)
{
	char line[256], name[64];
	FILE *file = fopen(path, "r");

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		struct cost c;
		unsigned long ms;

		if (sscanf(line, "%63s %lu %lu %lu", name, &c.instructions, &c.stack, &ms) == 4 &&
		    !strcmp(name, p->name)) {
			c.verification_us = ms * 1000;
			p->budget = c;
		}
	}
	fclose(file);
	return 0;
}

static int over_budget(const struct program *p)
{
	return p->cost.instructions > p->budget.instructions || p->cost.stack > p->budget.stack ||
	       p->cost.verification_us > TIME_SLACK * p->budget.verification_us;
}

static void print(const struct program *p)
{
	printf("%-20s %7lu of %7lu instructions %4lu of %4lu bytes of stack %7.1f of %4lu ms%s\n",
	       p->name, p->cost.instructions, p->budget.instructions, p->cost.stack,
	       p->budget.stack, p->cost.verification_us / 1000.0, p->budget.verification_us / 1000,
	       over_budget(p) ? "  OVER BUDGET" : "");
}

/* libbpf does not know every section name: a tc program is what the name says. */
static void set_type(struct bpf_program *prog)
{
	if (!strncmp(bpf_program__section_name(prog), "tc", 2))
		bpf_program__set_type(prog, BPF_PROG_TYPE_SCHED_CLS);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	static struct program programs[16];
	struct bpf_program *prog;
	struct bpf_object *object;
	int count = 0, over = 0, err;

	if (argc != 3) {
		fprintf(stderr, "usage: budget OBJECT BUDGET\n");
		return 2;
	}
	libbpf_set_print(quiet);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "budget: cannot open %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	bpf_object__for_each_program(prog, object) {
		struct program *p = &programs[count++];

		if (count == ARRAY_SIZE(programs))
			break;
		p->bpf = prog;
		snprintf(p->name, sizeof(p->name), "%s", bpf_program__name(prog));
		set_type(prog);
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, p->log, sizeof(p->log));
	}
	err = bpf_object__load(object);
	if (err) {
		fprintf(stderr, "budget: cannot load %s: %s\n", argv[1], strerror(-err));
		for (int i = 0; i < count; i++)
			fputs(programs[i].log, stderr);
	}
	for (int i = 0; i < count && !err; i++) {
		err = read_budget(argv[2], &programs[i]);
		if (err) {
			fprintf(stderr, "budget: cannot read %s: %s\n", argv[2], strerror(-err));
			break;
		}
		read_cost(&programs[i]);
		print(&programs[i]);
		over += over_budget(&programs[i]);
	}
	bpf_object__close(object);
	return err || over;
}
