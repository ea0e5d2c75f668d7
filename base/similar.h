/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * similar.h - which name was meant by one that is misspelled
 */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

/* The unlikeness of names that have too little in common. */
enum { UNLIKE = 4 };

/* How unlike @name and what was @typed are (both are not terminated): the
 * number of wrong letters, or UNLIKE.  The longer the names, the more letters
 * may be wrong.  A name that is cut short is as good as one with a wrong
 * letter. */
unsigned unlikeness(const char *name, size_t len, const char *typed,
		    size_t typed_len);

/* The one of the space-separated @words that may have been meant by @name, and
 * in *@found its length; NULL. */
const char *similar_word(const char *words, const char *name, size_t *found);

#endif
