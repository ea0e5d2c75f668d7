/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_backtrace.c - callers on made-up stacks, sound and hostile
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/unit.h"
#include "tests/unit_options.h"
#include "vmm/backtrace.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_stack.h"

enum {
	PG = 0x80000000,
	PAE = 0x20,
	LMA = 0x400,

	/* Functions of 256 bytes each, of which each has a call that ends at
	 * AFTER, and none elsewhere. */
	F = 0x10000,
	G = 0x10100,
	H = 0x10200,
	AFTER = 0x40,

	STACK = 0x20000,
};

static const char map[] = "0000000000010000 T f\n"
			  "0000000000010100 T g\n"
			  "0000000000010200 T h\n"
			  "0000000000010300 T end\n";

static struct mem mem;
static struct symbols *symbols;
static struct vcpu_stack stack;
static char line[BACKTRACE_LINE];

static void put(uint64_t at, const void *bytes, size_t len)
{
	memcpy(mem_at(&mem, at, len), bytes, len);
}

static void put_word(unsigned index, uint64_t value)
{
	put(STACK + 8 * index, &value, 8);
}

static void start(void)
{
	static const uint8_t call[] = { 0xe8, 0, 0, 0, 0 };

	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	write_file("map", map, strlen(map));
	ck_assert_int_eq(symbols_open(&symbols, "map"), 0);
	for (uint64_t f = F; f <= H; f += 0x100)
		put(f + AFTER - sizeof(call), call, sizeof(call));
	stack = (struct vcpu_stack){ .sp = STACK, .word = 8 };
}

static void stop(void)
{
	symbols_close(symbols);
	mem_free(&mem);
}

static unsigned look(uint64_t slide)
{
	struct text text = { line, sizeof(line), 0 };

	*line = '\0';
	stack.n = 0;
	vcpu_stack_copy(&mem, &stack);
	return backtrace_put(&text, &stack, &mem, symbols, slide);
}

static void says(const char *want)
{
	look(0);
	ck_assert_str_eq(line, want);
}

START_TEST(frame_pointers)
{
	start();
	stack.fp = STACK + 2 * 8;
	/* Left from a call that is over. */
	put_word(1, H + AFTER);
	put_word(2, STACK + 5 * 8);
	put_word(3, F + AFTER);
	put_word(5, 0);
	put_word(6, G + AFTER);
	put_word(8, H + AFTER);
	says("? h+0x40, f+0x40, g+0x40, ? h+0x40");
	stop();
}
END_TEST

START_TEST(without_frame_pointers)
{
	start();
	stack.fp = 12345;
	put_word(0, F + AFTER);
	put_word(7, H + AFTER);
	says("? f+0x40, ? h+0x40");
	stop();
}
END_TEST

/* Addresses of code that nothing returns to. */
START_TEST(what_is_no_return_address)
{
	start();
	put_word(0, F);
	put_word(1, F + 0x10);
	put_word(2, F + AFTER - 1);
	put_word(3, F + AFTER + 1);
	put_word(4, H + 0x100 + AFTER);
	put_word(5, UINT64_MAX);
	put_word(6, 1);
	ck_assert_uint_eq(look(0), 0);
	says("");
	stop();
}
END_TEST

START_TEST(each_form_of_call)
{
	/* The last bytes before the address. */
	static const struct {
		uint8_t code[7];
		unsigned len;
		bool is_call;
	} rows[] = {
		{ { 0xe8, 1, 2, 3, 4 }, 5, true },
		/* call *%rax; *(%rax); *8(%rax); *0x100(%rax) */
		{ { 0xff, 0xd0 }, 2, true },
		{ { 0xff, 0x10 }, 2, true },
		{ { 0xff, 0x50, 8 }, 3, true },
		{ { 0xff, 0x90, 0, 1, 0, 0 }, 6, true },
		/* *(%rax,%rbx,8); *0x100(,%rax,8); *8(%rsp); *0x100(%rsp) */
		{ { 0xff, 0x14, 0xd8 }, 3, true },
		{ { 0xff, 0x14, 0xc5, 0, 1, 0, 0 }, 7, true },
		{ { 0xff, 0x54, 0x24, 8 }, 4, true },
		{ { 0xff, 0x94, 0x24, 0, 1, 0, 0 }, 7, true },
		/* *0x100(%rip) */
		{ { 0xff, 0x15, 0, 1, 0, 0 }, 6, true },
		/* jmp *%rax; push %rax; a call that is cut short */
		{ { 0xff, 0xe0 }, 2, false },
		{ { 0xff, 0xf0 }, 2, false },
		{ { 0xff, 0x90 }, 2, false },
		{ { 0xff, 0x15, 0, 1 }, 4, false },
		{ { 0xe8, 1, 2, 3 }, 4, false },
		{ { 0xe9, 1, 2, 3, 4 }, 5, false },
	};

	start();
	put_word(0, G + 0x80);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(G + 0x80 - 7, "\x90\x90\x90\x90\x90\x90", 7);
		put(G + 0x80 - rows[i].len, rows[i].code, rows[i].len);
		ck_assert_msg(look(0) == rows[i].is_call, "row %zu", i);
	}
	stop();
}
END_TEST

/* A function whose last instruction calls one that never returns. */
START_TEST(behind_the_end_of_a_function)
{
	start();
	put(G - 2, "\xff\xd0", 2);
	put_word(0, G);
	says("? f+0x100");
	stop();
}
END_TEST

START_TEST(of_a_kernel_that_was_moved)
{
	start();
	put(0x40000 + F + AFTER - 2, "\xff\xd0", 2);
	put_word(0, 0x40000 + F + AFTER);
	ck_assert_uint_eq(look(0x40000), 1);
	ck_assert_str_eq(line, "? f+0x40");
	stop();
}
END_TEST

/* Frames that lead to themselves and back; and nothing but code. */
START_TEST(loops_and_floods)
{
	start();
	stack.fp = STACK;
	put_word(0, STACK);
	put_word(1, F + AFTER);
	put_word(2, STACK);
	put_word(3, F + AFTER);
	says("f+0x40, ? f+0x40");
	for (unsigned i = 0; i < 4096; i++)
		put_word(i, F + AFTER);
	stack.fp = F + AFTER;
	ck_assert_uint_eq(look(0), BACKTRACE_FRAMES);
	/* Text, but no call. */
	for (unsigned i = 0; i < 4096; i++)
		put_word(i, F + 3);
	ck_assert_uint_eq(look(0), 0);
	/* The frame pointer wraps. */
	for (uint64_t fp = UINT64_MAX - 16; fp; fp++) {
		stack.fp = fp;
		ck_assert_uint_eq(look(0), 0);
	}
	stop();
}
END_TEST

START_TEST(not_in_memory)
{
	static const uint64_t nowhere[] = {
		0,
		1,
		MEM_SIZE_MIN,
		MEM_SIZE_MIN - 1,
		UINT64_MAX,
		UINT64_MAX - 7,
		UINT64_C(1) << 47,
	};

	start();
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		stack.sp = stack.fp = nowhere[i];
		ck_assert_uint_eq(look(0), 0);
	}
	/* The last word that there is. */
	stack.sp = MEM_SIZE_MIN - 8;
	put(MEM_SIZE_MIN - 8, &(uint64_t){ F + AFTER }, 8);
	says("? f+0x40");
	ck_assert_uint_eq(stack.piece[0].len, 8);
	/* One that is not aligned. */
	stack.sp = STACK - 3;
	put_word(0, G + AFTER);
	says("? g+0x40");
	stop();
}
END_TEST

/* Page tables for 2 MiB at 0 and for the top 4 KiB pages at 0x20000 and 0x30000
 * of the last 2 MiB. */
static void map_pages(void)
{
	put(0x1000, &(uint64_t){ 0x2003 }, 8);
	put(0x1000 + 511 * 8, &(uint64_t){ 0x2003 }, 8);
	put(0x2000, &(uint64_t){ 0x3003 }, 8);
	put(0x2000 + 511 * 8, &(uint64_t){ 0x3003 }, 8);
	put(0x3000, &(uint64_t){ 0x83 }, 8);
	put(0x3000 + 511 * 8, &(uint64_t){ 0x4003 }, 8);
	put(0x4000 + 8 * 0x20, &(uint64_t){ 0x20003 }, 8);
	put(0x4000 + 8 * 0x30, &(uint64_t){ 0x30003 }, 8);
	stack.paging = (struct gdb_paging){ PG, 0x1000, PAE, LMA };
}

#define HIGH (~UINT64_C(0x1fffff))

/* The last word of an interrupt's stack leads to what it has interrupted. */
START_TEST(an_interrupts_stack)
{
	start();
	map_pages();
	stack.sp = HIGH + 0x20fe0;
	stack.fp = HIGH + 0x30f00;
	put(0x20fe8, &(uint64_t){ F + AFTER }, 8);
	put(0x20ff8, &(uint64_t){ HIGH + 0x30ef0 }, 8);
	put(0x30ef8, &(uint64_t){ G + AFTER }, 8);
	put(0x30f00, &(uint64_t){ 0 }, 8);
	put(0x30f08, &(uint64_t){ H + AFTER }, 8);
	says("? f+0x40, ? g+0x40, h+0x40");
	ck_assert_uint_eq(stack.n, 2);
	/* To itself, and to where nothing is. */
	put(0x20ff8, &(uint64_t){ HIGH + 0x20fe0 }, 8);
	says("? f+0x40, ? f+0x40, ? f+0x40");
	put(0x20ff8, &(uint64_t){ HIGH + 0x50000 }, 8);
	says("? f+0x40");
	put(0x20ff8, &(uint64_t){ 0x30ef0 }, 8);
	says("? f+0x40");
	stop();
}
END_TEST

START_TEST(words_of_32_bits)
{
	static const uint32_t words[] = { 0,	     STACK + 16, F + AFTER,
					  H + AFTER, 0,		 G + AFTER };

	start();
	stack.word = 4;
	stack.fp = STACK + 4;
	put(STACK, words, sizeof(words));
	says("f+0x40, ? h+0x40, g+0x40");
	stop();
}
END_TEST

START_TEST(the_same_is_said_once)
{
	struct backtrace_log log = { .mem = &mem };
	char out[2048];
	int saved;

	start();
	put_word(0, F + AFTER);
	look(0);
	saved = catch_log();
	/* Without symbols nothing is known. */
	backtrace_log(&log, 0, &stack);
	log.symbols = symbols;
	backtrace_log(&log, 1, &stack);
	backtrace_log(&log, 2, &stack);
	backtrace_log(&log, 3, &stack);
	stack.n = 0;
	backtrace_log(&log, 4, &stack);
	release_log(saved, out);
	ck_assert_str_eq(out,
			 "minivmm: vCPU 1: called by ? f+0x40\n"
			 "minivmm: vCPU 2: called by the same as vCPU 1\n"
			 "minivmm: vCPU 3: called by the same as vCPU 1\n");
	stop();
}
END_TEST

/* A device without an end is no list of symbols. */
START_TEST(symbols_without_end)
{
	struct symbols *none;

	ck_assert_int_eq(symbols_open(&none, "/dev/zero"), -EFBIG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		frame_pointers,
		without_frame_pointers,
		what_is_no_return_address,
		each_form_of_call,
		behind_the_end_of_a_function,
		of_a_kernel_that_was_moved,
		loops_and_floods,
		not_in_memory,
		an_interrupts_stack,
		words_of_32_bits,
		the_same_is_said_once,
		symbols_without_end,
		NULL,
	};

	return unit_run(options_suite("backtrace", tests));
}
