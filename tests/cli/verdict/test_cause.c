/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a panic is told to come of, as a table: what Linux says, with what there
 * is for a root file system, and the reason of the verdict.
 */
#include "tests/referee.h"

#define VFS                                                                    \
	"Kernel panic - not syncing: VFS: Unable to mount root fs on "         \
	"unknown-block(0,0)"

static const struct {
	bool has_root;
	const char *said, *reason;
} rows[] = {
	{ false, VFS, VFS ": no initrd: give one by -i, or a disk by --disk" },
	{ true, VFS, VFS },
	{ true, "[ 1.0] Initramfs unpacking failed: junk in archive\n" VFS,
	  VFS "; before: Initramfs unpacking failed: junk in archive: the "
	      "initrd is damaged, or compressed by what this kernel does not "
	      "know" },
	{ true,
	  "[    0.5] check access for rdinit=/init failed: -2, ignoring\n" VFS,
	  VFS "; before: check access for rdinit=/init failed: -2, ignoring: "
	      "the initrd has no such program" },
	{ true, "[    0.5] Failed to execute /init (error -2)\n" VFS,
	  VFS "; before: Failed to execute /init (error -2): it, or the "
	      "interpreter that it asks for, is not there" },
	{ true, "[    0.5] Failed to execute /init (error -13)\n" VFS,
	  VFS "; before: Failed to execute /init (error -13): it may not be "
	      "executed: chmod +x" },
	{ true, "[    0.5] Failed to execute /init (error -7)\n" VFS,
	  VFS "; before: Failed to execute /init (error -7): see the error's "
	      "number in errno(3)" },
	{ true,
	  "Failed to execute /init (error -8)\n"
	  "Kernel panic - not syncing: No working init found.",
	  "Kernel panic - not syncing: No working init found.; before: Failed "
	  "to execute /init (error -8): it is no program for this kernel: is "
	  "its first line #!, or is it for another machine?" },
	/* A panic of another kind has other causes. */
	{ false,
	  "Failed to execute /init (error -8)\n"
	  "Kernel panic - not syncing: Fatal exception",
	  "Kernel panic - not syncing: Fatal exception" },
};

START_TEST(every_row)
{
	config.verdict.has_root = rows[_i].has_root;
	start();
	say(rows[_i].said);
	say("\n");
	ck_assert(!power(POWER_RESET));
	is(VERDICT_PANIC);
	ck_assert_str_eq(verdict.reason, rows[_i].reason);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_row,
		NULL,
	};
	Suite *suite = suite_create("cause");

	unit_add(suite, tests, ARRAY_SIZE(rows), set_up, tear_down);
	return unit_run(suite);
}
