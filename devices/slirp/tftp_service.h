/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp_service.h - TFTP is answered in libslirp's place; with the lock held
 */
#ifndef DEVICES_SLIRP_TFTP_SERVICE_H
#define DEVICES_SLIRP_TFTP_SERVICE_H

#include <stdbool.h>

struct packet;
struct slirp_net;

/* Whether @packet, from the guest, is for the TFTP server, and so not for
 * libslirp. */
bool slirp_tftp_take(struct slirp_net *net, const struct packet *packet);

#endif
