/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/elf.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "firmware/lowmem.h"
#include "vmm/log.h"
#include "vmm/mem.h"

/* The note that holds the PVH entry: XEN_ELFNOTE_PHYS32_ENTRY of the Xen
 * project's public/elfnote.h. */
#define PVH_NOTE_NAME "Xen"
#define PVH_NOTE_TYPE 18
/* Notes are looked for in this much of a segment of them, no more. */
#define NOTES_MAX (64 * KIB)
/* Program headers; kernels have a dozen.  libelf keeps what it read of each
 * segment of notes until the end, and looks through all that it has kept. */
#define HEADERS_MAX 128

static int refuse(const struct image *image, const char *why)
{
	return log_fail(-ENOEXEC, "%s: %s", image->path, why);
}

static int refuse_damaged(const struct image *image)
{
	return refuse(image, "truncated or damaged ELF file: "
			     "get a whole copy");
}

int elf_no_entry(const struct image *image)
{
	return refuse(image, "its entry point lies outside of what it loads: "
			     "link it with -Wl,-e");
}

bool elf_is(const struct image *image)
{
	char magic[SELFMAG];

	return image_peek(image, 0, magic, SELFMAG) == SELFMAG &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
}

static int check_type(const struct image *image, const GElf_Ehdr *ehdr)
{
	if (ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    (ehdr->e_machine != EM_386 && ehdr->e_machine != EM_X86_64))
		return refuse(image, "not built for x86");
	if (ehdr->e_type == ET_REL)
		return refuse(image, "an object file or module: "
				     "name a linked kernel");
	if (ehdr->e_type == ET_DYN)
		return refuse(image, "position-independent: "
				     "link it to a fixed address (-no-pie)");
	if (ehdr->e_type != ET_EXEC)
		return refuse(image, "an ELF file, but not an executable");
	return 0;
}

static bool inside_file(const struct image *image, const GElf_Phdr *phdr)
{
	return phdr->p_offset <= image->size &&
	       phdr->p_filesz <= image->size - phdr->p_offset;
}

static bool overlaps(const struct elf_kernel *elf, const GElf_Phdr *phdr)
{
	for (unsigned i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segment[i];

		if (phdr->p_paddr < s->paddr + s->mem_len &&
		    s->paddr < phdr->p_paddr + phdr->p_memsz)
			return true;
	}
	return false;
}

static int add_segment(struct elf_kernel *elf, const struct image *image,
		       const GElf_Phdr *phdr)
{
	int rc;

	if (phdr->p_memsz == 0)
		return 0;
	if (!inside_file(image, phdr) || phdr->p_filesz > phdr->p_memsz)
		return refuse_damaged(image);
	rc = lowmem_check_kernel(image->path, phdr->p_paddr, phdr->p_memsz);
	if (rc < 0)
		return rc;
	if (overlaps(elf, phdr))
		return refuse(image, "segments overlap in physical memory: "
				     "mend its linker script");
	if (elf->n_segments == ELF_SEGMENTS_MAX)
		return refuse(image, "too many segments to load");
	elf->segment[elf->n_segments++] = (struct elf_segment){
		.offset = phdr->p_offset,
		.file_len = phdr->p_filesz,
		.paddr = phdr->p_paddr,
		.vaddr = phdr->p_vaddr,
		.mem_len = phdr->p_memsz,
	};
	elf->start = MIN(elf->start, phdr->p_paddr);
	elf->end = MAX(elf->end, phdr->p_paddr + phdr->p_memsz);
	return 0;
}

/* Look for the PVH note in @data. */
static void scan_notes(struct elf_kernel *elf, Elf_Data *data)
{
	size_t offset = 0, name, desc;
	const char *buf = data->d_buf;
	GElf_Nhdr note;

	while ((offset = gelf_getnote(data, offset, &note, &name, &desc))) {
		if (note.n_type != PVH_NOTE_TYPE ||
		    note.n_namesz != sizeof(PVH_NOTE_NAME) ||
		    memcmp(buf + name, PVH_NOTE_NAME, sizeof(PVH_NOTE_NAME)) !=
			    0)
			continue;
		elf->has_pvh = note.n_descsz == 4 || note.n_descsz == 8;
		if (note.n_descsz == 4)
			elf->pvh_entry = get_le32(buf + desc);
		else if (note.n_descsz == 8)
			elf->pvh_entry = get_le64(buf + desc);
		return;
	}
}

static int read_notes(struct elf_kernel *elf, const struct image *image,
		      Elf *file, const GElf_Phdr *phdr)
{
	Elf_Data *data;

	if (phdr->p_filesz == 0)
		return 0;
	if (!inside_file(image, phdr))
		return refuse_damaged(image);
	data = elf_getdata_rawchunk(
		file, (int64_t)phdr->p_offset, MIN(phdr->p_filesz, NOTES_MAX),
		phdr->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (!data)
		return refuse_damaged(image);
	scan_notes(elf, data);
	return 0;
}

static int read_segments(struct elf_kernel *elf, const struct image *image,
			 Elf *file)
{
	GElf_Phdr phdr;
	size_t n;
	int rc = 0;

	if (elf_getphdrnum(file, &n) < 0)
		return refuse_damaged(image);
	if (n > HEADERS_MAX)
		return refuse(image, "too many program headers");
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!gelf_getphdr(file, (int)i, &phdr))
			return refuse_damaged(image);
		if (phdr.p_type == PT_INTERP || phdr.p_type == PT_DYNAMIC)
			elf->dynamic = true;
		else if (phdr.p_type == PT_LOAD)
			rc = add_segment(elf, image, &phdr);
		else if (phdr.p_type == PT_NOTE)
			rc = read_notes(elf, image, file, &phdr);
	}
	if (rc == 0 && elf->n_segments == 0)
		return refuse(image, "nothing to load in it");
	return rc;
}

/* Whether @entry lies in a segment: its physical address, or else the one
 * its virtual address is loaded at. */
static bool find_entry(const struct elf_kernel *elf, uint64_t entry,
		       uint64_t *phys)
{
	for (unsigned i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segment[i];

		*phys = entry;
		if (entry - s->paddr < s->mem_len)
			return true;
	}
	for (unsigned i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segment[i];

		*phys = entry - s->vaddr + s->paddr;
		if (entry - s->vaddr < s->mem_len)
			return true;
	}
	return false;
}

static int read_file(struct elf_kernel *elf, const struct image *image,
		     Elf *file)
{
	uint64_t pvh_entry;
	GElf_Ehdr ehdr;
	int rc;

	if (elf_kind(file) != ELF_K_ELF || !gelf_getehdr(file, &ehdr))
		return refuse_damaged(image);
	rc = check_type(image, &ehdr);
	if (rc < 0)
		return rc;
	rc = read_segments(elf, image, file);
	if (rc < 0)
		return rc;
	elf->is64 = gelf_getclass(file) == ELFCLASS64;
	elf->has_entry = find_entry(elf, ehdr.e_entry, &elf->entry);
	/* The note's address is physical by definition. */
	if (elf->has_pvh && (!find_entry(elf, elf->pvh_entry, &pvh_entry) ||
			     pvh_entry != elf->pvh_entry))
		return refuse(image, "its PVH entry lies outside of what it "
				     "loads: mend the note");
	return 0;
}

int elf_read(const struct image *image, struct elf_kernel *elf)
{
	Elf *file;
	int rc;

	*elf = (struct elf_kernel){ .start = UINT64_MAX };
	elf_version(EV_CURRENT);
	/* Not mapped: a file cut short meanwhile is an error, no signal. */
	file = elf_begin(image->fd, ELF_C_READ, NULL);
	if (!file)
		return refuse_damaged(image);
	rc = read_file(elf, image, file);
	elf_end(file);
	return rc;
}

int elf_load(const struct elf_kernel *elf, const struct image *image,
	     const struct mem *mem)
{
	int rc = lowmem_check_fits(mem, image->path, elf->end);

	for (unsigned i = 0; i < elf->n_segments && rc == 0; i++) {
		const struct elf_segment *s = &elf->segment[i];

		rc = image_load(image, s->offset, s->file_len, mem, s->paddr);
	}
	return rc;
}

void elf_describe(const struct elf_kernel *elf, const char *mode,
		  uint64_t entry, FILE *out)
{
	fprintf(out, "  file: ELF%d, %u segments\n", elf->is64 ? 64 : 32,
		elf->n_segments);
	fprintf(out, "  entries: %s at %#llx\n", mode,
		(unsigned long long)entry);
	fprintf(out, "  load address: %#llx to %#llx\n",
		(unsigned long long)elf->start, (unsigned long long)elf->end);
	fprintf(out, "  needs: %llu MiB\n",
		(unsigned long long)(ALIGN_UP(elf->end, MIB) / MIB));
}
