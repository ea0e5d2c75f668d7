/* SPDX-License-Identifier: BSD-2-Clause */
/* What is reported of a driver's mistakes, and that nothing is of others. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/vpci.h"

static struct vpci v;
static int said;

static void set_up(bool on)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	dup2(fds[1], STDERR_FILENO);
	said = fds[0];
	vpci_init(&v, NULL);
	v.echo.dev.lint.on = on;
}

static void expect(const char *want)
{
	char text[4096];
	ssize_t n = read(said, text, sizeof(text) - 1);

	text[MAX(n, 0)] = 0;
	ck_assert_str_eq(text, want);
}

static void write_common(unsigned offset, unsigned size, uint32_t value)
{
	vpci_write(&v, false, v.common + offset, size, value);
}

START_TEST(good_drivers)
{
	set_up(true);
	vpci_start(&v, (unsigned)_i);
	for (uint8_t i = 1; i < 10; i++)
		vpci_echo(&v, i);
	vpci_set_status(&v, 0);
	vpci_start(&v, (unsigned)_i);
	vpci_echo(&v, 1);
	expect("");
	vpci_free(&v);
}
END_TEST

START_TEST(no_features_ok)
{
	set_up(true);
	vpci_set_status(&v,
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	vpci_set_up_queue(&v, ECHO_QUEUE);
	expect("minivmm: lint: echo: the driver went on without FEATURES_OK "
	       "(VERSION_1 not accepted) (VIRTIO 1.2, section 3.1.1)\n");
	/* Once. */
	vpci_set_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE |
				    VIRTIO_CONFIG_S_DRIVER |
				    VIRTIO_CONFIG_S_DRIVER_OK);
	vpci_echo(&v, 1);
	expect("");
	vpci_free(&v);
}
END_TEST

START_TEST(read_only_registers)
{
	set_up(true);
	write_common(VIRTIO_PCI_COMMON_NUMQ, 2, 7);
	expect("minivmm: lint: echo: the driver wrote a read-only register "
	       "(num_queues) (VIRTIO 1.2, section 4.1.4.3)\n");
	/* Once. */
	write_common(VIRTIO_PCI_COMMON_Q_NOFF, 2, 7);
	expect("");
	vpci_free(&v);
}
END_TEST

START_TEST(widths)
{
	set_up(true);
	write_common(VIRTIO_PCI_COMMON_Q_SELECT, 1, 0);
	expect("minivmm: lint: echo: the driver accessed a register in parts "
	       "or with others (queue_select) (VIRTIO 1.2, section "
	       "4.1.3.1)\n");
	vpci_free(&v);
}
END_TEST

START_TEST(disabling)
{
	set_up(true);
	vpci_start(&v, (unsigned)_i);
	write_common(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 0);
	expect("minivmm: lint: echo: the driver wrote something other than 1 "
	       "to queue_enable (VIRTIO 1.2, section 4.1.4.3.2)\n");
	vpci_free(&v);
}
END_TEST

/* A kick before DRIVER_OK; one from before a reset does not count. */
START_TEST(early_kicks)
{
	set_up(true);
	vpci_kick(&v, DROP_QUEUE);
	vpci_set_status(&v, 0);
	vpci_start(&v, (unsigned)_i);
	expect("");
	vpci_negotiate(&v, (unsigned)_i);
	vpci_set_up_queue(&v, DROP_QUEUE);
	vpci_kick(&v, DROP_QUEUE);
	vpci_set_status(&v, VPCI_ALL_STATUS);
	expect("minivmm: lint: echo: the driver kicked before DRIVER_OK "
	       "(drop) (VIRTIO 1.2, section 3.1.1)\n");
	vpci_free(&v);
}
END_TEST

START_TEST(not_wanted)
{
	set_up(false);
	vpci_kick(&v, DROP_QUEUE);
	write_common(VIRTIO_PCI_COMMON_NUMQ, 2, 7);
	write_common(VIRTIO_PCI_COMMON_Q_SELECT, 1, 0);
	vpci_start(&v, (unsigned)_i);
	expect("");
	vpci_free(&v);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		good_drivers, no_features_ok, read_only_registers, widths,
		disabling,    early_kicks,    not_wanted,	   NULL,
	};

	return unit_run(unit_suite_times("virtio_pci_lint", tests, 4));
}
