/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_diagnosis.c - the line about a processor, and the names in it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/diagnosis.h"
#include "tests/unit.h"
#include "tests/unit_options.h"
#include "vmm/symbols.h"

static const char map[] = "ffffffff81000000 T _text\n"
			  "0000000000001000 A per_cpu_thing\n"
			  "ffffffff81000200 t idle [module]\r\n"
			  "\n"
			  "junk\n"
			  "ffffffff81000100 T entry_SYSCALL_64\n"
			  "ffffffff82000000 D data\n"
			  "ffffffff81000300 W last";

static struct symbols *open_map(const char *text)
{
	struct symbols *symbols = NULL;

	write_file("map", text, strlen(text));
	ck_assert_int_eq(symbols_open(&symbols, "map"), 0);
	return symbols;
}

static void finds(const struct symbols *symbols, uint64_t addr,
		  const char *name, uint64_t at)
{
	uint64_t offset = 0;
	const char *found = symbols_find(symbols, addr, &offset);

	if (!name) {
		ck_assert_ptr_null(found);
		return;
	}
	ck_assert_str_eq(found, name);
	ck_assert_uint_eq(offset, at);
}

START_TEST(a_system_map)
{
	struct symbols *s = open_map(map);

	finds(s, 0xffffffff81000000, "_text", 0);
	finds(s, 0xffffffff810000ff, "_text", 0xff);
	finds(s, 0xffffffff81000100, "entry_SYSCALL_64", 0);
	finds(s, 0xffffffff81000210, "idle", 0x10);
	finds(s, 0xffffffff80ffffff, NULL, 0);
	finds(s, 0, NULL, 0);
	/* How long the last one is is not known. */
	finds(s, 0xffffffff81000300, NULL, 0);
	ck_assert_uint_eq(symbols_address(s, "idle"), 0xffffffff81000200);
	ck_assert_uint_eq(symbols_address(s, "data"), 0);
	symbols_close(s);
}
END_TEST

/* This program is an ELF file with symbols. */
START_TEST(an_elf_file)
{
	struct symbols *s = NULL;
	uint64_t main_at, offset = 1;

	ck_assert_int_eq(symbols_open(&s, "/proc/self/exe"), 0);
	main_at = symbols_address(s, "main");
	ck_assert_uint_ne(main_at, 0);
	finds(s, main_at + 1, "main", 1);
	ck_assert_uint_ne(symbols_address(s, "symbols_find"), 0);
	ck_assert_uint_eq(symbols_address(s, "no_such_function"), 0);
	ck_assert_ptr_null(symbols_find(s, UINT64_MAX, &offset));
	symbols_close(s);
}
END_TEST

/* Of a kernel its own symbols are taken, if it is an ELF file. */
START_TEST(a_kernels_own)
{
	struct symbols *s = NULL;
	int fd = open("/proc/self/exe", O_RDONLY);

	ck_assert_int_eq(symbols_of_kernel(&s, fd), 0);
	ck_assert_uint_ne(symbols_address(s, "main"), 0);
	symbols_close(s);
	/* It is still open, and the caller's. */
	ck_assert_int_eq(close(fd), 0);
	s = NULL;
	write_file("map", map, strlen(map));
	fd = open("map", O_RDONLY);
	ck_assert_int_eq(symbols_of_kernel(&s, fd), -ENOEXEC);
	ck_assert_ptr_null(s);
	close(fd);
}
END_TEST

START_TEST(where_a_kernel_was_moved)
{
	struct symbols *s = open_map(map);

	ck_assert_uint_eq(symbols_slide(s, 0xffffffff82000100), 0x1000000);
	ck_assert_uint_eq(symbols_slide(s, 0), 0);
	ck_assert_uint_eq(symbols_slide(NULL, 0xffffffff82000100), 0);
	symbols_close(s);
	s = open_map("ffffffff81000000 T a\nffffffff81000010 T b\n");
	ck_assert_uint_eq(symbols_slide(s, 0xffffffff82000100), 0);
	symbols_close(s);
}
END_TEST

static void refuses_file(const char *path, int err, const char *why)
{
	struct symbols *s = NULL;
	char log[2048];
	int saved = catch_log(), rc = symbols_open(&s, path);

	release_log(saved, log);
	ck_assert_int_eq(rc, err);
	ck_assert_msg(strstr(log, "give a vmlinux"), "%s", log);
	ck_assert_msg(strstr(log, why), "%s", log);
	ck_assert_ptr_null(strchr(log, '\n')[1] ? log : NULL);
}

START_TEST(files_without_symbols)
{
	static const char placeholder[] =
		"ffffffffffffffff B The real System.map is elsewhere\n";

	write_file("debian", placeholder, sizeof(placeholder) - 1);
	refuses_file("debian", -ENODATA, "no symbols in it");
	write_file("empty", "", 0);
	refuses_file("empty", -ENODATA, "no symbols in it");
	write_file("elf", "\177ELF\2\1\1", 7);
	refuses_file("elf", -ENODATA, "no symbols in it");
	refuses_file("missing", -ENOENT, "No such file");
	refuses_file(".", -EISDIR, "Is a directory");
}
END_TEST

static void says(const char *want, const struct vcpu_snapshot *first,
		 const struct vcpu_snapshot *now, const struct symbols *s,
		 uint64_t slide)
{
	char line[300];

	diagnosis_describe(line, sizeof(line), 2, first, now, s, slide);
	ck_assert_str_eq(line, want);
}

START_TEST(a_line_for_each_case)
{
	struct symbols *s = open_map(map);
	struct vcpu_snapshot first = { .taken_ns = NSEC_PER_SEC };
	struct vcpu_snapshot now = { .taken_ns = 3 * NSEC_PER_SEC };

	now.activity = VCPU_WAITING;
	says("vCPU 2: not started by the guest", &first, &now, s, 0);
	now.activity = VCPU_HALTED;
	now.rip = first.rip = 0xffffffff81000210;
	now.interrupts_on = true;
	says("vCPU 2: halted at 0xffffffff81000210 (idle+0x10), ring 0, "
	     "interrupts on; exits/s: none",
	     &first, &now, s, 0);
	now.activity = VCPU_RUNNING;
	now.interrupts_on = false;
	now.irr[1] = BIT(2) | BIT(31);
	now.irr[7] = BIT(12);
	now.isr[1] = BIT(3);
	now.nmi_pending = true;
	now.exits[VCPU_EXIT_PORT] = 100;
	now.exits[VCPU_EXIT_SIGNAL] = 2;
	now.exits[VCPU_EXIT_OTHER] = 1000;
	says("vCPU 2: running at 0xffffffff81000210, as before, ring 0, "
	     "interrupts off; pending: 0x22 0x3f 0xec; in service: 0x23; "
	     "NMI pending; exits/s: 50 port 500 other",
	     &first, &now, NULL, 0);
	first.rip = 0;
	now.ring = 3;
	memset(now.irr, 0, sizeof(now.irr));
	memset(now.isr, 0, sizeof(now.isr));
	now.nmi_pending = false;
	now.rip += 0x20000000;
	says("vCPU 2: running at 0xffffffffa1000210 (idle+0x10), ring 3, "
	     "interrupts off; exits/s: 50 port 500 other",
	     &first, &now, s, 0x20000000);
	symbols_close(s);
}
END_TEST

/* Every vector pending, and a line too short for that. */
START_TEST(a_line_has_its_size)
{
	const struct vcpu_snapshot first = { 0 };
	struct vcpu_snapshot now = { 0 };
	char line[81];

	memset(now.irr, 0xff, sizeof(now.irr));
	memset(line, 'x', sizeof(line));
	diagnosis_describe(line, sizeof(line) - 1, 0, &first, &now, NULL, 0);
	ck_assert_uint_eq(strlen(line), sizeof(line) - 2);
	ck_assert_int_eq(line[sizeof(line) - 1], 'x');
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_system_map,	       an_elf_file,
		a_kernels_own,	       where_a_kernel_was_moved,
		files_without_symbols, a_line_for_each_case,
		a_line_has_its_size,   NULL,
	};

	return unit_run(options_suite("diagnosis", tests));
}
