/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepalive.h - half-closed connections whose guest is gone; with the lock held
 */
#ifndef DEVICES_SLIRP_KEEPALIVE_H
#define DEVICES_SLIRP_KEEPALIVE_H

#include <stdint.h>

struct slirp_net;

/* Ask the guests of half-closed connections whether they still have them, if it
 * is time; when to call this again. */
void slirp_keepalive(struct slirp_net *net);
uint64_t slirp_keepalive_deadline(struct slirp_net *net);

#endif
