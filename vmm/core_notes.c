/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/core_notes.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "base/mem.h"
#include "base/touched.h"
#include "base/util.h"
#include "gdb/registers.h"
#include "vmm/vcpu_registers.h"
#include "vmm/vcpus.h"

enum { PAGE = 4096 };

/* GDB's order of the registers is not that of struct user_regs_struct. */
static void put_registers(const struct gdb_registers *g,
			  struct user_regs_struct *u)
{
	*u = (struct user_regs_struct){
		.rax = g->general[0],
		.rbx = g->general[1],
		.rcx = g->general[2],
		.rdx = g->general[3],
		.rsi = g->general[4],
		.rdi = g->general[5],
		.rbp = g->general[6],
		.rsp = g->general[7],
		.r8 = g->general[8],
		.r9 = g->general[9],
		.r10 = g->general[10],
		.r11 = g->general[11],
		.r12 = g->general[12],
		.r13 = g->general[13],
		.r14 = g->general[14],
		.r15 = g->general[15],
		.orig_rax = UINT64_MAX,
		.rip = g->rip,
		.eflags = g->eflags,
		.cs = g->cs,
		.ss = g->ss,
		.ds = g->ds,
		.es = g->es,
		.fs = g->fs,
		.gs = g->gs,
		.fs_base = g->fs_base,
		.gs_base = g->gs_base,
	};
}

static void put_note(FILE *out, const char *name, unsigned type,
		     const void *data, size_t len)
{
	static const char zeros[4];
	const Elf64_Nhdr head = { .n_namesz = (Elf64_Word)strlen(name) + 1,
				  .n_descsz = (Elf64_Word)len,
				  .n_type = type };

	fwrite(&head, sizeof(head), 1, out);
	fwrite(name, head.n_namesz, 1, out);
	fwrite(zeros, ALIGN_UP(head.n_namesz, 4) - head.n_namesz, 1, out);
	fwrite(data, len, 1, out);
	fwrite(zeros, ALIGN_UP(len, 4) - len, 1, out);
}

/* A thread for each, numbered from 1. */
static void put_vcpu(FILE *out, const struct vcpu *vcpu)
{
	struct elf_prstatus status = { .pr_pid = (pid_t)vcpu->index + 1 };
	struct gdb_registers registers;
	struct user_regs_struct user;

	if (vcpu_registers_get(vcpu->fd, &registers) < 0)
		memset(&registers, 0, sizeof(registers));
	put_registers(&registers, &user);
	_Static_assert(sizeof(user) == sizeof(status.pr_reg),
		       "both are the system's");
	memcpy(&status.pr_reg, &user, sizeof(user));
	put_note(out, "CORE", NT_PRSTATUS, &status, sizeof(status));
}

/* The note begins at the start of a page and ends within it. */
static bool is_vmcoreinfo(const char *page, size_t *len)
{
	static const char first[] = "OSRELEASE=";

	if (strncmp(page, first, strlen(first)) != 0)
		return false;
	*len = strnlen(page, PAGE);
	return *len < PAGE && memmem(page, *len, "\nPAGESIZE=", 10);
}

/* What Linux has prepared for those that look at its memory: a text, of *@len
 * bytes, in guest memory; NULL: there is none. */
static const char *find_vmcoreinfo(const struct mem *mem, int map, size_t *len)
{
	for (unsigned i = 0; i < mem->n_regions; i++) {
		const struct mem_region *r = &mem->region[i];
		uint64_t at = 0, end;

		while (touched_next(map, r->host, r->size, &at, &end))
			for (; at < end; at += PAGE)
				if (is_vmcoreinfo((const char *)r->host + at,
						  len))
					return (const char *)r->host + at;
	}
	return NULL;
}

void *core_notes(const struct vcpu_set *vcpus, const struct mem *mem, int map,
		 size_t *len)
{
	char *notes = NULL;
	FILE *out = open_memstream(&notes, len);
	const char *info;
	size_t n;

	if (!out)
		return NULL;
	for (unsigned i = 0; i < vcpus->n; i++)
		put_vcpu(out, &vcpus->vcpu[i]);
	info = find_vmcoreinfo(mem, map, &n);
	if (info)
		put_note(out, "VMCOREINFO", 0, info, n);
	if (fclose(out) == 0)
		return notes;
	free(notes);
	return NULL;
}
