/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - configuration files: the long options, one a line
 *
 *   # a comment
 *   key = value		# blanks around both do not count
 *   key = "a \"value\"\\"	# or 'a value'; then # and blanks are its own
 *   key			# an option that needs no value
 *   append += value		# short for append = "+=value"
 *   $NAME = value		# a variable: ${NAME} below, not in '...'
 *   key = {a,b}		# a list, for minivmm test: see matrix.h
 *
 * Relative file names are relative to the directory of the file they are in,
 * so that it means the same wherever minivmm is started.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/internal.h"
#include "cli/options/variables.h"

/* A larger file is probably given by mistake, such as the kernel. */
#define FILE_MAX MIB

static const char not_a_setting[] = "not of the form key = value";

struct reader {
	struct config *cfg;
	const char *path;
	/* The directory the file is in; NULL for the working directory. */
	const char *dir;
	unsigned line;
};

/* Log why a line with @text is wrong and sets no option; -EINVAL. */
static int reject_line(const struct reader *reader, const char *text,
		       const char *why)
{
	struct option_value value = { .text = text };
	char *where;
	int err;

	if (asprintf(&where, "%s:%u:", reader->path, reader->line) < 0)
		return option_no_memory();
	value.where = where;
	err = option_reject(&value, "%s", why);
	free(where);
	return err;
}

static char *skip_blanks(char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* End the text at @end, without the blanks before it, but not before @start. */
static void cut(const char *start, char *end)
{
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
}

/* Cut an unquoted value at a comment or the end of the line. */
static void unquoted(char *value)
{
	char *p = value;

	while (*p &&
	       !(*p == '#' && (p == value || isspace((unsigned char)p[-1]))))
		p++;
	cut(value, p);
}

static int unknown_key(const struct reader *reader, const char *key, size_t len)
{
	const char *like = option_like(key, len);
	char *name = strndup(key, len), *why = NULL;
	int err = -ENOMEM;

	if (name && asprintf(&why,
			     like ? "no such key: did you mean %s?" :
				    "no such key: the keys are the long "
				    "options, see minivmm --help",
			     like) >= 0)
		err = reject_line(reader, name, why);
	free(why);
	free(name);
	return err;
}

/* Apply the key of @len bytes at `key` with the value @text; NULL: it has no
 * value. */
static int set_key(const struct reader *reader, const char *key, size_t len,
		   const char *text)
{
	struct option_value value = {
		.spec = option_find(key, len),
		.text = text,
		.dir = reader->dir,
	};
	bool extend = text && strncmp(text, "+=", 2) == 0;
	char *where;
	int err;

	if (!value.spec)
		return unknown_key(reader, key, len);
	if (asprintf(&where, "%s:%u: %.*s%s", reader->path, reader->line,
		     (int)len, key, text ? " =" : "") < 0)
		return option_no_memory();
	value.where = where;
	if (value.spec->only_argv)
		err = option_reject(&value, "allowed on the command line only");
	else if (extend && !value.spec->extends)
		err = option_reject(&value, "only append can be extended");
	else
		err = option_set(reader->cfg, &value);
	free(where);
	return err;
}

/*
 * Parse what follows the key at @p, "= value" or "+= value".  Returns NULL and
 * sets *@text, and *@quote to its first character, which may be a quote; or
 * returns what is wrong.
 */
static const char *parse_value(char *p, char **text, char *quote)
{
	bool extend = strncmp(p, "+=", 2) == 0;
	const char *why = NULL;

	if (*p != '=' && !extend)
		return not_a_setting;
	p = skip_blanks(p + 1 + extend);
	*quote = *p;
	if (*p == '"' || *p == '\'')
		why = option_unquote(p);
	else
		unquoted(p);
	/* The line had a += before the value, so there is room for one. */
	if (extend)
		p = memcpy(p - 2, "+=", 2);
	*text = p;
	return why;
}

static int set_variable(const struct reader *reader, const char *key,
			size_t len, const char *text)
{
	int err = text ? variables_set(&reader->cfg->variables, key + 1,
				       len - 1, text) :
			 -EINVAL;

	if (err == -ENOMEM)
		return option_no_memory();
	return err ? reject_line(reader, key,
				 "a variable is set by $NAME = value, with a "
				 "name of letters, digits and _") :
		     0;
}

/* A line sets a variable or an option. */
static int apply(const struct reader *reader, const char *key, size_t len,
		 const char *text)
{
	return key[0] == '$' ? set_variable(reader, key, len, text) :
			       set_key(reader, key, len, text);
}

static int expand_and_apply(const struct reader *reader, const char *key,
			    size_t len, const char *text)
{
	struct variables_error error;
	char *expanded;
	int err = variables_expand(&reader->cfg->variables, text, &expanded,
				   &error);

	if (err == -ENOMEM)
		return option_no_memory();
	if (err)
		return reject_line(reader, text, error.text);
	err = apply(reader, key, len, expanded);
	free(expanded);
	return err;
}

/* The value is a list, of which one element is chosen. */
static int choose_and_apply(const struct reader *reader, const char *key,
			    size_t len, const char *text)
{
	struct matrix *matrix = &reader->cfg->matrix;
	struct variables_error error;
	char *value;
	int err = matrix_take(reader->cfg, option_find(key, len), key, len,
			      text, &value, &error);

	if (err == -ENOMEM)
		return option_no_memory();
	if (err)
		return reject_line(reader, text, error.text);
	err = apply(reader, key, len, value);
	matrix->axes[matrix->count - 1].overruled = false;
	free(value);
	return err;
}

/* Parse the line at @p, which is NUL-terminated and may be modified. */
static int parse_line(const struct reader *reader, char *p)
{
	char *key = skip_blanks(p), *rest, *text = NULL, quote = '\0';
	size_t len = strcspn(key, "=+# \t\r\f\v");
	const char *why;

	if (!*key || *key == '#')
		return 0;
	rest = skip_blanks(key + len);
	if (!len)
		return reject_line(reader, key, not_a_setting);
	if (*rest && *rest != '#') {
		why = parse_value(rest, &text, &quote);
		if (why)
			return reject_line(reader, key, why);
	}
	if (text && quote == '{' && matrix_is_list(text))
		return choose_and_apply(reader, key, len, text);
	if (text && quote != '\'' && strstr(text, "${"))
		return expand_and_apply(reader, key, len, text);
	return apply(reader, key, len, text);
}

/* Some editors begin a file with the byte order mark of UTF-8. */
static size_t bom_length(const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";

	return len >= strlen(bom) && !memcmp(text, bom, strlen(bom)) ?
		       strlen(bom) :
		       0;
}

/* @dir: the folder for relative file names; NULL: the working directory. */
static int parse(struct config *cfg, const char *path, const char *dir,
		 char *text, size_t len)
{
	struct reader reader = { .cfg = cfg, .path = path, .dir = dir };
	char *end;
	int err = 0;

	for (char *p = text + bom_length(text, len); !err && p < text + len;
	     p = end + 1) {
		reader.line++;
		end = memchr(p, '\n', (size_t)(text + len - p));
		if (!end)
			end = text + len;
		*end = '\0';
		if (strlen(p) < (size_t)(end - p))
			err = reject_line(&reader, p,
					  "not text: save it as UTF-8");
		else
			err = parse_line(&reader, p);
	}
	return err;
}

int option_file_parse(struct config *cfg, const char *path, char *text,
		      size_t len)
{
	const char *slash = strrchr(path, '/');
	char *dir = NULL;
	int err;

	if (slash) {
		dir = strndup(path, MAX((size_t)(slash - path), 1));
		if (!dir)
			return option_no_memory();
	}
	err = parse(cfg, path, dir, text, len);
	free(dir);
	return err;
}

/* A pipe, such as <(...) or /dev/stdin, is in no folder of the user's. */
static bool has_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Read @fd to its end, or FILE_MAX bytes, into @text; -errno. */
static ssize_t read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	while (len < FILE_MAX) {
		n = read(fd, text + len, FILE_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)len;
		len += (size_t)n;
	}
	return -EFBIG;
}

int option_file_read(struct config *cfg, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = -EINVAL;
	char *text = calloc(1, FILE_MAX + 1);
	ssize_t len = fd < 0 ? -errno : -ENOMEM;

	if (fd >= 0 && text)
		len = read_all(fd, text);
	if (len >= 0 && has_folder(fd))
		err = option_file_parse(cfg, path, text, (size_t)len);
	else if (len >= 0)
		err = parse(cfg, path, NULL, text, (size_t)len);
	else
		log_err("%s: %s: --config needs a text file of options", path,
			strerror((int)-len));
	close_fd(&fd);
	free(text);
	return err;
}
