/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/backtrace.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/util.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_stack.h"

enum {
	/* The longest call instruction without a prefix. */
	CALL_MAX = 7,

	CALL_NEAR = 0xe8,
	CALL_NEAR_SIZE = 5,
	/* It is a call if bits 3 to 5 of the second byte have this value. */
	GROUP_5 = 0xff,
	GROUP_5_CALL = 2,
};

struct search {
	const struct vcpu_stack *stack;
	const struct mem *mem;
	const struct symbols *symbols;
	uint64_t slide;
	struct text *text;
	/* Where the frame pointer says that the next frame begins. */
	uint64_t frame;
	unsigned found;
};

/* The size of an instruction whose opcode is one byte, from the next two bytes,
 * @modrm and @sib; Intel SDM volume 2A, section 2.1.3. */
static unsigned size_with(uint8_t modrm, uint8_t sib)
{
	static const unsigned displacement[] = { 0, 1, 4, 0 };
	const unsigned mod = modrm >> 6, rm = modrm & 7;
	unsigned size = 2 + displacement[mod];

	if (mod == 3)
		return size;
	if (rm == 4)
		size++;
	if (mod == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5)))
		size += 4;
	return size;
}

/* Whether a call instruction ends at the end of the CALL_MAX bytes @code. */
static bool ends_in_call(const uint8_t *code)
{
	if (code[CALL_MAX - CALL_NEAR_SIZE] == CALL_NEAR)
		return true;
	for (unsigned size = 2; size <= CALL_MAX; size++) {
		const uint8_t *at = code + CALL_MAX - size;

		if (at[0] == GROUP_5 && (at[1] >> 3 & 7) == GROUP_5_CALL &&
		    size_with(at[1], size > 2 ? at[2] : 0) == size)
			return true;
	}
	return false;
}

static bool is_behind_call(const struct search *s, uint64_t addr)
{
	uint8_t code[CALL_MAX];

	for (unsigned i = 0; i < CALL_MAX; i++) {
		struct gdb_walk walk;
		const uint8_t *byte = NULL;

		if (gdb_walk(s->mem, &s->stack->paging, addr - CALL_MAX + i,
			     &walk))
			byte = mem_at(s->mem, walk.gpa, 1);
		if (!byte)
			return false;
		code[i] = *byte;
	}
	return ends_in_call(code);
}

static uint64_t word_at(const struct vcpu_stack *stack, size_t at)
{
	uint64_t value = 0;

	memcpy(&value, stack->bytes + at, stack->word);
	return value;
}

/* Look at word @at of the copy, which was at @addr on the stack. */
static void look(struct search *s, size_t at, uint64_t addr)
{
	const uint64_t value = word_at(s->stack, at);
	const bool sure =
		addr == s->frame + s->stack->word && at >= s->stack->word;
	uint64_t offset;
	/* A call that never returns may be the last instruction of a
	 * function. */
	const char *name =
		symbols_find(s->symbols, value - s->slide - 1, &offset);

	if (!name || !is_behind_call(s, value))
		return;
	text_put(s->text, "%s%s%s+0x%" PRIx64, s->found ? ", " : "",
		 sure ? "" : "? ", name, offset + 1);
	s->found++;
	if (sure)
		s->frame = word_at(s->stack, at - s->stack->word);
}

unsigned backtrace_put(struct text *text, const struct vcpu_stack *stack,
		       const struct mem *mem, const struct symbols *symbols,
		       uint64_t slide)
{
	struct search s = { .stack = stack,
			    .mem = mem,
			    .symbols = symbols,
			    .slide = slide,
			    .text = text,
			    .frame = stack->fp };
	size_t at = 0;

	for (unsigned i = 0; i < stack->n; i++) {
		const size_t words = stack->piece[i].len / stack->word;

		for (size_t k = 0; k < words; k++) {
			if (s.found == BACKTRACE_FRAMES)
				return s.found;
			look(&s, at + k * stack->word,
			     stack->piece[i].addr + k * stack->word);
		}
		at += stack->piece[i].len;
	}
	return s.found;
}

void backtrace_log(struct backtrace_log *log, unsigned index,
		   const struct vcpu_stack *stack)
{
	char line[BACKTRACE_LINE] = "";
	struct text text = { line, sizeof(line), 0 };

	if (!log->symbols ||
	    !backtrace_put(&text, stack, log->mem, log->symbols, log->slide))
		return;
	if (strcmp(line, log->said) == 0) {
		log_warn("vCPU %u: called by the same as vCPU %u", index,
			 log->index);
		return;
	}
	log_warn("vCPU %u: called by %s", index, line);
	memcpy(log->said, line, sizeof(line));
	log->index = index;
}
