/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_autopsy.c - what is said of a processor that could not go on
 */
#define _GNU_SOURCE
#include <string.h>

#include "base/util.h"
#include "tests/unit.h"
#include "tests/unit_options.h"
#include "vmm/autopsy.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_crash.h"

static const struct vcpu_crash fault = {
	.index = 2,
	.rip = 0xffffffff82000150,
	.rsp = 0xffffc90000003f58,
	.rflags = 0x10046,
	.cr0 = 0x80050033,
	.cr2 = 0xdeadbeef000,
	.cr3 = 0x1234000,
	.cr4 = 0x6f0,
	.efer = 0xd01,
	.vector = 14,
	.has_error_code = true,
	.error_code = 0x2,
	.idt_base = 0xfffffe0000000000,
	.idt_limit = 0xfff,
	.gdt_base = 0xfffffe0000001000,
	.gdt_limit = 0x7f,
	.syscall_entry = 0xffffffff82000100,
	.code = { [VCPU_CRASH_BEFORE - 1] = 0x90, 0x0f, 0x0b },
	.code_known = 7 << (VCPU_CRASH_BEFORE - 1),
};

static void says(const struct vcpu_crash *crash, const struct symbols *symbols,
		 const char *first, const char *second, const char *third)
{
	const char *const want[] = { first, second, third };
	char lines[AUTOPSY_LINES][AUTOPSY_LINE];
	size_t n = autopsy_describe(crash, "triple fault", symbols, lines);

	ck_assert_uint_eq(n, third ? 3 : 1);
	for (size_t i = 0; i < n; i++)
		if (want[i] && *want[i])
			ck_assert_str_eq(lines[i], want[i]);
}

START_TEST(a_triple_fault)
{
	says(&fault, NULL,
	     "vCPU 2: triple fault at 0xffffffff82000150, last exception 14 "
	     "(#PF), error code 0x2, ring 0",
	     "vCPU 2: CR0 0x80050033 CR2 0xdeadbeef000 CR3 0x1234000 CR4 0x6f0 "
	     "EFER 0xd01 RSP 0xffffc90000003f58 RFLAGS 0x10046; IDT "
	     "0xfffffe0000000000 limit 0xfff, GDT 0xfffffe0000001000 limit "
	     "0x7f",
	     "vCPU 2: code: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- 90 "
	     "<0f> 0b -- -- -- -- -- -- -- -- -- -- -- -- -- --");
}
END_TEST

/* The kernel has been moved, as its entry for system calls shows. */
START_TEST(where_it_was)
{
	static const char map[] = "ffffffff81000000 T _text\n"
				  "ffffffff81000100 T entry_SYSCALL_64\n"
				  "ffffffff81000300 T last\n";
	struct symbols *symbols = NULL;

	write_file("map", map, strlen(map));
	ck_assert_int_eq(symbols_open(&symbols, "map"), 0);
	says(&fault, symbols,
	     "vCPU 2: triple fault at 0xffffffff82000150 "
	     "(entry_SYSCALL_64+0x50), last exception 14 (#PF), error code "
	     "0x2, ring 0",
	     NULL, "");
	symbols_close(symbols);
}
END_TEST

START_TEST(what_is_lost)
{
	struct vcpu_crash c = { .forgotten = true, .vector = 8 };

	says(&c, NULL,
	     "vCPU 0: triple fault, last exception 8 (#DF); where is not "
	     "known: a processor of AMD's forgets its registers when it shuts "
	     "down",
	     NULL, NULL);
	c = (struct vcpu_crash){ .unknown = true, .vector = -1 };
	says(&c, NULL,
	     "vCPU 0: triple fault; KVM does not give the registers away", NULL,
	     NULL);
}
END_TEST

/* In real mode, and not in memory. */
START_TEST(without_an_exception)
{
	const struct vcpu_crash c = {
		.cs_base = 0x100000, .rip = 0xfff0, .ring = 3, .vector = -1
	};

	says(&c, NULL, "vCPU 0: triple fault at 0x10fff0, ring 3", "",
	     "vCPU 0: code: no memory there");
}
END_TEST

/* Whatever the numbers are, the lines have room. */
START_TEST(the_longest)
{
	struct vcpu_crash c;
	char lines[AUTOPSY_LINES][AUTOPSY_LINE];

	memset(&c, 0xff, sizeof(c));
	c.unknown = c.forgotten = false;
	c.has_error_code = true;
	c.vector = 255;
	ck_assert_uint_eq(
		autopsy_describe(&c, "an exception without a way to deliver it",
				 NULL, lines),
		AUTOPSY_LINES);
	for (size_t i = 0; i < AUTOPSY_LINES; i++)
		ck_assert_uint_lt(strlen(lines[i]), AUTOPSY_LINE - 1);
	ck_assert(strstr(lines[2], "<ff>"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_triple_fault,	      where_it_was, what_is_lost,
		without_an_exception, the_longest,  NULL,
	};

	return unit_run(options_suite("autopsy", tests));
}
