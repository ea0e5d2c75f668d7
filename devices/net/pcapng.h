/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng.h - a capture of the guest's frames
 *
 * In the format of draft-ietf-opsawg-pcapng: one Ethernet interface, time
 * stamps in nanoseconds, the direction (inbound is to the guest) in every
 * packet's flags.  One thread.
 */
#ifndef DEVICES_NET_PCAPNG_H
#define DEVICES_NET_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcapng {
	/* Must take all of @len bytes, in order, without waiting.  Each call
	 * has one whole block. */
	void (*write)(void *arg, const void *buf, size_t len);
	void *arg;
};

/* Write the beginning of a capture. */
void pcapng_begin(const struct pcapng *pcapng);

/* Write a frame seen at @time_ns since 1970; @len up to ETHER_MAX. */
void pcapng_frame(const struct pcapng *pcapng, bool to_guest, uint64_t time_ns,
		  const void *frame, size_t len);

#endif
