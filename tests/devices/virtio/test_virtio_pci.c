/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI transport as a driver finds it: identity, capabilities, the common
 * configuration, device configuration and notifications.  A comment that
 * begins with VIRTIO and a section is a line of docs/VIRTIO.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"
#include "tests/vpci.h"

enum {
	/* Features that the kernel's header does not name. */
	NOTIFICATION_DATA = 38,
	NOTIF_CONFIG_DATA = 39,
};

static struct vpci v;

/* A structure's capability: its length field, and that it lies in its BAR. */
static uint32_t capability(uint8_t type, uint32_t *offset)
{
	unsigned cap = vpci_capability(&v, PCI_CAP_ID_VNDR, type);

	ck_assert_uint_ne(cap, 0);
	*offset = vpci_config(&v, cap + VIRTIO_PCI_CAP_OFFSET, 4);
	return vpci_config(&v, cap + VIRTIO_PCI_CAP_LENGTH, 4);
}

/* VIRTIO 4.1.2.1: vendor 0x1AF4; a device that is not transitional has id
 * 0x1040 plus its type, revision 1 or higher, subsystem id 0x40 or higher */
START_TEST(identity)
{
	vpci_init(&v, NULL);
	ck_assert_uint_eq(vpci_config(&v, PCI_VENDOR_ID, 2), 0x1af4);
	ck_assert_uint_eq(vpci_config(&v, PCI_DEVICE_ID, 2),
			  0x1040 + ECHO_TYPE);
	ck_assert_uint_ge(vpci_config(&v, PCI_REVISION_ID, 1), 1);
	ck_assert_uint_ge(vpci_config(&v, PCI_SUBSYSTEM_ID, 2), 0x40);
	ck_assert_uint_eq(vpci_config(&v, PCI_HEADER_TYPE, 1), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.2.3: a transitional device has revision 0, an id from 0x1000 to
 * 0x103f, and its type as subsystem id */
START_TEST(identity_transitional)
{
	const struct virtio_pci_options options = { .transitional = true };

	vpci_init(&v, &options);
	ck_assert_uint_eq(vpci_config(&v, PCI_DEVICE_ID, 2), 0x1009);
	ck_assert_uint_eq(vpci_config(&v, PCI_REVISION_ID, 1), 0);
	ck_assert_uint_eq(vpci_config(&v, PCI_SUBSYSTEM_ID, 2), ECHO_TYPE);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.1: a PCI function as a firmware leaves it: BARs assigned and
 * aligned, decoding and bus mastering on, pin A, the line filled in */
START_TEST(left_working)
{
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	vpci_init(&v, NULL);
	ck_assert_uint_eq(vpci_config(&v, PCI_COMMAND, 2), command);
	ck_assert_uint_eq(vpci_config(&v, PCI_INTERRUPT_PIN, 1), 1);
	ck_assert_uint_eq(vpci_config(&v, PCI_INTERRUPT_LINE, 1), VPCI_GSI);
	ck_assert_uint_ge(vpci_bar(&v, VPCI_BAR_MSIX), VPCI_MMIO);
	ck_assert_uint_ge(vpci_bar(&v, VPCI_BAR), VPCI_MMIO);
	ck_assert_uint_eq(vpci_bar(&v, VPCI_BAR) % 0x4000, 0);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_NUMQ, 2), ECHO_QUEUES);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.1: what is read-only in the header and the capabilities stays as
 * it is, whatever is written to all of it [hostile 65] */
START_TEST(header_read_only)
{
	uint8_t before[256];

	vpci_init(&v, NULL);
	for (unsigned i = 0; i < 256; i++)
		before[i] = (uint8_t)vpci_config(&v, i, 1);
	for (unsigned i = 0; i < 256; i += 4)
		vpci_set_config(&v, i, 4, 0);
	for (unsigned i = 0; i < 256; i += 4)
		vpci_set_config(&v, i, 4, UINT32_MAX);
	for (unsigned i = 0; i < PCI_CAPABILITY_LIST + 1; i++) {
		if (i >= PCI_COMMAND && i < PCI_COMMAND + 2)
			continue;
		if (i >= PCI_BASE_ADDRESS_0 && i < PCI_BASE_ADDRESS_0 + 24)
			continue;
		ck_assert_uint_eq(vpci_config(&v, i, 1), before[i]);
	}
	for (unsigned at = before[PCI_CAPABILITY_LIST]; at;
	     at = before[at + 1]) {
		ck_assert_uint_eq(vpci_config(&v, at, 1), before[at]);
		ck_assert_uint_eq(vpci_config(&v, at + 1, 1), before[at + 1]);
	}
	vpci_set_command(&v, PCI_COMMAND_MEMORY, 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.2: cap_len covers all of each capability */
START_TEST(capability_lengths)
{
	static const uint8_t len[] = {
		[VIRTIO_PCI_CAP_COMMON_CFG] = 16,
		[VIRTIO_PCI_CAP_NOTIFY_CFG] = 20,
		[VIRTIO_PCI_CAP_ISR_CFG] = 16,
		[VIRTIO_PCI_CAP_DEVICE_CFG] = 16,
		[VIRTIO_PCI_CAP_PCI_CFG] = 20,
	};

	vpci_init(&v, NULL);
	for (uint8_t type = 1; type < sizeof(len); type++) {
		unsigned cap = vpci_capability(&v, PCI_CAP_ID_VNDR, type);

		ck_assert_uint_ne(cap, 0);
		ck_assert_uint_eq(vpci_config(&v, cap + VIRTIO_PCI_CAP_LEN, 1),
				  len[type]);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: a common configuration capability, its offset 4-aligned */
START_TEST(common_capability)
{
	uint32_t offset;

	vpci_init(&v, NULL);
	ck_assert_uint_eq(capability(VIRTIO_PCI_CAP_COMMON_CFG, &offset), 60);
	ck_assert_uint_eq(offset % 4, 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.4.1: a notification capability, 2-aligned, its multiplier 0 or
 * an even power of 2, and long enough for every queue's address */
START_TEST(notify_capability)
{
	uint32_t offset, length;

	vpci_init(&v, NULL);
	length = capability(VIRTIO_PCI_CAP_NOTIFY_CFG, &offset);
	ck_assert_uint_eq(offset % 2, 0);
	ck_assert_uint_eq(v.notify_multiplier % 2, 0);
	ck_assert_uint_eq(v.notify_multiplier & (v.notify_multiplier - 1), 0);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, i);
		ck_assert_uint_ge(length, vpci_get(&v, VIRTIO_PCI_COMMON_Q_NOFF,
						   2) * v.notify_multiplier +
						  2);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.5.1: an ISR status capability */
START_TEST(isr_capability)
{
	uint32_t offset;

	vpci_init(&v, NULL);
	ck_assert_uint_ge(capability(VIRTIO_PCI_CAP_ISR_CFG, &offset), 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.6.1: a device configuration capability for a type that has
 * one, its offset 4-aligned */
START_TEST(device_capability)
{
	uint32_t offset;

	vpci_init(&v, NULL);
	ck_assert_uint_eq(capability(VIRTIO_PCI_CAP_DEVICE_CFG, &offset),
			  ECHO_CONFIG);
	ck_assert_uint_eq(offset % 4, 0);
	vpci_free(&v);
}
END_TEST

/* The PCI_CFG window: where it looks, how wide, and its data. */
static unsigned window(uint8_t bar, uint32_t offset, uint32_t length)
{
	unsigned cap =
		vpci_capability(&v, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG);

	ck_assert_uint_ne(cap, 0);
	vpci_set_config(&v, cap + VIRTIO_PCI_CAP_BAR, 1, bar);
	vpci_set_config(&v, cap + VIRTIO_PCI_CAP_OFFSET, 4, offset);
	vpci_set_config(&v, cap + VIRTIO_PCI_CAP_LENGTH, 4, length);
	return cap + 16;
}

static uint32_t offset_of(uint8_t type)
{
	uint32_t offset;

	capability(type, &offset);
	return offset;
}

/* VIRTIO 4.1.4.7, 4.1.4.8: there are no regions of shared memory, and nothing
 * that a vendor added */
START_TEST(no_other_structures)
{
	vpci_init(&v, NULL);
	for (uint8_t type = VIRTIO_PCI_CAP_PCI_CFG + 1; type; type++)
		ck_assert_uint_eq(vpci_capability(&v, PCI_CAP_ID_VNDR, type),
				  0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.9.1: reads and writes of pci_cfg_data are accesses of `length`
 * bytes at `offset` of the BAR: a register read and written, the ISR taken,
 * a kick */
START_TEST(pci_cfg_window)
{
	uint32_t common, data;

	vpci_init(&v, NULL);
	common = offset_of(VIRTIO_PCI_CAP_COMMON_CFG);
	data = window(VPCI_BAR, common + VIRTIO_PCI_COMMON_NUMQ, 2);
	ck_assert_uint_eq(vpci_config(&v, data, 2), ECHO_QUEUES);
	data = window(VPCI_BAR, common + VIRTIO_PCI_COMMON_DFSELECT, 4);
	vpci_set_config(&v, data, 4, 0x12345678);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_DFSELECT, 4),
			  0x12345678);
	vpci_start(&v, 0);
	vpci_echo(&v, 1);
	vpci_await_pulse(&v);
	data = window(VPCI_BAR, offset_of(VIRTIO_PCI_CAP_ISR_CFG), 1);
	ck_assert_uint_eq(vpci_config(&v, data, 1), 1);
	ck_assert_uint_eq(vpci_config(&v, data, 1), 0);
	/* A kick by the window instead of the doorbell. */
	vpci_lend(&v, ECHO_QUEUE, 2, false);
	data = window(VPCI_BAR, offset_of(VIRTIO_PCI_CAP_NOTIFY_CFG), 2);
	vpci_set_config(&v, data, 2, 0);
	vpci_take(&v, ECHO_QUEUE, 2);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.9.1: window accesses that are none read as all ones and write
 * nothing: other lengths, beyond the BAR, no such BAR [hostile 66] */
START_TEST(pci_cfg_window_hostile)
{
	static const struct {
		uint8_t bar;
		uint32_t offset, length;
	} bad[] = {
		{ VPCI_BAR, 0, 0 },
		{ VPCI_BAR, 0, 3 },
		{ VPCI_BAR, 0, 8 },
		{ VPCI_BAR, 0, UINT32_MAX },
		{ VPCI_BAR, 0x4000, 1 },
		{ VPCI_BAR, 0x3ffd, 4 },
		{ VPCI_BAR, UINT32_MAX, 4 },
		{ VPCI_BAR + 1, 0, 4 },
		{ VPCI_BAR_LEGACY, 0, 4 },
		{ 6, 0, 4 },
		{ 7, 0, 4 },
		{ 255, 0, 4 },
	};

	vpci_init(&v, NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned data =
			window(bad[i].bar, bad[i].offset, bad[i].length);

		ck_assert_uint_eq(vpci_config(&v, data, 4), UINT32_MAX);
		vpci_set_config(&v, data, 4, 1);
	}
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_DFSELECT, 4), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: device_feature shows the 32 bits that its select names,
 * and 0 beyond */
START_TEST(device_feature)
{
	uint64_t features;

	vpci_init(&v, NULL);
	features = vpci_offered(&v);
	ck_assert(features & BIT64(ECHO_F_BASE));
	ck_assert(features & BIT64(ECHO_F_HIGH));
	for (unsigned i = 2; i < 40; i++) {
		vpci_set(&v, VIRTIO_PCI_COMMON_DFSELECT, 4,
			 i == 39 ? UINT32_MAX : i);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_DF, 4), 0);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 6.2: VERSION_1 is offered; ACCESS_PLATFORM and SR_IOV, which nothing
 * needs, are not; rings as the options say */
START_TEST(ring_features)
{
	const uint64_t always = BIT64(VIRTIO_F_VERSION_1) |
				BIT64(VIRTIO_F_RING_RESET) |
				BIT64(VIRTIO_RING_F_INDIRECT_DESC) |
				BIT64(VIRTIO_RING_F_EVENT_IDX);
	const uint64_t never =
		BIT64(VIRTIO_F_ACCESS_PLATFORM) | BIT64(VIRTIO_F_SR_IOV) |
		BIT64(VIRTIO_F_ORDER_PLATFORM) |
		BIT64(VIRTIO_F_NOTIFY_ON_EMPTY) | BIT64(NOTIFICATION_DATA) |
		BIT64(NOTIF_CONFIG_DATA);
	const struct virtio_pci_options options = {
		.packed = _i & 1,
		.in_order = _i >> 1 & 1,
		.transitional = _i >> 2 & 1,
	};
	uint64_t offered;

	vpci_init(&v, &options);
	offered = vpci_offered(&v);
	ck_assert_uint_eq(offered & always, always);
	ck_assert_uint_eq(offered & never, 0);
	ck_assert_int_eq(offered >> VIRTIO_F_RING_PACKED & 1, options.packed);
	ck_assert_int_eq(offered >> VIRTIO_F_IN_ORDER & 1, options.in_order);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.9, 4.1.4.3.1: kicks carry no data: neither feature for it can be
 * had, and queue_notif_config_data is not there */
START_TEST(no_notification_data)
{
	vpci_init(&v, NULL);
	for (unsigned i = NOTIFICATION_DATA; i <= NOTIF_CONFIG_DATA; i++) {
		vpci_set_status(&v, 0);
		vpci_set_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE |
					    VIRTIO_CONFIG_S_DRIVER);
		vpci_accept(&v, BIT64(VIRTIO_F_VERSION_1) | BIT64(i));
		vpci_set_status(&v, VPCI_ALL_STATUS);
		ck_assert_uint_eq(vpci_status(&v),
				  VIRTIO_CONFIG_S_ACKNOWLEDGE |
					  VIRTIO_CONFIG_S_DRIVER);
	}
	vpci_start(&v, 0);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, i);
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_NDATA, 2, 0xffff);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_NDATA, 2),
				  0);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.2.2: what a feature needs is offered with it */
START_TEST(offers_hold_together)
{
	const struct virtio_device *dev = &v.echo.dev;
	uint64_t offered;

	vpci_init(&v, NULL);
	offered = vpci_offered(&v);
	ck_assert_uint_gt(dev->n_rules, 0);
	for (unsigned i = 0; i < dev->n_rules; i++)
		ck_assert(!(offered & BIT64(dev->rules[i].feature)) ||
			  offered & dev->rules[i].needs);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: driver_feature reads back what was written under each
 * select */
START_TEST(driver_feature)
{
	vpci_init(&v, NULL);
	vpci_accept(&v, 0x0123456789abcdef);
	vpci_set(&v, VIRTIO_PCI_COMMON_GFSELECT, 4, 0);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_GF, 4), 0x89abcdef);
	vpci_set(&v, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_GF, 4), 0x01234567);
	vpci_set(&v, VIRTIO_PCI_COMMON_GFSELECT, 4, 2);
	vpci_set(&v, VIRTIO_PCI_COMMON_GF, 4, UINT32_MAX);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_GF, 4), 0);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: config_generation differs after any number of changes
 * since the driver last read it */
START_TEST(config_generation)
{
	const unsigned reg = VIRTIO_PCI_COMMON_CFGGENERATION;
	uint32_t before;

	vpci_init(&v, NULL);
	before = vpci_get(&v, reg, 1);
	ck_assert_uint_eq(vpci_get(&v, reg, 1), before);
	for (unsigned i = 0; i < 256; i++)
		echo_configure(&v.echo, 0, (uint8_t)i);
	ck_assert_uint_ne(vpci_get(&v, reg, 1), before);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.5.2: the configuration can be read before FEATURES_OK */
START_TEST(device_configuration)
{
	vpci_init(&v, NULL);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device, 4), 0x04030201);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device + 6, 1), 7);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device + 2, 2), 0x0403);
	bus_write(&v.mmio, v.device + 4, 2, 0xbeef);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device, 8), 0x0807beef04030201);
	/* Ours to change, not the driver's. */
	bus_write(&v.mmio, v.device, 4, 0);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device, 4), 0x04030201);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.5: nothing is read or written beyond the configuration's end, nor
 * by accesses across it [hostile 51, 52] */
START_TEST(device_configuration_hostile)
{
	vpci_init(&v, NULL);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device + ECHO_CONFIG, 4), 0);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device + 0xffc, 4), 0);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device + 6, 4), 0x0807);
	bus_write(&v.mmio, v.device + 6, 4, UINT32_MAX);
	bus_write(&v.mmio, v.device + ECHO_CONFIG, 4, UINT32_MAX);
	bus_write(&v.mmio, v.device + 0xffc, 4, UINT32_MAX);
	ck_assert_uint_eq(bus_read(&v.mmio, v.device, 8), 0x0807060504030201);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3.1: queue_size is 0 for a queue that is absent; all registers
 * of one read as none and ignore writes [hostile 36] */
START_TEST(absent_queues)
{
	static const uint16_t absent[] = { ECHO_QUEUES, 64, 0x8000, 0xffff };

	vpci_init(&v, NULL);
	vpci_negotiate(&v, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
		vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 2, absent[i]);
		for (unsigned reg = VIRTIO_PCI_COMMON_Q_SIZE;
		     reg <= VIRTIO_PCI_COMMON_Q_RESET; reg += 2) {
			uint32_t none = reg == VIRTIO_PCI_COMMON_Q_MSIX ?
						PCI_MSIX_NO_VECTOR :
						0;

			vpci_set(&v, reg, 2, 1);
			vpci_set(&v, reg & ~3u, 4, 0x10001);
			ck_assert_uint_eq(vpci_get(&v, reg, 2), none);
		}
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.3.2: the halves of 64-bit fields are independent, in any order */
START_TEST(halves)
{
	static const unsigned regs[] = { VIRTIO_PCI_COMMON_Q_DESCLO,
					 VIRTIO_PCI_COMMON_Q_AVAILLO,
					 VIRTIO_PCI_COMMON_Q_USEDLO };

	vpci_init(&v, NULL);
	vpci_negotiate(&v, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
		vpci_set(&v, regs[i] + 4, 4, 0xaaaa0001 + i);
		vpci_set(&v, regs[i], 4, 0xbbbb0001 + i);
		ck_assert_uint_eq(vpci_get(&v, regs[i] + 4, 4), 0xaaaa0001 + i);
		vpci_set(&v, regs[i], 4, 0xcccc0001 + i);
		vpci_set(&v, regs[i] + 4, 4, 0xdddd0001 + i);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(regs); i++)
		ck_assert_uint_eq(bus_read(&v.mmio, v.common + regs[i], 8),
				  0xdddd0001cccc0001 + i * 0x100000001);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.4.3: what is read-only ignores writes */
START_TEST(read_only)
{
	static const struct {
		unsigned reg, size;
	} ro[] = {
		{ VIRTIO_PCI_COMMON_DF, 4 },
		{ VIRTIO_PCI_COMMON_NUMQ, 2 },
		{ VIRTIO_PCI_COMMON_CFGGENERATION, 1 },
		{ VIRTIO_PCI_COMMON_Q_NOFF, 2 },
		{ VIRTIO_PCI_COMMON_Q_NDATA, 2 },
	};

	vpci_init(&v, NULL);
	vpci_negotiate(&v, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(ro); i++) {
		uint32_t before = vpci_get(&v, ro[i].reg, ro[i].size);

		vpci_set(&v, ro[i].reg, ro[i].size, ~before);
		ck_assert_uint_eq(vpci_get(&v, ro[i].reg, ro[i].size), before);
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.3.1: an access that is not a register whole: a read gives the
 * bytes, a write changes only registers it covers wholly [hostile 53] */
START_TEST(odd_widths)
{
	vpci_init(&v, NULL);
	vpci_negotiate(&v, 0);
	vpci_set(&v, VIRTIO_PCI_COMMON_DFSELECT, 4, 0x11223344);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(vpci_get(&v, i, 1), 0x44 - 0x11 * i);
	ck_assert_uint_eq(vpci_get(&v, 1, 2), 0x2233);
	vpci_set(&v, 0, 1, 0xff);
	vpci_set(&v, 2, 2, 0xffff);
	vpci_set(&v, 1, 4, UINT32_MAX);
	ck_assert_uint_eq(vpci_get(&v, 0, 4), 0x11223344);
	/* Two registers at once. */
	vpci_set(&v, VIRTIO_PCI_COMMON_Q_SELECT, 4, 0x100001);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_Q_SELECT, 4),
			  0x100001);
	ck_assert_uint_eq(bus_read(&v.mmio, v.common + 0x10, 8),
			  (uint64_t)vpci_get(&v, 0x14, 4) << 32 |
				  vpci_get(&v, 0x10, 4));
	/* In the gaps there is nothing. */
	ck_assert_uint_eq(vpci_get(&v, 0x3c, 4), 0);
	ck_assert_uint_eq(vpci_get(&v, 0xffc, 4), 0);
	vpci_set(&v, 0xffc, 4, UINT32_MAX);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.2: a kick at the queue's own address reaches the queue, by
 * doorbell and, where the machine has none, by the bus */
START_TEST(notifications)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 100; i++)
		vpci_echo(&v, (uint8_t)i);
	vpci_lend(&v, DROP_QUEUE, 9, true);
	vpci_take(&v, DROP_QUEUE, 9);
	/* BARs that move take doorbells along; here none are to be had. */
	v.bells_fail = 99;
	vpci_set_command(&v, 0, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(v.n_bells, 0);
	vpci_set_command(&v, PCI_COMMAND_MEMORY, 0);
	ck_assert_uint_eq(v.n_bells, 0);
	for (unsigned i = 0; i < 100; i++)
		vpci_echo(&v, (uint8_t)i);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.7.10.2: kicks without a buffer do nothing, however many there are
 * [hostile 44] */
START_TEST(spurious_kicks)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 10000; i++)
		for (unsigned q = 0; q < ECHO_QUEUES; q++)
			vpci_write(&v, false,
				   v.notify + q * v.notify_multiplier, 2, q);
	vpci_echo(&v, 1);
	vpci_await_interrupt(&v, ECHO_QUEUE);
	ck_assert_uint_eq(vpci_interrupts(&v, ECHO_QUEUE), 1);
	ck_assert_uint_eq(__atomic_load_n(&v.echo.served, __ATOMIC_RELAXED), 1);
	for (unsigned q = 0; q < ECHO_QUEUES; q++)
		ck_assert(!driver_pending(&v.d[q]));
	vpci_free(&v);
}
END_TEST

static int own_doorbell;

/* Queue DROP_QUEUE's kicks go elsewhere. */
static int queue_doorbell(struct virtio_device *dev, unsigned index)
{
	(void)dev;
	return index == DROP_QUEUE ? own_doorbell : -1;
}

static bool rang(int fd)
{
	uint64_t kicks;

	return read(fd, &kicks, sizeof(kicks)) == sizeof(kicks);
}

/* Kick @queue of @vp, whether or not the machine has a doorbell for it. */
static void kick(const struct virtio_pci *vp, unsigned queue)
{
	uint64_t notify = vp->bars.bar[VPCI_BAR].range.base +
			  VIRTIO_PCI_NOTIFY +
			  queue * VIRTIO_PCI_NOTIFY_MULTIPLIER;

	vpci_write(&v, false, notify, 2, queue);
}

/* A device may name an eventfd for a queue's kicks, where a thread of its own
 * sleeps: they arrive there, and it stays the device's. */
START_TEST(doorbell_of_the_devices_own)
{
	static const struct virtio_pci_options options = { .packed = true };
	struct virtio_pci vp;
	struct virtio_ops ops;
	struct echo echo;

	vpci_init(&v, NULL);
	echo_init(&echo);
	ops = *echo.dev.ops;
	ops.queue_doorbell = queue_doorbell;
	echo.dev.ops = &ops;
	own_doorbell = eventfd(0, EFD_NONBLOCK);
	v.bells_fail = _i ? 99 : 0;
	ck_assert_int_eq(virtio_pci_init(&vp, &echo.dev, &v.host, 2 << 3,
					 &v.mem, &v.line, VPCI_GSI, &options),
			 0);
	ck_assert_int_ne(echo.queue[DROP_QUEUE].doorbell, own_doorbell);
	kick(&vp, ECHO_QUEUE);
	ck_assert(!rang(own_doorbell));
	ck_assert(rang(echo.queue[ECHO_QUEUE].doorbell));
	kick(&vp, DROP_QUEUE);
	ck_assert(rang(own_doorbell));
	virtio_pci_free(&vp);
	ck_assert_int_eq(fcntl(own_doorbell, F_GETFD), 0);
	/* One that is not open: init says so. */
	close(own_doorbell);
	own_doorbell = INT_MAX;
	ck_assert_int_eq(virtio_pci_init(&vp, &echo.dev, &v.host, 2 << 3,
					 &v.mem, &v.line, VPCI_GSI, &options),
			 -EBADF);
	echo_free(&echo);
	vpci_free(&v);
}
END_TEST

/* PCI 6.2.5.1: a BAR is sized while the device works: kicks and registers are
 * elsewhere for that moment, and then where they were [hostile 63] */
START_TEST(sized_while_in_use)
{
	unsigned reg = PCI_BASE_ADDRESS_0 + 4 * VPCI_BAR;

	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 50; i++) {
		uint32_t low = vpci_config(&v, reg, 4);
		uint32_t high = vpci_config(&v, reg + 4, 4);

		vpci_lend(&v, ECHO_QUEUE, (uint8_t)i, true);
		vpci_set_config(&v, reg, 4, UINT32_MAX);
		vpci_set_config(&v, reg + 4, 4, UINT32_MAX);
		ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_NUMQ, 2),
				  0xffff);
		vpci_lend(&v, DROP_QUEUE, (uint8_t)i, false);
		vpci_set_config(&v, reg, 4, low);
		vpci_set_config(&v, reg + 4, 4, high);
		vpci_kick(&v, DROP_QUEUE);
		vpci_take(&v, ECHO_QUEUE, (uint8_t)i);
		vpci_take(&v, DROP_QUEUE, (uint8_t)i);
	}
	vpci_free(&v);
}
END_TEST

/* An access across a BAR's end, or of 8 bytes, is one of its parts each
 * [hostile 67, 68] */
START_TEST(across_the_end)
{
	uint64_t end;

	vpci_init(&v, NULL);
	end = vpci_bar(&v, VPCI_BAR) + v.vp.bars.bar[VPCI_BAR].range.len;
	for (unsigned size = 2; size <= 8; size *= 2)
		for (unsigned before = 1; before < size; before++) {
			uint64_t absent = UINT64_MAX << 8 * before;

			if (size < 8)
				absent &= (UINT64_C(1) << 8 * size) - 1;
			ck_assert_uint_eq(
				bus_read(&v.mmio, end - before, size) & absent,
				absent);
			bus_write(&v.mmio, end - before, size, 0);
		}
	bus_write(&v.mmio, v.common, 8, 0x100000001);
	ck_assert_uint_eq(vpci_get(&v, VIRTIO_PCI_COMMON_DFSELECT, 4), 1);
	vpci_start(&v, 0);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* VIRTIO 2.7.10: no kick is lost: one buffer in flight, lent again as soon as
 * it is back, while the device goes to sleep */
START_TEST(kick_race)
{
	vpci_init(&v, NULL);
	vpci_start(&v, (unsigned)_i);
	for (unsigned i = 0; i < 5000; i++) {
		struct driver_used used;

		ck_assert(driver_lend_at(&v.d[DROP_QUEUE], DRIVER_DATA, 16,
					 false, 1, i));
		if (driver_publish(&v.d[DROP_QUEUE]))
			vpci_write(&v, false,
				   v.notify + DROP_QUEUE * v.notify_multiplier,
				   2, DROP_QUEUE);
		while (!driver_get(&v.d[DROP_QUEUE], &used))
			sched_yield();
	}
	vpci_free(&v);
}
END_TEST

/* VIRTIO 4.1.5.2: kicks that mean nothing are ignored: odd addresses, beyond
 * the queues, other widths and values [hostile 43] */
START_TEST(notifications_hostile)
{
	vpci_init(&v, NULL);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned at = 0; at < 64; at++)
			for (unsigned size = 1; size <= 8; size *= 2)
				bus_write(&v.mmio, v.notify + at, size,
					  UINT64_MAX);
		bus_write(&v.mmio, v.notify + 0xffe, 2, 0xffff);
		ck_assert_uint_eq(bus_read(&v.mmio, v.notify, 4), 0);
		vpci_start(&v, (unsigned)_i);
	}
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

/* Another reset, BAR, doorbell or function is no different from the first:
 * init fails cleanly at every step. */
START_TEST(init_failures)
{
	static const struct virtio_pci_options options = { .packed = true };
	struct virtio_pci vp;
	struct echo echo;

	vpci_init(&v, NULL);
	echo_init(&echo);
	for (unsigned i = 1; i <= VPCI_VECTORS; i++) {
		v.messages_fail = 1;
		ck_assert_int_lt(virtio_pci_init(&vp, &echo.dev, &v.host,
						 2 << 3, &v.mem, &v.line,
						 VPCI_GSI, &options),
				 0);
	}
	/* The place is taken. */
	ck_assert_int_lt(virtio_pci_init(&vp, &echo.dev, &v.host, VPCI_DEVFN,
					 &v.mem, &v.line, VPCI_GSI, &options),
			 0);
	/* No addresses left. */
	v.host.mmio_window.next = v.host.mmio_window.end - 4096;
	ck_assert_int_lt(virtio_pci_init(&vp, &echo.dev, &v.host, 2 << 3,
					 &v.mem, &v.line, VPCI_GSI, &options),
			 0);
	echo_free(&echo);
	vpci_start(&v, 0);
	vpci_echo(&v, 1);
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		identity,
		identity_transitional,
		left_working,
		header_read_only,
		capability_lengths,
		common_capability,
		notify_capability,
		isr_capability,
		device_capability,
		no_other_structures,
		pci_cfg_window,
		pci_cfg_window_hostile,
		device_feature,
		no_notification_data,
		offers_hold_together,
		driver_feature,
		config_generation,
		device_configuration,
		device_configuration_hostile,
		absent_queues,
		halves,
		read_only,
		odd_widths,
		across_the_end,
		init_failures,
		NULL,
	};
	const TTest *const modes[] = { notifications,  notifications_hostile,
				       spurious_kicks, sized_while_in_use,
				       kick_race,      NULL };
	const TTest *const twice[] = { doorbell_of_the_devices_own, NULL };
	const TTest *const options[] = { ring_features, NULL };
	Suite *suite = suite_create("virtio_pci");

	unit_add(suite, once, 1, NULL, NULL);
	unit_add(suite, twice, 2, NULL, NULL);
	unit_add(suite, modes, VPCI_MODES, NULL, NULL);
	unit_add(suite, options, 8, NULL, NULL);
	return unit_run(suite);
}
