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

/* Read @path; logs, -errno. */
int symbols_open(struct symbols **symbols, const char *path);

/* NULL is fine. */
void symbols_close(struct symbols *symbols);

/* The function that @addr is in, and how far (*@offset); NULL: none. */
const char *symbols_find(const struct symbols *symbols, uint64_t addr,
			 uint64_t *offset);

/* The address of the function @name; 0: there is none. */
uint64_t symbols_address(const struct symbols *symbols, const char *name);

#endif
