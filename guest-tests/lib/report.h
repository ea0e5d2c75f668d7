/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - what a guest says on COM1
 *
 * Every byte costs two exits, so lines are short.  A guest's last words are
 * "DONE: <passed> <failed>".
 */
#ifndef GUEST_LIB_REPORT_H
#define GUEST_LIB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A guest's own part; when it returns, the guest ends as by done(). */
void guest_main(void);

/* %s %c %d %u %x with l, a width and 0 as in printf; at most 255 bytes. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "PASS: name" or "FAIL: name: why"; returns @ok. */
bool check(bool ok, const char *name, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* check() that @got is @want. */
bool check_eq(const char *name, uint64_t got, uint64_t want);

/* Print DONE and power off. */
_Noreturn void done(void);

/* Power off, and if there is no such register, end somehow. */
_Noreturn void power_off(void);

#endif
