/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/exit_port.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/power.h"
#include "base/util.h"

/* How the two kinds differ.  QEMU's treats an access of up to 4 bytes as
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

/* A free port to suggest for @range, whose own port is in use. */
static unsigned free_port(struct bus *bus, struct bus_range *range)
{
	/* Tried first: our default, QEMU's, and one that many guests use. */
	static const uint16_t usual[] = { EXIT_PORT_DEFAULT, 0x501, 0xf4 };
	unsigned i = 0;

	for (; i < ARRAY_SIZE(usual) - 1; i++) {
		range->base = usual[i];
		if (bus_add(bus, range) == 0) {
			bus_remove(bus, range);
			break;
		}
	}
	return usual[i];
}

static int add(struct exit_port *exit_port, const struct board *board,
	       unsigned port, enum exit_port_kind kind)
{
	static const struct bus_ops ops = { exit_port_read, exit_port_write,
					    4 };
	int err;

	*exit_port = (struct exit_port){ .range = { .base = port,
						    .len = kinds[kind].len,
						    .ops = &ops,
						    .owner = exit_port,
						    .name = kinds[kind].by },
					 .kind = kind,
					 .power = board->power };
	snprintf(exit_port->by, sizeof(exit_port->by), "%s 0x%x",
		 kinds[kind].by, port);
	err = bus_add(board->port, &exit_port->range);
	if (err)
		log_err("%s 0x%x: another device is there: choose a free "
			"port, such as 0x%x",
			kinds[kind].option, port,
			free_port(board->port, &exit_port->range));
	return err;
}

static int plain_make(void *self, struct board *board, const void *config)
{
	const unsigned *port = config;

	return add(self, board, *port, EXIT_PORT_PLAIN);
}

static int isa_debug_make(void *self, struct board *board, const void *config)
{
	const unsigned *port = config;

	return add(self, board, *port, EXIT_PORT_ISA_DEBUG);
}

static void exit_port_drop(void *self, struct board *board)
{
	struct exit_port *exit_port = self;

	bus_remove(board->port, &exit_port->range);
}

const struct part exit_port_part = {
	.name = "exit port",
	.size = sizeof(struct exit_port),
	.instance = part_if_port,
	.make = plain_make,
	.drop = exit_port_drop,
};

const struct part debug_exit_part = {
	.name = "isa-debug-exit",
	.size = sizeof(struct exit_port),
	.instance = part_if_port,
	.make = isa_debug_make,
	.drop = exit_port_drop,
};
