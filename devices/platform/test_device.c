/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/test_device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/util.h"

#define PAGE_SIZE UINT64_C(4096)

/* Registers are little-endian, as this host is. */
static uint64_t get(struct test_device *dev, const uint8_t *from, unsigned size)
{
	uint64_t value = 0;

	pthread_mutex_lock(&dev->lock);
	memcpy(&value, from, size);
	pthread_mutex_unlock(&dev->lock);
	return value;
}

static void put(struct test_device *dev, uint8_t *to, unsigned size,
		uint64_t value)
{
	pthread_mutex_lock(&dev->lock);
	memcpy(to, &value, size);
	pthread_mutex_unlock(&dev->lock);
}

static uint64_t latch_read(void *owner, uint64_t offset, unsigned size)
{
	struct test_device *dev = owner;

	return get(dev, dev->latch + offset, size);
}

static void latch_write(void *owner, uint64_t offset, unsigned size,
			uint64_t value)
{
	struct test_device *dev = owner;

	put(dev, dev->latch + offset, size, value);
}

static uint64_t mmio_read(void *owner, uint64_t offset, unsigned size)
{
	struct test_device *dev = owner;

	return get(dev, dev->ram + offset, size);
}

static void mmio_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct test_device *dev = owner;

	put(dev, dev->ram + offset, size, value);
}

static uint64_t none_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	return UINT64_MAX;
}

/*
 * KVM drops its mapping of a page whose protection changes.  QEMU forbids all
 * access for a moment; here that would crash a thread of ours that uses the
 * page just then.  So the page is made executable for that moment.  If the host
 * forbids that, nothing is done: it only makes a test easier.
 */
static void flush_write(void *owner, uint64_t offset, unsigned size,
			uint64_t value)
{
	const struct test_device *dev = owner;
	const int prot = PROT_READ | PROT_WRITE;
	void *page = mem_at(dev->board->mem, ALIGN_DOWN(value, PAGE_SIZE),
			    PAGE_SIZE);

	(void)offset;
	if (size == 4 && page &&
	    mprotect(page, PAGE_SIZE, prot | PROT_EXEC) == 0)
		mprotect(page, PAGE_SIZE, prot);
}

static void irq_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	const struct test_device *dev = owner;

	(void)size;
	dev->board->inputs->set(dev->board->inputs_arg, (unsigned)offset,
				value);
}

static const struct bus_ops latch_ops = { latch_read, latch_write, 4 };
static const struct bus_ops flush_ops = { none_read, flush_write, 4 };
static const struct bus_ops irq_ops = { none_read, irq_write, 1 };
static const struct bus_ops mmio_ops = { mmio_read, mmio_write, 8 };

static struct bus_range range(struct test_device *dev, uint64_t base,
			      uint64_t len, const struct bus_ops *ops)
{
	return (struct bus_range){ base, len, ops, dev, "test device", NULL };
}

static void test_device_drop(void *self, struct board *board)
{
	struct test_device *dev = self;

	bus_remove(board->mmio, &dev->mmio);
	bus_remove(board->port, &dev->irq);
	bus_remove(board->port, &dev->alias);
	bus_remove(board->port, &dev->flush);
	bus_remove(board->port, &dev->port);
	free(dev->ram);
	pthread_mutex_destroy(&dev->lock);
}

static int test_device_make(void *self, struct board *board, const void *config)
{
	struct test_device *dev = self;
	struct bus_range *const ports[] = { &dev->port, &dev->flush,
					    &dev->alias, &dev->irq };
	int err = 0;

	(void)config;
	*dev = (struct test_device){
		.port = range(dev, TEST_DEVICE_PORT, 4, &latch_ops),
		.flush = range(dev, TEST_DEVICE_FLUSH, 4, &flush_ops),
		.alias = range(dev, TEST_DEVICE_ALIAS, 4, &latch_ops),
		.irq = range(dev, TEST_DEVICE_IRQ, TEST_DEVICE_IRQS, &irq_ops),
		.mmio = range(dev, TEST_DEVICE_MMIO, TEST_DEVICE_LEN,
			      &mmio_ops),
		.board = board,
		.ram = calloc(1, TEST_DEVICE_LEN),
	};
	pthread_mutex_init(&dev->lock, NULL);
	if (!dev->ram)
		err = log_fail(-ENOMEM, "--test-device: %s: free some memory",
			       strerror(ENOMEM));
	for (unsigned i = 0; i < ARRAY_SIZE(ports) && !err; i++)
		err = bus_add(board->port, ports[i]);
	if (!err)
		err = bus_add(board->mmio, &dev->mmio);
	if (err)
		test_device_drop(dev, board);
	return err;
}

const struct part test_device_part = {
	.name = "test device",
	.size = sizeof(struct test_device),
	.instance = part_if_true,
	.make = test_device_make,
	.drop = test_device_drop,
};
