/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registers.c - the transport's registers, written at the wrong time or with
 * the wrong value
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/smp.h"
#include "guest-tests/lib/string.h"

enum {
	LEN = 64,
	LAPIC = 0xfee00000,
	/* Long enough for a device that does what it must not. */
	MOMENT_MS = 30,
	BAR_SIZE = 0x4000,
	LENT = 16,
};

static uint16_t get16(const struct victim *v, unsigned reg)
{
	return mmio_read16(v->dev.common + reg);
}

static void put16(const struct victim *v, unsigned reg, uint16_t value)
{
	mmio_write16(v->dev.common + reg, value);
}

static uint64_t get64(const struct victim *v, unsigned reg)
{
	return mmio_read32(v->dev.common + reg) |
	       (uint64_t)mmio_read32(v->dev.common + reg + 4) << 32;
}

static void put64(const struct victim *v, unsigned reg, uint64_t value)
{
	mmio_write32(v->dev.common + reg, value);
	mmio_write32(v->dev.common + reg + 4, value >> 32);
}

/* From a reset up to FEATURES_OK. */
static bool half_start(struct victim *v)
{
	uint64_t features = v->dev.features;

	virtio_reset(&v->dev);
	virtio_set_status(&v->dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	return virtio_accept(&v->dev, features);
}

/* The queue's registers all right but not enabled. */
static bool half_queue(struct victim *v)
{
	if (!half_start(v))
		return false;
	put16(v, COMMON_QUEUE_SELECT, v->target);
	put64(v, COMMON_QUEUE_DESC, v->q->desc);
	put64(v, COMMON_QUEUE_DRIVER, v->q->driver);
	put64(v, COMMON_QUEUE_DEVICE, v->q->device);
	return true;
}

static bool enable_refused(const struct victim *v)
{
	put16(v, COMMON_QUEUE_ENABLE, 1);
	return !get16(v, COMMON_QUEUE_ENABLE);
}

/* The part of the ring whose register is @arg, at places that are not RAM. */
static bool part_outside(struct victim *v, uint64_t arg)
{
	const uint64_t place[] = { ram_end(),	  ram_end() - 4, LAPIC,
				   v->dev.common, -16ull,	 1ull << 52 };
	unsigned i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		/* The event structures of a packed ring are that small. */
		if (i == 1 && v->q->packed && arg != COMMON_QUEUE_DESC)
			continue;
		if (!half_queue(v))
			return false;
		/* Aligned as any part must be, so that this is not why. */
		put64(v, arg,
		      arg == COMMON_QUEUE_DESC ? place[i] & ~15ull : place[i]);
		if (!enable_refused(v))
			return false;
	}
	return true;
}

static bool part_odd(struct victim *v, uint64_t arg)
{
	unsigned reg = arg >> 8;

	if (!half_queue(v))
		return false;
	put64(v, reg, get64(v, reg) + (uint8_t)arg);
	return enable_refused(v);
}

/* Allowed, if of no use. */
static bool parts_alike(struct victim *v, uint64_t arg)
{
	if (!half_queue(v))
		return false;
	put64(v, COMMON_QUEUE_DRIVER, arg ? v->q->desc : 0);
	put64(v, COMMON_QUEUE_DEVICE, v->q->desc);
	put16(v, COMMON_QUEUE_ENABLE, 1);
	virtio_set_status(&v->dev, virtio_status(&v->dev) | STATUS_DRIVER_OK);
	raw_desc(v->q, 0, (uint64_t)hostile_page, LEN, DESC_WRITE, 0);
	virtio_notify(v->q);
	return true;
}

static bool size_kept(struct victim *v, uint64_t arg)
{
	uint16_t size;

	if (!half_start(v))
		return false;
	put16(v, COMMON_QUEUE_SELECT, v->target);
	size = get16(v, COMMON_QUEUE_SIZE);
	put16(v, COMMON_QUEUE_SIZE, arg);
	return get16(v, COMMON_QUEUE_SIZE) == size;
}

static bool size_taken(struct victim *v, uint64_t arg)
{
	return !size_kept(v, arg);
}

static bool running_kept(struct victim *v, uint64_t arg)
{
	uint32_t old = mmio_read32(v->dev.common + arg);

	mmio_write32(v->dev.common + arg, ~old);
	return mmio_read32(v->dev.common + arg) == old;
}

static bool running_size(struct victim *v, uint64_t arg)
{
	uint16_t old = get16(v, COMMON_QUEUE_SIZE);

	put16(v, COMMON_QUEUE_SIZE, arg);
	return get16(v, COMMON_QUEUE_SIZE) == old;
}

static bool queue_absent(struct victim *v, uint64_t arg)
{
	bool ok;

	put16(v, COMMON_QUEUE_SELECT, arg);
	put16(v, COMMON_QUEUE_SIZE, 16);
	put16(v, COMMON_QUEUE_VECTOR, 0);
	put64(v, COMMON_QUEUE_DESC, v->q->desc);
	put64(v, COMMON_QUEUE_DRIVER, v->q->driver);
	put64(v, COMMON_QUEUE_DEVICE, v->q->device);
	put16(v, COMMON_QUEUE_ENABLE, 1);
	put16(v, COMMON_QUEUE_RESET, 1);
	ok = !get16(v, COMMON_QUEUE_SIZE) && !get16(v, COMMON_QUEUE_ENABLE) &&
	     get16(v, COMMON_QUEUE_VECTOR) == VIRTIO_NO_VECTOR &&
	     !get64(v, COMMON_QUEUE_DESC) && !get16(v, COMMON_QUEUE_RESET);
	put16(v, COMMON_QUEUE_SELECT, v->target);
	return ok;
}

static bool enable_again(struct victim *v, uint64_t arg)
{
	put16(v, COMMON_QUEUE_ENABLE, arg);
	return get16(v, COMMON_QUEUE_ENABLE) == 1;
}

static bool no_queue(struct victim *v, uint64_t arg)
{
	(void)arg;
	if (!half_start(v))
		return false;
	virtio_set_status(&v->dev, virtio_status(&v->dev) | STATUS_DRIVER_OK);
	virtio_notify(v->q);
	return !(virtio_status(&v->dev) & STATUS_NEEDS_RESET);
}

/* On a running device: nothing changes. */
static bool status_kept(struct victim *v, uint64_t arg)
{
	uint8_t old = virtio_status(&v->dev);

	virtio_set_status(&v->dev, arg ? old | arg : STATUS_ACKNOWLEDGE);
	return virtio_status(&v->dev) == old;
}

static bool status_all(struct victim *v, uint64_t arg)
{
	virtio_set_status(&v->dev, arg);
	return !(virtio_status(&v->dev) & STATUS_NEEDS_RESET);
}

static bool too_early(struct victim *v, uint64_t arg)
{
	virtio_reset(&v->dev);
	virtio_set_status(&v->dev, arg);
	return !(virtio_status(&v->dev) & STATUS_DRIVER_OK);
}

static bool features_late(struct victim *v, uint64_t arg)
{
	mmio_write32(v->dev.common + COMMON_DRIVER_FEATURE_SELECT, arg);
	return running_kept(v, COMMON_DRIVER_FEATURE);
}

/* A bit too many. */
bool act_feature(struct victim *v, uint64_t arg)
{
	uint64_t features = v->dev.features;

	virtio_reset(&v->dev);
	virtio_set_status(&v->dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	return !virtio_accept(&v->dev, features | BIT64(arg));
}

static bool version_refused(struct victim *v, uint64_t arg)
{
	uint64_t features = v->dev.features;

	virtio_reset(&v->dev);
	virtio_set_status(&v->dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	return !virtio_accept(&v->dev, features & ~BIT64(arg));
}

/* Nothing is taken before DRIVER_OK, and all of it then. */
static bool kick_early(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, LEN };
	struct virtq_done done;

	if (!half_start(v) ||
	    !virtio_queue_on(&v->dev, v->q, v->target, &v->how))
		return false;
	virtq_add(v->q, &seg, 0, 1, 0);
	while (arg--)
		virtq_notify(v->q);
	clock_sleep(MOMENT_MS);
	if (v->q->ops->ready(v->q))
		return false;
	virtio_irq_on(&v->dev, v->how.msix, v->n_queues);
	virtio_set_status(&v->dev, virtio_status(&v->dev) | STATUS_DRIVER_OK);
	return virtq_wait(v->q, 5000) && virtq_used(v->q, &done);
}

/* As wide as it likes, anywhere among the doorbells. */
static bool kick_anyhow(struct victim *v, uint64_t arg)
{
	uint64_t at;

	for (at = 0; at < arg; at++) {
		mmio_write8(v->dev.notify + at, at);
		mmio_write16(v->dev.notify + at, 0xffff);
		mmio_write32(v->dev.notify + at, 0xffffffff);
		mmio_write64(v->dev.notify + at, 0x0123456789abcdef);
	}
	return true;
}

/* All of the BAR, at steps that hit each register askew. */
static bool read_anyhow(struct victim *v, uint64_t arg)
{
	uint64_t at;

	for (at = 0; at + 8 <= BAR_SIZE; at += arg) {
		mmio_read64(v->dev.common + at);
		mmio_read32(v->dev.common + at + 1);
		mmio_read16(v->dev.common + at + 3);
	}
	return true;
}

/* Where there is no register. */
static bool write_nowhere(struct victim *v, uint64_t arg)
{
	uint64_t at;

	for (at = COMMON_SIZE; at + 8 <= BAR_SIZE - 0x1000; at += arg) {
		mmio_write64(v->dev.common + at, ~0ull);
		mmio_write32(v->dev.common + at + 1, ~0u);
		mmio_write8(v->dev.common + at + 2, 0xff);
	}
	return true;
}

/* A part of a register is none of it; more than one are all. */
static bool write_parts(struct victim *v, uint64_t arg)
{
	uint64_t reg = v->dev.common + COMMON_DRIVER_FEATURE_SELECT;

	mmio_write32(reg, 1);
	mmio_write8(reg, arg);
	mmio_write16(reg + 2, arg);
	if (mmio_read32(reg) != 1)
		return false;
	mmio_write64(reg, 0xffffffff00000000);
	return mmio_read32(reg) == 0;
}

static bool vector_none(struct victim *v, uint64_t arg)
{
	uint16_t old = get16(v, COMMON_QUEUE_VECTOR), now;

	put16(v, COMMON_QUEUE_VECTOR, arg);
	now = get16(v, COMMON_QUEUE_VECTOR);
	put16(v, COMMON_QUEUE_VECTOR, old);
	return now == VIRTIO_NO_VECTOR;
}

static bool one_vector(struct victim *v, uint64_t arg)
{
	put16(v, COMMON_CONFIG_VECTOR, 1);
	put16(v, COMMON_QUEUE_VECTOR, arg);
	return get16(v, COMMON_CONFIG_VECTOR) == 1;
}

static void lend_some(struct victim *v)
{
	struct virtq_seg seg = { hostile_page, LEN };
	unsigned i;

	for (i = 0; i < LENT; i++)
		virtq_add(v->q, &seg, 0, 1, i);
	virtq_notify(v->q);
}

static bool reset_often(struct victim *v, uint64_t arg)
{
	while (arg--) {
		if (arg % 8 == 0) {
			virtio_start(&v->dev, &v->how, v->queue, v->n_queues);
			lend_some(v);
		}
		virtio_set_status(&v->dev, 0);
		if (virtio_status(&v->dev))
			return false;
	}
	return true;
}

struct resetter {
	struct victim *v;
	uint64_t times;
};

static void reset_beside(void *arg)
{
	struct resetter *r = arg;

	while (r->times--) {
		virtio_set_status(&r->v->dev, 0);
		virtio_set_status(&r->v->dev, STATUS_ACKNOWLEDGE);
	}
}

/* By two processors, where there are. */
static bool reset_by_two(struct victim *v, uint64_t arg)
{
	static unsigned up;
	static struct resetter other;
	uint32_t ids[CPUS_MAX];
	struct resetter own = { v, arg };

	if (!up && acpi_cpus(ids, CPUS_MAX) > 1)
		smp_start(&up);
	other = (struct resetter){ v, arg };
	lend_some(v);
	if (up > 1)
		smp_post(1, reset_beside, &other);
	reset_beside(&own);
	return up < 2 || smp_wait(1);
}

/* One queue alone, with buffers lent; then it is set up anew, smaller. */
static bool queue_reset(struct victim *v, uint64_t arg)
{
	uint64_t end = clock_after(5000);
	struct virtio_want small = v->how;

	lend_some(v);
	put16(v, COMMON_QUEUE_SELECT, v->target);
	put16(v, COMMON_QUEUE_RESET, 1);
	while (get16(v, COMMON_QUEUE_RESET) && clock_tsc() < end)
		clock_nap();
	if (get16(v, COMMON_QUEUE_RESET) || get16(v, COMMON_QUEUE_ENABLE))
		return false;
	memset(v->q->ring, 0x5a, sizeof(v->q->ring));
	virtio_notify(v->q);
	clock_sleep(MOMENT_MS);
	if (v->q->ring[0] != 0x5a ||
	    memcmp(v->q->ring, v->q->ring + 1, sizeof(v->q->ring) - 1))
		return false;
	small.size = arg;
	return virtio_queue_on(&v->dev, v->q, v->target, &small);
}

/* Legacy: a page that is not there. */
static bool page_refused(struct victim *v, uint64_t arg)
{
	virtio_reset(&v->dev);
	virtio_set_status(&v->dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	outw(v->dev.port + LEGACY_QUEUE_SELECT, 0);
	outl(v->dev.port + LEGACY_QUEUE_PFN,
	     arg ? arg : ram_end() >> LEGACY_PAGE_SHIFT);
	return !inl(v->dev.port + LEGACY_QUEUE_PFN);
}

static bool port_kick(struct victim *v, uint64_t arg)
{
	static uint16_t value[64];
	unsigned i;

	for (i = 0; i < 64; i++)
		value[i] = i * arg;
	outsw(v->dev.port + LEGACY_QUEUE_NOTIFY, value, 64);
	outb(v->dev.port + LEGACY_QUEUE_NOTIFY, 0xff);
	outl(v->dev.port + LEGACY_QUEUE_NOTIFY - 2, ~0u);
	return true;
}

static bool port_read(struct victim *v, uint64_t arg)
{
	static uint32_t value[64];
	unsigned i;

	for (i = 0; i + 4 <= arg; i++) {
		insl(v->dev.port + i, value, 4);
		inw(v->dev.port + i);
	}
	return true;
}

/* A modern driver's registers while a legacy one is at work. */
static bool both_ways(struct victim *v, uint64_t arg)
{
	put16(v, COMMON_QUEUE_SELECT, v->target);
	put64(v, COMMON_QUEUE_DESC, arg);
	put16(v, COMMON_QUEUE_ENABLE, 1);
	mmio_write32(v->dev.common + COMMON_DRIVER_FEATURE, ~0u);
	mmio_write8(v->dev.common + COMMON_STATUS, STATUS_FEATURES_OK);
	return !(virtio_status(&v->dev) & STATUS_FEATURES_OK);
}

static const struct input registers[] = {
	{ "29 descriptors outside RAM", part_outside, COMMON_QUEUE_DESC, LIVES,
	  MODERN, 0 },
	{ "29 the driver area outside RAM", part_outside, COMMON_QUEUE_DRIVER,
	  LIVES, MODERN, 0 },
	{ "29 the device area outside RAM", part_outside, COMMON_QUEUE_DEVICE,
	  LIVES, MODERN, 0 },
	{ "29 a ring where RAM ends", page_refused, 0, LIVES, LEGACY, 0 },
	{ "29 a ring at the last page", page_refused, 0xffffffff, LIVES, LEGACY,
	  0 },
	{ "30 descriptors misaligned", part_odd, COMMON_QUEUE_DESC << 8 | 8,
	  LIVES, MODERN, 0 },
	{ "30 the driver area misaligned", part_odd,
	  COMMON_QUEUE_DRIVER << 8 | 1, LIVES, MODERN, 0 },
	{ "30 the device area misaligned", part_odd,
	  COMMON_QUEUE_DEVICE << 8 | 2, LIVES, MODERN, 0 },
	{ "31 one place for all parts", parts_alike, 1, LIVES, MODERN, 0 },
	{ "31 the driver area at 0", parts_alike, 0, LIVES, MODERN, 0 },
	{ "32 size 0", size_kept, 0, LIVES, MODERN, 0 },
	{ "32 size 65535", size_kept, 65535, LIVES, MODERN, 0 },
	{ "32 size 32769", size_kept, 32769, LIVES, MODERN, 0 },
	{ "33 size 512 of 256", size_kept, 512, LIVES, MODERN, 0 },
	{ "34 another size while it runs", running_size, 16, WORKS, MODERN, 0 },
	{ "35 other descriptors while it runs", running_kept, COMMON_QUEUE_DESC,
	  WORKS, MODERN, 0 },
	{ "35 another driver area", running_kept, COMMON_QUEUE_DRIVER, WORKS,
	  MODERN, 0 },
	{ "35 another device area", running_kept, COMMON_QUEUE_DEVICE + 4,
	  WORKS, MODERN, 0 },
	{ "36 queue 65535", queue_absent, 65535, WORKS, MODERN, 0 },
	{ "36 queue 3", queue_absent, 3, WORKS, MODERN, 0 },
	{ "37 enabled twice", enable_again, 1, WORKS, MODERN, 0 },
	{ "37 enable 0", enable_again, 0, WORKS, MODERN, 0 },
	{ "37 enable 2", enable_again, 2, WORKS, MODERN, 0 },
	{ "37 enable 65535", enable_again, 65535, WORKS, MODERN, 0 },
	{ "38 DRIVER_OK and no queue", no_queue, 0, LIVES, MODERN, 0 },
	{ "39 a status bit cleared", status_kept, 0, WORKS, MODERN, 0 },
	{ "39 NEEDS_RESET by the driver", status_kept, STATUS_NEEDS_RESET,
	  WORKS, ANY, 0 },
	{ "39 all status bits", status_all, 0xff, LIVES, ANY, 0 },
	{ "39 DRIVER_OK at once", too_early, STATUS_DRIVER_OK, LIVES, MODERN,
	  0 },
	{ "39 DRIVER_OK though FEATURES_OK is refused", too_early,
	  STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK |
		  STATUS_DRIVER_OK,
	  LIVES, MODERN, 0 },
	{ "40 features while it runs", features_late, 0, WORKS, MODERN, 0 },
	{ "40 features 32 and on", features_late, 1, WORKS, MODERN, 0 },
	{ "41 feature 63", act_feature, 63, LIVES, MODERN, 0 },
	{ "41 feature 41", act_feature, 41, LIVES, MODERN, 0 },
	{ "41 no VERSION_1", version_refused, VIRTIO_F_VERSION_1, LIVES, MODERN,
	  0 },
	{ "42 size 3 of a split ring", size_kept, 3, LIVES, SPLIT, 0 },
	{ "42 size 3 of a packed ring", size_taken, 3, LIVES, PACKED, 0 },
	{ "43 kicks before DRIVER_OK", kick_early, 5, WORKS, MODERN, 0 },
	{ "43 kicks of any size and place", kick_anyhow, 64, WORKS, MODERN, 0 },
	{ "43 kicks of absent queues", port_kick, 257, WORKS, LEGACY, 0 },
	{ "51 writes where nothing is", write_nowhere, 53, WORKS, MODERN, 0 },
	{ "52 reads of any size and place", read_anyhow, 13, WORKS, MODERN, 0 },
	{ "52 port reads of any size", port_read, 32, WORKS, LEGACY, 0 },
	{ "53 parts of registers", write_parts, 0xff, WORKS, MODERN, 0 },
	{ "53 both interfaces at once", both_ways, 0x1000, WORKS, LEGACY, 0 },
	{ "54 a vector there is none of", vector_none, 64, WORKS, MODERN, 0 },
	{ "54 vector 2047", vector_none, 0x7ff, WORKS, MODERN, 0 },
	{ "54 vector 65534", vector_none, 0xfffe, WORKS, MODERN, 0 },
	{ "54 one vector for all", one_vector, 1, WORKS, MODERN, 0 },
	{ "58 300 resets at once", reset_often, 300, LIVES, ANY, 0 },
	{ "58 resets by two processors", reset_by_two, 300, LIVES, MODERN, 0 },
	{ "59 a queue reset at work", queue_reset, 16, WORKS, MODERN,
	  BIT64(VIRTIO_F_RING_RESET) },
};

const struct inputs hostile_registers = INPUTS(registers);
