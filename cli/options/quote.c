/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdbool.h>

#include "cli/options/internal.h"

/* Whether @p is a backslash that makes the next character literal. */
static bool escapes(const char *p, char quote)
{
	return quote == '"' && p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
}

const char *option_unquote(char *value)
{
	char quote = *value, *from, *end = value + 1, *to = value;

	while (*end && *end != quote)
		end += escapes(end, quote) ? 2 : 1;
	if (!*end)
		return "the closing quote is missing";
	from = end + 1;
	while (isspace((unsigned char)*from))
		from++;
	if (*from && *from != '#')
		return "something follows the closing quote: quote the "
		       "whole value";
	for (from = value + 1; from < end; from++) {
		from += escapes(from, quote);
		*to++ = *from;
	}
	*to = '\0';
	return NULL;
}
