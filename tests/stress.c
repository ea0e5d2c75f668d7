/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/stress.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/litmus.h"

void stress_fail(const struct stress *s, const char *why)
{
	const struct virtq *vq = &s->vq;

	fprintf(stderr,
		"stress_vq: %s: %s\n"
		"  driver: lent %llu, taken %llu; made %llu, used %llu\n"
		"  device: packets %llu; avail %u, seen %u, used %u %s\n",
		s->name, why, (unsigned long long)s->lent,
		(unsigned long long)s->taken, (unsigned long long)s->d.made,
		(unsigned long long)s->d.used,
		(unsigned long long)s->device_seq, vq->avail, vq->seen,
		vq->used, vq->broken ? vq->broken : "");
	_exit(EXIT_FAILURE);
}

void bell_ring(struct bell *bell)
{
	uint64_t one = 1;

	__atomic_fetch_add(&bell->rung, 1, __ATOMIC_RELEASE);
	if (write(bell->fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void relax(void)
{
	__builtin_ia32_pause();
}

/* Wait, and forget that it rang before looking at the ring. */
static void bell_wait(struct bell *bell, enum wait how)
{
	struct pollfd fd = { .fd = bell->fd, .events = POLLIN };
	unsigned spins = 0;
	uint64_t count;

	if (how == SLEEPING) {
		poll(&fd, 1, -1);
		if (read(bell->fd, &count, sizeof(count)) < 0)
			abort();
		return;
	}
	while (__atomic_load_n(&bell->rung, __ATOMIC_ACQUIRE) == bell->heard)
		if (++spins % 4096)
			relax();
		else
			sched_yield();
	bell->heard = __atomic_load_n(&bell->rung, __ATOMIC_ACQUIRE);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185;
	return x ^ x >> 27;
}

/* Let the two threads meet at every distance from each other. */
static void jitter(uint64_t *seed)
{
	*seed = mix(*seed + 0x9e3779b97f4a7c15);
	for (uint64_t i = *seed & 255; i; i--)
		__asm__ volatile("");
}

/* The length of packet @seq, and the byte at @off in it. */
static uint32_t packet_len(uint64_t seq)
{
	return PACKET_MIN + mix(seq) % (PACKET_MAX - PACKET_MIN + 1);
}

static uint8_t packet_byte(uint64_t seq, uint32_t off)
{
	return (uint8_t)(seq * 131 + off);
}

static void packet_fill(uint8_t *p, uint64_t seq, uint32_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = packet_byte(seq, off + (uint32_t)i);
}

static bool packet_ok(const uint8_t *p, uint64_t seq, uint32_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != packet_byte(seq, off + (uint32_t)i))
			return false;
	return true;
}

/* --- the device's thread ------------------------------------------- */

/* A buffer is a packet to read and room for a reply: its number. */
static bool device_receives(struct stress *s)
{
	struct iovec iov[VQ_CHAIN_MIN];
	struct vq_buf b;
	uint32_t off = 0, i;
	int r = vq_pop(&s->vq, &b, iov, VQ_CHAIN_MIN);

	if (r < 0)
		stress_fail(s, "the device found the ring broken");
	if (!r)
		return false;
	if (b.out_len != packet_len(s->device_seq) || b.in_len != REPLY_LEN)
		stress_fail(s, "the device got a packet of the wrong size");
	for (i = 0; i < b.n_out; i++) {
		if (!packet_ok(iov[i].iov_base, s->device_seq, off,
			       iov[i].iov_len))
			stress_fail(s, "the device got wrong data");
		off += (uint32_t)iov[i].iov_len;
	}
	memcpy(iov[i].iov_base, &s->device_seq, REPLY_LEN);
	vq_push(&s->vq, &b, REPLY_LEN);
	return true;
}

/* A packet goes into as many buffers as it needs. */
static bool device_sends(struct stress *s)
{
	uint32_t len = packet_len(s->device_seq), off = 0;
	struct iovec iov[VQ_CHAIN_MIN];
	struct vq_buf b[64];
	int n = vq_gather(&s->vq, len, b, 64, iov, VQ_CHAIN_MIN);

	if (n < 0)
		stress_fail(s, "the device found the ring broken");
	for (int i = 0; i < n; i++) {
		uint32_t start = off;

		for (uint32_t k = 0; k < b[i].n_in; k++) {
			size_t part = MIN(b[i].iov[k].iov_len, len - off);

			packet_fill(b[i].iov[k].iov_base, s->device_seq, off,
				    part);
			off += (uint32_t)part;
		}
		vq_push(&s->vq, &b[i], off - start);
	}
	return n > 0;
}

void *stress_device(void *arg)
{
	struct stress *s = arg;

	litmus_pin(s->cpu);
	while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
		vq_mute(&s->vq);
		while (s->mergeable ? device_sends(s) : device_receives(s)) {
			s->device_seq++;
			if (s->one_in_flight || !(mix(s->device_seq) & 3))
				vq_commit(&s->vq);
		}
		vq_commit(&s->vq);
		jitter(&s->device_seed);
		if (s->device_waits != POLLING && !vq_arm(&s->vq))
			bell_wait(&s->kick, s->device_waits);
	}
	return NULL;
}

/* --- the driver's thread ------------------------------------------- */

static uint64_t buffer_at(const struct stress *s, uint64_t seq)
{
	return DRIVER_DATA + seq % s->cfg.size * BUFFER_STRIDE;
}

/* The next packet, in up to four pieces, with room for a reply. */
static bool lend_packet(struct stress *s)
{
	uint64_t at = buffer_at(s, s->lent);
	uint32_t len = packet_len(s->lent), n = 1 + mix(len) % 4;
	struct driver_seg seg[5];

	for (uint32_t k = 0; k < n; k++)
		seg[k] = (struct driver_seg){
			at + k * len / n,
			(k + 1) * len / n - k * len / n,
			false,
		};
	seg[n] = (struct driver_seg){ at + PACKET_MAX, REPLY_LEN, true };
	/* What is there now may still be in use if the ring is full. */
	if (s->lent - s->taken == s->cfg.size)
		return false;
	packet_fill(s->d.ram + at, s->lent, 0, len);
	memset(s->d.ram + seg[n].addr, 0xdd, REPLY_LEN);
	return driver_lend(&s->d, seg, n + 1, s->lent);
}

static uint32_t room_len(uint64_t seq)
{
	return PIECE_MIN + mix(~seq) % (PIECE_MAX - PIECE_MIN + 1);
}

static bool lend_room(struct stress *s)
{
	if (s->lent - s->taken == s->cfg.size)
		return false;
	memset(s->d.ram + buffer_at(s, s->lent), 0xdd, PIECE_MAX);
	return driver_lend_at(&s->d, buffer_at(s, s->lent), room_len(s->lent),
			      true, 1 + s->lent % 2, s->lent);
}

/* With one packet in flight: has the driver lent what that needs? */
static bool enough_lent(const struct stress *s)
{
	uint64_t have = 0;

	if (!s->mergeable)
		return s->lent > s->taken;
	for (uint64_t i = s->taken; i < s->lent; i++)
		have += room_len(i);
	return have >= packet_len(s->driver_seq);
}

static void publish(struct stress *s)
{
	if (driver_publish(&s->d))
		bell_ring(&s->kick);
}

static void lend_more(struct stress *s)
{
	while (now_ns() < s->end_ns) {
		if (s->one_in_flight && enough_lent(s))
			break;
		jitter(&s->d.seed);
		if (!(s->mergeable ? lend_room(s) : lend_packet(s)))
			break;
		s->lent++;
		if (s->one_in_flight || driver_random(&s->d) & 1)
			publish(s);
	}
	publish(s);
}

static const uint8_t *take(struct stress *s, uint32_t *len)
{
	struct driver_used used;

	if (!driver_get(&s->d, &used))
		return NULL;
	if (used.cookie != s->taken)
		stress_fail(s, "the driver got a buffer out of turn");
	*len = used.len;
	__atomic_store_n(&s->progress, s->progress + 1, __ATOMIC_RELAXED);
	return s->d.ram + buffer_at(s, s->taken++);
}

static bool take_reply(struct stress *s)
{
	uint32_t len;
	const uint8_t *p = take(s, &len);

	if (!p)
		return false;
	if (len != REPLY_LEN || memcmp(p + PACKET_MAX, &s->driver_seq, len))
		stress_fail(s, "the driver got a wrong reply");
	s->driver_seq++;
	return true;
}

/* When the first buffer of a packet is there, all are. */
static bool take_packet(struct stress *s)
{
	uint32_t want = packet_len(s->driver_seq), off = 0, len, room;

	while (off < want) {
		const uint8_t *p = take(s, &len);

		if (!p && off)
			stress_fail(s, "the driver saw a packet in parts");
		if (!p)
			return false;
		room = room_len(s->taken - 1);
		if (len != MIN(room, want - off) ||
		    !packet_ok(p, s->driver_seq, off, len))
			stress_fail(s, "the driver got wrong data");
		off += len;
	}
	s->driver_seq++;
	return true;
}

void stress_drain(struct stress *s)
{
	while (s->mergeable ? take_packet(s) : take_reply(s))
		;
}

/* Everything the driver waits for has come, or never will. */
static bool idle(const struct stress *s)
{
	return s->mergeable ? now_ns() >= s->end_ns : s->lent == s->taken;
}

void stress_drive(struct stress *s)
{
	do {
		uint64_t taken = s->taken;

		driver_mute(&s->d);
		lend_more(s);
		stress_drain(s);
		jitter(&s->d.seed);
		if (s->driver_waits == POLLING || idle(s) || s->taken > taken ||
		    (s->one_in_flight && !enough_lent(s)))
			continue;
		if (!driver_arm(&s->d))
			bell_wait(&s->irq, s->driver_waits);
	} while (now_ns() < s->end_ns || !idle(s));
}
