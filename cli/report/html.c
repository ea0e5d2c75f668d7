/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/html.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/util.h"
#include "cli/report/html_run.h"
#include "cli/report/html_text.h"

static const char style[] = {
#include "page_css.hex"
};
static const char script[] = {
#include "page_js.hex"
};

/* So many that failed are unfolded, and runs of a test are drawn. */
enum { OPEN = 5, DRAWN = 200 };

static size_t failures(const struct outcome_suite *suite)
{
	size_t n = 0;

	for (size_t i = 0; i < suite->n; i++)
		n += !outcome_passed(&suite->outcomes[i]);
	return n;
}

static size_t flaky(const struct outcome_suite *suite)
{
	size_t n = 0;

	for (size_t i = 0; i < suite->n; i++)
		n += outcome_is_flaky(&suite->outcomes[i]);
	return n;
}

static void head(FILE *out, const struct outcome_suite *suite, size_t failed)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	html_text(out, suite->name);
	fprintf(out, ": %zu of %zu failed</title>\n<style>\n", failed,
		suite->n);
	fwrite(style, 1, sizeof(style), out);
	fputs("</style>\n</head>\n", out);
}

static void about(FILE *out, const struct outcome_suite *suite, size_t failed)
{
	struct utsname host = { 0 };
	char when[40] = "";
	struct tm tm;

	uname(&host);
	if (gmtime_r(&suite->started, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fputs("<header>\n<h1>", out);
	html_text(out, suite->name);
	fprintf(out,
		"</h1>\n<p class=\"sum\"><b class=\"good\">%zu passed</b>, "
		"<b class=\"%s\">%zu failed</b>",
		suite->n - failed, failed ? "bad" : "good", failed);
	if (flaky(suite))
		fprintf(out, ", <b class=\"flaky\">%zu flaky</b>",
			flaky(suite));
	fprintf(out, "</p>\n<p class=\"dim\">%s, minivmm " VERSION ", on ",
		when);
	html_text(out, host.nodename);
	fputs(" with Linux ", out);
	html_text(out, host.release);
	fputs("</p>\n</header>\n", out);
}

/* What the script unhides. */
static const char filter[] =
	"<form id=\"filter\" role=\"search\" hidden>\n"
	"<label>Show <input type=\"search\" name=\"text\" "
	"placeholder=\"name, verdict, reason\"></label>\n"
	"<label><input type=\"checkbox\" name=\"failed\"> only failures and flaky ones"
	"</label>\n<output id=\"shown\" aria-live=\"polite\"></output>\n"
	"</form>\n";

static void runs(FILE *out, const struct outcome_suite *suite, size_t failed)
{
	size_t room = HTML_CONSOLES;

	fputs("<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">Runs</h2>\n",
	      out);
	fputs(filter, out);
	fputs("<ol class=\"runs\">\n", out);
	for (size_t i = 0; i < suite->n; i++) {
		const struct outcome *o = &suite->outcomes[i];

		html_run(out, o, i,
			 suite->n == 1 ||
				 (!outcome_passed(o) && failed <= OPEN),
			 suite->page, &room);
	}
	fputs("</ol>\n</section>\n", out);
}

/* How long the guest took until it was up; what failed has no such time. */
static double boot(const struct outcome *o)
{
	return (double)(o->boot_ns ? o->boot_ns : o->took_ns) / NSEC_PER_SEC;
}

/* Run @k of the test of run @first. */
static const struct outcome *nth(const struct outcome_suite *suite,
				 size_t first, size_t k)
{
	return &suite->outcomes[first + k * suite->n_tests];
}

/* The first @n runs of the test of run @first: a line of their times, and a
 * dot for each that failed. */
static void spark(FILE *out, const struct outcome_suite *suite, size_t first,
		  size_t n, double most)
{
	double step = n > 1 ? 100.0 / (double)(n - 1) : 0;
	double scale = most > 0 ? 20 / most : 0;

	fputs("<svg class=\"spark\" aria-hidden=\"true\" "
	      "viewBox=\"-3 -3 106 26\" preserveAspectRatio=\"none\">"
	      "<polyline points=\"",
	      out);
	for (size_t k = 0; k < n; k++)
		fprintf(out, "%.1f,%.1f ", step * (double)k,
			20 - scale * boot(nth(suite, first, k)));
	fputs("\"/>", out);
	for (size_t k = 0; k < n; k++)
		if (!outcome_passed(nth(suite, first, k)))
			fprintf(out,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
				step * (double)k,
				20 - scale * boot(nth(suite, first, k)));
	fputs("</svg>", out);
}

static void repeat_row(FILE *out, const struct outcome_suite *suite,
		       size_t first)
{
	double least = 1e18, most = 0, sum = 0;
	size_t failed = 0, n = 0;

	for (size_t i = first; i < suite->n; i += suite->n_tests, n++) {
		double took = boot(&suite->outcomes[i]);

		failed += !outcome_passed(&suite->outcomes[i]);
		least = MIN(least, took);
		most = MAX(most, took);
		sum += took;
	}
	fprintf(out, "<tr><th scope=\"row\"><a href=\"#run-%zu\">", first + 1);
	html_text(out, suite->outcomes[first].name);
	fprintf(out,
		"</a></th><td class=\"number\">%zu</td>"
		"<td class=\"number\">%zu</td><td class=\"number\">%.3f</td>"
		"<td class=\"number\">%.3f</td><td class=\"number\">%.3f</td>"
		"<td>",
		n, failed, least, sum / (double)n, most);
	spark(out, suite, first, MIN(n, (size_t)DRAWN), most);
	fputs("</td></tr>\n", out);
}

static void repeats(FILE *out, const struct outcome_suite *suite)
{
	if (!suite->n_tests || suite->n <= suite->n_tests)
		return;
	fputs("<section aria-labelledby=\"repeats\">\n"
	      "<h2 id=\"repeats\">Repeated tests: time until the guest was up"
	      "</h2>\n",
	      out);
	html_begin_table(out, "Repeated tests");
	fputs("<tr>"
	      "<th scope=\"col\">First run</th>"
	      "<th scope=\"col\" class=\"number\">Runs</th>"
	      "<th scope=\"col\" class=\"number\">Failed</th>"
	      "<th scope=\"col\" class=\"number\">Least, s</th>"
	      "<th scope=\"col\" class=\"number\">Mean, s</th>"
	      "<th scope=\"col\" class=\"number\">Most, s</th>"
	      "<th scope=\"col\">In order</th></tr>\n",
	      out);
	for (size_t i = 0; i < suite->n_tests; i++)
		repeat_row(out, suite, i);
	fputs("</table></div>\n</section>\n", out);
}

void html_write(FILE *out, const struct outcome_suite *suite)
{
	size_t failed = failures(suite);

	head(out, suite, failed);
	fputs("<body>\n", out);
	about(out, suite, failed);
	fputs("<main>\n", out);
	repeats(out, suite);
	runs(out, suite, failed);
	fputs("</main>\n<script>\n", out);
	fwrite(script, 1, sizeof(script), out);
	fputs("</script>\n</body>\n</html>\n", out);
}
