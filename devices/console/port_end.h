/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_end.h - where a port of the virtio console ends on the host
 *
 * An end belongs to the host and outlives machines.  A device takes bytes from
 * it and gives it bytes; neither ever waits.
 *
 * Threads: attach() by the main thread, while no vCPU runs; all else by the
 * thread of the device that is attached, too.
 */
#ifndef DEVICES_CONSOLE_PORT_END_H
#define DEVICES_CONSOLE_PORT_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_end;

/* A window, in characters; zeros: not known. */
struct port_size {
	uint16_t cols, rows;
};

/* Each may be NULL, but for attach() and over(). */
struct port_end_ops {
	/* @news(@arg) is called from now on when there is more to read, when
	 * there is room again, when the end is over, or its window has another
	 * size; by any thread, and it doesn't wait.  NULL: no more, and no call
	 * is under way when this returns. */
	void (*attach)(struct port_end *end, void (*news)(void *arg),
		       void *arg);
	/* The guest has opened its side of the port, or closed it. */
	void (*opened)(struct port_end *end, bool open);
	/* How many bytes can be read.  NULL: never any. */
	size_t (*waiting)(struct port_end *end);
	/* Read up to @len bytes, as many as there are; how many. */
	size_t (*read)(struct port_end *end, uint8_t *to, size_t len);
	/* How many bytes can be written now.  NULL: any number, and so it is
	 * for a caller who must get rid of them. */
	size_t (*room)(struct port_end *end);
	/* Write @len bytes.  NULL: they are thrown away. */
	void (*write)(struct port_end *end, const uint8_t *buf, size_t len);
	/* The host's side is closed: what waits is the last to be read, and
	 * nobody reads what is written.  Once true it stays so. */
	bool (*over)(struct port_end *end);
	/* NULL: it has no window. */
	struct port_size (*size)(struct port_end *end);
};

struct port_end {
	const struct port_end_ops *ops;
};

#endif
