/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.h - cut a large frame into several that fit
 *
 * TCP segments are cut for libslirp, which takes no IPv6 packet larger than its
 * MTU, but any IPv4 packet.  Fragments are made for the guest.  Any thread.
 */
#ifndef DEVICES_FIREWALL_SEGMENT_H
#define DEVICES_FIREWALL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

/*
 * Write segment @n, counted from 0, of @packet to @out, so that the IP packet
 * has at most @mtu bytes.  @packet is a PACKET_OK of TCP over IPv6 whose
 * checksum is right or not filled in: the segment's is computed anew.  @out has
 * room for ETHER_HEADER + @mtu.  Returns the length of the frame; 0: there is
 * no such segment.
 *
 * Only the last segment has FIN and PSH.
 */
size_t segment_tcp6(const struct packet *packet, size_t mtu, size_t n,
		    uint8_t *out);

/* Write fragment @n, counted from 0, of @packet, an IPv4 packet without
 * options, to @out, so that the fragment has at most @mtu bytes.  @id is its
 * identification.  @out has room for ETHER_HEADER + @mtu.  Returns the length
 * of the frame; 0: there is no such fragment. */
size_t segment_fragment4(const struct packet *packet, size_t mtu, uint16_t id,
			 size_t n, uint8_t *out);

/*
 * The same for IPv6.
 */
size_t segment_fragment6(const struct packet *packet, size_t mtu, uint32_t id,
			 size_t n, uint8_t *out);

#endif
