/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_kernel.h - where a Linux kernel's time went, by its own time stamps
 *
 * Threads: any; nothing is kept.
 */
#ifndef CLI_REPORT_HTML_KERNEL_H
#define CLI_REPORT_HTML_KERNEL_H

#include <stddef.h>
#include <stdio.h>

/* Write the longest pauses between the time stamps of the console in the @len
 * bytes at @text, and the longest initcalls (which Linux tells with
 * initcall_debug), as tables of an HTML page; nothing where there are none. */
void html_kernel(FILE *out, const char *text, size_t len);

#endif
