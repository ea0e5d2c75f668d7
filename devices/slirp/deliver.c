/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/deliver.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/count.h"
#include "devices/firewall/segment.h"
#include "devices/slirp/internal.h"

/* ---- The backlog. ---- */

struct backlog_frame {
	struct backlog_frame *next;
	size_t len;
	uint8_t data[];
};

bool backlog_add(struct backlog *backlog, const void *frame, size_t len)
{
	size_t size = sizeof(struct backlog_frame) + len;
	struct backlog_frame *f = NULL;

	if (backlog->bytes + size <= BACKLOG_MAX)
		f = malloc(size);
	if (!f) {
		count_add(&backlog->refused, 1);
		return false;
	}
	f->next = NULL;
	f->len = len;
	memcpy(f->data, frame, len);
	if (backlog->last)
		backlog->last->next = f;
	else
		backlog->first = f;
	backlog->last = f;
	backlog->bytes += size;
	count_peak(&backlog->peak, backlog->bytes);
	return true;
}

const void *backlog_first(const struct backlog *backlog, size_t *len)
{
	if (!backlog->first)
		return NULL;
	*len = backlog->first->len;
	return backlog->first->data;
}

void backlog_remove(struct backlog *backlog)
{
	struct backlog_frame *f = backlog->first;

	backlog->first = f->next;
	if (!f->next)
		backlog->last = NULL;
	backlog->bytes -= sizeof(*f) + f->len;
	free(f);
}

void backlog_clear(struct backlog *backlog)
{
	while (backlog->first)
		backlog_remove(backlog);
}

/* ---- Delivery. ---- */

/* After so many bytes the guest is told of them, so that it takes them while
 * libslirp makes the next ones: half a window. */
#define PART 32768

/* How long the first of the backlog may wait. */
#define AGE_NS NSEC_PER_SEC

void slirp_capture(struct slirp_net *net, bool to_guest, const void *frame,
		   size_t len)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	pcapng_frame(net->capture, to_guest,
		     (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec,
		     frame, len);
}

static void deliver(struct slirp_net *net, const void *frame, size_t len)
{
	struct slirp_delivery *d = &net->delivery;

	if (net->capture)
		slirp_capture(net, true, frame, len);
	count_add(&d->frames, 1);
	count_add(&d->bytes, len);
	d->delivered += len;
	if (!d->backlog.first && net->nic.rx(net->nic.arg, frame, len)) {
		if (d->delivered >= PART)
			slirp_deliver_done(net);
		return;
	}
	if (!d->backlog.first)
		d->first_ns = net->now_ns;
	count_add(&d->waited, 1);
	backlog_add(&d->backlog, frame, len);
}

void slirp_stack_deliver(struct slirp_net *net, const void *frame, size_t len)
{
	uint8_t padded[ETHER_MIN] = { 0 };

	if (len >= ETHER_MIN) {
		deliver(net, frame, len);
		return;
	}
	memcpy(padded, frame, len);
	deliver(net, padded, sizeof(padded));
}

static size_t fragment(const struct slirp_net *net, const struct packet *p,
		       size_t n, uint8_t *out)
{
	uint32_t id = net->delivery.fragment_id;

	return p->ethertype == ETHERTYPE_IPV4 ?
		       segment_fragment4(p, net->mtu, (uint16_t)id, n, out) :
		       segment_fragment6(p, net->mtu, id, n, out);
}

static bool deliver_fragments(struct slirp_net *net, const void *buf,
			      size_t buf_len)
{
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	uint8_t out[ETHER_HEADER + NET_MTU_MAX] UNINITIALIZED;
	struct packet p;
	size_t len;

	if (packet_parse(&p, frame, buf_len) != PACKET_OK ||
	    p.ethertype == ETHERTYPE_ARP ||
	    (p.ethertype == ETHERTYPE_IPV6 && net->mtu < NET_MTU_IPV6))
		return false;
	net->delivery.fragment_id++;
	for (size_t i = 0; (len = fragment(net, &p, i, out)); i++)
		slirp_stack_deliver(net, out, len);
	return true;
}

void slirp_stack_cut(struct slirp_net *net, const void *frame, size_t len)
{
	if (len <= ETHER_HEADER + net->mtu ||
	    !deliver_fragments(net, frame, len))
		slirp_stack_deliver(net, frame, len);
}

static bool is_too_old(const struct slirp_net *net)
{
	return net->now_ns - net->delivery.first_ns >= AGE_NS;
}

void slirp_deliver_backlog(struct slirp_net *net)
{
	struct slirp_delivery *d = &net->delivery;
	const void *frame;
	size_t len;

	while ((frame = backlog_first(&d->backlog, &len))) {
		if (net->nic.rx(net->nic.arg, frame, len))
			d->delivered += len;
		else if (is_too_old(net))
			count_add(&d->aged, 1);
		else
			return;
		backlog_remove(&d->backlog);
		d->first_ns = net->now_ns;
	}
}

void slirp_deliver_done(struct slirp_net *net)
{
	if (net->delivery.delivered)
		net->nic.rx_done(net->nic.arg);
	net->delivery.delivered = 0;
}

void slirp_deliver_clear(struct slirp_net *net)
{
	backlog_clear(&net->delivery.backlog);
	net->delivery.delivered = 0;
}

uint64_t slirp_deliver_deadline(const struct slirp_net *net)
{
	return net->delivery.backlog.first ? net->delivery.first_ns + AGE_NS :
					     UINT64_MAX;
}
