/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo.h - a virtio device for tests
 *
 * Queue 0 echoes: what a buffer has to read is copied to what it has to
 * write.  Queue 1 drops: buffers come back with nothing written.  It can be
 * told to be slow (to stop in the middle of a buffer until let go on) and to
 * fail, and its configuration is eight bytes, the last four of which the
 * driver may write.
 */
#ifndef TESTS_ECHO_H
#define TESTS_ECHO_H

#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

enum { ECHO_QUEUE, DROP_QUEUE, ECHO_QUEUES };

/* Features of its own: 1 needs 0, or it is not accepted. */
enum { ECHO_F_BASE = 0, ECHO_F_MORE = 1, ECHO_F_HIGH = 50 };

enum { ECHO_TYPE = 9, ECHO_SIZE = 64, ECHO_CONFIG = 8 };

struct echo {
	struct virtio_device dev;
	struct virtio_queue queue[ECHO_QUEUES];
	struct virtio_worker worker;
	uint8_t config[ECHO_CONFIG];
	/* Not part of it, and not to be seen. */
	uint8_t behind_config[4];
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Stop in the next buffer; one is being stopped in. */
	bool slow, stopped;
	/* Buffers served, atomic. */
	uint64_t served;
	/* Atomic, relaxed: nothing depends on when it is seen. */
	bool fail;
	struct iovec iov[VQ_CHAIN_MIN];
};

void echo_init(struct echo *echo);
void echo_free(struct echo *echo);

/* Make it stop in the next buffer; wait until it has; let it go on. */
void echo_slow(struct echo *echo, bool slow);
void echo_await_stopped(struct echo *echo);

/* Break the next queue served, as a driver's mistake would. */
void echo_fail(struct echo *echo);

/* Change byte @i of the configuration, as a device does. */
void echo_configure(struct echo *echo, unsigned i, uint8_t value);

#endif
