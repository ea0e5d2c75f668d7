/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gdb_machine.h - a machine of arrays, for the debugger's server to debug
 */
#ifndef TESTS_GDB_MACHINE_H
#define TESTS_GDB_MACHINE_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "gdb/target.h"

/* Memory that there is. */
enum { GDB_MACHINE_BASE = 0x1000, GDB_MACHINE_SIZE = 0x1000 };

struct gdb_machine {
	unsigned cpus;
	struct gdb_registers registers[GDB_THREADS];
	uint8_t memory[GDB_MACHINE_SIZE];
	/* What was asked for. */
	enum gdb_action actions[GDB_THREADS];
	unsigned resumed, interrupted, detached, killed;
	unsigned inserted, removed;
	enum gdb_breakpoint type;
	uint64_t addr, len;
	char line[100];
	/* What monitor() prints. */
	size_t to_print;
};

static inline unsigned gdb_machine_threads(void *arg)
{
	return ((struct gdb_machine *)arg)->cpus;
}

static inline void gdb_machine_describe(void *arg, unsigned thread,
					struct text *text)
{
	(void)arg;
	text_put(text, "vCPU %u [halted]", thread);
}

static inline int gdb_machine_get(void *arg, unsigned thread,
				  struct gdb_registers *registers)
{
	*registers = ((struct gdb_machine *)arg)->registers[thread];
	return 0;
}

static inline int gdb_machine_set(void *arg, unsigned thread,
				  const struct gdb_registers *registers)
{
	((struct gdb_machine *)arg)->registers[thread] = *registers;
	return 0;
}

static inline size_t gdb_machine_read(void *arg, unsigned thread, uint64_t addr,
				      void *out, size_t len)
{
	struct gdb_machine *m = arg;
	uint64_t off = addr - GDB_MACHINE_BASE;

	(void)thread;
	if (off >= GDB_MACHINE_SIZE)
		return 0;
	if (len > GDB_MACHINE_SIZE - off)
		len = GDB_MACHINE_SIZE - off;
	memcpy(out, m->memory + off, len);
	return len;
}

static inline int gdb_machine_write(void *arg, unsigned thread, uint64_t addr,
				    const void *data, size_t len)
{
	struct gdb_machine *m = arg;
	uint64_t off = addr - GDB_MACHINE_BASE;

	(void)thread;
	if (off > GDB_MACHINE_SIZE || len > GDB_MACHINE_SIZE - off)
		return -EFAULT;
	memcpy(m->memory + off, data, len);
	return 0;
}

static inline int gdb_machine_insert(void *arg, unsigned thread,
				     enum gdb_breakpoint type, uint64_t addr,
				     uint64_t len)
{
	struct gdb_machine *m = arg;

	(void)thread;
	m->inserted++;
	m->type = type;
	m->addr = addr;
	m->len = len;
	return 0;
}

static inline void gdb_machine_remove(void *arg, enum gdb_breakpoint type,
				      uint64_t addr, uint64_t len)
{
	struct gdb_machine *m = arg;

	m->removed++;
	m->type = type;
	m->addr = addr;
	m->len = len;
}

static inline void gdb_machine_resume(void *arg, const enum gdb_action *actions)
{
	struct gdb_machine *m = arg;

	m->resumed++;
	memcpy(m->actions, actions, sizeof(m->actions));
}

static inline void gdb_machine_interrupt(void *arg)
{
	((struct gdb_machine *)arg)->interrupted++;
}

static inline void gdb_machine_detach(void *arg)
{
	((struct gdb_machine *)arg)->detached++;
}

static inline void gdb_machine_kill(void *arg)
{
	((struct gdb_machine *)arg)->killed++;
}

static inline void gdb_machine_monitor(void *arg, unsigned thread,
				       const char *line, FILE *out)
{
	struct gdb_machine *m = arg;
	struct text text = { m->line, sizeof(m->line), 0 };

	text_put(&text, "%u:%s", thread, line);
	for (size_t i = 0; i < m->to_print; i++)
		putc('a' + (int)(i % 26), out);
}

static const struct gdb_target gdb_machine_target = {
	.threads = gdb_machine_threads,
	.describe = gdb_machine_describe,
	.get_registers = gdb_machine_get,
	.set_registers = gdb_machine_set,
	.read = gdb_machine_read,
	.write = gdb_machine_write,
	.insert = gdb_machine_insert,
	.remove = gdb_machine_remove,
	.resume = gdb_machine_resume,
	.interrupt = gdb_machine_interrupt,
	.detach = gdb_machine_detach,
	.kill = gdb_machine_kill,
	.monitor = gdb_machine_monitor,
};

#endif
