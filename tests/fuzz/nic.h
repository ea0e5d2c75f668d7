/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic.h - a network card with one of its queues in the hands of a fuzzer
 *
 * The first thread is the owner of the queue, so it does what net-tx or
 * net-rx would; the transport is a fake that never lends queues.
 */
#ifndef TESTS_FUZZ_NIC_H
#define TESTS_FUZZ_NIC_H

#include "devices/net/net.h"
#include "tests/fuzz/vq_guest.h"

struct netdev;

struct nic {
	struct net net;
	struct guest guest;
	/* NET_RX or NET_TX. */
	unsigned index;
	bool broken;
};

/* Once, in front of @netdev. */
void nic_init(struct nic *nic, unsigned index, struct netdev *netdev);

/* As new, with the queue and the features that an input's header says. */
void nic_reset(struct nic *nic, const uint8_t *data, size_t size);

/* Start its queue: false, it can't be. */
bool nic_start(struct nic *nic);

struct virtq *nic_queue(struct nic *nic);

/* Check a segment of a buffer: in RAM, and not empty. */
void nic_check_segment(const struct nic *nic, const struct iovec *iov);

#endif
