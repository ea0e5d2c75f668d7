/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * klog.h - what a kernel's log puts before each message
 *
 * Threads: any.  Trust: the text is the guest's; the time is linear in its
 * length.
 */
#ifndef CLI_VERDICT_KLOG_H
#define CLI_VERDICT_KLOG_H

#include <stddef.h>

/* The length of what is no text at the beginning of a line: control characters,
 * escape sequences, bytes that no kernel's message begins with. */
size_t klog_noise(const char *text, size_t len);

/* The length of what is at @text, of @len bytes, if that is a time stamp of six
 * digits or more behind the point, "[   12.345678] ", and maybe the caller,
 * "[    T1] "; 0: there is no stamp. */
size_t klog_stamp(const char *text, size_t len);

/* The length of everything before the message at the beginning of a line: a
 * time stamp, but also, without one, control characters, a level ("<0>"), or
 * Xen's name and its time. */
size_t klog_prefix(const char *text, size_t len);

#endif
