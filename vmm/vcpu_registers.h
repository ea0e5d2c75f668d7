/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_registers.h - KVM's registers, as a debugger numbers them
 *
 * All functions take a vCPU's descriptor.  Threads: the vCPU's own outside of
 * KVM_RUN, or the main thread while it is held or has ended.
 */
#ifndef VMM_VCPU_REGISTERS_H
#define VMM_VCPU_REGISTERS_H

#include <stdint.h>

struct gdb_paging;
struct gdb_registers;

/* All of them.  -errno. */
int vcpu_registers_get(int fd, struct gdb_registers *registers);

/* Set the registers that differ.  -EOPNOTSUPP: of the segments, only the bases
 * of FS and GS can be set; -errno: KVM refuses. */
int vcpu_registers_set(int fd, const struct gdb_registers *registers);

/* RIP; 0 if KVM does not tell. */
uint64_t vcpu_rip(int fd);

/* How addresses are translated, and in *@pc the linear address of the next
 * instruction.  -errno. */
int vcpu_paging(int fd, struct gdb_paging *paging, uint64_t *pc);

#endif
