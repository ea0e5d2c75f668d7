/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp_worker.h - answers TFTP requests on a thread that may wait
 *
 * To open or read a file can take for ever, for example if its file server is
 * gone.  So a thread of its own does it, which starts with the first request.
 * Nobody ever waits for that thread: requests and answers are in two queues,
 * whose lock is only held for moments, and a thread that is stuck in a file at
 * the end is left behind with everything that it uses.
 *
 * At most TFTP_JOBS requests and answers are kept.  A request above that is
 * dropped, and the client sends it again, as TFTP clients do.
 *
 * All functions are called by one thread at a time, the owner.
 */
#ifndef DEVICES_SLIRP_TFTP_WORKER_H
#define DEVICES_SLIRP_TFTP_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

struct tftp_worker;

enum { TFTP_JOBS = 32 };

/*
 * Serve the directory @path, NULL for none: then each request is refused.
 * @wake(@arg) is called on the thread when there is an answer to be taken; it
 * must not block.  -ENOMEM, or another -errno if @path cannot be opened.
 */
int tftp_worker_open(struct tftp_worker **worker, const char *path,
		     void (*wake)(void *arg), void *arg);

/* End all transfers without waiting.  The memory is freed now, or when the
 * thread is no longer stuck.  @wake is not called after this.  NULL is fine. */
void tftp_worker_close(struct tftp_worker *worker);

/* Queue a copy of @request, a UDP packet from the guest for the server, or drop
 * it if there is no room.  @mtu is the size in bytes of the largest IP packet
 * to the guest. */
void tftp_worker_put(struct tftp_worker *worker, const struct packet *request,
		     unsigned mtu);

/* Take the next frame for the guest: its length, and its bytes in @out. 0:
 * there is none now. */
size_t tftp_worker_take(struct tftp_worker *worker, uint8_t out[ETHER_MAX]);

/* Whether a request has no answer yet.  The fuzzer of the network waits until
 * none has, so that the same input does the same each time. */
bool tftp_worker_is_busy(struct tftp_worker *worker);

/* Another guest begins: all transfers end, and answers to earlier requests are
 * dropped. */
void tftp_worker_reset(struct tftp_worker *worker);

#endif
