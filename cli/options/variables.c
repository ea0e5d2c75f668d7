/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options/variables.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* The length of the variable's name at the start of @text; 0: there is none. */
static size_t name_length(const char *text)
{
	size_t n = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (text[n] == '_' || isalnum((unsigned char)text[n]))
		n++;
	return n;
}

/* The value of a variable: the last one set counts; NULL: none. */
static const char *look_up(const struct string_list *set, const char *name,
			   size_t len)
{
	char key[128];

	for (size_t i = set->count; i-- > 0;)
		if (!strncmp(set->strings[i], name, len) &&
		    set->strings[i][len] == '=')
			return set->strings[i] + len + 1;
	if (len >= sizeof(key))
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	return getenv(key);
}

/* Print the value of the variable at @text, behind "${".  Returns the length up
 * to its brace; 0: it is wrong, and @error says why. */
static size_t put_variable(const struct string_list *set, const char *text,
			   FILE *out, struct variables_error *error)
{
	size_t len = name_length(text), end = strcspn(text, "}");
	bool preset = !strncmp(text + len, ":-", 2);
	const char *value = len ? look_up(set, text, len) : NULL;

	if (!len || !text[end] || (len != end && !preset)) {
		snprintf(error->text, sizeof(error->text),
			 "${%.*s is no variable: write ${NAME} or "
			 "${NAME:-value}, or put it in single quotes",
			 (int)MIN(end + 1, 40), text);
		return 0;
	}
	if (value && (*value || !preset)) {
		fputs(value, out);
	} else if (preset) {
		fwrite(text + len + 2, 1, end - len - 2, out);
	} else {
		snprintf(
			error->text, sizeof(error->text),
			"${%.*s} is not set: set it by a line $%.*s = value, or in "
			"the environment",
			(int)MIN(len, 40), text, (int)MIN(len, 40), text);
		return 0;
	}
	return end;
}

static int put_all(const struct string_list *set, const char *text, FILE *out,
		   struct variables_error *error)
{
	while (*text) {
		size_t n;

		if (strncmp(text, "${", 2) != 0) {
			fputc(*text++, out);
			continue;
		}
		n = put_variable(set, text + 2, out, error);
		if (!n)
			return -EINVAL;
		text += 2 + n + 1;
		/* A value may contain other values, so its size would have no
		 * bound. */
		if (ftell(out) > VARIABLES_MAX) {
			snprintf(error->text, sizeof(error->text),
				 "variables make it longer than %d bytes",
				 VARIABLES_MAX);
			return -EINVAL;
		}
	}
	return 0;
}

int variables_expand(const struct string_list *set, const char *text,
		     char **expanded, struct variables_error *error)
{
	size_t len;
	FILE *out = open_memstream(expanded, &len);
	int err;

	if (!out)
		return -ENOMEM;
	err = put_all(set, text, out, error);
	if (fclose(out) != 0 && !err)
		err = -ENOMEM;
	if (err) {
		free(*expanded);
		*expanded = NULL;
	}
	return err;
}

int variables_set(struct string_list *set, const char *name, size_t len,
		  const char *value)
{
	size_t bytes = len + 1 + strlen(value) + 1;
	char *text;
	int err;

	if (!len || name_length(name) != len)
		return -EINVAL;
	text = malloc(bytes);
	if (!text)
		return -ENOMEM;
	snprintf(text, bytes, "%.*s=%s", (int)len, name, value);
	err = string_list_add(set, text);
	free(text);
	return err;
}
