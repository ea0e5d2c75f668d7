/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reject.h - the answer to a segment of a connection that does not exist
 */
#ifndef DEVICES_FIREWALL_REJECT_H
#define DEVICES_FIREWALL_REJECT_H

#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"
#include "devices/firewall/tcp_frame.h"

/* Room for the answer. */
enum { REJECT_MAX = TCP_FRAME_MAX };

/* Write the reset (RFC 9293, 3.5.2) that answers @packet, a TCP segment with
 * ACK or a connection's first one.  Returns the length of the frame. */
size_t reject_tcp(const struct packet *packet, uint8_t out[REJECT_MAX]);

#endif
