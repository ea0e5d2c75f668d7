/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/html_run.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/report/html_kernel.h"
#include "cli/report/html_text.h"

/* More phases than a report has, and how much of the messages is shown. */
enum { MOMENTS = 16, MESSAGES = 16 << 10 };

struct moment {
	const char *name;
	double at;
};

static int compare(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The phases that @report tells of, in the order of time; how many. */
static size_t moments_of(const json_t *report, struct moment *moments)
{
	json_t *phases = json_object_get(report, "phases"), *at;
	const char *name;
	size_t n = 0;

	json_object_foreach(phases, name, at) if (n < MOMENTS) moments[n++] =
		(struct moment){ name, json_number_value(at) };
	qsort(moments, n, sizeof(*moments), compare);
	return n;
}

static void phase_name(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == '_' ? ' ' : *name, out);
}

void html_begin_table(FILE *out, const char *name)
{
	fprintf(out,
		"<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		"aria-label=\"%s\"><table>\n",
		name);
}

/* A bar for each phase, from where the one before it ended. */
static void waterfall(FILE *out, const json_t *report)
{
	struct moment moments[MOMENTS];
	size_t n = moments_of(report, moments);
	double all = n ? moments[n - 1].at : 0, before = 0;

	if (all <= 0)
		return;
	fputs("<h3>Phases</h3>\n", out);
	html_begin_table(out, "Phases");
	fputs("<tr>"
	      "<th scope=\"col\">Until</th>"
	      "<th scope=\"col\" class=\"number\">At, s</th>"
	      "<th scope=\"col\" class=\"number\">Took, s</th>"
	      "<th scope=\"col\">From, to</th></tr>\n",
	      out);
	for (size_t i = 0; i < n; i++) {
		double took = moments[i].at - before;

		if (moments[i].at > 0) {
			fputs("<tr><th scope=\"row\">", out);
			phase_name(out, moments[i].name);
			fprintf(out,
				"</th><td class=\"number\">%.3f</td>"
				"<td class=\"number\">%.3f</td>"
				"<td class=\"phase\"><svg aria-hidden=\"true\" "
				"viewBox=\"0 0 100 1\" "
				"preserveAspectRatio=\"none\">"
				"<rect x=\"%.2f\" width=\"%.2f\" height=\"1\"/>"
				"</svg></td></tr>\n",
				moments[i].at, took, 100 * before / all,
				MAX(100 * took / all, 0.3));
		}
		before = moments[i].at;
	}
	fputs("</table></div>\n", out);
}

/* The counters in @group that are not 0, each with the names of its groups. */
static void counter_rows(FILE *out, json_t *group, const char *above)
{
	const char *name;
	json_t *value;

	json_object_foreach(group, name, value)
	{
		char path[200];

		snprintf(path, sizeof(path), "%s%s%s", above, *above ? " " : "",
			 name);
		if (json_is_object(value)) {
			counter_rows(out, value, path);
		} else if (json_integer_value(value)) {
			fputs("<tr><th scope=\"row\">", out);
			html_text(out, path);
			fprintf(out,
				"</th><td class=\"number\">%" JSON_INTEGER_FORMAT
				"</td></tr>\n",
				json_integer_value(value));
		}
	}
}

static void counters(FILE *out, const json_t *report)
{
	json_t *all = json_object_get(report, "counters");

	if (!json_object_size(all))
		return;
	fputs("<details><summary>Counters of the machine</summary>\n", out);
	html_begin_table(out, "Counters");
	counter_rows(out, all, "");
	fputs("</table></div>\n</details>\n", out);
}

/* The last @most bytes of the file @name in @dir; *@len is 0 if there is no
 * such file.  To be freed. */
static char *tail(const char *dir, const char *name, size_t most, size_t *len)
{
	char *path = path_from(dir, name), *text = malloc(most);
	int fd = path ? open(path,
			     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) :
			-1;
	struct stat st;
	ssize_t n = 0;

	if (text && fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = pread(fd, text, most,
			  MAX(st.st_size - (off_t)most, (off_t)0));
	*len = n > 0 ? (size_t)n : 0;
	close_fd(&fd);
	free(path);
	return text;
}

/* Write where @path is, seen from the folder @from; both exist. */
static void relative(FILE *out, const char *from, const char *path)
{
	size_t same = 0;

	for (size_t i = 0; from[i] == path[i] || !from[i]; i++) {
		if ((!from[i] || from[i] == '/') &&
		    (!path[i] || path[i] == '/'))
			same = i;
		if (!from[i] || !path[i])
			break;
	}
	for (const char *p = from + same; *p; p++)
		if (*p == '/' && p[1])
			fputs("../", out);
	for (path += same; *path == '/';)
		path++;
	if (!*path && !from[same])
		fputc('.', out);
	for (; *path; path++)
		if (strchr("-._~/", *path) || (*path >= '0' && *path <= '9') ||
		    (*path >= 'A' && *path <= 'Z') ||
		    (*path >= 'a' && *path <= 'z'))
			fputc(*path, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*path);
}

static void kept(FILE *out, const struct outcome *outcome, const char *page)
{
	char *path = outcome->kept ? realpath(outcome->kept, NULL) : NULL;

	if (path && page) {
		fputs("<p>Kept: <a href=\"", out);
		relative(out, page, path);
		fputs("/\">", out);
		html_text(out, outcome->kept);
		fputs("</a></p>\n", out);
	}
	free(path);
}

/* The results of the guest's own tests: how many, and which are not good. */
static void guest_tests(FILE *out, const struct subtests *tests)
{
	if (!subtests_total(tests))
		return;
	fprintf(out,
		"<h3>Tests in the guest</h3>\n<p>%zu passed, %zu failed, "
		"%zu skipped, %zu known to fail</p>\n",
		tests->count[SUBTEST_PASS], tests->count[SUBTEST_FAIL],
		tests->count[SUBTEST_SKIP], tests->count[SUBTEST_TODO]);
	for (size_t i = 0; i < tests->n; i++) {
		const struct subtest *test = &tests->list[i];

		if (test->result != SUBTEST_FAIL)
			continue;
		fputs("<p><b class=\"bad\">FAIL</b> ", out);
		html_text(out, test->group);
		fputs(test->group ? "." : "", out);
		html_text(out, test->name);
		fputs(test->why ? ": " : "", out);
		html_text(out, test->why);
		fputs("</p>\n", out);
		if (test->output) {
			fputs("<pre tabindex=\"0\" role=\"group\" "
			      "aria-label=\"Output\">\n",
			      out);
			html_lines(out, test->output, strlen(test->output),
				   NULL);
			fputs("</pre>\n", out);
		}
	}
}

static void text_block(FILE *out, const char *title, const char *text,
		       size_t len, const char *marked)
{
	if (!len)
		return;
	fprintf(out,
		"<h3>%s</h3>\n<pre tabindex=\"0\" role=\"group\" "
		"aria-label=\"%s\">\n",
		title, title);
	html_lines(out, text, len, marked);
	fputs("</pre>\n", out);
}

/* The line of the console that the reason speaks of holds its beginning. */
static void said(FILE *out, const struct outcome *outcome, size_t *room)
{
	size_t len = 0, most = MIN(*room, (size_t)HTML_CONSOLE);
	char *text = outcome->kept && most ?
			     tail(outcome->kept, "console", most, &len) :
			     NULL;
	char marked[48];

	snprintf(marked, sizeof(marked), "%s",
		 outcome->reason ? outcome->reason : "");
	if (len) {
		html_kernel(out, text, len);
		text_block(out, "Console, its end", text, len, marked);
		*room -= len;
	} else if (outcome->console) {
		text_block(out, "Console, its end", outcome->console,
			   strlen(outcome->console), marked);
	}
	free(text);
	text = outcome->kept ? tail(outcome->kept, "messages", MESSAGES, &len) :
			       NULL;
	if (text)
		text_block(out, "Messages", text, len, "minivmm: verdict=");
	free(text);
}

/* The attempts that failed before it. */
static void earlier(FILE *out, const struct outcome *outcome, const char *page)
{
	for (size_t i = 0; i < outcome->n_earlier; i++) {
		const struct outcome *o = &outcome->earlier[i];

		fprintf(out, "<p>Attempt %zu: <b class=\"bad\">", i + 1);
		html_text(out, o->verdict);
		fputs("</b>: ", out);
		html_text(out, o->reason);
		fprintf(out, " after %.3f s</p>\n",
			(double)o->took_ns / NSEC_PER_SEC);
		kept(out, o, page);
	}
}

void html_run(FILE *out, const struct outcome *outcome, size_t i, bool open,
	      const char *page, size_t *room)
{
	bool passed = outcome_passed(outcome);

	fprintf(out,
		"<li id=\"run-%zu\" class=\"%s\"><details%s><summary>"
		"<span class=\"state\">%s</span> <span class=\"name\">",
		i + 1,
		outcome_is_flaky(outcome) ? "flaky" :
		passed			  ? "good" :
					    "bad",
		open ? " open" : "",
		outcome_is_flaky(outcome) ? "FLAKY" :
		passed			  ? "ok" :
		outcome_is_error(outcome) ? "ERROR" :
					    "FAIL");
	html_text(out, outcome->name);
	fputs("</span> <span class=\"why\">", out);
	html_text(out, outcome->verdict);
	if (outcome->reason && *outcome->reason) {
		fputs(": ", out);
		html_text(out, outcome->reason);
	}
	fprintf(out,
		"</span> <span class=\"took\">%.3f s</span></summary>\n"
		"<div class=\"more\">\n<p>Exit status %d",
		(double)outcome->took_ns / NSEC_PER_SEC, outcome->code);
	if (outcome->kernel) {
		fputs(", kernel ", out);
		html_text(out, outcome->kernel);
	}
	if (outcome->guest) {
		fputs(", ", out);
		html_text(out, outcome->guest);
	}
	fputs("</p>\n", out);
	earlier(out, outcome, page);
	kept(out, outcome, page);
	waterfall(out, outcome->report);
	guest_tests(out, &outcome->tests);
	said(out, outcome, room);
	counters(out, outcome->report);
	fputs("</div></details></li>\n", out);
}
