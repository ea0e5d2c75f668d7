/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string_list.h - a list of strings that grows
 *
 * Only its owner may use it; it has no lock.  A list that is all zero is empty.
 */
#ifndef BASE_STRING_LIST_H
#define BASE_STRING_LIST_H

#include <stddef.h>

/* The strings in order, with a NULL after the last.  The list owns @strings,
 * which is NULL at first, and each string. */
struct string_list {
	char **strings;
	size_t count;
};

/* Add a copy of @text to the end of @list.  -ENOMEM. */
int string_list_add(struct string_list *list, const char *text);

/* Free the strings of @list, which is then empty. */
void string_list_free(struct string_list *list);

#endif
