/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.h - a large frame as several that fit
 *
 * TCP segments are for libslirp, which takes no IPv6 packet larger than its
 * MTU, but any IPv4 packet.  Fragments are for the guest.  Any thread.
 */
#ifndef DEVICES_FIREWALL_SEGMENT_H
#define DEVICES_FIREWALL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

/*
 * Segment number @n of @packet, a PACKET_OK of TCP over IPv6 with a right
 * checksum or none, in packets of at most @mtu bytes: written to @out, which
 * has room for ETHER_HEADER + @mtu.  The length of the frame; 0 when there is
 * no such segment.
 *
 * FIN and PSH are left to the last one.
 */
size_t segment_tcp6(const struct packet *packet, size_t mtu, size_t n,
		    uint8_t *out);

/* Of @packet, of IPv4 and without options, the fragment @n, counted from 0, of
 * those into which it is cut for @mtu, with the identification @id: its length,
 * 0 when there are no more.  @out has room for an Ethernet frame of @mtu. */
size_t segment_fragment4(const struct packet *packet, size_t mtu, uint16_t id,
			 size_t n, uint8_t *out);

/*
 * Of @packet, of IPv6, the fragment @n, counted from 0, of those into which it
 * is cut for @mtu, an IPv6 one, with the identification @id: its length, 0
 * when there are no more.  @out has room for an Ethernet frame of @mtu.
 */
size_t segment_fragment6(const struct packet *packet, size_t mtu, uint32_t id,
			 size_t n, uint8_t *out);

#endif
