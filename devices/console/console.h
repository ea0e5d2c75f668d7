/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.h - a console with several ports (VIRTIO 1.2, section 5.3)
 *
 * Port 0 is a console (Linux: hvc0), the others are plain streams (Linux:
 * /dev/vport*), which a guest knows by their names.  Each has two queues, and
 * one more pair is for control messages.  A driver without MULTIPORT has port 0
 * alone.
 *
 * A stream ends on either side by PORT_OPEN with a value of 0.  The host's side
 * of its input ends only when the guest has opened the port and has been given
 * all bytes; Linux's driver shows the end of the file then.  The host's side is
 * said to be open before the name is told, so who finds a port by its name
 * finds it open.
 *
 * What the guest sends is taken from its buffers as far as the host's side has
 * room; the rest stays there.  What is in the queue when it is asked for, as
 * by the power-off right behind the last byte, is all taken.
 *
 * Threads: "virtio-console", which owns all queues while they are lent, and all
 * of the struct but for what says otherwise.  The ends of ports call it by any
 * thread.
 *
 * Trust: control messages are copied once.  What is to be told to the driver
 * is kept as a bit for each kind and port, so it cannot grow.
 *
 * Files: console.c makes the device, console_data.c moves bytes,
 * console_control.c talks with the driver.  port_end.h is the joint to the
 * host.
 */
#ifndef DEVICES_CONSOLE_CONSOLE_H
#define DEVICES_CONSOLE_CONSOLE_H

#include <linux/virtio_console.h>

#include "base/log.h"
#include "devices/console/port_end.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

/* The ports, by number.  Not all of them exist in every machine. */
enum console_port_id {
	/* "minivmm.tty" */
	CONSOLE_TTY,
	/* "minivmm.stdin", "minivmm.stdout", "minivmm.stderr" */
	CONSOLE_STDIN,
	CONSOLE_STDOUT,
	CONSOLE_STDERR,
	CONSOLE_PORTS,
};

/* Port 0 has queues 0 and 1, port N has 2 * N + 2 and the one behind it; the
 * first of two is for what the driver receives. */
enum {
	CONSOLE_CONTROL_RX = 2,
	CONSOLE_CONTROL_TX = 3,
	CONSOLE_QUEUES = 2 * CONSOLE_PORTS + 2,
};

/* What is still to be told to the driver about a port, in this order. */
enum console_telling {
	TELL_ADD,
	TELL_CONSOLE,
	TELL_SIZE,
	TELL_OPEN,
	TELL_NAME,
	TELLINGS,
};

struct console;

struct console_port {
	struct console *console;
	enum console_port_id id;
	/* NULL: there is no such port. */
	struct port_end *end;
	/* The driver has been told of it; and it has said that it is ready. */
	bool added, ready;
	/* The guest has opened it; what the driver was told of our side, and
	 * that this is at its end. */
	bool guest_open, told_open, closed;
	/* A bit for each enum console_telling. */
	uint8_t tellings;
	/* A buffer of the guest's of which @sent bytes were taken: all of the
	 * pieces before @piece, and @piece_sent bytes of that one.  A chain may
	 * have very many, so none is looked at twice. */
	bool has_buf;
	struct vq_buf buf;
	uint64_t sent;
	uint32_t piece;
	size_t piece_sent;
	struct iovec *iov;

	uint64_t bytes_in, bytes_out, waits;
};

struct console {
	struct virtio_device dev;
	struct virtio_queue queue[CONSOLE_QUEUES];
	struct virtio_worker worker;
	/* Changed by the worker, as virtio.h has it. */
	struct virtio_console_config config;
	struct console_port port[CONSOLE_PORTS];
	/* A bit for each queue that is lent. */
	uint32_t running;
	/* DEVICE_READY has come. */
	bool announced;
	/* Segments of the longest chain, for the queues that return buffers at
	 * once. */
	struct iovec *iov;
	uint32_t n_iov;
	struct log_limit limit;

	uint64_t told, heard, refused;
};

/*
 * With the ports whose @end is not NULL, and queues of @queue_size, a power of
 * two.  The ends outlive it.  Logs; -errno, and then nothing is to be freed.
 * Main thread.
 */
int console_init(struct console *console,
		 struct port_end *const end[CONSOLE_PORTS],
		 uint16_t queue_size);

/* The transport has been freed.  Main thread. */
void console_free(struct console *console);

/* The name of a port, which the guest knows it by. */
const char *console_port_name(enum console_port_id id);

extern const struct count_table console_table;

/* For console*.c only.  The worker calls all of them. */
static inline unsigned console_rx(const struct console_port *port)
{
	return port->id ? 2 * (unsigned)port->id + 2 : 0;
}

/* Serve a port's queue: what the driver receives, and what it sends. */
enum worker_turn console_receive(struct console_port *port);
enum worker_turn console_send(struct console_port *port);
/* The queue of what it sends is asked for: take all that is in it. */
void console_send_rest(struct console_port *port);
/* Serve the control queues: tell the driver what is to be told; hear it. */
enum worker_turn console_tell(struct console *console);
enum worker_turn console_hear(struct console *console);
/* Look whether something is to be told of @port's host side. */
void console_look(struct console_port *port);
/* A window may have another size now. */
void console_look_size(struct console *console);
/* The guest has opened its side of the port, or closed it. */
void console_set_open(struct console_port *port, bool open);
/* The driver has gone: it will begin anew. */
void console_forget(struct console *console);

#endif
