/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/elf.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/lowmem.h"

/* The note that holds the PVH entry: XEN_ELFNOTE_PHYS32_ENTRY of the Xen
 * project's public/elfnote.h. */
#define PVH_NOTE_NAME "Xen"
#define PVH_NOTE_TYPE 18
/* How many bytes of a segment are searched for notes. */
#define NOTES_MAX (64 * KIB)
/* The most program headers; kernels have about a dozen.  libelf keeps what it
 * has read of each segment of notes, and searches all that it has kept. */
#define HEADERS_MAX 128
/* The highest address and the largest size of a kernel. */
#define ADDRESS_MAX (UINT64_C(1) << 40)

static int refuse(const struct image *image, const char *why)
{
	return log_fail(-ENOEXEC, "%s: %s", image->path, why);
}

static int refuse_damaged(const struct image *image)
{
	return refuse(image, "truncated or damaged ELF file: "
			     "get a whole copy");
}

int elf_refuse_program(const struct image *image)
{
	return refuse(image, "dynamically linked: a program, not a kernel");
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
	if (ehdr->e_type != ET_EXEC && ehdr->e_type != ET_DYN)
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
	if (phdr->p_memsz == 0)
		return 0;
	if (!inside_file(image, phdr) || phdr->p_filesz > phdr->p_memsz)
		return refuse_damaged(image);
	/* With these limits, sums of addresses and lengths don't wrap. */
	if (phdr->p_paddr > ADDRESS_MAX || phdr->p_memsz > ADDRESS_MAX)
		return lowmem_check_kernel(image->path, phdr->p_paddr,
					   phdr->p_memsz);
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

/*
 * Look for the PVH note in a segment of notes; false if the segment isn't
 * whole.  Notes should be padded to the segment's alignment, but binutils puts
 * notes that are padded to 4 bytes into segments that are aligned to 8.
 */
static bool read_notes(struct elf_kernel *elf, const struct image *image,
		       Elf *file, const GElf_Phdr *phdr)
{
	Elf_Type type[] = { ELF_T_NHDR, ELF_T_NHDR8 };
	bool by8 = phdr->p_align == 8;
	Elf_Data *data;

	if (phdr->p_filesz == 0)
		return true;
	if (!inside_file(image, phdr))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(type) && !elf->has_pvh; i++) {
		data = elf_getdata_rawchunk(file, (int64_t)phdr->p_offset,
					    MIN(phdr->p_filesz, NOTES_MAX),
					    type[by8 ? !i : i]);
		if (!data)
			return false;
		scan_notes(elf, data);
	}
	return true;
}

/* Read from the program headers what kind of file it is; the segments to load
 * are read elsewhere. */
static bool read_kind(struct elf_kernel *elf, const struct image *image,
		      Elf *file, size_t n)
{
	GElf_Phdr phdr;

	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(file, (int)i, &phdr))
			return false;
		if (phdr.p_type == PT_INTERP)
			elf->interp = true;
		if (phdr.p_type == PT_NOTE && !elf->has_pvh &&
		    !read_notes(elf, image, file, &phdr))
			return false;
	}
	return true;
}

static int read_segments(struct elf_kernel *elf, const struct image *image,
			 Elf *file, size_t n)
{
	GElf_Phdr phdr;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!gelf_getphdr(file, (int)i, &phdr))
			return refuse_damaged(image);
		if (phdr.p_type == PT_LOAD)
			rc = add_segment(elf, image, &phdr);
	}
	if (rc == 0 && elf->n_segments == 0)
		return refuse(image, "nothing to load in it");
	return rc;
}

bool elf_contains(const struct elf_kernel *elf, uint64_t addr)
{
	for (unsigned i = 0; i < elf->n_segments; i++)
		if (addr - elf->segment[i].paddr < elf->segment[i].mem_len)
			return true;
	return false;
}

/* Whether @entry is in a segment: as a physical address, or else as a virtual
 * one, for which *@phys is the address where that is loaded. */
static bool find_entry(const struct elf_kernel *elf, uint64_t entry,
		       uint64_t *phys)
{
	*phys = entry;
	if (elf_contains(elf, entry))
		return true;
	for (unsigned i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segment[i];

		*phys = entry - s->vaddr + s->paddr;
		if (entry - s->vaddr < s->mem_len)
			return true;
	}
	return false;
}

/* Remember where the section headers are, for formats that pass them on. */
static void find_sections(struct elf_kernel *elf, const struct image *image,
			  const GElf_Ehdr *ehdr)
{
	uint64_t len = (uint64_t)ehdr->e_shnum * ehdr->e_shentsize;

	if (ehdr->e_shoff > image->size || len > image->size - ehdr->e_shoff ||
	    ehdr->e_shentsize !=
		    (elf->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return;
	elf->sections.offset = ehdr->e_shoff;
	elf->sections.n = ehdr->e_shnum;
	elf->sections.entry_len = ehdr->e_shentsize;
	elf->sections.names = ehdr->e_shstrndx;
}

static int read_file(struct elf_kernel *elf, const struct image *image,
		     Elf *file)
{
	GElf_Ehdr ehdr;
	size_t n;
	int rc;

	if (elf_kind(file) != ELF_K_ELF || !gelf_getehdr(file, &ehdr))
		return refuse_damaged(image);
	rc = check_type(image, &ehdr);
	if (rc < 0)
		return rc;
	if (elf_getphdrnum(file, &n) < 0)
		return refuse_damaged(image);
	if (n > HEADERS_MAX)
		return refuse(image, "too many program headers");
	if (!read_kind(elf, image, file, n))
		return refuse_damaged(image);
	if (ehdr.e_type == ET_DYN && elf->interp && !elf->has_pvh)
		return elf_refuse_program(image);
	rc = read_segments(elf, image, file, n);
	if (rc < 0)
		return rc;
	elf->is64 = gelf_getclass(file) == ELFCLASS64;
	elf->has_entry = find_entry(elf, ehdr.e_entry, &elf->entry);
	find_sections(elf, image, &ehdr);
	/* The address in the note is physical, by definition. */
	if (elf->has_pvh && !elf_contains(elf, elf->pvh_entry))
		return refuse(image, "its PVH entry lies outside of what it "
				     "loads: mend the note");
	return 0;
}

bool elf_has_pvh(const struct image *image)
{
	struct elf_kernel elf = { 0 };
	Elf *file;
	size_t n;

	elf_version(EV_CURRENT);
	file = elf_begin(image->fd, ELF_C_READ, NULL);
	if (!file)
		return false;
	if (elf_kind(file) == ELF_K_ELF && elf_getphdrnum(file, &n) == 0 &&
	    n <= HEADERS_MAX)
		read_kind(&elf, image, file, n);
	elf_end(file);
	return elf.has_pvh;
}

int elf_read_movable(const struct image *image, struct elf_kernel *elf)
{
	Elf *file;
	int rc;

	*elf = (struct elf_kernel){ .start = UINT64_MAX };
	elf_version(EV_CURRENT);
	/* Read, not mapped: if the file is cut short meanwhile, that is an
	 * error and not a signal. */
	file = elf_begin(image->fd, ELF_C_READ, NULL);
	if (!file)
		return refuse_damaged(image);
	rc = read_file(elf, image, file);
	elf_end(file);
	return rc;
}

int elf_move(struct elf_kernel *elf, const struct image *image, uint64_t delta)
{
	int rc = 0;

	for (unsigned i = 0; i < elf->n_segments && rc == 0; i++) {
		struct elf_segment *s = &elf->segment[i];

		s->paddr += delta;
		rc = lowmem_check_kernel(image->path, s->paddr, s->mem_len);
	}
	elf->start += delta;
	elf->end += delta;
	elf->entry += delta;
	return rc;
}

int elf_read(const struct image *image, struct elf_kernel *elf)
{
	int rc = elf_read_movable(image, elf);

	return rc < 0 ? rc : elf_move(elf, image, 0);
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
