/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage.c - what is printed of the option table: --help and the man
 * page's list of options
 */
#include <string.h>

#include "cli/options/option_table.h"

/* The column in which --help explains. */
#define HELP_COLUMN 28

void option_usage(FILE *out)
{
	fputs("Usage: minivmm [OPTIONS] [KERNEL] [-- COMMAND...]\n"
	      "       minivmm check [KERNEL]\n"
	      "       minivmm test [OPTIONS] FILE...\n"
	      "Try minivmm --help.\n",
	      out);
}

static void help_option(const struct option_spec *o, FILE *out)
{
	int width = o->letter ? fprintf(out, "  -%c, ", o->letter) :
				fprintf(out, "      ");

	width += fprintf(out, "--%s", o->name);
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

void option_help(FILE *out)
{
	fputs("Usage: minivmm [OPTIONS] [KERNEL] [-- COMMAND...]\n"
	      "       minivmm check [KERNEL]\n"
	      "       minivmm test [OPTIONS] FILE...\n"
	      "\n"
	      "Boot KERNEL, or else ./bzImage, in a virtual machine, perhaps "
	      "for one COMMAND;\n"
	      "check what this host and a kernel can do; or run tests, each a "
	      "--config file.\n"
	      "Defaults are in brackets.\n",
	      out);
	for (const struct option_spec *o = option_table; o->name; o++) {
		if (!o->help)
			continue;
		if (o->heading)
			fprintf(out, "\n%s:\n", o->heading);
		help_option(o, out);
	}
	fputs("\n"
	      "A line of a --config file is a long option without the "
	      "dashes: mem = 1G\n"
	      "On the console Ctrl-A x quits, Ctrl-A h lists the other "
	      "keys.\n",
	      out);
}

static void mdoc_long(const char *name, const struct option_spec *o, FILE *out)
{
	fprintf(out, " Fl -%s", name);
	if (o->arg)
		fprintf(out,
			o->optional ? " Ns Op = Ns Ar %s" : " Ns = Ns Ar %s",
			o->arg);
}

static void mdoc_option(const struct option_spec *o, FILE *out)
{
	fputs(".It", out);
	if (o->letter && o->arg && !o->optional)
		fprintf(out, " Fl %c Ar %s ,", o->letter, o->arg);
	else if (o->letter)
		fprintf(out, " Fl %c ,", o->letter);
	mdoc_long(o->name, o, out);
	if (o->alias) {
		fputs(" ,", out);
		mdoc_long(o->alias, o, out);
	}
	fprintf(out, "\n%s", o->man);
	if (o->preset)
		fprintf(out, "The default is\n.Ql %s .\n", o->preset);
}

void option_mdoc(FILE *out)
{
	for (const struct option_spec *o = option_table; o->name; o++) {
		if (!o->help)
			continue;
		if (o->heading)
			fprintf(out, "%s.Ss %s\n.Bl -tag -width Ds\n",
				o == option_table ? "" : ".El\n", o->heading);
		mdoc_option(o, out);
	}
	fputs(".El\n", out);
}
