/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_rig.h - a queue and a model driver facing each other, on one thread
 *
 * A mode is one of the ways the two can be set up; a test added with
 * rig_add() runs once for each and finds its number in _i.
 */
#ifndef TESTS_VQ_RIG_H
#define TESTS_VQ_RIG_H

#include "tests/driver.h"
#include "tests/unit.h"

enum {
	/* {split, packed} x EVENT_IDX x {direct, indirect, mixed} x IN_ORDER */
	RIG_MODES = 2 * 2 * 3 * 2,
	RIG_IOV = VQ_CHAIN_MIN,
};

struct rig {
	struct driver d;
	struct virtq vq;
	unsigned irqs;
	struct vq_buf buf[64];
	struct iovec iov[RIG_IOV];
};

static inline void rig_irq(void *arg)
{
	((struct rig *)arg)->irqs++;
}

static inline struct vq_config rig_config(int mode, uint16_t size)
{
	return (struct vq_config){
		.size = size,
		.packed = mode & 1,
		.event_idx = mode >> 1 & 1,
		.in_order = mode >> 2 & 1,
		.indirect = true,
	};
}

/* Both ends at position @pos; what was there before is forgotten. */
static inline void rig_start_at(struct rig *rig, int mode, uint16_t size,
				uint64_t pos)
{
	struct vq_config cfg = rig_config(mode, size);
	uint8_t *ram = rig->d.ram ? rig->d.ram : driver_ram();

	ck_assert_ptr_nonnull(ram);
	driver_free(&rig->d);
	driver_init(&rig->d, &cfg, (enum driver_chain)(mode >> 3), ram, pos);
	ck_assert_int_eq(driver_start(&rig->d, &rig->vq, rig_irq, rig), 0);
	rig->irqs = 0;
}

static inline struct rig *rig_new(int mode, uint16_t size)
{
	static struct rig rig;

	rig_start_at(&rig, mode, size, 0);
	return &rig;
}

/* The driver lends @n buffers of @len bytes, at DRIVER_DATA on. */
static inline void rig_lend(struct rig *rig, unsigned n, uint32_t len,
			    bool write, unsigned pieces)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert(driver_lend_at(&rig->d, DRIVER_DATA + i * 4096, len,
					 write, pieces, i));
}

static inline int rig_pop(struct rig *rig, unsigned i)
{
	return vq_pop(&rig->vq, &rig->buf[i], rig->iov, RIG_IOV);
}

static inline int rig_gather(struct rig *rig, uint64_t want, int nbuf)
{
	return vq_gather(&rig->vq, want, rig->buf, nbuf, rig->iov, RIG_IOV);
}

/* The driver takes back a buffer of @len bytes and finds it is @cookie. */
static inline void rig_take(struct rig *rig, uint64_t cookie, uint32_t len)
{
	struct driver_used used;

	ck_assert(driver_get(&rig->d, &used));
	ck_assert_uint_eq(used.cookie, cookie);
	ck_assert_uint_eq(used.len, len);
}

/* Lend, use and commit @n buffers; how many interrupts was that? */
static inline unsigned rig_round_trip(struct rig *rig, unsigned n)
{
	rig->irqs = 0;
	rig_lend(rig, n, 100, true, 1);
	driver_publish(&rig->d);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(rig_pop(rig, i), 1);
		vq_push(&rig->vq, &rig->buf[i], 1);
	}
	vq_commit(&rig->vq);
	for (unsigned i = 0; i < n; i++)
		rig_take(rig, i, 1);
	return rig->irqs;
}

/* A case of its own for each test, so that one can be run by name. */
static inline TCase *rig_case(Suite *suite, const TTest *test)
{
	TCase *tcase = tcase_create(test->name);

	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* Add the NULL-terminated @tests, to be run for _i from 0 to @times - 1. */
static inline void rig_add(Suite *suite, const TTest *const *tests, int times)
{
	for (; *tests; tests++)
		tcase_add_loop_test(rig_case(suite, *tests), *tests, 0, times);
}

#endif
