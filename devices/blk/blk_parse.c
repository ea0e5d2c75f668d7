/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_parse.c - what a request asks for, and whether it may (VIRTIO 1.2,
 * sections 5.2.6 to 5.2.6.4)
 *
 * On the worker.  Header and ranges are copied once, then looked at: what
 * another processor writes there meanwhile is not seen.
 */
#include <string.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/blk/blk.h"

/* 5.2.6.3: what legacy drivers may send besides. */
enum { LEGACY_FLUSH_OUT = 5 };
#define LEGACY_BARRIER BIT(31)

/* The status is the last byte of all that may be written. */
static void cut_status(struct blk_request *r)
{
	struct iovec *last = &r->in[r->n_in - 1];

	last->iov_len--;
	r->status_at = (uint8_t *)last->iov_base + last->iov_len;
	r->in_len--;
	if (!last->iov_len)
		r->n_in--;
}

/* Take @len bytes, which are there, off the front of what is to be read. */
static void take(struct blk_request *r, void *to, size_t len)
{
	iov_gather(to, len, r->out, r->n_out);
	iov_skip(&r->out, &r->n_out, len);
	r->out_len -= len;
}

static const char *answer(struct blk_request *r, uint8_t status,
			  const char *wrong)
{
	r->op = BLK_ANSWERED;
	r->status = status;
	return wrong;
}

static const char *refuse(struct blk_request *r, const char *wrong)
{
	return answer(r, VIRTIO_BLK_S_IOERR, wrong);
}

/* Without a multiplication: any number may stand there. */
static bool in_range(const struct blk *blk, uint64_t sector, uint64_t sectors)
{
	return sector <= blk->sectors && sectors <= blk->sectors - sector;
}

/* 5.2.6.1, 5.2.6.2: whole sectors of the disk. */
static const char *check_transfer(const struct blk *blk,
				  const struct blk_request *r, uint64_t len)
{
	if (len % BLK_SECTOR)
		return "its length is not a multiple of 512 bytes";
	if (!in_range(blk, r->sector, len / BLK_SECTOR))
		return "it is not within the disk";
	return NULL;
}

static const char *parse_read(struct blk *blk, struct blk_request *r)
{
	const char *wrong = check_transfer(blk, r, r->in_len);

	if (r->out_len)
		virtio_lint(&blk->dev, LINT_DIRECTION, "a read");
	r->op = BLK_READ;
	return wrong ? refuse(r, wrong) : NULL;
}

static const char *parse_write(struct blk *blk, struct blk_request *r)
{
	const char *wrong = blk->disk->read_only ?
				    "the disk is read-only" :
				    check_transfer(blk, r, r->out_len);

	if (r->in_len)
		virtio_lint(&blk->dev, LINT_DIRECTION, "a write");
	r->op = BLK_WRITE;
	return wrong ? refuse(r, wrong) : NULL;
}

/* 5.2.6.2: nothing was written to what is read-only. */
static const char *parse_flush(struct blk *blk, struct blk_request *r)
{
	if (!virtio_has(&blk->dev, VIRTIO_BLK_F_FLUSH))
		virtio_lint(&blk->dev, LINT_NOT_ACCEPTED, "FLUSH");
	r->op = BLK_FLUSH;
	return blk->disk->read_only ? answer(r, VIRTIO_BLK_S_OK, NULL) : NULL;
}

/* As much as there is room for: the rest of it is the driver's loss. */
static const char *parse_id(struct blk *blk, struct blk_request *r)
{
	r->filled = iov_scatter(r->in, r->n_in, blk->disk->serial, DISK_SERIAL);
	return answer(r, VIRTIO_BLK_S_OK, NULL);
}

/* 5.2.6.2: an unknown flag is UNSUPP, and so is UNMAP where nothing but that
 * is asked for. */
static const char *check_range(const struct blk *blk, struct blk_request *r,
			       const struct virtio_blk_discard_write_zeroes *d)
{
	uint32_t known =
		r->op == BLK_ZERO ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;

	if (d->flags & ~known)
		return answer(r, VIRTIO_BLK_S_UNSUPP, "its flags are unknown");
	if (d->num_sectors > BLK_RANGE_SECTORS)
		return refuse(r, "a range has more sectors than we offered");
	if (!in_range(blk, d->sector, d->num_sectors))
		return refuse(r, "it is not within the disk");
	return NULL;
}

/* All ranges are checked before anything is done for one. */
static const char *parse_ranges(struct blk *blk, struct blk_request *r,
				enum blk_op op, unsigned feature)
{
	const char *wrong = NULL;

	r->op = op;
	if (blk->disk->read_only)
		return refuse(r, "the disk is read-only");
	if (!(blk->dev.features & BIT64(feature)))
		return answer(r, VIRTIO_BLK_S_UNSUPP, NULL);
	if (!virtio_has(&blk->dev, feature))
		virtio_lint(&blk->dev, LINT_NOT_ACCEPTED,
			    blk_type_name(r->type));
	if (!r->out_len || r->out_len % sizeof(r->range[0]) ||
	    r->out_len > sizeof(r->range))
		return refuse(r, "it has no ranges, too many, or half a one");
	r->n_ranges = (unsigned)(r->out_len / sizeof(r->range[0]));
	take(r, r->range, r->out_len);
	for (unsigned i = 0; i < r->n_ranges && !wrong; i++)
		wrong = check_range(blk, r, &r->range[i]);
	return wrong;
}

/* The type, as drivers of before VIRTIO 1.0 may write it. */
static uint32_t type_of(const struct blk *blk, uint32_t type)
{
	if (virtio_has(&blk->dev, VIRTIO_F_VERSION_1))
		return type;
	type &= ~LEGACY_BARRIER;
	return type == LEGACY_FLUSH_OUT ? VIRTIO_BLK_T_FLUSH : type;
}

const char *blk_parse(struct blk *blk, struct blk_request *r)
{
	struct virtio_blk_outhdr h;

	r->out = r->buf.iov;
	r->n_out = r->buf.n_out;
	r->out_len = r->buf.out_len;
	r->in = r->buf.iov + r->buf.n_out;
	r->n_in = r->buf.n_in;
	r->in_len = r->buf.in_len;
	r->status = VIRTIO_BLK_S_OK;
	r->filled = r->sector = r->n_ranges = 0;
	r->type = UINT32_MAX;
	r->done = false;
	cut_status(r);
	if (r->out_len < sizeof(h))
		return refuse(r, "it has no header");
	take(r, &h, sizeof(h));
	r->type = type_of(blk, h.type);
	r->sector = h.sector;
	switch (r->type) {
	case VIRTIO_BLK_T_IN:
		return parse_read(blk, r);
	case VIRTIO_BLK_T_OUT:
		return parse_write(blk, r);
	case VIRTIO_BLK_T_FLUSH:
		return parse_flush(blk, r);
	case VIRTIO_BLK_T_GET_ID:
		return parse_id(blk, r);
	case VIRTIO_BLK_T_DISCARD:
		return parse_ranges(blk, r, BLK_DISCARD, VIRTIO_BLK_F_DISCARD);
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return parse_ranges(blk, r, BLK_ZERO,
				    VIRTIO_BLK_F_WRITE_ZEROES);
	default:
		return answer(r, VIRTIO_BLK_S_UNSUPP, NULL);
	}
}

const char *blk_type_name(uint32_t type)
{
	switch (type) {
	case VIRTIO_BLK_T_IN:
		return "read";
	case VIRTIO_BLK_T_OUT:
		return "write";
	case VIRTIO_BLK_T_FLUSH:
		return "flush";
	case VIRTIO_BLK_T_GET_ID:
		return "identify";
	case VIRTIO_BLK_T_DISCARD:
		return "discard";
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return "write zeroes";
	default:
		return "request";
	}
}
