/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * points.h - breakpoints and watchpoints, and memory with them in it
 *
 * A breakpoint is either the instruction int3 in the guest's memory or one of
 * the processor's four debug registers; the debugger asks for a kind, and
 * what this KVM can do decides.  A debug register holds a linear address, so it
 * serves where nothing is mapped yet.
 *
 * Memory is shown as if no int3 were there, and what is written over one is
 * kept behind it.  A guest that has replaced an int3 by code of its own (a
 * kernel that patches itself) keeps its code.
 *
 * Threads: changed on the main thread while all processors are held; read by
 * the vCPUs' threads while they run.
 */
#ifndef GDB_POINTS_H
#define GDB_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdb/target.h"
#include "gdb/walk.h"

enum { GDB_POINTS = 256, GDB_DEBUG_REGISTERS = 4 };

/* What becomes of an int3 of ours. */
enum gdb_int3 {
	/* The guest sees it: it cannot be used. */
	GDB_INT3_SEEN,
	/* KVM stops at it in ring 0 only. */
	GDB_INT3_RING0,
	/* KVM stops at it. */
	GDB_INT3_STOPS,
};

/* What this KVM can do. */
struct gdb_abilities {
	/* Steps that are right in ring 0, and in ring 3. */
	bool step, step_ring3;
	enum gdb_int3 int3;
	/* Debug registers stop at code, also in ring 3, and at data. */
	bool code, code_ring3, data;
};

struct gdb_point {
	enum gdb_breakpoint type;
	uint64_t addr, len;
	/* The debug register; GDB_DEBUG_REGISTERS: it is an int3, at @gpa,
	 * where @original was. */
	unsigned slot;
	uint64_t gpa;
	uint8_t original;
};

struct gdb_points {
	const struct mem *mem;
	struct gdb_abilities can;
	struct gdb_point point[GDB_POINTS];
	unsigned n;
};

/* Set what the debugger asks for; the same twice is fine.  -ENOSPC: no debug
 * register is left; -EOPNOTSUPP: this KVM cannot, or it is no such thing. */
int gdb_points_insert(struct gdb_points *points,
		      const struct gdb_paging *paging, enum gdb_breakpoint type,
		      uint64_t addr, uint64_t len);

void gdb_points_remove(struct gdb_points *points, enum gdb_breakpoint type,
		       uint64_t addr, uint64_t len);
void gdb_points_remove_all(struct gdb_points *points);

/* What is in debug register @slot, or our int3 at the physical address @gpa;
 * NULL. */
const struct gdb_point *gdb_points_in(const struct gdb_points *points,
				      unsigned slot);
const struct gdb_point *gdb_points_int3(const struct gdb_points *points,
					uint64_t gpa);

bool gdb_points_any_int3(const struct gdb_points *points);

/* Debug register 7 for all of them; Intel SDM volume 3B, section 17.2.4. */
uint64_t gdb_points_dr7(const struct gdb_points *points);

/* Read memory; how many bytes there were, from the first on.  @paging NULL:
 * addresses are physical. */
size_t gdb_points_read(const struct gdb_points *points,
		       const struct gdb_paging *paging, uint64_t addr,
		       void *out, size_t len);

/* Write all of it or, -EFAULT, nothing. */
int gdb_points_write(struct gdb_points *points, const struct gdb_paging *paging,
		     uint64_t addr, const void *data, size_t len);

#endif
