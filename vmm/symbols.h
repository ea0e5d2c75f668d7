/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.h - the names of a kernel's functions, for reports
 *
 * They come from its ELF file (vmlinux, with its symbol table), or from a text
 * file in the format of nm(1), System.map and /proc/kallsyms: lines of address,
 * type and name.
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

/* The same for a kernel that is open at @fd, which stays the caller's.  Does
 * not log: -ENOEXEC if it is no ELF file, -ENODATA if it has no symbols. */
int symbols_of_kernel(struct symbols **symbols, int fd);

/* NULL is fine. */
void symbols_close(struct symbols *symbols);

/* The function that contains @addr, with the offset in it in *@offset; NULL:
 * none. */
const char *symbols_find(const struct symbols *symbols, uint64_t addr,
			 uint64_t *offset);

/* Add " at 0x1234 (function+0x4)" to @text.  @slide is how far the kernel was
 * moved.  The function is left out if none is found or @symbols is NULL. */
void symbols_put(struct text *text, const struct symbols *symbols,
		 uint64_t slide, uint64_t addr);

/* The address of the function @name; 0: there is none. */
uint64_t symbols_address(const struct symbols *symbols, const char *name);

/* How far the kernel was moved from where it was linked, given that its entry
 * for system calls is now at @syscall_entry; 0: not known, as when
 * @syscall_entry is 0. */
uint64_t symbols_slide(const struct symbols *symbols, uint64_t syscall_entry);

#endif
