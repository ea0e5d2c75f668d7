/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_counters.c - what became of requests: counted, and told at -vv
 */
#include "base/log.h"
#include "base/util.h"
#include "devices/blk/blk.h"

static const char *status_name(uint8_t status)
{
	switch (status) {
	case VIRTIO_BLK_S_OK:
		return "ok";
	case VIRTIO_BLK_S_UNSUPP:
		return "unsupported";
	default:
		return "I/O error";
	}
}

static void trace(const struct blk *blk, const struct blk_request *r,
		  uint64_t ns)
{
	log_debug("%s: %s (type %u) at sector %llu, %llu bytes out, %llu in: "
		  "%s, %llu us",
		  blk->name, blk_type_name(r->type), r->type,
		  (unsigned long long)r->sector, (unsigned long long)r->out_len,
		  (unsigned long long)r->in_len, status_name(r->status),
		  (unsigned long long)(ns / 1000));
}

static void count_done(struct blk *blk, const struct blk_request *r,
		       uint64_t ns)
{
	switch (r->type) {
	case VIRTIO_BLK_T_IN:
		count_add(&blk->reads, 1);
		count_add(&blk->read_bytes, r->in_len);
		count_bucket(&blk->read_ns, ns);
		break;
	case VIRTIO_BLK_T_OUT:
		count_add(&blk->writes, 1);
		count_add(&blk->write_bytes, r->out_len);
		count_bucket(&blk->write_ns, ns);
		break;
	case VIRTIO_BLK_T_FLUSH:
		count_add(&blk->flushes, 1);
		count_bucket(&blk->flush_ns, ns);
		break;
	case VIRTIO_BLK_T_DISCARD:
		count_add(&blk->discards, 1);
		break;
	case VIRTIO_BLK_T_WRITE_ZEROES:
		count_add(&blk->zeroes, 1);
		break;
	case VIRTIO_BLK_T_GET_ID:
		count_add(&blk->ids, 1);
		break;
	default:
		break;
	}
}

void blk_count(struct blk *blk, const struct blk_request *r)
{
	uint64_t ns = now_ns() - r->popped_ns;

	if (r->status == VIRTIO_BLK_S_OK)
		count_done(blk, r, ns);
	else if (r->status == VIRTIO_BLK_S_UNSUPP)
		count_add(&blk->unsupported, 1);
	else if (r->op == BLK_ANSWERED)
		count_add(&blk->refused, 1);
	else
		count_add(&blk->failed, 1);
	if (log_enabled(LOG_DEBUG))
		trace(blk, r, ns);
}

#define SUM(field)  offsetof(struct blk, field), COUNT_SUM
#define HIST(field) offsetof(struct blk, field), COUNT_HISTOGRAM

static const struct count_spec specs[] = {
	{ "reads", "reads done", SUM(reads) },
	{ "read_bytes", "bytes in them", SUM(read_bytes) },
	{ "reads_now", "reads of what the host had in memory, done at once",
	  SUM(reads_now) },
	{ "writes", "writes done", SUM(writes) },
	{ "write_bytes", "bytes in them", SUM(write_bytes) },
	{ "writes_now", "writes to the host's memory, done at once",
	  SUM(writes_now) },
	{ "flushes", "flushes done", SUM(flushes) },
	{ "discards", "requests to discard done", SUM(discards) },
	{ "write_zeroes", "requests to write zeros done", SUM(zeroes) },
	{ "ids", "times the serial number was read", SUM(ids) },
	{ "failed", "requests that failed on the host", SUM(failed) },
	{ "refused",
	  "requests that no disk could serve, as beyond its end or malformed",
	  SUM(refused) },
	{ "unsupported", "requests of an unknown kind", SUM(unsupported) },
	{ "waits", "times requests had to wait in the ring", SUM(waits) },
	{ "depth", "requests under way at a time, at most",
	  offsetof(struct blk, depth_peak), COUNT_PEAK },
	{ "read_ns", "nanoseconds that reads took", HIST(read_ns) },
	{ "write_ns", "nanoseconds that writes took", HIST(write_ns) },
	{ "flush_ns", "nanoseconds that flushes took", HIST(flush_ns) },
};

const struct count_table blk_table = { "disk", specs, ARRAY_SIZE(specs) };
