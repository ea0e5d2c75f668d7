/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger_target.c - the functions by which the server asks a machine whose
 * processors are held
 */
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base/text.h"
#include "vmm/debugger_internal.h"
#include "vmm/vcpu_registers.h"
#include "vmm/vm.h"

static int fd_of(const struct debugger *d, unsigned thread)
{
	return d->vm->vcpus.vcpu[thread].fd;
}

static unsigned threads(void *arg)
{
	const struct debugger *d = arg;

	return d->vm->vcpus.n;
}

static void describe(void *arg, unsigned thread, struct text *text)
{
	debugger_describe(arg, thread, text);
}

static int get_registers(void *arg, unsigned thread,
			 struct gdb_registers *registers)
{
	return vcpu_registers_get(fd_of(arg, thread), registers);
}

static int set_registers(void *arg, unsigned thread,
			 const struct gdb_registers *registers)
{
	return vcpu_registers_set(fd_of(arg, thread), registers);
}

/* How @thread's addresses are translated; NULL: they are physical. */
static const struct gdb_paging *paging_of(const struct debugger *d,
					  unsigned thread,
					  struct gdb_paging *paging, int *err)
{
	uint64_t pc;

	*err = 0;
	if (d->physical)
		return NULL;
	*err = vcpu_paging(fd_of(d, thread), paging, &pc);
	return paging;
}

static size_t read_memory(void *arg, unsigned thread, uint64_t addr, void *out,
			  size_t len)
{
	const struct debugger *d = arg;
	struct gdb_paging room;
	int err;
	const struct gdb_paging *paging = paging_of(d, thread, &room, &err);

	return err ? 0 : gdb_points_read(&d->points, paging, addr, out, len);
}

static int write_memory(void *arg, unsigned thread, uint64_t addr,
			const void *data, size_t len)
{
	struct debugger *d = arg;
	struct gdb_paging room;
	int err;
	const struct gdb_paging *paging = paging_of(d, thread, &room, &err);

	return err ? err :
		     gdb_points_write(&d->points, paging, addr, data, len);
}

static int insert(void *arg, unsigned thread, enum gdb_breakpoint type,
		  uint64_t addr, uint64_t len)
{
	struct debugger *d = arg;
	struct gdb_paging paging;
	uint64_t pc;
	int err = vcpu_paging(fd_of(d, thread), &paging, &pc);

	return err ? err :
		     gdb_points_insert(&d->points, &paging, type, addr, len);
}

static void remove_point(void *arg, enum gdb_breakpoint type, uint64_t addr,
			 uint64_t len)
{
	struct debugger *d = arg;

	gdb_points_remove(&d->points, type, addr, len);
}

static void resume(void *arg, const enum gdb_action *actions)
{
	debugger_resume(arg, actions);
}

static void interrupt(void *arg)
{
	debugger_stop(arg, GDB_SIGINT);
}

static void detach(void *arg)
{
	struct debugger *d = arg;

	/* A debugger that detaches lets the machine go, even one that
	 * waited. */
	d->waits = false;
	d->connection.greeted = false;
	debugger_leave(d);
}

static void kill_machine(void *arg)
{
	struct debugger *d = arg;

	d->attached = false;
	d->user.killed(d->user.arg);
}

static void monitor(void *arg, unsigned thread, const char *line, FILE *out)
{
	debugger_monitor(arg, thread, line, out);
}

const struct gdb_target debugger_target = {
	.threads = threads,
	.describe = describe,
	.get_registers = get_registers,
	.set_registers = set_registers,
	.read = read_memory,
	.write = write_memory,
	.insert = insert,
	.remove = remove_point,
	.resume = resume,
	.interrupt = interrupt,
	.detach = detach,
	.kill = kill_machine,
	.monitor = monitor,
};
