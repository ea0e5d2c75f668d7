/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_result.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/string_list.h"
#include "base/util.h"
#include "cli/report/outcome.h"
#include "cli/report/subtests_json.h"
#include "cli/suite/suite_folder.h"

/* How much is read of the end of a file, and told of a console. */
enum { TAIL_BYTES = 4096, TAIL_LINES = 20 };

/* The end of the file @name in @dir, to be freed; NULL: it is empty. */
static char *read_tail(const char *dir, const char *name)
{
	char *path = path_from(dir, name), *text = NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	size_t len = (size_t)MIN(MAX(size, 0), TAIL_BYTES);

	free(path);
	if (len)
		text = calloc(1, len + 1);
	if (text && pread(fd, text, len, size - (off_t)len) != (ssize_t)len)
		*text = '\0';
	close_fd(&fd);
	for (size_t i = 0; text && i < len; i++)
		if (!text[i])
			text[i] = ' ';
	return text;
}

char *suite_result_tail(const char *dir, const char *name)
{
	char *text = read_tail(dir, name), *end, *p;
	unsigned lines = 0;

	if (!text)
		return NULL;
	end = text + strlen(text);
	for (p = end; p > text && lines < TAIL_LINES; p--)
		lines += p[-1] == '\n' && p < end;
	if (lines == TAIL_LINES)
		memmove(text, p + 1, strlen(p + 1) + 1);
	return text;
}

static char *copy_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? strdup(text) : NULL;
}

/* The moment the guest was up: its user space, else the first sign of life. */
static uint64_t boot_ns(const json_t *report)
{
	static const char *const phases[] = { "userspace", "first_output" };
	const json_t *times = json_object_get(report, "phases");
	const json_t *at = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(phases) && !json_is_number(at); i++)
		at = json_object_get(times, phases[i]);
	return (uint64_t)(json_number_value(at) * (double)NSEC_PER_SEC);
}

/* "minivmm: verdict=WORD after 1.204s (reason)", which begins a line and ends
 * the text.  False: there is none. */
static bool read_verdict(char *text, struct outcome *outcome)
{
	static const char mark[] = "minivmm: verdict=";
	char *word = NULL, *reason, *end;

	for (char *p = text; (p = strstr(p, mark)); p++)
		word = p + strlen(mark);
	reason = word ? strstr(word, "s (") : NULL;
	end = reason ? strrchr(reason, ')') : NULL;
	if (!end)
		return false;
	*end = '\0';
	outcome->reason = strdup(reason + strlen("s ("));
	outcome->verdict = strndup(word, strcspn(word, " "));
	return true;
}

/* It ended without a verdict: somebody has killed it, or it has crashed. */
static void guess(struct outcome *outcome)
{
	const char *name = sigabbrev_np(outcome->code - EXIT_CODE_SIGNAL);
	bool killed = outcome->code == EXIT_CODE_SIGNAL + SIGKILL;
	int n;

	outcome->verdict = strdup(killed ? "host" : "fault");
	if (name)
		n = asprintf(&outcome->reason,
			     "ended by SIG%s, with no verdict", name);
	else
		n = asprintf(&outcome->reason,
			     "exit status %d, with no verdict", outcome->code);
	if (n < 0)
		outcome->reason = NULL;
}

static void read_messages(const char *dir, struct outcome *outcome)
{
	char *text = read_tail(dir, SUITE_MESSAGE);

	if (!text || !read_verdict(text, outcome))
		guess(outcome);
	free(text);
}

void suite_result_read(const char *dir, struct outcome *outcome)
{
	char *path = path_from(dir, SUITE_REPORT);
	json_t *report = path ? json_load_file(path, 0, NULL) : NULL;
	const json_t *versions = json_object_get(report, "versions");

	free(path);
	outcome->verdict = copy_string(report, "verdict");
	outcome->reason = copy_string(report, "reason");
	outcome->kernel = copy_string(report, "kernel");
	outcome->guest = copy_string(versions, "guest");
	outcome->boot_ns = boot_ns(report);
	subtests_from_json(&outcome->tests, json_object_get(report, "tests"));
	json_object_del(report, "tests");
	/* Of runs that pass there may be many. */
	if (outcome_passed(outcome))
		json_object_del(report, "counters");
	outcome->report = report;
	if (!outcome->verdict || !outcome->reason) {
		free(outcome->verdict);
		free(outcome->reason);
		read_messages(dir, outcome);
	}
}
