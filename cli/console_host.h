/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_host.h - where the ports of the virtio console lead
 *
 * A job has standard input, output and error of its own, so that the kernel's
 * messages do not get between.  If a person sits at the terminal, it has
 * instead a console whose window has the terminal's size.  `--console virtio`
 * asks for that console, too.
 *
 * Threads: main thread.
 */
#ifndef CLI_CONSOLE_HOST_H
#define CLI_CONSOLE_HOST_H

#include "devices/console/console_part.h"
#include "devices/console/port_std.h"
#include "devices/console/port_term.h"

struct chardev;
struct config;
struct loop;
struct port_pipe;

struct console_host {
	struct port_in in;
	struct port_out out, err;
	struct port_term term;
	/* The ports that exist; NULL for the others. */
	struct port_end *end[CONSOLE_PORTS];
};

/* The ports that the guest is to have, one bit for each enum console_port_id.
 * @job: there is a job. */
unsigned console_host_ports(const struct config *config, bool job);

/* What is behind the ports, besides what the configuration says. */
struct console_host_config {
	/* From console_host_ports(). */
	unsigned ports;
	/* The job's input. */
	struct port_pipe *pipe;
	struct chardev *console;
	struct loop *loop;
	/* See struct port_out_config. */
	void (*out)(void *arg, const uint8_t *buf, size_t len);
	void (*err)(void *arg, const uint8_t *buf, size_t len);
	void *arg;
	uint64_t *left_out;
};

/* Open the ports' ends.  Logs; -errno, and console_host_close() must be called
 * all the same. */
int console_host_open(struct console_host *host, const struct config *config,
		      const struct console_host_config *what);

/* Start to write the job's output.  -errno, logged. */
int console_host_start(struct console_host *host);

/* The configuration of the machine's device. */
struct console_part_config console_host_part(const struct console_host *host,
					     const struct config *config);

/* The terminal's window may have another size. */
void console_host_resized(struct console_host *host);

/* Write what is left; see sink_close().  A struct that is all zero is fine. */
int console_host_close(struct console_host *host, unsigned patience_ms);

#endif
