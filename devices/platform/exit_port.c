/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/exit_port.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/power.h"

/* What differs between the kinds; QEMU's takes an access of up to 4 bytes as
 * one. */
static const struct {
	const char *option, *by;
	unsigned len;
} kinds[] = {
	[EXIT_PORT_PLAIN] = { "--exit-port", "exit port", 1 },
	[EXIT_PORT_ISA_DEBUG] = { "--debug-exit", "isa-debug-exit", 4 },
};

static uint64_t exit_port_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	return 0;
}

static void exit_port_write(void *owner, uint64_t offset, unsigned size,
			    uint64_t value)
{
	struct exit_port *p = owner;
	struct power_event event = { .what = POWER_EXIT, .by = p->by };

	(void)offset;
	(void)size;
	if (p->kind == EXIT_PORT_ISA_DEBUG)
		value = value << 1 | 1;
	event.code = value & 0xff;
	p->power->request(p->power->arg, &event);
}

int exit_port_init(struct exit_port *exit_port, struct bus *port_bus,
		   unsigned port, enum exit_port_kind kind,
		   const struct power *power)
{
	static const struct bus_ops ops = { exit_port_read, exit_port_write,
					    4 };
	int err = 0;

	*exit_port = (struct exit_port){ .range = { .base = port,
						    .len = kinds[kind].len,
						    .ops = &ops,
						    .owner = exit_port,
						    .name = kinds[kind].by },
					 .kind = kind,
					 .power = power };
	snprintf(exit_port->by, sizeof(exit_port->by), "%s 0x%x",
		 kinds[kind].by, port);
	if (port)
		err = bus_add(port_bus, &exit_port->range);
	if (err)
		log_err("%s 0x%x: another device is there: choose a free "
			"port, such as 0x%x",
			kinds[kind].option, port, EXIT_PORT_DEFAULT);
	return err;
}

void exit_port_free(struct exit_port *exit_port, struct bus *port_bus)
{
	bus_remove(port_bus, &exit_port->range);
}
