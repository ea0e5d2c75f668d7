/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/wait_ports.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"

int wait_ports_add(struct wait_ports *ports, uint16_t port, uint64_t limit_ns)
{
	struct wait_port *list =
		realloc(ports->list, (ports->count + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	ports->list = list;
	list[ports->count++] =
		(struct wait_port){ .port = port, .limit_ns = limit_ns };
	return 0;
}

void wait_ports_free(struct wait_ports *ports)
{
	free(ports->list);
	*ports = (struct wait_ports){ .list = NULL };
}

void wait_ports_answer(struct wait_ports *ports, size_t index)
{
	__atomic_store_n(&ports->list[index].answered, true, __ATOMIC_RELAXED);
}

static bool answered(const struct wait_port *port)
{
	return __atomic_load_n(&port->answered, __ATOMIC_RELAXED);
}

size_t wait_ports_answered(const struct wait_ports *ports)
{
	size_t n = 0;

	for (size_t i = 0; i < ports->count; i++)
		n += answered(&ports->list[i]);
	return n;
}

const struct wait_port *wait_ports_missing(const struct wait_ports *ports,
					   uint64_t since_start_ns)
{
	for (size_t i = 0; i < ports->count; i++) {
		const struct wait_port *port = &ports->list[i];
		uint64_t limit = port->limit_ns ? port->limit_ns : UINT64_MAX;

		if (!answered(port) && limit <= since_start_ns)
			return port;
	}
	return NULL;
}

uint64_t wait_ports_limit(const struct wait_ports *ports)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < ports->count; i++) {
		const struct wait_port *port = &ports->list[i];

		if (port->limit_ns && !answered(port))
			least = MIN(least, port->limit_ns);
	}
	return least == UINT64_MAX ? 0 : least;
}
