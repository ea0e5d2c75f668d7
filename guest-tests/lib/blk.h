/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk.h - requests to a disk (VIRTIO 1.2, section 5.2)
 */
#ifndef GUEST_LIB_BLK_H
#define GUEST_LIB_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/virtq.h"

enum {
	/* Features. */
	BLK_F_SEG_MAX = 2,
	BLK_F_RO = 5,
	BLK_F_BLK_SIZE = 6,
	BLK_F_FLUSH = 9,
	BLK_F_TOPOLOGY = 10,
	BLK_F_DISCARD = 13,
	BLK_F_WRITE_ZEROES = 14,
	/* Types of request. */
	BLK_IN = 0,
	BLK_OUT = 1,
	BLK_FLUSH = 4,
	BLK_GET_ID = 8,
	BLK_DISCARD = 11,
	BLK_ZEROES = 13,
	/* What became of it. */
	BLK_OK = 0,
	BLK_IOERR = 1,
	BLK_UNSUPP = 2,
	/* Nothing was written yet. */
	BLK_NONE = 0xa5,

	BLK_SECTOR = 512,
};

struct blk_request {
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;
	uint32_t len;
	uint8_t status;
};

/* Lend @r of that type, with @len bytes at @data, which the device reads or
 * writes; @token comes back with it.  False: no room. */
bool blk_lend(struct virtq *q, struct blk_request *r, uint32_t type,
	      uint64_t sector, void *data, uint32_t len, uint64_t token);

#endif
