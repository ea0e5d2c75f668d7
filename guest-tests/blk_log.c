/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_log.c - blocks written one behind the other, and the device's word of
 * which of them are safe
 *
 * Some at a time, all in flight at once; then they are flushed, and "safe N" is
 * printed: the first N blocks must be found by whoever looks at the disk, even
 * if the host loses its power right then.  "noflush": FLUSH is not accepted,
 * so that each write is safe when it is completed.  "blocks=N" is when to end.
 *
 * With "find=N" the first N are looked for instead: "found" is printed, and how
 * many there are.
 */
#include "guest-tests/lib/blk.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/virtio.h"

enum {
	BLOCK = 4096,
	BLOCK_SECTORS = BLOCK / BLK_SECTOR,
	AT_ONCE = 8,
	BLOCKS = 8192,
	PATIENCE_MS = 60000,
};

static struct virtio_dev dev;
static struct virtq queue;
static struct blk_request request[AT_ONCE];
static uint64_t data[AT_ONCE][BLOCK / 8];

/* Every word tells the block's number, and is found nowhere else. */
static uint64_t word(uint64_t block, unsigned i)
{
	return (block << 16 | i) * 0x9e3779b97f4a7c15;
}

static void fill(uint64_t *at, uint64_t block)
{
	for (unsigned i = 0; i < BLOCK / 8; i++)
		at[i] = word(block, i);
}

static bool is_block(const uint64_t *at, uint64_t block)
{
	for (unsigned i = 0; i < BLOCK / 8; i++)
		if (at[i] != word(block, i))
			return false;
	return true;
}

/* The @n requests that were lent come back, and none failed. */
static bool all_done(unsigned n)
{
	struct virtq_done done;

	virtq_kick(&queue);
	for (unsigned got = 0; got < n;) {
		if (!virtq_wait(&queue, PATIENCE_MS))
			return check(false, "answer", "none");
		while (virtq_used(&queue, &done)) {
			if (request[done.token].status != BLK_OK)
				return check(false, "status", "%u",
					     request[done.token].status);
			got++;
		}
	}
	return true;
}

/* AT_ONCE blocks from @block on. */
static bool transfer(uint32_t type, uint64_t block)
{
	for (unsigned i = 0; i < AT_ONCE; i++)
		blk_lend(&queue, &request[i], type, (block + i) * BLOCK_SECTORS,
			 data[i], BLOCK, i);
	return all_done(AT_ONCE);
}

static bool flush(void)
{
	if (!virtio_has(&dev, BLK_F_FLUSH))
		return true;
	blk_lend(&queue, &request[0], BLK_FLUSH, 0, NULL, 0, 0);
	return all_done(1);
}

static void write_blocks(uint64_t n)
{
	for (uint64_t block = 0; block < n; block += AT_ONCE) {
		for (unsigned i = 0; i < AT_ONCE; i++)
			fill(data[i], block + i);
		if (!transfer(BLK_OUT, block) || !flush())
			return;
		print("safe %u\n", (unsigned)(block + AT_ONCE));
	}
}

static void find_blocks(uint64_t n)
{
	unsigned found = 0;

	for (uint64_t block = 0; block < n; block += AT_ONCE) {
		if (!transfer(BLK_IN, block))
			return;
		for (unsigned i = 0; i < AT_ONCE && block + i < n; i++)
			found += is_block(data[i], block + i);
	}
	print("found %u\n", found);
}

void guest_main(void)
{
	uint64_t find = boot_number("find=", 0);
	struct virtio_want how;
	const char *why;

	irq_start();
	how = virtio_want();
	if (!boot_has("noflush"))
		how.features |= BIT64(BLK_F_FLUSH);
	if (!check(virtio_find(&dev, VIRTIO_BLK), "virtio-blk", "none"))
		return;
	why = virtio_start(&dev, &how, &queue, 1);
	if (!check(!why, "start", "%s", why))
		return;
	if (find)
		find_blocks(find);
	else
		write_blocks(boot_number("blocks=", BLOCKS));
}
