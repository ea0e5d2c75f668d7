/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/points.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/util.h"

enum { INT3 = 0xcc, PAGE = 4096 };

static bool is_int3(const struct gdb_point *p)
{
	return p->slot == GDB_DEBUG_REGISTERS;
}

static struct gdb_point *find(struct gdb_points *points,
			      enum gdb_breakpoint type, uint64_t addr,
			      uint64_t len)
{
	for (unsigned i = 0; i < points->n; i++) {
		struct gdb_point *p = &points->point[i];

		if (p->type == type && p->addr == addr && p->len == len)
			return p;
	}
	return NULL;
}

const struct gdb_point *gdb_points_in(const struct gdb_points *points,
				      unsigned slot)
{
	for (unsigned i = 0; i < points->n; i++)
		if (!is_int3(&points->point[i]) &&
		    points->point[i].slot == slot)
			return &points->point[i];
	return NULL;
}

const struct gdb_point *gdb_points_int3(const struct gdb_points *points,
					uint64_t gpa)
{
	for (unsigned i = 0; i < points->n; i++)
		if (is_int3(&points->point[i]) && points->point[i].gpa == gpa)
			return &points->point[i];
	return NULL;
}

bool gdb_points_any_int3(const struct gdb_points *points)
{
	for (unsigned i = 0; i < points->n; i++)
		if (is_int3(&points->point[i]))
			return true;
	return false;
}

static int use_register(const struct gdb_points *points, struct gdb_point *p)
{
	for (p->slot = 0; p->slot < GDB_DEBUG_REGISTERS; p->slot++)
		if (!gdb_points_in(points, p->slot))
			return 0;
	return -ENOSPC;
}

/* A second one at the same place must not take the first one's int3 for the
 * original. */
static int use_int3(const struct gdb_points *points, struct gdb_point *p,
		    const struct gdb_walk *walk)
{
	const struct gdb_point *same = gdb_points_int3(points, walk->gpa);
	uint8_t *byte = walk->mapped ? mem_at(points->mem, walk->gpa, 1) : NULL;

	if (!byte)
		return -EFAULT;
	p->slot = GDB_DEBUG_REGISTERS;
	p->gpa = walk->gpa;
	p->original = same && *byte == INT3 ? same->original : *byte;
	*byte = INT3;
	return 0;
}

/* A breakpoint for which any means will do. */
static int use_any(const struct gdb_points *points, struct gdb_point *p,
		   const struct gdb_paging *paging)
{
	enum gdb_int3 int3 = points->can.int3;
	struct gdb_walk walk;
	int err = -EOPNOTSUPP;

	gdb_walk(points->mem, paging, p->addr, &walk);
	if (int3 == GDB_INT3_STOPS)
		err = use_int3(points, p, &walk);
	if (err && points->can.code)
		err = use_register(points, p);
	/* In ring 3 the guest would see it, so the page must not be for ring
	 * 3. */
	if (err && int3 == GDB_INT3_RING0 && (!walk.user || !walk.levels))
		err = use_int3(points, p, &walk);
	return err;
}

static bool is_watchable(uint64_t addr, uint64_t len)
{
	return (len == 1 || len == 2 || len == 4 || len == 8) &&
	       !(addr & (len - 1));
}

static int use(const struct gdb_points *points, struct gdb_point *p,
	       const struct gdb_paging *paging)
{
	switch (p->type) {
	case GDB_SOFTWARE:
		return use_any(points, p, paging);
	case GDB_HARDWARE:
		return points->can.code ? use_register(points, p) : -EOPNOTSUPP;
	case GDB_WATCH_WRITE:
	case GDB_WATCH_ACCESS:
		if (points->can.data && is_watchable(p->addr, p->len))
			return use_register(points, p);
		break;
	default:
		/* The processor has none for reads alone. */
		break;
	}
	return -EOPNOTSUPP;
}

int gdb_points_insert(struct gdb_points *points,
		      const struct gdb_paging *paging, enum gdb_breakpoint type,
		      uint64_t addr, uint64_t len)
{
	struct gdb_point p = { .type = type, .addr = addr, .len = len };
	int err;

	if (find(points, type, addr, len))
		return 0;
	if (points->n == GDB_POINTS)
		return -ENOSPC;
	err = use(points, &p, paging);
	if (!err)
		points->point[points->n++] = p;
	return err;
}

/* What the guest has put in place of an int3 stays. */
static void remove_point(struct gdb_points *points, struct gdb_point *p)
{
	const struct gdb_point old = *p;
	uint8_t *byte = NULL;

	*p = points->point[--points->n];
	if (is_int3(&old) && !gdb_points_int3(points, old.gpa))
		byte = mem_at(points->mem, old.gpa, 1);
	if (byte && *byte == INT3)
		*byte = old.original;
}

void gdb_points_remove(struct gdb_points *points, enum gdb_breakpoint type,
		       uint64_t addr, uint64_t len)
{
	struct gdb_point *p = find(points, type, addr, len);

	if (p)
		remove_point(points, p);
}

void gdb_points_remove_all(struct gdb_points *points)
{
	while (points->n)
		remove_point(points, &points->point[points->n - 1]);
}

uint64_t gdb_points_dr7(const struct gdb_points *points)
{
	static const uint64_t length[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 2 };
	uint64_t dr7 = 0;

	for (unsigned i = 0; i < points->n; i++) {
		const struct gdb_point *p = &points->point[i];
		unsigned at = 16 + 4 * p->slot;

		if (is_int3(p))
			continue;
		/* The global enable bit. */
		dr7 |= BIT64(2 * p->slot + 1);
		if (p->type == GDB_WATCH_WRITE)
			dr7 |= UINT64_C(1) << at | length[p->len] << (at + 2);
		else if (p->type == GDB_WATCH_ACCESS)
			dr7 |= UINT64_C(3) << at | length[p->len] << (at + 2);
	}
	return dr7;
}

/* The memory at @addr, and in *@len how much of it is in one piece; NULL. */
static uint8_t *piece(const struct gdb_points *points,
		      const struct gdb_paging *paging, uint64_t addr,
		      size_t *len, uint64_t *gpa)
{
	struct gdb_walk walk;

	*len = MIN(*len, (size_t)(PAGE - addr % PAGE));
	*gpa = addr;
	if (paging) {
		if (!gdb_walk(points->mem, paging, addr, &walk))
			return NULL;
		*gpa = walk.gpa;
	}
	return mem_at(points->mem, *gpa, *len);
}

static void hide(const struct gdb_points *points, uint64_t gpa, uint8_t *bytes,
		 size_t len)
{
	for (unsigned i = 0; i < points->n; i++) {
		const struct gdb_point *p = &points->point[i];
		uint64_t off = p->gpa - gpa;

		if (is_int3(p) && off < len && bytes[off] == INT3)
			bytes[off] = p->original;
	}
}

size_t gdb_points_read(const struct gdb_points *points,
		       const struct gdb_paging *paging, uint64_t addr,
		       void *out, size_t len)
{
	uint8_t *bytes = out;
	size_t got = 0, n;

	for (; got < len; got += n) {
		const uint8_t *from;
		uint64_t gpa;

		n = len - got;
		from = piece(points, paging, addr + got, &n, &gpa);
		if (!from)
			break;
		memcpy(bytes + got, from, n);
		hide(points, gpa, bytes + got, n);
	}
	return got;
}

static void write_byte(struct gdb_points *points, uint64_t gpa, uint8_t *to,
		       uint8_t value)
{
	bool ours = false;

	for (unsigned i = 0; i < points->n; i++) {
		struct gdb_point *p = &points->point[i];

		if (is_int3(p) && p->gpa == gpa && *to == INT3) {
			p->original = value;
			ours = true;
		}
	}
	if (!ours)
		*to = value;
}

static bool is_all_there(const struct gdb_points *points,
			 const struct gdb_paging *paging, uint64_t addr,
			 size_t len)
{
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		uint64_t gpa;

		n = len - at;
		if (!piece(points, paging, addr + at, &n, &gpa))
			return false;
	}
	return true;
}

int gdb_points_write(struct gdb_points *points, const struct gdb_paging *paging,
		     uint64_t addr, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t n;

	if (!is_all_there(points, paging, addr, len))
		return -EFAULT;
	for (size_t at = 0; at < len; at += n) {
		uint64_t gpa;
		uint8_t *to;

		n = len - at;
		to = piece(points, paging, addr + at, &n, &gpa);
		for (size_t i = 0; to && i < n; i++)
			write_byte(points, gpa + i, to + i, bytes[at + i]);
	}
	return 0;
}
