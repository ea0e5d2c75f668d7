/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_chain.c - a chain of descriptors becomes a buffer, and what is wrong with
 * it; the same for both ring formats
 */
#include <errno.h>

#include "base/mem.h"
#include "devices/virtio/vq_ring.h"

int vq_broken(struct virtq *vq, const char *how)
{
	__atomic_store_n(&vq->broken, how, __ATOMIC_RELAXED);
	return -EPROTO;
}

int vq_add(struct virtq *vq, struct vq_buf *buf, uint64_t addr, uint32_t len,
	   uint16_t flags)
{
	bool in = flags & VIRTQ_DESC_F_WRITE;
	void *host;

	if (!buf->room)
		return -ENOBUFS;
	buf->room--;
	if (!in && buf->n_in)
		return vq_broken(vq, "readable descriptor after writable");
	if (!len)
		return 0;
	host = mem_at(vq->mem, addr, len);
	if (!host)
		return vq_broken(vq, "buffer outside RAM");
	buf->iov[buf->n_out + buf->n_in] = (struct iovec){ host, len };
	if (in) {
		buf->n_in++;
		buf->in_len += len;
	} else {
		buf->n_out++;
		buf->out_len += len;
	}
	return 0;
}

const uint8_t *vq_indirect(const struct virtq *vq, uint64_t addr, uint32_t len,
			   uint32_t *n)
{
	if (!vq->indirect || !len || len % VIRTQ_DESC_SIZE)
		return NULL;
	*n = len / VIRTQ_DESC_SIZE;
	return mem_at(vq->mem, addr, len);
}
