/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp_service.h - a TFTP server instead of libslirp's
 *
 * With the lock held, except for opening and closing.
 */
#ifndef DEVICES_SLIRP_TFTP_SERVICE_H
#define DEVICES_SLIRP_TFTP_SERVICE_H

#include <stdbool.h>

struct packet;
struct slirp_net;

/* Logs one line; -errno. */
int slirp_tftp_open(struct slirp_net *net);
void slirp_tftp_close(struct slirp_net *net);
/* Whether @packet, from the guest, is for the TFTP server, and so not for
 * libslirp. */
bool slirp_tftp_take(struct slirp_net *net, const struct packet *packet);
/* Give the guest the answers that the server has finished. */
void slirp_tftp_deliver(struct slirp_net *net);
/* Another guest begins. */
void slirp_tftp_reset(struct slirp_net *net);

#endif
