/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/autopsy.h"

#include <inttypes.h>

#include "base/text.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_crash.h"

/* Intel SDM volume 3A, table 6-1. */
static const char *exception_name(int vector)
{
	static const char *const names[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
		"#DF", NULL,  "#TS", "#NP", "#SS", "#GP", "#PF", NULL,
		"#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
	};

	return vector < (int)ARRAY_SIZE(names) && names[vector] ?
		       names[vector] :
		       "reserved";
}

static void put_exception(struct text *text, const struct vcpu_crash *c)
{
	if (c->vector < 0)
		return;
	text_put(text, ", last exception %d (%s)", c->vector,
		 exception_name(c->vector));
	if (c->has_error_code)
		text_put(text, ", error code 0x%x", c->error_code);
}

/* One line about a processor whose state is lost. */
static void put_loss(struct text *text, const struct vcpu_crash *c)
{
	put_exception(text, c);
	if (c->unknown)
		text_put(text, "; KVM does not give the registers away");
	else
		text_put(text, "; where is not known: a processor of AMD's "
			       "forgets its registers when it shuts down");
}

static void put_registers(struct text *text, const struct vcpu_crash *c)
{
	text_put(text,
		 "CR0 0x%" PRIx64 " CR2 0x%" PRIx64 " CR3 0x%" PRIx64
		 " CR4 0x%" PRIx64 " EFER 0x%" PRIx64,
		 c->cr0, c->cr2, c->cr3, c->cr4, c->efer);
	text_put(text, " RSP 0x%" PRIx64 " RFLAGS 0x%" PRIx64, c->rsp,
		 c->rflags);
	text_put(text,
		 "; IDT 0x%" PRIx64 " limit 0x%x, GDT 0x%" PRIx64 " limit 0x%x",
		 c->idt_base, c->idt_limit, c->gdt_base, c->gdt_limit);
}

static void put_code(struct text *text, const struct vcpu_crash *c)
{
	text_put(text, "code:");
	if (!c->code_known)
		text_put(text, " no memory there");
	for (unsigned i = 0; c->code_known && i < VCPU_CRASH_CODE; i++) {
		bool here = i == VCPU_CRASH_BEFORE;

		text_put(text, here ? " <" : " ");
		if (c->code_known & BIT(i))
			text_put(text, "%02x", c->code[i]);
		else
			text_put(text, "--");
		if (here)
			text_put(text, ">");
	}
}

size_t autopsy_describe(const struct vcpu_crash *crash, const char *by,
			const struct symbols *symbols,
			char lines[AUTOPSY_LINES][AUTOPSY_LINE])
{
	struct text text[AUTOPSY_LINES];

	for (size_t i = 0; i < AUTOPSY_LINES; i++) {
		text[i] = (struct text){ lines[i], AUTOPSY_LINE, 0 };
		text_put(&text[i], "vCPU %u: ", crash->index);
	}
	text_put(&text[0], "%s", by);
	if (crash->unknown || crash->forgotten) {
		put_loss(&text[0], crash);
		return 1;
	}
	symbols_put(&text[0], symbols,
		    symbols_slide(symbols, crash->syscall_entry),
		    crash->cs_base + crash->rip);
	put_exception(&text[0], crash);
	text_put(&text[0], ", ring %u", crash->ring);
	put_registers(&text[1], crash);
	put_code(&text[2], crash);
	return AUTOPSY_LINES;
}
