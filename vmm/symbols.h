/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.h - the names of a kernel's functions, for reports
 *
 * From its ELF file (vmlinux, with its symbol table) or from what nm(1) and
 * /proc/kallsyms print (System.map): lines of address, type and name.
 *
 * Threads: main thread.  Trust: the user's file; a damaged one is refused or
 * gives wrong names.
 */
#ifndef VMM_SYMBOLS_H
#define VMM_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;
struct text;

/* Read @path; logs, -errno. */
int symbols_open(struct symbols **symbols, const char *path);

/* The same of a kernel that is open at @fd, which stays the caller's.  Does not
 * log: -ENOEXEC if it is no ELF file, -ENODATA if it has no symbols. */
int symbols_of_kernel(struct symbols **symbols, int fd);

/* NULL is fine. */
void symbols_close(struct symbols *symbols);

/* The function that @addr is in, and how far (*@offset); NULL: none. */
const char *symbols_find(const struct symbols *symbols, uint64_t addr,
			 uint64_t *offset);

/* Add " at 0x1234 (function+0x4)" to @text, of a kernel that was moved by
 * @slide; without the function if there is none, or @symbols is NULL. */
void symbols_put(struct text *text, const struct symbols *symbols,
		 uint64_t slide, uint64_t addr);

/* The address of the function @name; 0: there is none. */
uint64_t symbols_address(const struct symbols *symbols, const char *name);

/* By what the kernel was moved from where it was linked, as its entry for
 * system calls is now at @syscall_entry (0: not known, and nor is that). */
uint64_t symbols_slide(const struct symbols *symbols, uint64_t syscall_entry);

#endif
