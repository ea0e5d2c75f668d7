/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * complete.c - completion for shells: bash, zsh and fish
 *
 * All three complete the options' names, the words that an option takes, files
 * or folders where an option or an operand names one, and the keys that follow
 * a comma.
 */
#include <string.h>

#include "cli/options/internal.h"

/* How the value of an option is completed. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_WORDS,
	COMPLETE_FILES,
	COMPLETE_FOLDERS,
};

static enum completion completion_of(const struct option_spec *o)
{
	if (strncmp(o->arg, "FILE", 4) == 0)
		return COMPLETE_FILES;
	if (strcmp(o->arg, "DIR") == 0)
		return COMPLETE_FOLDERS;
	return o->words ? COMPLETE_WORDS : COMPLETE_NOTHING;
}

/* The next option after @o, or the first after NULL, that completion offers;
 * NULL after the last. */
static const struct option_spec *next_shown(const struct option_spec *o)
{
	do
		o = option_next(o);
	while (o && !o->help);
	return o;
}

/* The names @o has on the command line, with @between them. */
static void bash_names(const struct option_spec *o, const char *between,
		       FILE *out)
{
	fprintf(out, "--%s", o->name);
	if (o->alias)
		fprintf(out, "%s--%s", between, o->alias);
	if (o->letter)
		fprintf(out, "%s-%c", between, o->letter);
}

/* Print the keys of a value, each followed by a blank. */
static void put_keys(const struct option_spec *rows, FILE *out)
{
	for (; rows->name; rows++)
		if (rows->help)
			fprintf(out, "%s%s ", rows->name,
				rows->arg && !rows->optional ? "=" : "");
}

/* Print the case for a word before the cursor that is @o and takes a value. */
static void bash_value(const struct option_spec *o, FILE *out)
{
	static const char *const actions[] = {
		[COMPLETE_NOTHING] = "words=",
		[COMPLETE_FILES] = "files=-f",
		[COMPLETE_FOLDERS] = "files=-d",
	};
	enum completion completion = completion_of(o);

	fputs("\t", out);
	bash_names(o, " | ", out);
	if (completion == COMPLETE_WORDS)
		fprintf(out, ") words='%s'", o->words);
	else
		fprintf(out, ") %s", actions[completion]);
	if (o->keys) {
		fputs(" keys='", out);
		put_keys(o->keys, out);
		fputc('\'', out);
	}
	fputs(" ;;\n", out);
}

/* The function begins: $cur is to be completed, and $prev is the option whose
 * value it is. */
static void bash_position(FILE *out)
{
	const struct option_spec *o;

	fputs("# bash completion for minivmm; made by minivmm --help=bash\n"
	      "_minivmm()\n"
	      "{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= files= sign=\n"
	      "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]} keys= head= i\n"
	      "\t# --option=value comes as three words, and so does file:PATH\n"
	      "\tif [[ $cur == [=:] ]]; then\n"
	      "\t\tsign=$cur cur=\n"
	      "\telif [[ $prev == [=:] ]]; then\n"
	      "\t\tsign=$prev prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tfi\n"
	      "\t# Keys are those of the option before them.\n"
	      "\tif [[ $cur == *,* ]]; then\n"
	      "\t\tfor ((i = COMP_CWORD - 1; i > 0; i--)); do\n"
	      "\t\t\t[[ ${COMP_WORDS[i]} != -* ]] || break\n"
	      "\t\tdone\n"
	      "\t\tprev=${COMP_WORDS[i]} head=${cur%,*}, cur=${cur##*,}\n"
	      "\tfi\n"
	      "\t# A value that may be left out stands behind a = only.\n"
	      "\t[[ $sign == = ]] || case $prev in\n",
	      out);
	for (o = next_shown(NULL); o; o = next_shown(o)) {
		if (!o->optional)
			continue;
		fputs("\t", out);
		bash_names(o, " | ", out);
		fputs(") prev= ;;\n", out);
	}
	fputs("\tesac\n", out);
}

/* What there is to choose from. */
static void bash_choices(FILE *out)
{
	const struct option_spec *o;

	fputs("\t[[ $sign != : ]] || prev=:\n"
	      "\tcase $prev in\n"
	      "\t:) files=-f ;;\n",
	      out);
	for (o = next_shown(NULL); o; o = next_shown(o))
		if (o->arg)
			bash_value(o, out);
	fputs("\t*)\n"
	      "\t\tif [[ $cur == -* ]]; then\n"
	      "\t\t\twords='",
	      out);
	for (o = next_shown(NULL); o; o = next_shown(o)) {
		bash_names(o, " ", out);
		fputs(next_shown(o) ? " " : "'\n", out);
	}
	fputs("\t\telse\n"
	      "\t\t\tfiles=-f\n"
	      "\t\t\t((COMP_CWORD > 1)) || words='check initrd test'\n"
	      "\t\tfi\n"
	      "\t\t;;\n"
	      "\tesac\n",
	      out);
}

/* Those of them that begin like $cur; the function ends. */
static void bash_reply(FILE *out)
{
	fputs("\t[[ -z $head || -z $keys ]] || words=$keys files=\n"
	      "\t[[ -n $keys ]] || cur=$head$cur head=\n"
	      "\tmapfile -t COMPREPLY < <(\n"
	      "\t\tcompgen -P \"$head\" -W \"$words\" -- \"$cur\"\n"
	      "\t\t[[ -z $files ]] || compgen \"$files\" -- \"$cur\"\n"
	      "\t)\n"
	      "\t[[ -z $files ]] || compopt -o filenames\n"
	      "\t# A path or a value follows.\n"
	      "\t[[ ${COMPREPLY[0]-} != *[:=] ]] || compopt -o nospace\n"
	      "}\n"
	      "complete -F _minivmm minivmm\n",
	      out);
}

void option_bash(FILE *out)
{
	bash_position(out);
	bash_choices(out);
	bash_reply(out);
}

/* @text between single quotes, where each of @special has a backslash. */
static void quoted(const char *text, const char *special, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr(special, *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void zsh_value(const struct option_spec *o, FILE *out)
{
	fprintf(out, "%s:", o->optional ? ":" : "");
	quoted(o->arg, "[]:\\", out);
	fputc(':', out);
	if (o->keys) {
		fputs("{_minivmm_keys \"", out);
		put_keys(o->keys, out);
		fputs("\" ", out);
	}
	switch (completion_of(o)) {
	case COMPLETE_NOTHING:
		fputc(' ', out);
		break;
	case COMPLETE_FILES:
		fputs("_files", out);
		break;
	case COMPLETE_FOLDERS:
		fputs("_files -/", out);
		break;
	case COMPLETE_WORDS:
		fputs(o->keys ? "compadd - " : "(", out);
		quoted(o->words, ":\\", out);
		fputs(o->keys ? "" : ")", out);
	}
	fputs(o->keys ? "}" : "", out);
}

static void zsh_option(const struct option_spec *o, FILE *out)
{
	const char *equals = !o->arg ? "" : o->optional ? "=-" : "=";

	fputs("\t'*'", out);
	if (o->letter)
		fprintf(out, "{-%c%s,--%s%s}", o->letter,
			o->arg && !o->optional ? "+" : "", o->name, equals);
	else
		fprintf(out, "--%s%s", o->name, equals);
	fputs("'[", out);
	quoted(o->help, "[]:\\", out);
	fputc(']', out);
	if (o->arg)
		zsh_value(o, out);
	fputs("' \\\n", out);
}

void option_zsh(FILE *out)
{
	fputs("#compdef minivmm\n"
	      "# zsh completion for minivmm; made by minivmm --help=zsh\n"
	      "# KEYS COMMAND...: behind a comma keys, else what the command "
	      "adds\n"
	      "_minivmm_keys()\n"
	      "{\n"
	      "\tlocal keys=(${=1})\n"
	      "\tshift\n"
	      "\tcompset -P '*,' || { \"$@\"; return }\n"
	      "\tcompadd -S '' - ${(M)keys:#*=}\n"
	      "\tcompadd - ${keys:#*=}\n"
	      "}\n"
	      "_arguments -s -S \\\n",
	      out);
	for (const struct option_spec *o = next_shown(NULL); o;
	     o = next_shown(o))
		zsh_option(o, out);
	fputs("\t'1:kernel:{compadd check initrd test; _files}' '*:file:_files'\n",
	      out);
}

static void fish_option(const struct option_spec *o, FILE *out)
{
	static const char *const actions[] = {
		[COMPLETE_NOTHING] = " -x",
		[COMPLETE_FILES] = " -r -F",
		[COMPLETE_FOLDERS] = " -x -a '(__fish_complete_directories)'",
	};

	fprintf(out, "complete -c minivmm -l %s", o->name);
	if (o->letter)
		fprintf(out, " -s %c", o->letter);
	if (o->keys) {
		fprintf(out, " -x -a '(__minivmm_keys %s \"",
			completion_of(o) == COMPLETE_FILES   ? "files" :
			completion_of(o) == COMPLETE_FOLDERS ? "folders" :
							       "words");
		put_keys(o->keys, out);
		fprintf(out, "\" %s)'", o->words ? o->words : "");
	} else if (o->arg && !o->optional) {
		if (completion_of(o) == COMPLETE_WORDS)
			fprintf(out, " -x -a '%s'", o->words);
		else
			fputs(actions[completion_of(o)], out);
	}
	fputs(" -d '", out);
	for (const char *p = o->help; *p; p++)
		fprintf(out, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
	fputs("'\n", out);
}

void option_fish(FILE *out)
{
	fputs("# fish completion for minivmm; made by minivmm --help=fish\n"
	      "# KIND KEYS [WORD]...: behind a comma keys, else files, folders "
	      "or words\n"
	      "function __minivmm_keys\n"
	      "\tset -l cur (string replace -r -- '^(--[a-z-]+=|-[a-z])' '' \\\n"
	      "\t\t(commandline -ct))\n"
	      "\tset -l head (string match -r -- '.*,' $cur)\n"
	      "\tif test -n \"$head\"\n"
	      "\t\tprintf '%s\\n' $head(string split -n ' ' -- $argv[2])\n"
	      "\telse if test $argv[1] = files\n"
	      "\t\t__fish_complete_path $cur\n"
	      "\telse if test $argv[1] = folders\n"
	      "\t\t__fish_complete_directories $cur\n"
	      "\telse\n"
	      "\t\tprintf '%s\\n' $argv[3..]\n"
	      "\tend\n"
	      "end\n"
	      "complete -c minivmm -n __fish_is_first_arg -a 'check initrd test'\n",
	      out);
	for (const struct option_spec *o = next_shown(NULL); o;
	     o = next_shown(o))
		fish_option(o, out);
}
