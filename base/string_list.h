/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string_list.h - a list of strings that grows
 *
 * Its owner's; it does not lock.  All zero is an empty list.
 */
#ifndef BASE_STRING_LIST_H
#define BASE_STRING_LIST_H

#include <stddef.h>

/* In order, with a NULL behind the last; @strings, which is NULL at first, and
 * each of them are owned by the list. */
struct string_list {
	char **strings;
	size_t count;
};

/* Add a copy of @text to the end of @list.  -ENOMEM. */
int string_list_add(struct string_list *list, const char *text);

/* Free what is in @list, which is then empty. */
void string_list_free(struct string_list *list);

#endif
