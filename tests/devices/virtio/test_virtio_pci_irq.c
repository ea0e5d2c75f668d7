/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of the PCI transport: ISR status and the pin, MSI-X.  A comment
 * that begins with VIRTIO or PCI and a section is a line of docs/VIRTIO.md.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"
#include "tests/vpci.h"

enum {
	/* Of each race, unless RACE_ROUNDS says otherwise. */
	ROUNDS = 50000,
	CONTROL = PCI_MSIX_ENTRY_VECTOR_CTRL,
	NO_VECTOR = PCI_MSIX_NO_VECTOR,
};

static struct vpci v;

static uint8_t isr(void)
{
	return (uint8_t)bus_read(&v.mmio, v.isr, 1);
}

/* What KVM does at the guest's end-of-interrupt. */
static void end_of_interrupt(void)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(v.line.resample_fd, &one, sizeof(one)),
			 sizeof(one));
	irq_line_resample(&v.line);
}

static bool status_bit(void)
{
	return vpci_config(&v, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

/* VIRTIO 4.1.4.5.1: without MSI-X a used buffer notification sets the queue
 * bit, then interrupts; the driver's read returns the bits, clears them and
 * lowers the pin */
START_TEST(isr_queue)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 100; i++) {
		vpci_echo(&v, (uint8_t)i);
		vpci_await_pulse(&v);
		ck_assert_uint_eq(vpci_pulses(&v), 1);
		ck_assert_uint_eq(isr(), VIRTIO_PCI_ISR_QUEUE);
		ck_assert_uint_eq(isr(), 0);
		end_of_interrupt();
		ck_assert_uint_eq(vpci_pulses(&v), 0);
		ck_assert_uint_eq(driver_arm(&v.d[ECHO_QUEUE]), 0);
	}
	vpci_free(&v);
}
END_TEST

/* PCI 2.2.6: the pin is a level: an end-of-interrupt before the driver has
 * read the ISR interrupts again */
START_TEST(pin_is_a_level)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	vpci_await_pulse(&v);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(vpci_pulses(&v), 1);
		end_of_interrupt();
	}
	isr();
	ck_assert_uint_eq(vpci_pulses(&v), 1);
	end_of_interrupt();
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.5.1: the configuration bit is set before a configuration
 * change notification, with MSI-X and without */
START_TEST(isr_config)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	echo_configure(&v.echo, 0, 1);
	ck_assert_uint_eq(vpci_messages(&v, 0), _i & VPCI_MSIX ? 1 : 0);
	/* With MSI-X not even when the pin is considered again. */
	vpci_set_command(&v, PCI_COMMAND_MEMORY, 0);
	ck_assert_uint_eq(vpci_pulses(&v), _i & VPCI_MSIX ? 0 : 1);
	ck_assert_uint_eq(isr(), VIRTIO_PCI_ISR_CONFIG);
	ck_assert_uint_eq(isr(), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.5.1: without MSI-X, Interrupt Status in the PCI Status register
 * is the OR of the ISR bits */
START_TEST(interrupt_status)
{
	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	ck_assert(!status_bit());
	echo_configure(&v.echo, 0, 1);
	ck_assert(status_bit());
	vpci_set_config(&v, PCI_STATUS, 2, 0xffff);
	vpci_set_config(&v, PCI_STATUS, 2, 0);
	ck_assert(status_bit());
	vpci_set_command(&v, PCI_COMMAND_INTX_DISABLE, 0);
	ck_assert(status_bit());
	isr();
	ck_assert(!status_bit());
	echo_configure(&v.echo, 0, 2);
	vpci_enable_msix(&v);
	ck_assert(!status_bit());
	vpci_free(&v);
}
END_TEST

/* PCI 6.2.2: Interrupt Disable holds the pin low; what was pending interrupts
 * when it is cleared */
START_TEST(interrupt_disable)
{
	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	vpci_set_command(&v, PCI_COMMAND_INTX_DISABLE, 0);
	echo_configure(&v.echo, 0, 1);
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_set_command(&v, 0, PCI_COMMAND_INTX_DISABLE);
	ck_assert_uint_eq(vpci_pulses(&v), 1);
	vpci_set_command(&v, PCI_COMMAND_INTX_DISABLE, 0);
	end_of_interrupt();
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.4.1: a reset takes the interrupt back: ISR 0, pin low, nothing
 * pending */
START_TEST(reset_takes_interrupts_back)
{
	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	echo_configure(&v.echo, 0, 1);
	ck_assert_uint_eq(vpci_pulses(&v), 1);
	vpci_set_status(&v, 0);
	end_of_interrupt();
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	ck_assert_uint_eq(isr(), 0);
	vpci_enable_msix(&v);
	vpci_set_table(&v, 0, CONTROL, 1);
	vpci_start(&v, 0);
	echo_configure(&v.echo, 0, 2);
	ck_assert_uint_eq(vpci_pending(&v), 1);
	vpci_set_status(&v, 0);
	ck_assert_uint_eq(vpci_pending(&v), 0);
	vpci_set_table(&v, 0, CONTROL, 0);
	ck_assert_uint_eq(vpci_messages(&v, 0), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.1.2.1: from 2 to 0x800 vectors, as many as Table Size says */
START_TEST(vectors)
{
	unsigned cap;

	vpci_init(&v, NULL);
	cap = vpci_capability(&v, PCI_CAP_ID_MSIX, 0);
	ck_assert_uint_eq((vpci_config(&v, cap + PCI_MSIX_FLAGS, 2) &
			   PCI_MSIX_FLAGS_QSIZE) +
				  1,
			  VPCI_VECTORS);
	ck_assert_uint_ge(VPCI_VECTORS, 2);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.1.2.1: any event can be mapped to any vector, and reads back;
 * NO_VECTOR unmaps it; a vector there is not reads back as NO_VECTOR
 * [hostile 54] */
START_TEST(vector_mapping)
{
	static const uint16_t bad[] = { VPCI_VECTORS, VPCI_VECTORS + 1, 0x7ff,
					0xfffe, 0xffff };

	vpci_init(&v, NULL);
	for (unsigned q = 0; q < ECHO_QUEUES; q++) {
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, q);
		for (unsigned i = 0; i < VPCI_VECTORS; i++) {
			vpci_set(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2, i);
			vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, i);
			ck_assert_uint_eq(
				vpci_get(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2), i);
			ck_assert_uint_eq(
				vpci_get(&v, VIRTIO_PCI_COMMON_MSIX, 2), i);
		}
		for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
			vpci_set(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2, 0);
			vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, 0);
			vpci_set(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2, bad[i]);
			vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, bad[i]);
			ck_assert_uint_eq(
				vpci_get(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2),
				NO_VECTOR);
			ck_assert_uint_eq(
				vpci_get(&v, VIRTIO_PCI_COMMON_MSIX, 2),
				NO_VECTOR);
		}
	}
	vpci_free(&v);
}
END_TEST

static void map_vector(unsigned queue, uint16_t vector)
{
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_MSIX, 2, vector);
}

/* VIRTIO 4.1.5.1.2.1: events arrive at the vectors they are mapped to, also
 * two at one [hostile 54] */
START_TEST(vector_delivery)
{
	vpci_init(&v, NULL);
	vpci_start(&v, VPCI_MSIX | (unsigned)_i);
	for (uint16_t i = 0; i < VPCI_VECTORS; i++) {
		map_vector(ECHO_QUEUE, i);
		map_vector(DROP_QUEUE, i);
		vpci_echo(&v, 1);
		vpci_await_message(&v, i);
		driver_arm(&v.d[ECHO_QUEUE]);
		vpci_messages(&v, i);
		vpci_lend(&v, DROP_QUEUE, 1, true);
		vpci_take(&v, DROP_QUEUE, 1);
		vpci_await_message(&v, i);
		driver_arm(&v.d[DROP_QUEUE]);
		ck_assert_uint_eq(vpci_messages(&v, i), 1);
		vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, i);
		echo_configure(&v.echo, 0, 1);
		ck_assert_uint_eq(vpci_messages(&v, i), 1);
	}
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.3.1, 4.1.5.4.1: with MSI-X on, an event without a vector does
 * not interrupt, by message or pin */
START_TEST(no_vector)
{
	vpci_init(&v, NULL);
	vpci_start(&v, VPCI_MSIX | (unsigned)_i);
	map_vector(ECHO_QUEUE, NO_VECTOR);
	vpci_set(&v, VIRTIO_PCI_COMMON_MSIX, 2, NO_VECTOR);
	vpci_echo(&v, 1);
	driver_arm(&v.d[ECHO_QUEUE]);
	/* The next buffer's interrupt comes after any of the first's. */
	map_vector(ECHO_QUEUE, 2);
	vpci_echo(&v, 2);
	vpci_await_message(&v, 2);
	ck_assert_uint_eq(vpci_messages(&v, 2), 1);
	echo_configure(&v.echo, 0, 1);
	ck_assert_uint_eq(vpci_messages(&v, 0), 0);
	ck_assert_uint_eq(vpci_messages(&v, 1), 0);
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2.9: an event for a masked vector sets its pending bit; unmasking
 * sends one message and clears it */
START_TEST(masked_vector)
{
	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, 0);
	vpci_set_table(&v, 0, CONTROL, 1);
	for (unsigned i = 0; i < 3; i++)
		echo_configure(&v.echo, 0, (uint8_t)i);
	ck_assert_uint_eq(vpci_pending(&v), 1);
	ck_assert_uint_eq(vpci_messages(&v, 0), 0);
	vpci_set_table(&v, 0, CONTROL, 0);
	ck_assert_uint_eq(vpci_pending(&v), 0);
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	vpci_set_table(&v, 0, CONTROL, 1);
	vpci_set_table(&v, 0, CONTROL, 0);
	ck_assert_uint_eq(vpci_messages(&v, 0), 0);
	vpci_free(&v);
}
END_TEST

static void set_flags(uint16_t flags)
{
	unsigned cap = vpci_capability(&v, PCI_CAP_ID_MSIX, 0);

	vpci_set_config(&v, cap + PCI_MSIX_FLAGS, 2, flags);
}

/* PCI 6.8.2.3: Function Mask masks all vectors, and so does, for us, the bus
 * master bit: the events are pending until then */
START_TEST(masked_function)
{
	vpci_init(&v, NULL);
	vpci_start(&v, VPCI_MSIX | (unsigned)_i);
	set_flags(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	echo_configure(&v.echo, 0, 1);
	vpci_echo(&v, 1);
	while (vpci_pending(&v) != 3)
		sched_yield();
	ck_assert_uint_eq(vpci_messages(&v, 0), 0);
	ck_assert_uint_eq(vpci_messages(&v, 1), 0);
	set_flags(PCI_MSIX_FLAGS_ENABLE);
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	ck_assert_uint_eq(vpci_messages(&v, 1), 1);
	vpci_set_command(&v, 0, PCI_COMMAND_MASTER);
	echo_configure(&v.echo, 0, 2);
	ck_assert_uint_eq(vpci_pending(&v), 1);
	vpci_set_command(&v, PCI_COMMAND_MASTER, 0);
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	ck_assert_uint_eq(vpci_pending(&v), 0);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2: the message sent is the table entry's, also one changed while
 * masked, or unmasked [hostile 56] */
START_TEST(entry_changes)
{
	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, 0);
	ck_assert_uint_eq(v.message[0].data, 0x40);
	vpci_set_table(&v, 0, CONTROL, 1);
	echo_configure(&v.echo, 0, 1);
	vpci_set_table(&v, 0, PCI_MSIX_ENTRY_DATA, 0x77);
	vpci_set_table(&v, 0, PCI_MSIX_ENTRY_LOWER_ADDR, VPCI_MSI(3));
	vpci_set_table(&v, 0, CONTROL, 0);
	ck_assert_uint_eq(v.message[0].data, 0x77);
	ck_assert_uint_eq(v.message[0].addr, VPCI_MSI(3));
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	vpci_set_table(&v, 0, PCI_MSIX_ENTRY_DATA, 0x78);
	ck_assert_uint_eq(v.message[0].data, 0x78);
	ck_assert_uint_eq(vpci_table(&v, 0, PCI_MSIX_ENTRY_DATA), 0x78);
	echo_configure(&v.echo, 0, 2);
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2: an address that is no interrupt controller's sends nothing, and
 * harms nothing [hostile 55] */
START_TEST(entry_garbage)
{
	static const uint64_t bad[] = { 0,	    0x1000,	 VPCI_MMIO,
					UINT64_MAX, 0x1fee00000, 0xfed00000 };

	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		vpci_set_table(&v, 0, PCI_MSIX_ENTRY_LOWER_ADDR,
			       (uint32_t)bad[i]);
		vpci_set_table(&v, 0, PCI_MSIX_ENTRY_UPPER_ADDR,
			       (uint32_t)(bad[i] >> 32));
		ck_assert(!v.message[0].routed);
		echo_configure(&v.echo, 0, 1);
	}
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2: the table takes aligned dwords and qwords; other writes, writes
 * of pending bits and what lies behind have no effect [hostile 51] */
START_TEST(table_hostile)
{
	uint64_t bar;

	vpci_init(&v, NULL);
	bar = vpci_bar(&v, VPCI_BAR_MSIX);
	ck_assert_uint_eq(vpci_table(&v, 0, CONTROL), 1);
	bus_write(&v.mmio, bar, 8, 0x12345678fee01000);
	ck_assert_uint_eq(bus_read(&v.mmio, bar, 8), 0x12345678fee01000);
	bus_write(&v.mmio, bar + 8, 8, 0xffffffff00000055);
	ck_assert_uint_eq(bus_read(&v.mmio, bar + 8, 8), 0x100000055);
	for (unsigned at = 0; at < 16; at++) {
		bus_write(&v.mmio, bar + at, 1, 0xff);
		bus_write(&v.mmio, bar + at, 2, 0xffff);
		if (at % 4)
			bus_write(&v.mmio, bar + at, 4, UINT32_MAX);
	}
	ck_assert_uint_eq(bus_read(&v.mmio, bar, 8), 0x12345678fee01000);
	ck_assert_uint_eq(bus_read(&v.mmio, bar + 1, 2), 0xe010);
	for (unsigned at = 16 * VPCI_VECTORS; at < PCI_MSIX_BAR_SIZE; at += 4) {
		bus_write(&v.mmio, bar + at, 4, UINT32_MAX);
		ck_assert_uint_eq(bus_read(&v.mmio, bar + at, 4), 0);
	}
	ck_assert_uint_eq(vpci_pending(&v), 0);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2.3: MSI-X enabled: the pin is never used; disabled: no message is
 * sent; toggled under traffic, no event gets lost for good [hostile 57] */
START_TEST(msix_on_and_off)
{
	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	vpci_enable_msix(&v);
	for (unsigned i = 0; i < 1000; i++) {
		set_flags(i & 1 ? PCI_MSIX_FLAGS_ENABLE : 0);
		vpci_messages(&v, 0);
		vpci_pulses(&v);
		isr();
		end_of_interrupt();
		vpci_pulses(&v);
		echo_configure(&v.echo, 0, (uint8_t)i);
		ck_assert_uint_eq(vpci_messages(&v, 0), i & 1);
		ck_assert_uint_eq(vpci_pulses(&v), !(i & 1));
	}
	vpci_free(&v);
}
END_TEST

/* --- two threads --------------------------------------------------------- */

/* Raises an event, waits until the driver has seen it, and so on. */
struct raiser {
	pthread_t thread;
	uint8_t bit;
	uint16_t vector;
	unsigned rounds;
	/* Rounds the driver has seen: stored with release by the driver's
	 * thread, loaded with acquire here. */
	unsigned seen;
	bool done;
};

static void *raise_events(void *arg)
{
	struct raiser *r = arg;

	for (unsigned i = 1; i <= r->rounds; i++) {
		virtio_pci_notify(&v.vp, r->bit, r->vector);
		for (unsigned n = 0;
		     __atomic_load_n(&r->seen, __ATOMIC_ACQUIRE) < i; n++)
			if (n % 64 == 63)
				sched_yield();
	}
	__atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static unsigned rounds(void)
{
	const char *text = getenv("RACE_ROUNDS");

	return text ? (unsigned)atoi(text) : ROUNDS;
}

static void start_raiser(struct raiser *r, uint8_t bit, uint16_t vector)
{
	*r = (struct raiser){ .bit = bit,
			      .vector = vector,
			      .rounds = rounds() };
	ck_assert_int_eq(pthread_create(&r->thread, NULL, raise_events, r), 0);
}

static bool done(struct raiser *r)
{
	return __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);
}

static void count_seen(struct raiser *r, uint8_t bits)
{
	if (bits & r->bit)
		__atomic_store_n(&r->seen, r->seen + 1, __ATOMIC_RELEASE);
}

/* A thread that takes the ISR bits, as a vCPU does. */
struct reader {
	pthread_t thread;
	pid_t tid;
};

static void *read_isr(void *arg)
{
	struct reader *r = arg;

	__atomic_store_n(&r->tid, gettid(), __ATOMIC_RELEASE);
	virtio_pci_take_isr(&v.vp);
	return NULL;
}

/* Until the thread sleeps: for a lock that we hold, as nothing else stops
 * it. */
static void await_asleep(struct reader *r)
{
	char path[64], stat[256], *state;
	FILE *f;

	do {
		sched_yield();
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
			 __atomic_load_n(&r->tid, __ATOMIC_ACQUIRE));
		f = fopen(path, "r");
		state = f && fgets(stat, sizeof(stat), f) ? strrchr(stat, ')') :
							    NULL;
		if (f)
			fclose(f);
	} while (!state || state[2] != 'S');
}

static void start_reader(struct reader *r)
{
	*r = (struct reader){ 0 };
	ck_assert_int_eq(pthread_create(&r->thread, NULL, read_isr, r), 0);
	await_asleep(r);
}

/* VIRTIO 4.1.4.5.1: a bit set after the driver took the others, but before it
 * drove the pin, keeps the pin high: the level is decided when it is driven */
START_TEST(level_decided_under_the_lock)
{
	struct reader r;

	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	virtio_pci_notify(&v.vp, VIRTIO_PCI_ISR_QUEUE, NO_VECTOR);
	pthread_mutex_lock(&v.vp.intx_lock);
	start_reader(&r);
	ck_assert_uint_eq(__atomic_load_n(&v.vp.isr, __ATOMIC_ACQUIRE), 0);
	__atomic_fetch_or(&v.vp.isr, VIRTIO_PCI_ISR_CONFIG, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&v.vp.intx_lock);
	pthread_join(r.thread, NULL);
	ck_assert(v.line.level);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.5.1: and it is driven before anyone else decides another */
START_TEST(level_driven_under_the_lock)
{
	struct reader r;

	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	virtio_pci_notify(&v.vp, VIRTIO_PCI_ISR_QUEUE, NO_VECTOR);
	pthread_mutex_lock(&v.line.lock);
	start_reader(&r);
	ck_assert_int_eq(pthread_mutex_trylock(&v.vp.intx_lock), EBUSY);
	pthread_mutex_unlock(&v.line.lock);
	pthread_join(r.thread, NULL);
	ck_assert(!v.line.level);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.5.1: no bit and no interrupt is lost while two parties set bits
 * and the driver takes them */
START_TEST(isr_race)
{
	struct raiser r[2];

	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	start_raiser(&r[0], VIRTIO_PCI_ISR_QUEUE, NO_VECTOR);
	start_raiser(&r[1], VIRTIO_PCI_ISR_CONFIG, NO_VECTOR);
	/* The driver: asleep until the pin rises.  A lost one is a hang. */
	while (!done(&r[0]) || !done(&r[1])) {
		uint8_t bits;

		if (!vpci_pulses(&v)) {
			sched_yield();
			continue;
		}
		bits = isr();
		count_seen(&r[0], bits);
		count_seen(&r[1], bits);
		end_of_interrupt();
	}
	pthread_join(r[0].thread, NULL);
	pthread_join(r[1].thread, NULL);
	vpci_free(&v);
}
END_TEST

/* A queue's worker: shows a used buffer, interrupts, and waits until the driver
 * has seen it. */
struct completer {
	pthread_t thread;
	struct virtio_pci_queue *q;
	/* Stored with release by the one named first, loaded with acquire by
	 * the other: worker, driver. */
	unsigned used;
	unsigned seen;
};

static void *complete(void *arg)
{
	struct completer *c = arg;

	for (unsigned i = 1; i <= rounds(); i++) {
		__atomic_store_n(&c->used, i, __ATOMIC_RELEASE);
		virtio_pci_queue_interrupt(c->q);
		for (unsigned n = 0;
		     __atomic_load_n(&c->seen, __ATOMIC_ACQUIRE) < i; n++)
			if (n % 64 == 63)
				sched_yield();
	}
	return NULL;
}

/* VIRTIO 4.1.4.5.1: no used buffer goes unnoticed when the workers of
 * two queues set the one bit while the driver takes it */
START_TEST(isr_of_two_queues)
{
	struct completer c[2];
	unsigned left = ARRAY_SIZE(c) * rounds();

	vpci_init(&v, NULL);
	vpci_start(&v, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(c); i++) {
		c[i] = (struct completer){ .q = &v.vp.queue[i] };
		ck_assert_int_eq(
			pthread_create(&c[i].thread, NULL, complete, &c[i]), 0);
	}
	/* It looks at the rings when told to, and only then. */
	while (left) {
		if (!vpci_pulses(&v)) {
			sched_yield();
			continue;
		}
		if (isr() & VIRTIO_PCI_ISR_QUEUE)
			for (unsigned i = 0; i < ARRAY_SIZE(c); i++) {
				unsigned used = __atomic_load_n(
					&c[i].used, __ATOMIC_ACQUIRE);

				left -= used - c[i].seen;
				__atomic_store_n(&c[i].seen, used,
						 __ATOMIC_RELEASE);
			}
		end_of_interrupt();
	}
	for (unsigned i = 0; i < ARRAY_SIZE(c); i++)
		pthread_join(c[i].thread, NULL);
	vpci_free(&v);
}
END_TEST

/* PCI 6.8.2.9: no event is lost, and none sent while masked, when a vector is
 * masked and unmasked while events arrive [hostile 56] */
START_TEST(mask_race)
{
	unsigned cap, size = 4;
	struct raiser r;
	uint64_t at;

	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, 0);
	cap = vpci_capability(&v, PCI_CAP_ID_MSIX, 0);
	at = vpci_bar(&v, VPCI_BAR_MSIX) + PCI_MSIX_ENTRY_SIZE + CONTROL;
	if (_i) {
		at = VPCI_ECAM + PCI_CONFIG_ADDRESS(VPCI_DEVFN) + cap +
		     PCI_MSIX_FLAGS;
		size = 2;
	}
	start_raiser(&r, VIRTIO_PCI_ISR_QUEUE, 1);
	while (!done(&r)) {
		bus_write(&v.mmio, at, size, _i ? 0xc000 : 1);
		if (vpci_messages(&v, 1))
			count_seen(&r, r.bit);
		else
			sched_yield();
		/* Masked, and none on its way: none may come. */
		ck_assert_uint_eq(vpci_messages(&v, 1), 0);
		bus_write(&v.mmio, at, size, _i ? 0x8000 : 0);
	}
	pthread_join(r.thread, NULL);
	vpci_free(&v);
}
END_TEST

/* A device's thread that raises an event when told to. */
struct signaller {
	pthread_t thread;
	/* The round to raise one in, and the last in which it was raised: each
	 * stored with release by one side, loaded with acquire by the other. */
	unsigned wanted, raised;
};

static void await_round(const unsigned *round, unsigned i)
{
	for (unsigned n = 0; __atomic_load_n(round, __ATOMIC_ACQUIRE) < i; n++)
		if (n % 64 == 63)
			sched_yield();
}

static void *signal_when_told(void *arg)
{
	struct signaller *s = arg;

	for (unsigned i = 1; i <= rounds(); i++) {
		await_round(&s->wanted, i);
		/* At another moment of the driver's each time. */
		for (volatile unsigned wait = i % 2048; wait; wait--)
			;
		virtio_pci_queue_interrupt(&v.vp.queue[0]);
		__atomic_store_n(&s->raised, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* The driver has MSI-X off and no interrupt to come. */
static void back_to_the_pin(void)
{
	set_flags(0);
	isr();
	end_of_interrupt();
	vpci_pulses(&v);
	vpci_messages(&v, 1);
}

/* PCI 6.8.2: an event that comes while MSI-X is being enabled interrupts by a
 * message or by the pin */
START_TEST(msix_enable_race)
{
	struct signaller s = { 0 };

	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, VPCI_MSIX);
	ck_assert_int_eq(pthread_create(&s.thread, NULL, signal_when_told, &s),
			 0);
	for (unsigned i = 1; i <= rounds(); i++) {
		back_to_the_pin();
		__atomic_store_n(&s.wanted, i, __ATOMIC_RELEASE);
		set_flags(PCI_MSIX_FLAGS_ENABLE);
		await_round(&s.raised, i);
		ck_assert_uint_ne(vpci_messages(&v, 1) + vpci_pulses(&v), 0);
	}
	pthread_join(s.thread, NULL);
	vpci_free(&v);
}
END_TEST

static void *raise_one(void *arg)
{
	struct reader *r = arg;

	__atomic_store_n(&r->tid, gettid(), __ATOMIC_RELEASE);
	virtio_pci_notify(&v.vp, VIRTIO_PCI_ISR_QUEUE, 1);
	return NULL;
}

/* PCI 6.8.2: an event for which there was no MSI-X yet looks again once it may
 * drive the pin */
START_TEST(msix_enabled_before_the_pin)
{
	struct reader r = { 0 };
	uint8_t *flags;

	vpci_init(&v, NULL);
	vpci_enable_msix(&v);
	vpci_start(&v, VPCI_MSIX);
	back_to_the_pin();
	pthread_mutex_lock(&v.vp.intx_lock);
	ck_assert_int_eq(pthread_create(&r.thread, NULL, raise_one, &r), 0);
	await_asleep(&r);
	/* As by the driver, who then waits for our lock. */
	flags = v.vp.msix.function->config + v.vp.msix.capability +
		PCI_MSIX_FLAGS;
	flags[1] |= PCI_MSIX_FLAGS_ENABLE >> 8;
	pci_msix_update(&v.vp.msix);
	pthread_mutex_unlock(&v.vp.intx_lock);
	pthread_join(r.thread, NULL);
	ck_assert_uint_eq(vpci_messages(&v, 1), 1);
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		interrupt_status,
		interrupt_disable,
		vectors,
		vector_mapping,
		masked_vector,
		entry_changes,
		entry_garbage,
		table_hostile,
		msix_on_and_off,
		isr_race,
		isr_of_two_queues,
		level_decided_under_the_lock,
		level_driven_under_the_lock,
		msix_enable_race,
		msix_enabled_before_the_pin,
		reset_takes_interrupts_back,
		NULL,
	};
	const TTest *const twice[] = { mask_race, NULL };
	const TTest *const ring_modes[] = {
		isr_queue, pin_is_a_level,  vector_delivery,
		no_vector, masked_function, NULL,
	};
	const TTest *const modes[] = { isr_config, NULL };
	Suite *suite = suite_create("virtio_pci_irq");

	unit_add(suite, once, 1, NULL, NULL);
	unit_add(suite, twice, 2, NULL, NULL);
	unit_add(suite, ring_modes, VPCI_RING_MODES, NULL, NULL);
	unit_add(suite, modes, VPCI_MODES, NULL, NULL);
	return unit_run(suite);
}
