/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/markup.h"

void markup_text(FILE *out, const char *text, size_t len)
{
	static const char *const entities[256] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
	};

	for (size_t from = 0, i = 0; i <= len; i++) {
		const char *entity =
			i < len ? entities[(unsigned char)text[i]] : "";

		if (!entity)
			continue;
		fwrite(text + from, 1, i - from, out);
		fputs(entity, out);
		from = i + 1;
	}
}
