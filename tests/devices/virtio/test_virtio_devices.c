/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each virtio device as a part of a machine: as many as there are
 * configurations, on the bus under its number, with counters of its own name,
 * and gone without a trace.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "devices/blk/blk_part.h"
#include "devices/console/console.h"
#include "devices/console/console_part.h"
#include "devices/fs/fs.h"
#include "devices/net/net_config.h"
#include "devices/net/net_part.h"
#include "devices/net/netdev.h"
#include "devices/rng/rng.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_part.h"
#include "tests/fake_board.h"
#include "tests/fake_disk.h"
#include "tests/vpci.h"

static struct vpci v;
static struct loop loop;
static struct virtio_list list;
static struct board board = {
	.pci = &v.host,
	.mem = &v.mem,
	.loop = &loop,
	.inputs = &fake_inputs,
	.virtio = &list,
};
/* The groups of counters that were shown. */
static char shown[512];
static unsigned n_counters;

static unsigned slot_gsi(unsigned slot)
{
	return 10 + slot % 2;
}

static void begin(void *arg, const char *name)
{
	(void)arg;
	strcat(shown, name);
	strcat(shown, "\n");
}

static void counter(void *arg, const struct count_spec *spec,
		    const uint64_t *value)
{
	(void)arg;
	(void)spec;
	ck_assert_uint_eq(*value, 0);
	n_counters++;
}

static void end(void *arg)
{
	(void)arg;
}

/* Make a part of @config, and see that it is there as @id and shows the groups
 * @groups; drop it again. */
static void try_part(const struct part *part, const void *config, unsigned id,
		     const char *groups)
{
	const struct count_view view = { begin, counter, end, NULL };
	void *self = calloc(1, part->size);

	/* The same slot each time. */
	v.host.slot = 1;
	*shown = '\0';
	n_counters = 0;
	ck_assert(part->on_pci);
	ck_assert_int_eq(part->make(self, &board, config), 0);
	ck_assert_uint_eq(
		bus_read(&v.mmio,
			 VPCI_ECAM + PCI_CONFIG_ADDRESS(2 << 3) + PCI_DEVICE_ID,
			 2),
		0x1040 + id);
	part->show(self, &view);
	ck_assert_str_eq(shown, groups);
	ck_assert_uint_gt(n_counters, 10);
	part->drop(self, &board);
	ck_assert_ptr_null(list.first);
	free(self);
}

static void set_up(void)
{
	vpci_init(&v, NULL);
	ck_assert_int_eq(loop_init(&loop), 0);
	v.host.slot_gsi = slot_gsi;
	v.host.slot = 1;
}

static void tear_down(void)
{
	loop_free(&loop);
	vpci_free(&v);
}

START_TEST(rng)
{
	const struct virtio_config on = { .on = true, .queue_size = 64 };
	const struct virtio_config off = { .queue_size = 64 };

	set_up();
	ck_assert_ptr_eq(rng_part.instance(&on, 0), &on);
	ck_assert_ptr_null(rng_part.instance(&on, 1));
	ck_assert_ptr_null(rng_part.instance(&off, 0));
	try_part(&rng_part, &on, 4, "virtio-rng\nrequests\n");
	tear_down();
}
END_TEST

static void no_stop(struct netdev *dev)
{
	(void)dev;
}

START_TEST(net)
{
	static const struct count_table none_of_its_own = { .name = "end" };
	static const struct netdev_ops ops = { .stop = no_stop,
					       .counters = &none_of_its_own };
	struct netdev dev = { .ops = &ops, .wake_fd = -1 };
	struct net_config config = { .mtu = 1500 };
	const struct net_part_config card = { &dev, &config };
	const struct net_part_config none = { NULL, &config };

	set_up();
	ck_assert_ptr_eq(net_part.instance(&card, 0), &card);
	ck_assert_ptr_null(net_part.instance(&card, 1));
	ck_assert_ptr_null(net_part.instance(&none, 0));
	for (int ring = NET_RING_ANY; ring <= NET_RING_PACKED; ring++) {
		config.ring = (enum net_ring)ring;
		config.queue_size = ring ? 1024 : 0;
		try_part(&net_part, &card, 1,
			 "virtio-net\nrx\ntx\ncard\nend\n");
	}
	tear_down();
}
END_TEST

START_TEST(blk)
{
	struct fake_disk fake;
	struct blk_drive drives[2];
	const struct blk_part_config config = { drives, 2 };

	set_up();
	fake_disk_init(&fake, 1 << 20);
	for (unsigned i = 0; i < 2; i++)
		drives[i] = (struct blk_drive){
			.disk = &fake.disk,
			.index = i,
			.virtio = { .on = true, .queue_size = 64 },
			.packed_only = i == 1,
		};
	ck_assert_ptr_eq(blk_part.instance(&config, 1), &drives[1]);
	ck_assert_ptr_null(blk_part.instance(&config, 2));
	try_part(&blk_part, &drives[0], 2,
		 "virtio-blk vda\nrequests\ndisk\nimage vda\n");
	try_part(&blk_part, &drives[1], 2,
		 "virtio-blk vdb\nrequests\ndisk\nimage vdb\n");
	fake_disk_free(&fake);
	tear_down();
}
END_TEST

START_TEST(fs)
{
	char dir[] = "/usr", tag[] = "x";
	struct share_config config[] = { { .dir = dir },
					 { .dir = dir, .tag = tag } };
	const struct share_list folders = { config, 2 };
	struct shares shares;

	set_up();
	ck_assert_int_eq(shares_open(&shares, &folders), 0);
	ck_assert_ptr_eq(fs_part.instance(&shares, 1), &shares.share[1]);
	ck_assert_ptr_null(fs_part.instance(&shares, 2));
	try_part(&fs_part, &shares.share[0], 26,
		 "virtio-fs usr\nhiprio\nrequests\nfs\n");
	try_part(&fs_part, &shares.share[1], 26,
		 "virtio-fs x\nhiprio\nrequests\nfs\n");
	shares_close(&shares);
	tear_down();
}
END_TEST

static void attach(struct port_end *end, void (*call)(void *arg), void *arg)
{
	(void)end;
	(void)call;
	(void)arg;
}

static bool never_over(struct port_end *end)
{
	(void)end;
	return false;
}

START_TEST(console)
{
	static const struct port_end_ops ops = { .attach = attach,
						 .over = never_over };
	struct port_end end = { &ops };
	const struct console_part_config none = { .virtio.on = true };
	const struct console_part_config one = {
		.virtio = { .on = true, .queue_size = 64 },
		.end = { [CONSOLE_PORTS - 1] = &end },
	};

	set_up();
	ck_assert_ptr_null(console_part.instance(&none, 0));
	ck_assert_ptr_eq(console_part.instance(&one, 0), &one);
	ck_assert_ptr_null(console_part.instance(&one, 1));
	try_part(&console_part, &one, 3,
		 "virtio-console\ntty rx\ntty tx\ncontrol rx\ncontrol tx\n"
		 "stdin rx\nstdin tx\nstdout rx\nstdout tx\nstderr rx\n"
		 "stderr tx\nconsole\n");
	tear_down();
}
END_TEST

/* A board whose slots are all taken. */
START_TEST(no_slot)
{
	const struct virtio_config on = { .on = true, .queue_size = 64 };
	void *self = calloc(1, rng_part.size);

	set_up();
	v.host.slot = 31;
	ck_assert_int_lt(rng_part.make(self, &board, &on), 0);
	ck_assert_ptr_null(list.first);
	free(self);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rng, net, blk, fs, console, no_slot, NULL
	};

	return unit_run(unit_suite("virtio_devices", tests));
}
