/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/text_json.h"

#include <stdlib.h>
#include <string.h>

json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	char *ascii = json ? NULL : strdup(text);

	for (char *p = ascii; p && *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	if (ascii)
		json = json_string(ascii);
	free(ascii);
	return json;
}
