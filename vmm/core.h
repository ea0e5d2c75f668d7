/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core.h - a file of all that the guest was: memory and registers
 *
 * An ELF core: each stretch of virtual memory that is mapped is a segment, and
 * so is each stretch of physical memory; they share the bytes of the file,
 * which has holes where nothing was written.  Each processor is a thread.  If
 * the guest is Linux its VMCOREINFO is a note, as in a kdump, so crash(8) knows
 * where the kernel is.
 *
 * Threads: main thread.
 */
#ifndef VMM_CORE_H
#define VMM_CORE_H

struct vm;

/*
 * Write @path whole, or not at all, from @vm, whose processors have ended.
 * Takes as long as the memory that was touched takes to be written.  Logs;
 * -errno.
 */
int core_write(const struct vm *vm, const char *path);

#endif
