/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int string_list_add(struct string_list *list, const char *text)
{
	char **strings =
		realloc(list->strings, (list->count + 2) * sizeof(*strings));

	if (!strings)
		return -ENOMEM;
	list->strings = strings;
	strings[list->count] = strdup(text);
	if (!strings[list->count])
		return -ENOMEM;
	strings[++list->count] = NULL;
	return 0;
}

void string_list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->strings[i]);
	free(list->strings);
	*list = (struct string_list){ 0 };
}
