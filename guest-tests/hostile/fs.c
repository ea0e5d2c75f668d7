/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fs.c - requests that no kernel should make of a shared folder
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/string.h"

enum {
	FUSE_LOOKUP = 1,
	FUSE_FORGET = 2,
	FUSE_READ = 15,
	FUSE_WRITE = 16,
	FUSE_INIT = 26,
	FUSE_BATCH_FORGET = 42,
	FUSE_READDIRPLUS = 44,

	PATIENCE_MS = 10000,
	ROOT = 1,
	SEGMENTS = 1024,
};

static struct request {
	uint32_t len, opcode;
	uint64_t unique, node;
	uint32_t uid, gid, pid, padding;
	uint32_t arg[1014];
} request __attribute__((aligned(4096)));

static struct answer {
	uint32_t len;
	int32_t error;
	uint64_t unique;
	uint8_t body[4080];
} answer __attribute__((aligned(4096)));

static struct virtq_desc table[SEGMENTS] __attribute__((aligned(4096)));

static void ask(uint32_t opcode, uint64_t node)
{
	memset(&request, 0, sizeof(request));
	request.len = sizeof(request);
	request.opcode = opcode;
	request.unique = 77;
	request.node = node;
}

/* Send the first @n_out bytes of the request, with @n_in bytes of room for the
 * answer. */
static bool send(struct victim *v, uint32_t n_out, uint32_t n_in)
{
	const struct virtq_seg seg[] = { { &request, n_out },
					 { &answer, n_in } };

	memset(&answer, 0xa5, sizeof(answer));
	if (!virtq_add(v->q, seg, 1, n_in > 0, 1))
		return false;
	virtq_notify(v->q);
	return true;
}

static bool answered(struct victim *v)
{
	struct virtq_done done;

	return virtq_wait(v->q, PATIENCE_MS) && virtq_used(v->q, &done) &&
	       done.len == answer.len && answer.unique == request.unique;
}

/* A session begins, and the root's attributes are told. */
bool fs_works(struct victim *v)
{
	ask(FUSE_INIT, 0);
	request.arg[0] = 7;
	request.arg[1] = 31;
	if (!send(v, 40 + 16, sizeof(answer)) || !answered(v) || answer.error)
		return false;
	ask(FUSE_LOOKUP, ROOT);
	request.arg[0] = 'x';
	return send(v, 40 + 2, sizeof(answer)) && answered(v) &&
	       (!answer.error || answer.error == -2);
}

/* One that is wrong, once the session has begun: it is answered by an error,
 * and nothing else is written. */
static bool refused(struct victim *v, uint32_t n_out)
{
	return send(v, n_out, sizeof(answer)) && answered(v) && answer.error &&
	       answer.len == 16 && answer.body[0] == 0xa5 && fs_works(v);
}

/* Begin a request of a session that works. */
static bool ask_within(struct victim *v, uint32_t opcode, uint64_t node)
{
	if (!fs_works(v))
		return false;
	ask(opcode, node);
	return true;
}

static bool before_init(struct victim *v, uint64_t opcode)
{
	ask(opcode, ROOT);
	return refused(v, sizeof(request));
}

static bool cut_off(struct victim *v, uint64_t len)
{
	if (!ask_within(v, FUSE_READDIRPLUS, ROOT))
		return false;
	return len < 40 ? send(v, len, sizeof(answer)) : refused(v, len);
}

static bool no_room(struct victim *v, uint64_t room)
{
	if (!ask_within(v, FUSE_LOOKUP, ROOT))
		return false;
	return send(v, sizeof(request), room);
}

/* A name without its end, with a slash, or that leads up. */
static bool name_is(struct victim *v, uint64_t letters)
{
	if (!ask_within(v, FUSE_LOOKUP, ROOT))
		return false;
	if (letters)
		memcpy(request.arg, &letters, sizeof(letters));
	else
		memset(request.arg, 'x', sizeof(request.arg));
	return refused(v, sizeof(request));
}

static bool node_is(struct victim *v, uint64_t node)
{
	if (!ask_within(v, FUSE_LOOKUP, node))
		return false;
	request.arg[0] = 'x';
	return refused(v, sizeof(request));
}

static bool opcode_is(struct victim *v, uint64_t opcode)
{
	if (!ask_within(v, opcode, ROOT))
		return false;
	memset(request.arg, 0xff, sizeof(request.arg));
	return refused(v, sizeof(request));
}

/* What is forgotten was never known, and more than is there. */
static bool forgets(struct victim *v, uint64_t opcode)
{
	if (!ask_within(v, opcode, ROOT))
		return false;
	memset(request.arg, 0xff, sizeof(request.arg));
	return send(v, sizeof(request), 0);
}

/* Request and answer are the same bytes. */
static bool overlaps(struct victim *v, uint64_t arg)
{
	const struct virtq_seg seg[] = { { &request, sizeof(request) },
					 { &request, sizeof(request) } };

	(void)arg;
	if (!ask_within(v, FUSE_READDIRPLUS, ROOT))
		return false;
	if (!virtq_add(v->q, seg, 1, 1, 1))
		return false;
	virtq_notify(v->q);
	return true;
}

/* Each byte of a request, and of the room, is a segment. */
static bool in_bytes(struct victim *v, uint64_t arg)
{
	unsigned i;

	(void)arg;
	ask(FUSE_INIT, 0);
	request.arg[0] = 7;
	for (i = 0; i < SEGMENTS; i++) {
		bool writes = i >= SEGMENTS / 2, last = i == SEGMENTS - 1;
		unsigned flags = writes ? DESC_WRITE : 0;
		struct virtq_desc *d = &table[i];

		d->addr = writes ? (uint64_t)&answer + i - SEGMENTS / 2 :
				   (uint64_t)&request + i;
		d->len = 1;
		if (v->q->packed) {
			d->packed.flags = flags;
		} else {
			d->split.flags = flags | (last ? 0 : DESC_NEXT);
			d->split.next = i + 1;
		}
	}
	raw_desc(v->q, 0, (uint64_t)table, sizeof(table), DESC_INDIRECT, 0);
	raw_offer(v, 0, 1);
	return true;
}

static const struct input fs[] = {
	{ "70 a request in segments of one byte", in_bytes, 0, USES, MODERN,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "71 a request that is cut off", cut_off, 39, USES, MODERN, 0 },
	{ "71 a request without its arguments", cut_off, 40, WORKS, MODERN, 0 },
	{ "71 no room for an answer", no_room, 0, USES, MODERN, 0 },
	{ "71 room for a part of it", no_room, 15, USES, MODERN, 0 },
	{ "26 a request that is the answer", overlaps, 0, USES, MODERN, 0 },
	{ "80 a request before INIT", before_init, FUSE_LOOKUP, WORKS, MODERN,
	  0 },
	{ "80 an unknown request", opcode_is, UINT32_MAX, WORKS, MODERN, 0 },
	{ "80 a READ of what is not open", opcode_is, FUSE_READ, WORKS, MODERN,
	  0 },
	{ "80 a WRITE, too", opcode_is, FUSE_WRITE, WORKS, MODERN, 0 },
	{ "80 more forgotten than is known", forgets, FUSE_FORGET, USES, MODERN,
	  0 },
	{ "80 2^32 - 1 nodes forgotten", forgets, FUSE_BATCH_FORGET, USES,
	  MODERN, 0 },
	{ "80 a node of another session", node_is, 0x100000001, WORKS, MODERN,
	  0 },
	{ "80 a node off the table", node_is, UINT64_MAX, WORKS, MODERN, 0 },
	{ "81 a name without an end", name_is, 0, WORKS, MODERN, 0 },
	{ "81 a name that leads up", name_is, '.' | '.' << 8, WORKS, MODERN,
	  0 },
	/* "lib/..", which is there. */
	{ "81 a name that is a path", name_is, 0x2e2e2f62696c, WORKS, MODERN,
	  0 },
};

const struct inputs hostile_fs = INPUTS(fs);
