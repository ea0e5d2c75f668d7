/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access.c - commands that read and change registers, memory and breakpoints
 */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "gdb/command.h"
#include "gdb/reply.h"
#include "gdb/server.h"

void gdb_get_registers(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	int err = s->target->get_registers(s->arg, s->thread, &r);

	(void)args;
	if (err)
		gdb_put_error(s, err);
	else
		gdb_put_hex(&s->reply, &r, sizeof(r));
}

void gdb_set_registers(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;

	if (strlen(args) != 2 * sizeof(r) ||
	    !gdb_unhex(args, sizeof(r), (uint8_t *)&r))
		gdb_put_error(s, -EINVAL);
	else
		gdb_put_result(s,
			       s->target->set_registers(s->arg, s->thread, &r));
}

void gdb_get_register(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	size_t offset, size;
	uint64_t number;
	int err = -EINVAL;

	if (gdb_number(&args, &number) && gdb_register(number, &offset, &size))
		err = s->target->get_registers(s->arg, s->thread, &r);
	if (err)
		gdb_put_error(s, err);
	else
		gdb_put_hex(&s->reply, (const uint8_t *)&r + offset, size);
}

void gdb_set_register(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	size_t offset, size;
	uint64_t number;
	int err = -EINVAL;

	if (gdb_number(&args, &number) && *args++ == '=' &&
	    gdb_register(number, &offset, &size) && strlen(args) == 2 * size)
		err = s->target->get_registers(s->arg, s->thread, &r);
	if (!err && !gdb_unhex(args, size, (uint8_t *)&r + offset))
		err = -EINVAL;
	if (!err)
		err = s->target->set_registers(s->arg, s->thread, &r);
	gdb_put_result(s, err);
}

void gdb_read_memory(struct gdb_server *s, const char *args)
{
	static const uint64_t most = GDB_PACKET_SIZE / 2;
	uint8_t data[GDB_PACKET_SIZE / 2];
	uint64_t addr, len;
	size_t got;

	if (!gdb_take_range(&args, &addr, &len)) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	got = s->target->read(s->arg, s->thread, addr, data, MIN(len, most));
	if (len && !got)
		gdb_put_error(s, -EFAULT);
	else
		gdb_put_hex(&s->reply, data, got);
}

/* ADDR,LENGTH: at *@args, of a write; false: that is wrong. */
static bool take_write(const char **args, uint64_t *addr, uint64_t *len)
{
	return gdb_take_range(args, addr, len) && *(*args)++ == ':' &&
	       *len <= GDB_PACKET_SIZE;
}

void gdb_write_hex(struct gdb_server *s, const char *args)
{
	uint8_t data[GDB_PACKET_SIZE / 2];
	uint64_t addr, len;

	if (!take_write(&args, &addr, &len) || strlen(args) != 2 * len ||
	    !gdb_unhex(args, len, data))
		gdb_put_error(s, -EINVAL);
	else
		gdb_put_result(s, s->target->write(s->arg, s->thread, addr,
						   data, len));
}

/* The text may hold any byte, and its end is that of the packet. */
void gdb_write_binary(struct gdb_server *s, const char *args)
{
	const char *p = args;
	uint64_t addr, len;
	char *data;
	size_t n;

	if (!take_write(&p, &addr, &len)) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	data = s->parser.text + (p - s->parser.text);
	n = gdb_unescape(data, (size_t)(s->parser.text + s->parser.len - p));
	if (n != len)
		gdb_put_error(s, -EINVAL);
	else
		gdb_put_result(s, s->target->write(s->arg, s->thread, addr,
						   data, len));
}

/* TYPE,ADDR,KIND; conditions and commands, which are not offered, are
 * ignored. */
static void breakpoint(struct gdb_server *s, const char *args, bool insert)
{
	uint64_t type, addr, len;

	if (!gdb_number(&args, &type) || *args++ != ',' ||
	    !gdb_take_range(&args, &addr, &len)) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	/* The empty answer: not known. */
	if (type >= GDB_BREAKPOINTS)
		return;
	if (insert) {
		gdb_put_result(s, s->target->insert(s->arg, s->thread,
						    (enum gdb_breakpoint)type,
						    addr, len));
		return;
	}
	s->target->remove(s->arg, (enum gdb_breakpoint)type, addr, len);
	gdb_put(&s->reply, "OK");
}

void gdb_insert_breakpoint(struct gdb_server *s, const char *args)
{
	breakpoint(s, args, true);
}

void gdb_remove_breakpoint(struct gdb_server *s, const char *args)
{
	breakpoint(s, args, false);
}
