/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_json.h - any text as JSON
 *
 * Threads: any.
 */
#ifndef CLI_REPORT_TEXT_JSON_H
#define CLI_REPORT_TEXT_JSON_H

#include <jansson.h>

/* A string as JSON can hold it, which is UTF-8 or less; NULL when out of
 * memory. */
json_t *text_json(const char *text);

#endif
