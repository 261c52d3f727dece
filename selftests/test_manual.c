/* SPDX-License-Identifier: GPL-2.0-only */
/* Help, manual and completions say what the tables of options say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flowline.h"
#include "options.h"
#include "parse.h"

static char *file_text(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* "\-\-max\-flows" in the manual page; the others have plain text. */
static void assert_has_option(const char *where, const char *text, const char *option, int escaped)
{
	char name[64] = "";

	for (; *option; option++)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%c",
			 escaped && *option == '-' ? "\\" : "", *option);
	if (!strstr(text, name))
		fail_msg("%s does not mention %s", where, name);
}

static void every_option_and_command_is_in_every_completion(void **state)
{
	char *fish = file_text("scripts/completion/ploss.fish");
	char *zsh = file_text("scripts/completion/_ploss");
	char *bash = file_text("scripts/completion/ploss.bash");
	char option[64];

	for (unsigned int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		snprintf(option, sizeof(option), " -l %s ", row->name);
		assert_has_option("scripts/completion/ploss.fish", fish, option, 0);
		for (int j = 0; row->choices && row->choices[j]; j++)
			assert_has_option("scripts/completion/ploss.fish", fish, row->choices[j],
					  0);
		snprintf(option, sizeof(option), " -s %c -l %s ", row->letter, row->name);
		if (row->letter)
			assert_has_option("scripts/completion/ploss.fish", fish, option, 0);
	}
	for (enum command_id command = COMMAND_LIVE + 1; command < COMMANDS; command++) {
		const char *name = strchr(command_names[command], ' ') + 1;

		snprintf(option, sizeof(option), "-a %s ", name);
		assert_has_option("scripts/completion/ploss.fish", fish, option, 0);
		snprintf(option, sizeof(option), "'%s:", name);
		assert_has_option("scripts/completion/_ploss", zsh, option, 0);
		assert_has_option("scripts/completion/ploss.bash", bash, name, 0);
	}
	free(fish);
	free(zsh);
	free(bash);
}

static void every_option_is_in_help_manual_and_completion(void **state)
{
	char *manual = file_text("user/ploss.8"),
	     *completion = file_text("scripts/completion/ploss.bash");
	char *help = NULL, option[64];
	size_t size;
	FILE *out = open_memstream(&help, &size);

	for (enum command_id command = 0; command < COMMANDS; command++)
		options_help(out, command);
	fclose(out);
	for (unsigned int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		snprintf(option, sizeof(option), "--%s", row->name);
		assert_has_option("--help", help, option, 0);
		assert_has_option("user/ploss.8", manual, option, 1);
		assert_has_option("scripts/completion/ploss.bash", completion, option, 0);
		for (int j = 0; row->choices && row->choices[j]; j++) {
			assert_has_option("user/ploss.8", manual, row->choices[j], 0);
			assert_has_option("scripts/completion/ploss.bash", completion,
					  row->choices[j], 0);
		}
		if (row->letter) {
			snprintf(option, sizeof(option), "-%c", row->letter);
			assert_has_option("--help", help, option, 0);
			assert_has_option("user/ploss.8", manual, option, 1);
		}
	}
	free(help);
	free(manual);
	free(completion);
}

static bool is_option(const char *name)
{
	for (unsigned int i = 0; i < option_row_count; i++) {
		if (!strcmp(option_rows[i].name, name))
			return true;
	}
	return false;
}

static void the_manual_promises_no_option_that_is_not_there(void **state)
{
	char *manual = file_text("user/ploss.8"), name[64];
	const char *at = manual;

	while ((at = strstr(at, "\\-\\-"))) {
		size_t length = 0;

		for (at += 4; isalnum((unsigned char)*at) || *at == '-' || !strncmp(at, "\\-", 2);
		     at++) {
			if (*at != '\\')
				name[length++] = *at;
		}
		name[length] = 0;
		if (!is_option(name))
			fail_msg("user/ploss.8 mentions --%s", name);
	}
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_and_command_is_in_every_completion),
		cmocka_unit_test(every_option_is_in_help_manual_and_completion),
		cmocka_unit_test(the_manual_promises_no_option_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
