/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h - frames from libslirp to the guest (deliver.h)
 *
 * With the lock held.
 */
#ifndef DEVICES_SLIRP_OUTPUT_H
#define DEVICES_SLIRP_OUTPUT_H

#include <stddef.h>
#include <sys/types.h>

/* libslirp's callback with a frame for the guest; @opaque is the struct
 * slirp_shard. */
ssize_t slirp_send_packet(const void *buf, size_t len, void *opaque);

#endif
