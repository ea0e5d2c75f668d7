/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the PCI transport's registers mean: status, features, when a queue may
 * be programmed and who owns it, resets.  A comment that begins with VIRTIO
 * and a section is a line of docs/VIRTIO.md.
 */
#include <sched.h>
#include <string.h>

#include "base/util.h"
#include "tests/vpci.h"

static struct vpci v;

enum {
	S_ACK = VIRTIO_CONFIG_S_ACKNOWLEDGE,
	S_DRIVER = VIRTIO_CONFIG_S_DRIVER,
	S_FEATURES = VIRTIO_CONFIG_S_FEATURES_OK,
	S_OK = VIRTIO_CONFIG_S_DRIVER_OK,
	S_NEEDS_RESET = VIRTIO_CONFIG_S_NEEDS_RESET,
	S_FAILED = VIRTIO_CONFIG_S_FAILED,
};

static bool lent(unsigned queue)
{
	bool is;

	pthread_mutex_lock(&v.vp.function.lock);
	is = v.vp.queue[queue].place == QUEUE_LENT;
	pthread_mutex_unlock(&v.vp.function.lock);
	return is;
}

/* VIRTIO 2.1.2: before DRIVER_OK no buffer is consumed and no used buffer
 * notification sent, kicked or not; they are served from DRIVER_OK on
 * [hostile 43] */
START_TEST(nothing_before_driver_ok)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, (unsigned)_i);
	if (_i & VPCI_MSIX)
		vpci_enable_msix(&v);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		vpci_set_up_queue(&v, i);
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2, i + 1);
	}
	for (unsigned i = 0; i < 8; i++) {
		vpci_kick(&v, ECHO_QUEUE);
		vpci_kick(&v, DROP_QUEUE);
	}
	vpci_lend(&v, ECHO_QUEUE, 1, true);
	ck_assert(!lent(ECHO_QUEUE) && !lent(DROP_QUEUE));
	ck_assert(!driver_pending(&v.d[ECHO_QUEUE]));
	ck_assert_uint_eq(vpci_interrupts(&v, ECHO_QUEUE), 0);
	ck_assert_uint_eq(bus_read(&v.mmio, v.isr, 1), 0);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	vpci_take(&v, ECHO_QUEUE, 1);
	vpci_await_interrupt(&v, ECHO_QUEUE);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.1.2: a queue that the driver broke sets NEEDS_RESET and, after
 * DRIVER_OK, sends a configuration change notification */
START_TEST(needs_reset)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	echo_fail(&v.echo);
	vpci_kick(&v, ECHO_QUEUE);
	vpci_await_interrupt(&v, VPCI_CONFIG);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS | S_NEEDS_RESET);
	ck_assert_uint_eq(bus_read(&v.mmio, v.isr, 1), VIRTIO_PCI_ISR_CONFIG);
	/* All queues stop, and the driver cannot clear it but by a reset. */
	while (lent(ECHO_QUEUE) || lent(DROP_QUEUE))
		sched_yield();
	/* Without bus mastering: a queue that ran would only set it again. */
	vpci_set_command(&v, 0, PCI_COMMAND_MASTER);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS | S_NEEDS_RESET);
	vpci_set_command(&v, PCI_COMMAND_MASTER, 0);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* What 2.2.2 asks: offered, VERSION_1, and prerequisites. */
static bool valid(uint64_t features, uint64_t offered)
{
	return !(features & ~offered) && features & BIT64(VIRTIO_F_VERSION_1) &&
	       (!(features & BIT64(ECHO_F_MORE)) ||
		features & BIT64(ECHO_F_BASE));
}

static bool accepted(uint64_t features)
{
	vpci_set_status(&v, 0);
	vpci_set_status(&v, S_ACK);
	vpci_set_status(&v, S_ACK | S_DRIVER);
	vpci_accept(&v, features);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_FEATURES);
	return vpci_status(&v) & S_FEATURES;
}

/* VIRTIO 2.2.2: every valid subset of what is offered is accepted, again and
 * again; for every other one FEATURES_OK stays clear */
START_TEST(every_subset)
{
	const struct virtio_pci_options options = { .packed = true,
						    .in_order = true };
	uint64_t offered, bit[16];
	unsigned n = 0;

	vpci_init(&v, &options);
	offered = vpci_offered(&v);
	for (unsigned i = 0; i < 64; i++)
		if (offered >> i & 1)
			bit[n++] = BIT64(i);
	ck_assert_uint_eq(n, 9);
	for (unsigned set = 0; set < 2 * BIT(n); set++) {
		uint64_t features = 0;

		for (unsigned i = 0; i < n; i++)
			if (set & BIT(i))
				features |= bit[i];
		ck_assert_int_eq(accepted(features), valid(features, offered));
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.2.2: a feature that was not offered is not accepted
 * [hostile 41] */
START_TEST(not_offered)
{
	uint64_t offered;

	vpci_init(&v, NULL);
	offered = vpci_offered(&v);
	for (unsigned i = 0; i < 64; i++)
		ck_assert_int_eq(
			accepted(BIT64(VIRTIO_F_VERSION_1) | BIT64(i)),
			valid(BIT64(VIRTIO_F_VERSION_1) | BIT64(i), offered));
	ck_assert(!accepted(UINT64_MAX));
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.2.1: features are settled by FEATURES_OK; later writes are ignored
 * [hostile 40] */
START_TEST(features_are_settled)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, 1);
	vpci_accept(&v, 0);
	vpci_set(&v, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	ck_assert_uint_ne(vpci_get(&v, VIRTIO_PCI_COMMON_GF, 4), 0);
	ck_assert(virtio_has(&v.echo.dev, VIRTIO_F_RING_PACKED));
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.1: bits the driver may not set or clear: none is cleared but by a
 * reset, there is no DRIVER_OK once FEATURES_OK was refused, NEEDS_RESET and
 * reserved bits are not the driver's [hostile 39] */
START_TEST(status_transitions)
{
	vpci_init(&v, NULL);
	vpci_set_status(&v, S_ACK | S_OK);
	ck_assert_uint_eq(vpci_status(&v), S_ACK);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_FEATURES);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_OK);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER);
	vpci_set_status(&v, S_ACK);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_NEEDS_RESET | 0x30);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER);
	vpci_set_status(&v, 0xff);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER | S_FAILED);
	vpci_start(&v, 0);
	vpci_set_status(&v, S_OK);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.1: FAILED: the driver has given up; the device stops */
START_TEST(failed)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	vpci_set_status(&v, VPCI_ALL_STATUS | S_FAILED);
	ck_assert(!lent(ECHO_QUEUE) && !lent(DROP_QUEUE));
	vpci_lend(&v, ECHO_QUEUE, 2, true);
	ck_assert(!driver_pending(&v.d[ECHO_QUEUE]));
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 3);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 3.1.1: DRIVER_OK with some of the queues, or none [hostile 38] */
START_TEST(few_queues)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS);
	vpci_kick(&v, DROP_QUEUE);
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set_up_queue(&v, DROP_QUEUE);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	ck_assert(!lent(ECHO_QUEUE) && lent(DROP_QUEUE));
	vpci_kick(&v, ECHO_QUEUE);
	vpci_lend(&v, DROP_QUEUE, 1, true);
	vpci_take(&v, DROP_QUEUE, 1);
	vpci_free(&v);
}
END_TEST

static uint32_t queue_get(unsigned queue, unsigned reg)
{
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	return vpci_get(&v, reg, 2);
}

static void queue_set(unsigned queue, unsigned reg, uint32_t value)
{
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	vpci_set(&v, reg, 2, value);
}

/* VIRTIO 2.4.1, 4.1.4.3.1: a reset leaves every register, queue_enable among
 * them, as it was at first, and the vectors unmapped */
START_TEST(reset_registers)
{
	uint8_t before[60];

	vpci_init(&v, NULL);
	for (unsigned i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)vpci_get(&v, i, 1);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	vpci_await_interrupt(&v, ECHO_QUEUE);
	vpci_set(&v, VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, 1);
	vpci_set_status(&v, 0);
	for (unsigned i = 0; i < sizeof(before); i++)
		ck_assert_uint_eq(vpci_get(&v, i, 1), before[i]);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		ck_assert_uint_eq(queue_get(i, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
		ck_assert_uint_eq(queue_get(i, VIRTIO_PCI_COMMON_Q_SIZE),
				  ECHO_SIZE);
		ck_assert_uint_eq(queue_get(i, VIRTIO_PCI_COMMON_Q_MSIX),
				  PCI_MSIX_NO_VECTOR);
	}
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_MSIX, 2),
			  PCI_MSIX_NO_VECTOR);
	ck_assert_uint_eq(bus_read(&v.mmio, v.isr, 1), 0);
	vpci_free(&v);
}
END_TEST

/* Everything that the device may touch for a queue, to be compared later. */
enum { QUEUE_AT = 0x80000, QUEUE_LEN = 0x80000, DATA_LEN = 0x20000 };

static uint8_t *snapshot(unsigned queue)
{
	uint8_t *copy = malloc(QUEUE_LEN + DATA_LEN);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, v.guest_ram + QUEUE_AT + QUEUE_LEN * queue, QUEUE_LEN);
	memcpy(copy + QUEUE_LEN, v.guest_ram + DRIVER_DATA, DATA_LEN);
	return copy;
}

static void expect_untouched(unsigned queue, uint8_t *copy)
{
	const uint8_t *ring = v.guest_ram + QUEUE_AT + QUEUE_LEN * queue;

	ck_assert_int_eq(memcmp(copy, ring, QUEUE_LEN), 0);
	ck_assert_int_eq(
		memcmp(copy + QUEUE_LEN, v.guest_ram + DRIVER_DATA, DATA_LEN),
		0);
	free(copy);
}

static void lend_many(unsigned queue)
{
	for (unsigned i = 0; i < ECHO_SIZE / 2; i++)
		vpci_lend(&v, queue, (uint8_t)i, i % 8 == 0);
}

static uint64_t take_interrupts(void)
{
	uint64_t n = vpci_pulses(&v);

	for (unsigned i = 0; i < VPCI_VECTORS; i++)
		n += vpci_messages(&v, i);
	return n;
}

/* VIRTIO 2.4.1: once status reads 0, no queue is touched and no notification
 * sent, though the device was in the midst of a batch */
START_TEST(reset_under_load)
{
	vpci_init(&v, NULL);
	for (unsigned i = 0; i < 50; i++) {
		uint8_t *copy;

		vpci_start(&v, (unsigned)_i);
		lend_many(ECHO_QUEUE);
		lend_many(DROP_QUEUE);
		vpci_set_status(&v, 0);
		ck_assert_uint_eq(vpci_status(&v), 0);
		take_interrupts();
		copy = snapshot(i % ECHO_QUEUES);
		vpci_kick(&v, ECHO_QUEUE);
		vpci_kick(&v, DROP_QUEUE);
		expect_untouched(i % ECHO_QUEUES, copy);
		ck_assert_uint_eq(take_interrupts(), 0);
	}
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: while the device is not done with a reset status does not
 * read 0; nothing else may be programmed meanwhile [hostile 60] */
START_TEST(reset_takes_its_time)
{
	vpci_init(&v, NULL);
	v.vp.patience_ns = NSEC_PER_MSEC;
	vpci_start(&v, (unsigned)_i);
	echo_slow(&v.echo, true);
	vpci_lend(&v, ECHO_QUEUE, 1, true);
	echo_await_stopped(&v.echo);
	vpci_set_status(&v, 0);
	ck_assert_uint_ne(vpci_status(&v), 0);
	vpci_set_status(&v, S_ACK);
	vpci_set_status(&v, VPCI_ALL_STATUS | S_FAILED);
	vpci_set_status(&v, 0);
	vpci_accept(&v, 0);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, 8);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS);
	echo_slow(&v.echo, false);
	while (vpci_status(&v))
		sched_yield();
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE),
			  ECHO_SIZE);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 2);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.6.1.1.1, 4.1.4.3.1: queue_reset reads 1 until the device is done,
 * then it and queue_enable read 0; the other queue works on [hostile 59] */
START_TEST(queue_reset)
{
	uint8_t *copy;

	vpci_init(&v, NULL);
	v.vp.patience_ns = NSEC_PER_MSEC;
	vpci_start(&v, (unsigned)_i);
	echo_slow(&v.echo, true);
	vpci_lend(&v, ECHO_QUEUE, 1, true);
	echo_await_stopped(&v.echo);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET), 0);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET), 1);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, 8);
	echo_slow(&v.echo, false);
	while (queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET))
		sched_yield();
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE),
			  ECHO_SIZE);
	copy = snapshot(ECHO_QUEUE);
	for (unsigned i = 0; i < 100; i++)
		vpci_kick(&v, ECHO_QUEUE);
	expect_untouched(ECHO_QUEUE, copy);
	vpci_lend(&v, DROP_QUEUE, 1, true);
	vpci_take(&v, DROP_QUEUE, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.6.1.2.1: a queue enabled again after its reset has the size and
 * the addresses it was given then, and begins at its beginning */
START_TEST(queue_reset_and_again)
{
	static const uint16_t sizes[] = { 8, 64, 2, 32 };

	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 100; i++) {
		vpci_echo(&v, (uint8_t)i);
		vpci_lend(&v, ECHO_QUEUE, 1, true);
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
		ck_assert_uint_eq(
			queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET), 0);
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, sizes[i % 4]);
		vpci_set_up_queue(&v, ECHO_QUEUE);
		ck_assert_uint_eq(v.d[ECHO_QUEUE].cfg.size, sizes[i % 4]);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.6.1: without RING_RESET, and of a queue that is not enabled, there
 * is no queue reset */
START_TEST(queue_reset_refused)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, 0);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET), 0);
	ck_assert(accepted(BIT64(VIRTIO_F_VERSION_1)));
	vpci_set_up_queue(&v, ECHO_QUEUE);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 2);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* The registers of a queue, all of them written. */
static void scribble(void)
{
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, 8);
	for (unsigned reg = VIRTIO_PCI_COMMON_Q_DESCLO;
	     reg <= VIRTIO_PCI_COMMON_Q_USEDHI; reg += 4)
		vpci_set(&v, reg, 4, 0x13579bd0);
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
}

static void expect_queue(const uint8_t before[36])
{
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, ECHO_QUEUE);
	for (unsigned i = 0; i < 36; i++)
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_SIZE + i, 1),
				  before[i]);
}

static void read_queue(uint8_t regs[36])
{
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, ECHO_QUEUE);
	for (unsigned i = 0; i < 36; i++)
		regs[i] =
			(uint8_t)vpci_get(&v, VIRTIO_PCI_COMMON_Q_SIZE + i, 1);
}

/* VIRTIO 6.2: a driver that never says FEATURES_OK is served, with what it has
 * accepted, be that nothing; from its first queue on that stands */
START_TEST(no_features_ok)
{
	vpci_init(&v, NULL);
	/* As LK does it: for a disk what it accepts is lost by a reset. */
	vpci_accept(&v, BIT64(VIRTIO_F_VERSION_1));
	if (_i)
		vpci_set_status(&v, 0);
	vpci_set_status(&v, S_ACK | S_DRIVER);
	v.mode = 0;
	for (unsigned i = 0; i < ECHO_QUEUES; i++)
		vpci_set_up_queue(&v, i);
	vpci_accept(&v,
		    BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_F_RING_PACKED));
	vpci_set(&v, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_GF, 4), !_i);
	ck_assert(!virtio_has(&v.echo.dev, VIRTIO_F_RING_PACKED));
	ck_assert_uint_eq(virtio_has(&v.echo.dev, VIRTIO_F_VERSION_1), !_i);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_OK);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER | S_OK);
	for (unsigned i = 0; i < 200; i++)
		vpci_echo(&v, (uint8_t)i);
	/* And the next driver starts afresh. */
	vpci_start(&v, VPCI_PACKED);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 6.2: what was not offered, or lacks what it needs, is not served
 * without FEATURES_OK either */
START_TEST(no_features_ok_and_wrong_ones)
{
	vpci_init(&v, NULL);
	vpci_set_status(&v, S_ACK | S_DRIVER);
	vpci_accept(&v, BIT64(VIRTIO_F_SR_IOV));
	queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	ck_assert_uint_eq(queue_get(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_OK);
	ck_assert_uint_eq(vpci_status(&v), S_ACK | S_DRIVER);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.1.3: a queue is programmed between FEATURES_OK and DRIVER_OK,
 * before it is enabled; without a driver, after a refusal, or later a write has
 * no effect [hostile 34, 35] */
START_TEST(programming_times)
{
	uint8_t regs[36];

	vpci_init(&v, NULL);
	read_queue(regs);
	scribble();
	vpci_set_status(&v, S_ACK);
	scribble();
	expect_queue(regs);
	vpci_set_status(&v, S_ACK | S_DRIVER | S_FEATURES);
	scribble();
	expect_queue(regs);
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set_up_queue(&v, ECHO_QUEUE);
	read_queue(regs);
	scribble();
	expect_queue(regs);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	scribble();
	expect_queue(regs);
	for (unsigned i = 0; i < 200; i++)
		vpci_echo(&v, (uint8_t)i);
	queue_set(DROP_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	ck_assert_uint_eq(queue_get(DROP_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.6, 4.1.4.3.1: sizes of 0, beyond what was offered, and for split
 * rings no power of 2, are not taken [hostile 32, 33, 42] */
START_TEST(queue_sizes)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, (unsigned)_i);
	for (unsigned size = 0; size < 0x10000; size++) {
		bool ok = size && size <= ECHO_SIZE &&
			  (_i & VPCI_PACKED || !(size & (size - 1)));

		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, ECHO_SIZE);
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, size);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_SIZE, 2),
				  ok ? size : ECHO_SIZE);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.7, 2.8.10: rings that are misaligned or not wholly in memory
 * cannot be enabled [hostile 29, 30] */
START_TEST(ring_addresses)
{
	static const uint64_t bad[] = {
		/* Misaligned. */
		0x10001,
		/* Straddling RAM's end, behind it, on our own registers. */
		DRIVER_RAM - 16,
		DRIVER_RAM,
		VPCI_MMIO,
		0xfee00000,
		/* Wrapping. */
		UINT64_MAX - 15,
		BIT64(63),
	};
	static const unsigned regs[] = { VIRTIO_PCI_COMMON_Q_DESCLO,
					 VIRTIO_PCI_COMMON_Q_AVAILLO,
					 VIRTIO_PCI_COMMON_Q_USEDLO };

	vpci_init(&v, NULL);
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, ECHO_QUEUE);
	for (unsigned part = 0; part < 3; part++) {
		for (unsigned i = 0; i < 3; i++)
			vpci_set(&v, regs[i], 4, 0x10000 * (i + 1));
		for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
			vpci_set(&v, regs[part], 4, (uint32_t)bad[i]);
			vpci_set(&v, regs[part] + 4, 4,
				 (uint32_t)(bad[i] >> 32));
			/* 16 bytes before the end a packed ring's event
			 * structure is fine. */
			if (i == 1 && part && _i & VPCI_PACKED)
				continue;
			vpci_set(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
			ck_assert_uint_eq(
				vpci_get(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 2), 0);
		}
		vpci_set(&v, regs[part] + 4, 4, 0);
	}
	vpci_set_up_queue(&v, ECHO_QUEUE);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.2: queue_enable: only 1 means anything, once; 0 does not
 * disable [hostile 37] */
START_TEST(queue_enable)
{
	static const uint16_t values[] = { 0, 2, 3, 0x100, 0xffff };

	vpci_init(&v, NULL);
	vpci_negotiate(&v, (unsigned)_i);
	for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, values[i]);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 2),
				  0);
	}
	vpci_set_up_queue(&v, ECHO_QUEUE);
	for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, values[i]);
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 2),
				  1);
	}
	vpci_set_status(&v, VPCI_ALL_STATUS);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.1: without bus mastering there is no DMA and no message; with it
 * the device goes on where it was, and nothing is lost [hostile 61] */
START_TEST(bus_master)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t *copy;

		vpci_lend(&v, ECHO_QUEUE, (uint8_t)i, true);
		vpci_set_command(&v, 0, PCI_COMMAND_MASTER);
		ck_assert(!lent(ECHO_QUEUE) && !lent(DROP_QUEUE));
		vpci_interrupts(&v, ECHO_QUEUE);
		copy = snapshot(ECHO_QUEUE);
		vpci_kick(&v, ECHO_QUEUE);
		expect_untouched(ECHO_QUEUE, copy);
		ck_assert_uint_eq(vpci_interrupts(&v, ECHO_QUEUE), 0);
		vpci_set_command(&v, PCI_COMMAND_MASTER, 0);
		vpci_take(&v, ECHO_QUEUE, (uint8_t)i);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 3.2.1: a change of the configuration is notified once the driver is
 * ready, not before */
START_TEST(configuration_change)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, 0);
	echo_configure(&v.echo, 0, 9);
	ck_assert_uint_eq(vpci_interrupts(&v, VPCI_CONFIG), 0);
	ck_assert_uint_eq(bus_read(&v.mmio, v.isr, 1), 0);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	echo_configure(&v.echo, 0, 10);
	ck_assert_uint_eq(vpci_interrupts(&v, VPCI_CONFIG), 1);
	ck_assert_uint_eq(bus_read(&v.mmio, v.isr, 1), VIRTIO_PCI_ISR_CONFIG);
	vpci_free(&v);
}
END_TEST

struct racer {
	pthread_t thread;
	uint64_t seed;
	bool stop;
};

/* A vCPU that writes status, and whatever comes, while another works. */
static void *race_registers(void *arg)
{
	struct racer *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		r->seed = r->seed * 6364136223846793005 + 1442695040888963407;
		switch (r->seed >> 60) {
		case 0:
			vpci_set_command(&v, 0, PCI_COMMAND_MASTER);
			break;
		case 1:
			vpci_set_command(&v, PCI_COMMAND_MASTER, 0);
			break;
		case 2:
			queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_RESET, 1);
			break;
		default:
			vpci_set_status(&v, r->seed >> 40 & 1 ? 0 : 0xf);
			break;
		}
	}
	return NULL;
}

/* VIRTIO 2.4: resets from two processors at once, under load, end, and leave
 * a device that works [hostile 58] */
START_TEST(resets_from_two_vcpus)
{
	struct racer racer = { .seed = 1 };

	vpci_init(&v, NULL);
	ck_assert_int_eq(
		pthread_create(&racer.thread, NULL, race_registers, &racer), 0);
	for (unsigned i = 0; i < 3000; i++) {
		vpci_set_status(&v, 0);
		vpci_set_status(&v, S_ACK | S_DRIVER);
		vpci_accept(&v, BIT64(VIRTIO_F_VERSION_1) |
					BIT64(VIRTIO_F_RING_RESET));
		vpci_set_status(&v, S_ACK | S_DRIVER | S_FEATURES);
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_SIZE, 16);
		for (unsigned reg = 0; reg < 3; reg++)
			vpci_set(&v, VIRTIO_PCI_COMMON_Q_DESCLO + 8 * reg, 4,
				 0x10000 * (reg + 1));
		queue_set(ECHO_QUEUE, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
		vpci_set_status(&v, VPCI_ALL_STATUS);
		vpci_kick(&v, ECHO_QUEUE);
	}
	__atomic_store_n(&racer.stop, true, __ATOMIC_RELAXED);
	pthread_join(racer.thread, NULL);
	vpci_set_command(&v, PCI_COMMAND_MASTER, 0);
	vpci_set_status(&v, 0);
	memset(v.guest_ram, 0, 0x100000);
	vpci_start(&v, 0);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		every_subset,
		not_offered,
		features_are_settled,
		status_transitions,
		no_features_ok_and_wrong_ones,
		queue_reset_refused,
		resets_from_two_vcpus,
		NULL,
	};
	const TTest *const ring_modes[] = { queue_sizes, ring_addresses,
					    no_features_ok, NULL };
	const TTest *const modes[] = {
		nothing_before_driver_ok,
		needs_reset,
		failed,
		few_queues,
		reset_registers,
		reset_under_load,
		reset_takes_its_time,
		queue_reset,
		queue_reset_and_again,
		programming_times,
		queue_enable,
		bus_master,
		configuration_change,
		NULL,
	};
	Suite *suite = suite_create("virtio_pci_state");

	unit_add(suite, once, 1, NULL, NULL);
	unit_add(suite, ring_modes, VPCI_PACKED + 1, NULL, NULL);
	unit_add(suite, modes, VPCI_MODES, NULL, NULL);
	return unit_run(suite);
}
