/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/blk.h"

bool blk_lend(struct virtq *q, struct blk_request *r, uint32_t type,
	      uint64_t sector, void *data, uint32_t len, uint64_t token)
{
	bool in = type == BLK_IN || type == BLK_GET_ID;
	struct virtq_seg seg[3] = { { &r->header, sizeof(r->header) } };
	unsigned n = 1;

	r->header.type = type;
	/* What was a priority once: no device may look at it. */
	r->header.reserved = 1;
	r->header.sector = sector;
	r->len = len;
	r->status = BLK_NONE;
	if (len)
		seg[n++] = (struct virtq_seg){ data, len };
	seg[n++] = (struct virtq_seg){ &r->status, 1 };
	return virtq_add(q, seg, in || !len ? 1 : 2, in && len ? 2 : 1, token);
}
