/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of legacy drivers.  A comment that begins with VIRTIO and a
 * section is a line of docs/VIRTIO.md.
 */
#include <string.h>

#include "base/util.h"
#include "tests/vpci.h"

enum { PAGE = 0x300 };

static struct vpci v;

static void init(void)
{
	const struct virtio_pci_options options = { .packed = true,
						    .transitional = true };

	vpci_init(&v, &options);
}

static uint32_t get(unsigned reg, unsigned size)
{
	return (uint32_t)bus_read(&v.port, vpci_bar(&v, VPCI_BAR_LEGACY) + reg,
				  size);
}

static void set(unsigned reg, unsigned size, uint32_t value)
{
	bus_write(&v.port, vpci_bar(&v, VPCI_BAR_LEGACY) + reg, size, value);
}

static void kick(uint16_t queue)
{
	vpci_write(&v, true,
		   vpci_bar(&v, VPCI_BAR_LEGACY) + VIRTIO_PCI_QUEUE_NOTIFY, 2,
		   queue);
}

static uint64_t align(uint64_t at)
{
	return (at + 4095) & ~UINT64_C(4095);
}

/* Set queue @queue up at @page, as 2.7.2 lays it out. */
static void set_up(unsigned queue, uint32_t page)
{
	struct vq_config cfg = { .event_idx = v.mode & VPCI_EVENT_IDX,
				 .indirect = v.mode & VPCI_INDIRECT };

	set(VIRTIO_PCI_QUEUE_SEL, 2, queue);
	cfg.size = (uint16_t)get(VIRTIO_PCI_QUEUE_NUM, 2);
	cfg.desc = (uint64_t)page << 12;
	cfg.driver = cfg.desc + 16u * cfg.size;
	cfg.device = align(cfg.driver + 6 + 2u * cfg.size);
	driver_free(&v.d[queue]);
	driver_init(&v.d[queue], &cfg,
		    cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT, v.guest_ram,
		    0);
	v.d[queue].tables += 0x10000 * queue;
	set(VIRTIO_PCI_QUEUE_PFN, 4, page);
	ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_PFN, 4), page);
}

static void map_vectors(void)
{
	vpci_enable_msix(&v);
	set(VIRTIO_MSI_CONFIG_VECTOR, 2, 0);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		set(VIRTIO_PCI_QUEUE_SEL, 2, i);
		set(VIRTIO_MSI_QUEUE_VECTOR, 2, i + 1);
	}
}

/* By a mode of vpci.h that is not packed. */
static void start(unsigned mode)
{
	v.mode = mode;
	set(VIRTIO_PCI_STATUS, 1, 0);
	ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1), 0);
	set(VIRTIO_PCI_STATUS, 1, 1);
	set(VIRTIO_PCI_STATUS, 1, 3);
	set(VIRTIO_PCI_GUEST_FEATURES, 4,
	    BIT(ECHO_F_BASE) |
		    (mode & VPCI_EVENT_IDX ? BIT(VIRTIO_RING_F_EVENT_IDX) : 0) |
		    (mode & VPCI_INDIRECT ? BIT(VIRTIO_RING_F_INDIRECT_DESC) :
					    0));
	for (unsigned i = 0; i < ECHO_QUEUES; i++)
		set_up(i, PAGE + 0x10 * i);
	if (mode & VPCI_MSIX)
		map_vectors();
}

/* Tests in each of these modes find theirs in _i. */
enum { MODES = VPCI_MODES / 2 };

static unsigned mode_of(int i)
{
	return (unsigned)i * VPCI_EVENT_IDX;
}

static void echo(uint8_t byte)
{
	vpci_lend(&v, ECHO_QUEUE, byte, false);
	kick(ECHO_QUEUE);
	vpci_take(&v, ECHO_QUEUE, byte);
}

/* VIRTIO 4.1.4.10: a legacy driver finds its registers in I/O BAR 0, sets up
 * queues by page number and drives the device with them */
START_TEST(drive)
{
	init();
	ck_assert(vpci_config(&v, PCI_BASE_ADDRESS_0, 4) & 1);
	ck_assert(vpci_config(&v, PCI_COMMAND, 2) & PCI_COMMAND_IO);
	start(mode_of(_i));
	set(VIRTIO_PCI_STATUS, 1, 7);
	ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1), 7);
	for (unsigned i = 0; i < 100; i++)
		echo((uint8_t)i);
	vpci_await_interrupt(&v, ECHO_QUEUE);
	ck_assert_uint_eq(get(VIRTIO_PCI_ISR, 1), 1);
	ck_assert_uint_eq(get(VIRTIO_PCI_ISR, 1), 0);
	vpci_lend(&v, DROP_QUEUE, 1, false);
	kick(DROP_QUEUE);
	vpci_take(&v, DROP_QUEUE, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 3.1.2: a legacy driver may use the device before DRIVER_OK, whatever
 * it has said of itself by then */
START_TEST(use_before_driver_ok)
{
	init();
	start(mode_of(_i >> 1));
	if (_i & 1) {
		set(VIRTIO_PCI_STATUS, 1, 0);
		v.mode = 0;
		for (unsigned i = 0; i < ECHO_QUEUES; i++)
			set_up(i, PAGE + 0x10 * i);
	}
	echo(1);
	set(VIRTIO_PCI_STATUS, 1, 4);
	echo(2);
	ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1), _i & 1 ? 4 : 7);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.10, 6.4: device features are bits 0 to 31, with ANY_LAYOUT;
 * bits from 32 on are not accepted; what is not offered, or lacks what it
 * needs, neither */
START_TEST(features)
{
	uint32_t offered;

	init();
	offered = get(VIRTIO_PCI_HOST_FEATURES, 4);
	ck_assert(offered & BIT(VIRTIO_F_ANY_LAYOUT));
	ck_assert(offered & BIT(ECHO_F_BASE));
	set(VIRTIO_PCI_GUEST_FEATURES, 4, UINT32_MAX);
	ck_assert_uint_eq(v.echo.dev.negotiated,
			  offered & ~BIT(VIRTIO_F_ANY_LAYOUT));
	set(VIRTIO_PCI_GUEST_FEATURES, 4, BIT(ECHO_F_MORE));
	ck_assert_uint_eq(v.echo.dev.negotiated, 0);
	ck_assert_uint_eq(get(VIRTIO_PCI_GUEST_FEATURES, 4), 0);
	start(0);
	set(VIRTIO_PCI_GUEST_FEATURES, 4, UINT32_MAX);
	ck_assert_uint_eq(v.echo.dev.negotiated, BIT(ECHO_F_BASE));
	ck_assert(!virtio_has(&v.echo.dev, VIRTIO_F_VERSION_1));
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.10: with MSI-X enabled two vectors come before the device
 * configuration, which moves by four bytes */
START_TEST(msix_moves_the_configuration)
{
	init();
	ck_assert_uint_eq(get(20, 4), 0x04030201);
	ck_assert_uint_eq(get(24, 4), 0x08070605);
	set(24, 4, 0x11111111);
	ck_assert_uint_eq(get(24, 4), 0x11111111);
	vpci_enable_msix(&v);
	ck_assert_uint_eq(get(24, 4), 0x04030201);
	ck_assert_uint_eq(get(28, 2), 0x1111);
	ck_assert_uint_eq(get(VIRTIO_MSI_CONFIG_VECTOR, 2), PCI_MSIX_NO_VECTOR);
	start(0);
	set(VIRTIO_MSI_CONFIG_VECTOR, 2, 0);
	set(VIRTIO_PCI_QUEUE_SEL, 2, ECHO_QUEUE);
	set(VIRTIO_MSI_QUEUE_VECTOR, 2, 2);
	ck_assert_uint_eq(get(VIRTIO_MSI_QUEUE_VECTOR, 2), 2);
	set(VIRTIO_MSI_QUEUE_VECTOR, 2, VPCI_VECTORS);
	ck_assert_uint_eq(get(VIRTIO_MSI_QUEUE_VECTOR, 2), PCI_MSIX_NO_VECTOR);
	set(VIRTIO_MSI_QUEUE_VECTOR, 2, 1);
	set(VIRTIO_PCI_STATUS, 1, 7);
	echo(1);
	vpci_await_message(&v, 1);
	echo_configure(&v.echo, 0, 1);
	ck_assert_uint_eq(vpci_messages(&v, 0), 1);
	ck_assert_uint_eq(vpci_pulses(&v), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.10: the configuration may be accessed at any width */
START_TEST(configuration_widths)
{
	init();
	for (unsigned i = 0; i < ECHO_CONFIG; i++)
		ck_assert_uint_eq(get(20 + i, 1), i + 1);
	ck_assert_uint_eq(get(21, 2), 0x0302);
	set(25, 1, 0x99);
	ck_assert_uint_eq(get(24, 4), 0x08079905);
	/* Nothing behind its end. */
	ck_assert_uint_eq(get(28, 4), 0);
	set(26, 4, 0);
	ck_assert_uint_eq(get(24, 4), 0x08079905);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.1.3: page 0 takes a queue out of use; another page then puts
 * it there; a page outside memory does not */
START_TEST(pages)
{
	static const uint32_t bad[] = { DRIVER_RAM >> 12,
					(DRIVER_RAM >> 12) - 1, 0xc0000,
					0xfffff, UINT32_MAX };

	init();
	start(mode_of(_i));
	set(VIRTIO_PCI_STATUS, 1, 7);
	for (unsigned i = 0; i < 50; i++) {
		echo((uint8_t)i);
		set(VIRTIO_PCI_QUEUE_SEL, 2, ECHO_QUEUE);
		/* In use: stays. */
		set(VIRTIO_PCI_QUEUE_PFN, 4, PAGE + 1);
		ck_assert_uint_ne(get(VIRTIO_PCI_QUEUE_PFN, 4), PAGE + 1);
		set(VIRTIO_PCI_QUEUE_PFN, 4, 0);
		ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_PFN, 4), 0);
		for (unsigned n = 0; n < ARRAY_SIZE(bad); n++) {
			set(VIRTIO_PCI_QUEUE_PFN, 4, bad[n]);
			ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_PFN, 4), 0);
		}
		memset(v.guest_ram + (PAGE + 0x20) * UINT64_C(4096), 0, 65536);
		set_up(ECHO_QUEUE, PAGE + 0x20);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.10: a reset by the legacy status register, under load, is done
 * when the write is: legacy drivers do not look */
START_TEST(reset)
{
	init();
	for (unsigned i = 0; i < 100; i++) {
		start(mode_of(_i));
		for (unsigned n = 0; n < ECHO_SIZE / 2; n++)
			vpci_lend(&v, ECHO_QUEUE, 1, false);
		kick(ECHO_QUEUE);
		set(VIRTIO_PCI_STATUS, 1, 0);
		for (unsigned q = 0; q < ECHO_QUEUES; q++)
			ck_assert_int_eq(v.vp.queue[q].place, QUEUE_HELD);
		ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1), 0);
		ck_assert_uint_eq(get(VIRTIO_PCI_ISR, 1), 0);
		ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_PFN, 4), 0);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.2.3: one driver at a time: a legacy driver's device takes no
 * modern writes but a reset, and the other way round */
START_TEST(one_interface_at_a_time)
{
	init();
	start(0);
	vpci_accept(&v, UINT64_MAX);
	vpci_set_status(&v, 0xf);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_DESCLO, 4, 0);
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 0);
	ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1), 3);
	echo(1);
	vpci_start(&v, 1);
	set(VIRTIO_PCI_STATUS, 1, 0xff);
	set(VIRTIO_PCI_GUEST_FEATURES, 4, 0);
	set(VIRTIO_PCI_QUEUE_PFN, 4, 0);
	ck_assert_uint_eq(vpci_status(&v), VPCI_ALL_STATUS);
	vpci_echo(&v, 2);
	set(VIRTIO_PCI_STATUS, 1, 0);
	ck_assert_uint_eq(vpci_status(&v), 0);
	start(0);
	echo(3);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.10: accesses that mean nothing: absent queues, wrong kicks,
 * other widths, string writes [hostile 36, 43, 67] */
START_TEST(hostile)
{
	init();
	start(mode_of(_i));
	set(VIRTIO_PCI_QUEUE_SEL, 2, 0xffff);
	ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_NUM, 2), 0);
	ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_PFN, 4), 0);
	set(VIRTIO_PCI_QUEUE_PFN, 4, 1);
	set(VIRTIO_PCI_QUEUE_PFN, 4, 0);
	for (unsigned i = 0; i < 1000; i++)
		set(VIRTIO_PCI_QUEUE_NOTIFY, 2, 0xffff - i);
	ck_assert_uint_eq(get(VIRTIO_PCI_QUEUE_NOTIFY, 2), 0);
	for (unsigned reg = 0; reg < 32; reg++)
		for (unsigned size = 1; size <= 8; size *= 2) {
			if (reg + size > VIRTIO_PCI_STATUS &&
			    reg <= VIRTIO_PCI_STATUS)
				continue;
			set(reg, size, 0x5a5a5a5a);
			get(reg, size);
		}
	start(mode_of(_i));
	echo(1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.1.2: a queue that a legacy driver broke stops the device; a reset
 * mends it */
START_TEST(broken)
{
	init();
	start(mode_of(_i));
	set(VIRTIO_PCI_STATUS, 1, 7);
	echo_fail(&v.echo);
	kick(ECHO_QUEUE);
	vpci_await_interrupt(&v, VPCI_CONFIG);
	ck_assert_uint_eq(get(VIRTIO_PCI_STATUS, 1),
			  7 | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(get(VIRTIO_PCI_ISR, 1), VIRTIO_PCI_ISR_CONFIG);
	start(mode_of(_i));
	echo(1);
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		features,
		msix_moves_the_configuration,
		configuration_widths,
		one_interface_at_a_time,
		NULL,
	};
	const TTest *const modes[] = { drive,	pages,	reset,
				       hostile, broken, NULL };
	const TTest *const twice_modes[] = { use_before_driver_ok, NULL };
	Suite *suite = suite_create("virtio_pci_legacy");

	unit_add(suite, once, 1, NULL, NULL);
	unit_add(suite, modes, MODES, NULL, NULL);
	unit_add(suite, twice_modes, 2 * MODES, NULL, NULL);
	return unit_run(suite);
}
