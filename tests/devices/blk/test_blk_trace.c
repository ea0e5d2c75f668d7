/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver can see, and when, while a disk answers (tests/vq_watch.h):
 * the data and the status are there before the used buffer is shown.  All of
 * that is the disk's own thread's, whoever did the request.
 */
#include "tests/vq_watch.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "devices/blk/blk.h"
#include "tests/event.h"
#include "tests/fake_disk.h"

enum {
	SIZE = 16,
	LAPS = 12 * SIZE,
	DISK = 1 << 20,
	/* Where a request lies in guest memory. */
	HEADER = DRIVER_DATA,
	DATA = DRIVER_DATA + 512,
	STATUS = DRIVER_DATA + 8192,
	LEN = 4096,
	POISON = 0x5a,
	/* What a fake disk is full of. */
	FULL = 0xd5,
};

static struct fake_disk fake;
static struct blk blk;
static struct driver d;
static uint8_t *ram;
static int irq, stopped;
/* The data of the answer that comes. */
static uint8_t expected;

static bool is_complete(void)
{
	for (unsigned i = 0; i < LEN; i++)
		if (ram[DATA + i] != expected)
			return false;
	return ram[STATUS] != POISON;
}

static void interrupt(void *arg)
{
	(void)arg;
	watch_interrupt();
	signal_fd(irq);
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	vq_stop(&blk.queue.vq);
	signal_fd(stopped);
}

static void set_up(int mode)
{
	static const struct virtio_transport transport = {
		.queue_stopped = queue_stopped,
	};
	const struct vq_config cfg = { .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = mode >> 1 & 1 };

	irq = eventfd(0, EFD_NONBLOCK);
	stopped = eventfd(0, EFD_NONBLOCK);
	fake_disk_init(&fake, DISK);
	ck_assert_int_eq(blk_init(&blk, &fake.disk, 0, SIZE), 0);
	blk.dev.transport = &transport;
	blk.dev.negotiated = blk.dev.features | BIT64(VIRTIO_F_VERSION_1);
	blk.queue.doorbell = eventfd(0, EFD_NONBLOCK);
	driver_init(&d, &cfg, DRIVER_DIRECT, driver_ram(), 0);
	ram = d.ram;
	ck_assert_int_eq(driver_start(&d, &blk.queue.vq, interrupt, NULL), 0);
	blk.dev.ops->queue_start(&blk.dev, 0);
}

static void tear_down(void)
{
	blk.dev.ops->queue_stop(&blk.dev, 0);
	await(stopped);
	blk_free(&blk);
	fake_disk_free(&fake);
	close(blk.queue.doorbell);
	close(irq);
	close(stopped);
	driver_free(&d);
}

/* A read or a write, and its answer. */
static void ask(uint32_t type, uint8_t data)
{
	const struct virtio_blk_outhdr h = { .type = type };
	const struct driver_seg seg[] = {
		{ HEADER, sizeof(h), false },
		{ DATA, LEN, type == VIRTIO_BLK_T_IN },
		{ STATUS, 1, true },
	};
	struct driver_used used;

	expected = data;
	watch_begin(&d, 1, is_complete);
	memcpy(ram + HEADER, &h, sizeof(h));
	memset(ram + DATA, type == VIRTIO_BLK_T_IN ? POISON : expected, LEN);
	ram[STATUS] = POISON;
	ck_assert(driver_lend(&d, seg, 3, 0));
	driver_arm(&d);
	if (driver_publish(&d))
		signal_fd(blk.queue.doorbell);
	await(irq);
	ck_assert(driver_get(&d, &used));
	ck_assert_uint_eq(used.len, type == VIRTIO_BLK_T_IN ? LEN + 1 : 1);
}

/* Done by the disk's thread, by the pool's, written, and failed, whose data
 * are zeros. */
START_TEST(answers)
{
	set_up(_i);
	for (unsigned lap = 0; lap < LAPS; lap++) {
		fake_disk_fail(&fake, FAKE_READ_NOW, lap % 2 ? -EAGAIN : 0);
		fake_disk_fail(&fake, FAKE_READ, lap % 4 == 3 ? -EIO : 0);
		ask(VIRTIO_BLK_T_IN, lap % 4 == 3 ? 0 :
				     lap < 4	  ? FULL :
						    (uint8_t)(lap / 4));
		if (lap % 4 == 3)
			ask(VIRTIO_BLK_T_OUT, (uint8_t)(lap / 4 + 1));
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { answers, NULL };

	return unit_run(unit_suite_times("blk_trace", tests, WATCH_MODES));
}
