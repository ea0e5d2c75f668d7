/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage.c - what --help prints
 */
#include <string.h>

#include "cli/options/internal.h"

/* The column in which --help begins its explanations. */
#define HELP_COLUMN 28

static void synopsis(FILE *out)
{
	fputs("Usage: minivmm [OPTIONS] [KERNEL] [-- COMMAND...]\n"
	      "       minivmm check [KERNEL]\n"
	      "       minivmm test [OPTIONS] FILE...\n"
	      "       minivmm initrd -o FILE [-f PROGRAM]...\n",
	      out);
}

void option_usage(FILE *out)
{
	synopsis(out);
	fputs("Try minivmm --help.\n", out);
}

/* Print the explanation of @o; its line has @width columns so far. */
static void help_row(const struct option_spec *o, int width, FILE *out)
{
	width += fprintf(out, "%s", o->name);
	if (o->arg)
		width += fprintf(out, o->optional ? "[=%s]" : "=%s", o->arg);
	if (width >= HELP_COLUMN) {
		fputc('\n', out);
		width = 0;
	}
	fprintf(out, "%*s%s", HELP_COLUMN - width, "", o->help);
	if (o->preset)
		fprintf(out, " [%s]", o->preset);
	fputc('\n', out);
}

static void help_option(const struct option_spec *o, bool keys, FILE *out)
{
	int width = o->letter ? fprintf(out, "  -%c, --", o->letter) :
				fprintf(out, "      --");

	help_row(o, width, out);
	for (o = keys ? o->keys : NULL; o && o->name; o++)
		if (o->help)
			help_row(o, fprintf(out, "          "), out);
}

/* Print, group by group, the options with their keys, or only the daily
 * ones. */
static void help_options(bool all, FILE *out)
{
	const char *heading = NULL;

	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o)) {
		if (o->heading)
			heading = o->heading;
		if (!o->help || !(o->daily || all))
			continue;
		if (heading)
			fprintf(out, "\n%s:\n", heading);
		heading = NULL;
		help_option(o, all, out);
	}
}

void option_help(bool all, FILE *out)
{
	synopsis(out);
	fputs("\n"
	      "Boot KERNEL, or else ./bzImage, in a virtual machine, perhaps "
	      "for one COMMAND;\n"
	      "check what this host and a kernel can do; or run tests, each a "
	      "--config file.\n"
	      "Defaults are in brackets.\n",
	      out);
	help_options(all, out);
	fputs("\n"
	      "A line of a --config file is a long option without the "
	      "dashes: mem = 1G\n"
	      "On the console Ctrl-A x quits, Ctrl-A h lists the other "
	      "keys.\n",
	      out);
	if (!all)
		fputs("minivmm --help=all has all options; man minivmm "
		      "explains them.\n",
		      out);
}
