/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * similar.h - finds the name that was probably meant by a misspelled one
 */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

/* The unlikeness of names that have too little in common. */
enum { UNLIKE = 4 };

/* How unlike @name and the text @typed are: the number of wrong letters, or
 * UNLIKE if there are too many.  Both have a length and no NUL.  Longer names
 * may have more wrong letters.  A name that is cut short counts as one with a
 * wrong letter. */
unsigned unlikeness(const char *name, size_t len, const char *typed,
		    size_t typed_len);

/* The one of the space-separated @words that was probably meant by @name, and
 * its length in *@found; NULL: none. */
const char *similar_word(const char *words, const char *name, size_t *found);

#endif
