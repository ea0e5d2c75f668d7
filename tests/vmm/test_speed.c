/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/util.h"
#include "tests/unit.h"
#include "vmm/speed.h"

#define DEVICE "/dev/kvm"

static int open_kvm(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0,
		      DEVICE ": %s: MINIVMM_NO_KVM=1 leaves this test out",
		      strerror(errno));
	return fd;
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Lines of the process's memory map: what is mapped and not unmapped. */
static unsigned mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned n = 0;
	int c;

	ck_assert_ptr_nonnull(maps);
	while ((c = getc(maps)) != EOF)
		n += c == '\n';
	fclose(maps);
	return n;
}

START_TEST(both_rings_are_measured)
{
	struct speed speed = { 0, 0 };
	int fd = open_kvm();

	ck_assert_int_eq(speed_measure(fd, 20, &speed), 0);
	printf("  ring 0: %.1f MIPS, ring 3: %.1f MIPS: %s\n", speed.ring0_mips,
	       speed.ring3_mips,
	       speed_can_boot_linux(&speed) ? "native" : "emulated");
	/* No KVM is slower than this, none faster than that. */
	ck_assert_double_gt(speed.ring0_mips, 0);
	ck_assert_double_gt(speed.ring3_mips, 0);
	ck_assert_double_lt(speed.ring0_mips, 1e6);
	ck_assert_double_lt(speed.ring3_mips, 1e6);
	close(fd);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	struct speed speed;
	unsigned files, maps, i;
	int fd = open_kvm();

	ck_assert_int_eq(speed_measure(fd, 1, &speed), 0);
	files = open_files();
	maps = mappings();
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(speed_measure(fd, 1, &speed), 0);
	ck_assert_uint_eq(open_files(), files);
	ck_assert_uint_le(mappings(), maps + 2);
	close(fd);
}
END_TEST

START_TEST(failure_leaves_the_result_alone)
{
	struct speed speed = { 1, 2 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(speed_measure(-1, 1, &speed), -EBADF);
	ck_assert_int_eq(speed_measure(null, 1, &speed), -ENOTTY);
	ck_assert(speed.ring0_mips == 1 && speed.ring3_mips == 2);
	close(null);
}
END_TEST

START_TEST(native_boots_and_emulated_does_not)
{
	const struct speed native = { 3000, 3000 }, emulated = { 1.2, 3000 };
	const struct speed nested = { 40, 60 }, slow = { 1, 1 };

	ck_assert(speed_can_boot_linux(&native));
	ck_assert(speed_can_boot_linux(&nested));
	ck_assert(!speed_can_boot_linux(&emulated));
	ck_assert(!speed_can_boot_linux(&slow));
}
END_TEST

int main(void)
{
	const TTest *const with_kvm[] = {
		both_rings_are_measured,
		nothing_is_left_behind,
		failure_leaves_the_result_alone,
		native_boots_and_emulated_does_not,
		NULL,
	};
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("speed", with_kvm));
	puts("SKIPPED: 2 tests that need " DEVICE " (MINIVMM_NO_KVM=1)");
	return unit_run(unit_suite("speed", with_kvm + 2));
}
