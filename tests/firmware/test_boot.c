/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_boot.c - what holds for every format: files of no format, and damaged
 * ones
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>

#include "base/mem.h"
#include "firmware/boot.h"
#include "firmware/layout.h"
#include "tests/files.h"
#include "tests/kernels.h"
#include "tests/unit.h"

static void junk(const char *bytes, size_t len, size_t offset, const char *why)
{
	char buf[0x8010];
	struct boot boot;
	struct file f;

	memset(buf, 0x11, sizeof(buf));
	memcpy(buf + offset, bytes, len);
	f = file_make(buf, sizeof(buf));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect(why);
	file_free(&f);
}

START_TEST(junk_is_refused_with_a_hint)
{
	log_capture();
	junk("", 0, 0, "not a kernel minivmm can boot");
	junk("\x1f\x8b\x08", 3, 0, "gunzip");
	junk("\xfd"
	     "7zXZ",
	     6, 0, "unxz");
	junk("\x28\xb5\x2f\xfd", 4, 0, "unzstd");
	junk("\x02\x21\x4c\x18", 4, 0, "unlz4");
	junk("BZh9", 4, 0, "bunzip2");
	junk("070701", 6, 0, "--initrd");
	junk("#!/bin/sh", 9, 0, "script");
	junk("ARMd", 4, 0x38, "arm64");
	junk("RSC\x05", 4, 0x38, "RISC-V");
	junk("\x27\x05\x19\x56", 4, 0, "U-Boot image");
	junk("\xd0\x0d\xfe\xed", 4, 0, "U-Boot FIT image");
	junk("ANDROID!", 8, 0, "Android boot image");
	junk("VNDRBOOT", 8, 0, "Android boot image");
	junk("\xcf\xfa\xed\xfe", 4, 0, "Mach-O");
	junk("\x18\x28\x6f\x01", 4, 0x24, "for ARM");
	junk("PK\x03\x04", 4, 0, "zip archive");
	junk("!<arch>\n", 8, 0, "Debian package");
	junk("ustar", 5, 257, "tar archive");
	junk("<!DOCTYPE html>", 15, 0, "download went wrong");
	junk("version https://git-lfs", 23, 0, "git lfs pull");
	junk("QFI\xfb", 4, 0, "qcow2");
	junk("hsqs", 4, 0, "squashfs");
	junk("\x53\xef", 2, 0x438, "ext4 file system");
	/* What firmware starts: there is none. */
	junk("MZ", 2, 0, "there is no EFI");
	junk("_FVH", 4, 0x28, "UEFI firmware");
	junk("EFI PART", 8, 0x200, "needs a BIOS, and there is none");
	junk("CD001", 5, 0x8001, "a CD image: needs a BIOS");
	junk("\xea\x05\0\xc0\x07", 5, 0, "a PXE boot program: needs a BIOS");
	junk("\x55\xaa", 2, 0x1fe, "boot sector or disk image: needs a BIOS");
}
END_TEST

/* A header of @n fields at @at of a file of junk. */
static void late_header(const uint32_t *fields, unsigned n, size_t at,
			const char *why)
{
	static char buf[0x10000];
	struct boot boot;
	struct file f;

	memset(buf, 0x11, sizeof(buf));
	memcpy(buf + at, fields, n * sizeof(*fields));
	f = file_make(buf, sizeof(buf));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect(why);
	file_free(&f);
}

START_TEST(a_multiboot_header_that_does_not_count_is_named)
{
	const uint32_t one[] = { 0x1badb002, 3, -(0x1badb002U + 3) };
	const uint32_t two[] = { 0xe85250d6, 0, 24, -(0xe85250d6U + 24) };
	const uint32_t bad1[] = { 0x1badb002, 3, 0 };
	const uint32_t bad2[] = { 0xe85250d6, 0, 24, 0 };

	log_capture();
	late_header(one, 3, 0x2000, "at 0x2000, beyond the first 8 KiB");
	late_header(one, 3, 0xfff4, "at 0xfff4, beyond the first 8 KiB");
	late_header(one, 3, 0x1002, "at 0x1002, not aligned to 4 bytes");
	late_header(bad1, 3, 0x1000, "checksum of its multiboot header");
	late_header(bad1, 3, 0x2000, "not a kernel minivmm can boot");
	late_header(two, 4, 0x8000, "at 0x8000, beyond the first 32 KiB");
	late_header(two, 4, 0x1004, "at 0x1004, not aligned to 8 bytes");
	late_header(bad2, 4, 0x1000, "checksum of its multiboot2 header");
}
END_TEST

/* The same in an ELF file, which may yet be something else. */
START_TEST(an_elf_file_with_a_late_header_is_told)
{
	struct {
		struct toy toy;
		uint32_t late[3];
	} file;
	struct boot boot;
	struct file f;

	log_capture();
	file.late[0] = 0x1badb002;
	file.late[1] = 3;
	file.late[2] = -(0x1badb002U + 3);
	toy_elf32(&file.toy);
	f = file_make(&file, sizeof(file));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect("at 0x2000, beyond the first 8 KiB");
	toy_elf64(&file.toy);
	f = file_make(&file, sizeof(file));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	log_expect("boot protocol, as its multiboot header is at 0x2000");
	boot_close(&boot);
}
END_TEST

/* An initrd of the @len bytes at @bytes, at @offset, for bzImage and vmlinux:
 * @why it is refused, or NULL. */
static void initrd(const char *bytes, size_t len, size_t offset,
		   const char *why, const char *why_elf)
{
	struct file f, archive;
	struct boot boot;
	char buf[0x400];
	struct toy toy;

	memset(buf, 0, sizeof(buf));
	memcpy(buf + offset, bytes, len);
	archive = file_make(buf, MAX(offset + len, 1));
	for (int elf = 0; elf < 2; elf++) {
		const char *expected = elf ? why_elf : why;

		if (elf)
			toy_pvh64(&toy);
		else
			toy_bzimage(&toy);
		f = file_make(&toy, sizeof(toy));
		ck_assert_int_eq(boot_open(&boot, f.path, archive.path, NULL) <
					 0,
				 expected != NULL);
		if (expected)
			log_expect(expected);
		boot_close(&boot);
		file_free(&f);
	}
	file_free(&archive);
}

/* An entry of 4 bytes called "init", and the end of the archive. */
#define CPIO_HEADER(name_len, len)                                             \
	"070701"                                                               \
	"00000000"                                                             \
	"000081ed"                                                             \
	"00000000"                                                             \
	"00000000"                                                             \
	"00000001"                                                             \
	"00000000" len "00000000"                                              \
	"00000000"                                                             \
	"00000000"                                                             \
	"00000000" name_len "00000000"
#define CPIO_INIT                                                              \
	CPIO_HEADER("00000005", "00000004")                                    \
	"init\0\0"                                                             \
	"data"
#define CPIO_TRAILER CPIO_HEADER("0000000b", "00000000") "TRAILER!!!\0\0\0\0"

START_TEST(what_linux_cannot_unpack_is_refused)
{
	static const char archive[] = CPIO_INIT CPIO_TRAILER;
	static const char two[] = CPIO_INIT "\x1f\x8b\x08";
	const size_t entry = sizeof(CPIO_INIT) - 1;

	log_capture();
	initrd(archive, sizeof(archive) - 1, 0, NULL, NULL);
	initrd("\x1f\x8b", 2, 0, NULL, NULL);
	initrd("hsqs", 4, 0, NULL, NULL);
	/* A compressed archive behind one that is not. */
	initrd(two, sizeof(two) - 1, 0, NULL, NULL);
	/* Cut within the data, the name and the header of an entry. */
	initrd(archive, entry - 1, 0, "ends within \"init\"",
	       "ends within \"init\"");
	initrd(archive, 112, 0, "ends within \"in\"", "ends within \"in\"");
	initrd(archive, 50, 0, "truncated", "truncated");
	initrd(archive, entry + 6, 0, "truncated", "truncated");
	/* Unikernels may want such files. */
	initrd("\x7f"
	       "ELF",
	       4, 0, "did you mean --kernel?", NULL);
	initrd("HdrS", 4, 0x202, "did you mean --kernel?", NULL);
	initrd("#!/bin/sh", 9, 0, "a script", NULL);
	initrd("ustar", 5, 257, "cpio -o -H newc", NULL);
	initrd("\x27\x05\x19\x56", 4, 0, "wrapped up for U-Boot", NULL);
}
END_TEST

START_TEST(a_bad_initrd_is_refused_when_opened)
{
	struct boot boot;
	struct toy toy;
	struct file f;

	log_capture();
	toy_bzimage(&toy);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, "/no/such/initrd", NULL),
			 -ENOENT);
	log_expect("/no/such/initrd: No such file");
	ck_assert_int_eq(boot.kernel.fd, -1);
	ck_assert_int_eq(boot_open(&boot, f.path, "/", NULL), -EISDIR);
	log_expect("directory");
	ck_assert_int_eq(boot_open(&boot, "/", NULL, NULL), -EISDIR);
	log_expect("directory");
	boot_close(&boot);
}
END_TEST

START_TEST(a_file_that_changes_after_it_was_opened_is_noticed)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct file f;
	struct mem mem;

	log_capture();
	toy_bzimage(&toy);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	toy_elf64(&toy);
	ck_assert_int_eq(pwrite(f.fd, &toy, sizeof(toy), 0), sizeof(toy));
	ck_assert_int_eq(boot_load(&boot, &mem, 0, &cpu), -ENOEXEC);
	log_expect("no longer what it was");
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* Bytes that firmware owns, to see that no kernel is loaded over them. */
static const uint64_t ours[] = {
	0, LAYOUT_FREE - 1, LAYOUT_LOW_END, LAYOUT_ACPI, LAYOUT_KERNEL - 1,
};

static void mark_ours(const struct mem *mem)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ours); i++)
		*(uint8_t *)mem_at(mem, ours[i], 1) = 0x5a;
}

static void check_ours(const struct mem *mem)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ours); i++)
		ck_assert_uint_eq(*(uint8_t *)mem_at(mem, ours[i], 1), 0x5a);
}

/* Whatever the bytes: no crash, and if they boot, then inside RAM. */
static void try_kernel(const uint8_t *bytes, size_t len, const char *initrd,
		       const struct mem *mem, FILE *out)
{
	struct file f = file_make(bytes, len);
	struct boot_cpu cpu;
	struct boot boot;

	if (boot_open(&boot, f.path, initrd, "x") == 0) {
		boot_describe(&boot, out);
		if (boot_load(&boot, mem, 0xe0000, &cpu) == 0)
			ck_assert_ptr_nonnull(mem_at(mem, cpu.rip, 1));
		boot_close(&boot);
	}
	check_ours(mem);
	file_free(&f);
}

static void (*const toys[])(struct toy *toy) = {
	toy_bzimage, toy_elf32, toy_elf64, toy_pvh32, toy_pvh64, toy_code,
};

/* A kernel of each format; of some also with a multiboot header. */
static void make_toy(struct toy *toy, unsigned i)
{
	toys[i / 2](toy);
	if (i % 2)
		toy_multiboot(toy, i == 11 ? 0x10000 : 3);
}

/* What every case of damage needs. */
struct bench {
	struct file initrd;
	struct mem mem;
	FILE *out;
	struct toy toy;
};

static void bench_init(struct bench *b, unsigned i)
{
	b->initrd = file_make("initrd", 6);
	b->out = fopen("/dev/null", "w");
	ck_assert_ptr_nonnull(b->out);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	ck_assert_int_eq(mem_init(&b->mem, 32 * MIB), 0);
	mark_ours(&b->mem);
	make_toy(&b->toy, i);
}

static void bench_free(struct bench *b)
{
	mem_free(&b->mem);
	fclose(b->out);
	file_free(&b->initrd);
}

START_TEST(truncation_anywhere_is_survived)
{
	struct bench b;

	bench_init(&b, (unsigned)_i);
	for (size_t len = 1; len < 0x300; len++)
		try_kernel(b.toy.bytes, len, NULL, &b.mem, b.out);
	for (size_t len = TOY_CODE - 4; len < TOY_CODE + 64; len++)
		try_kernel(b.toy.bytes, len, NULL, &b.mem, b.out);
	try_kernel(b.toy.bytes, TOY_SIZE - 1, NULL, &b.mem, b.out);
	bench_free(&b);
}
END_TEST

/* Where the headers are, that damage be found there more often. */
static size_t pick_offset(void)
{
	static const size_t start[] = { 0, 0x1f1, TOY_NOTE, TOY_MULTIBOOT };
	static const size_t len[] = { 0xb0, 0x80, 0x40, 0x20 };
	unsigned i = (unsigned)rand() % 4;

	return start[i] + (size_t)rand() % len[i];
}

/* Values at which arithmetic breaks, or anything. */
static uint8_t pick_byte(void)
{
	static const uint8_t edge[] = { 0, 1, 0x7f, 0x80, 0xff };

	return rand() % 2 ? edge[rand() % 5] : (uint8_t)rand();
}

START_TEST(random_damage_is_survived)
{
	struct bench b;

	bench_init(&b, (unsigned)_i);
	srand((unsigned)_i);
	for (unsigned round = 0; round < 4000; round++) {
		struct toy bad = b.toy;

		for (int n = rand() % 4; n >= 0; n--) {
			size_t at = pick_offset();
			uint8_t byte = pick_byte();

			/* Often whole fields of it. */
			for (int k = rand() % 9; k >= 0; k--)
				bad.bytes[at + (size_t)k] = byte;
		}
		try_kernel(bad.bytes, TOY_SIZE,
			   rand() % 2 ? b.initrd.path : NULL, &b.mem, b.out);
	}
	bench_free(&b);
}
END_TEST

/* Real kernels, for what no toy has: MINIVMM_KERNELS lists paths, separated
 * by colons.  Each loads whole, and is refused when only half of it is
 * there. */
static void check_real(const char *path)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct file half;
	struct mem mem;
	off_t from = 0;

	ck_assert_int_eq(boot_open(&boot, path, NULL, NULL), 0);
	ck_assert_int_eq(mem_init(&mem, 512 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, 0xe0000, &cpu), 0);
	ck_assert_ptr_nonnull(mem_at(&mem, cpu.rip, 1));
	mem_free(&mem);
	half = file_make("", 0);
	while (from < (off_t)(boot.kernel.size / 2))
		ck_assert_int_gt(sendfile(half.fd, boot.kernel.fd, &from,
					  boot.kernel.size / 2 - (size_t)from),
				 0);
	boot_close(&boot);
	ck_assert_int_lt(boot_open(&boot, half.path, NULL, NULL), 0);
	log_expect("truncated");
	file_free(&half);
}

START_TEST(real_kernels_load)
{
	char *paths = strdup(getenv("MINIVMM_KERNELS"));

	log_capture();
	for (char *p = strtok(paths, ":"); p; p = strtok(NULL, ":"))
		check_real(p);
	free(paths);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		junk_is_refused_with_a_hint,
		a_multiboot_header_that_does_not_count_is_named,
		an_elf_file_with_a_late_header_is_told,
		what_linux_cannot_unpack_is_refused,
		a_bad_initrd_is_refused_when_opened,
		a_file_that_changes_after_it_was_opened_is_noticed,
		NULL,
	};
	Suite *suite = unit_suite("boot", tests);
	TCase *damage = tcase_create("damage");

	tcase_set_timeout(damage, 300);
	tcase_add_loop_test(damage, truncation_anywhere_is_survived, 0,
			    2 * ARRAY_SIZE(toys));
	tcase_add_loop_test(damage, random_damage_is_survived, 0,
			    2 * ARRAY_SIZE(toys));
	if (getenv("MINIVMM_KERNELS"))
		tcase_add_test(damage, real_kernels_load);
	suite_add_tcase(suite, damage);
	return unit_run(suite);
}
