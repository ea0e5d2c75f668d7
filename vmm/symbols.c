/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"

/* More than the text of any kernel's symbols. */
#define TEXT_MAX (128 * MIB)

/* The function that `syscall` enters: MSR_LSTAR tells where KASLR has moved
 * it. */
static const char syscall_symbol[] = "entry_SYSCALL_64";

struct symbol {
	uint64_t addr;
	const char *name;
};

struct symbols {
	/* Sorted by address. */
	struct symbol *list;
	size_t count, room;
	/* What holds the names: the lines read, or an open ELF file. */
	char *text;
	int fd;
	Elf *elf;
};

static int add(struct symbols *s, uint64_t addr, const char *name)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		struct symbol *list = realloc(s->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		s->list = list;
		s->room = room;
	}
	s->list[s->count++] = (struct symbol){ addr, name };
	return 0;
}

static bool is_code(Elf *elf, const GElf_Sym *sym)
{
	unsigned type = GELF_ST_TYPE(sym->st_info);
	GElf_Shdr header;
	Elf_Scn *section;

	if (type != STT_FUNC && type != STT_NOTYPE)
		return false;
	section = elf_getscn(elf, sym->st_shndx);
	return section && gelf_getshdr(section, &header) &&
	       (header.sh_flags & SHF_EXECINSTR);
}

static int read_table(struct symbols *s, Elf_Scn *section,
		      const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym sym;
	int err = 0;

	for (int i = 0; data && gelf_getsym(data, i, &sym) && !err; i++) {
		const char *name =
			elf_strptr(s->elf, header->sh_link, sym.st_name);

		if (name && *name && is_code(s->elf, &sym))
			err = add(s, sym.st_value, name);
	}
	return err;
}

static int read_elf(struct symbols *s)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	int err = 0;

	while (!err && (section = elf_nextscn(s->elf, section)))
		if (gelf_getshdr(section, &header) &&
		    header.sh_type == SHT_SYMTAB)
			err = read_table(s, section, &header);
	return err;
}

/* Read one line, if it names a function: "ffffffff81000000 T _text". */
static int read_line(struct symbols *s, char *line)
{
	char *end, *name;
	uint64_t addr = strtoull(line, &end, 16);

	if (end == line || end[0] != ' ' || !strchr("tTwW", end[1]) ||
	    !end[1] || end[2] != ' ')
		return 0;
	name = end + 3;
	name[strcspn(name, " \t\r")] = '\0';
	return *name ? add(s, addr, name) : 0;
}

/* Read to the end of the file: kallsyms has no size, and a device may have no
 * end. */
static int read_file(struct symbols *s)
{
	size_t len = 0, room = 0;
	ssize_t n = 1;

	while (n > 0) {
		if (len > TEXT_MAX)
			return -EFBIG;
		if (room - len < 2) {
			char *text = realloc(s->text, room = 2 * room + MIB);

			if (!text)
				return -ENOMEM;
			s->text = text;
		}
		n = read(s->fd, s->text + len, room - len - 1);
		len += (size_t)MAX(n, 0);
	}
	s->text[len] = '\0';
	return n < 0 ? -errno : 0;
}

static int read_text(struct symbols *s)
{
	int err = read_file(s);
	char *save = NULL, *line;

	if (err)
		return err;
	for (line = strtok_r(s->text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save))
		err = read_line(s, line);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int load(struct symbols *s, bool text)
{
	int err = -ENOEXEC;

	elf_version(EV_CURRENT);
	s->elf = elf_begin(s->fd, ELF_C_READ_MMAP, NULL);
	if (s->elf && elf_kind(s->elf) == ELF_K_ELF)
		err = read_elf(s);
	else if (text)
		err = read_text(s);
	if (err)
		return err;
	/* Debian's System.map is a placeholder of one line. */
	if (!s->list || s->count < 2)
		return -ENODATA;
	qsort(s->list, s->count, sizeof(*s->list), compare);
	return 0;
}

int symbols_open(struct symbols **symbols, const char *path)
{
	struct symbols *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (s) {
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		err = s->fd < 0 ? -errno : load(s, true);
	}
	if (!err) {
		*symbols = s;
		return 0;
	}
	symbols_close(s);
	return log_fail(err,
			"--symbols %s: %s: give a vmlinux that is not "
			"stripped, or a System.map",
			path,
			err == -ENODATA ? "there are no symbols in it" :
					  strerror(-err));
}

int symbols_of_kernel(struct symbols **symbols, int fd)
{
	struct symbols *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (s) {
		s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		err = s->fd < 0 ? -errno : load(s, false);
	}
	if (err)
		symbols_close(s);
	else
		*symbols = s;
	return err;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	elf_end(symbols->elf);
	close_fd(&symbols->fd);
	free(symbols->text);
	free(symbols->list);
	free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uint64_t addr,
			 uint64_t *offset)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (symbols->list[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	/* Where the last function ends is not known. */
	if (!low || low == symbols->count)
		return NULL;
	*offset = addr - symbols->list[low - 1].addr;
	return symbols->list[low - 1].name;
}

void symbols_put(struct text *text, const struct symbols *symbols,
		 uint64_t slide, uint64_t addr)
{
	uint64_t offset;
	const char *name = NULL;

	text_put(text, " at 0x%" PRIx64, addr);
	if (symbols)
		name = symbols_find(symbols, addr - slide, &offset);
	if (name)
		text_put(text, " (%s+0x%" PRIx64 ")", name, offset);
}

uint64_t symbols_address(const struct symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (!strcmp(symbols->list[i].name, name))
			return symbols->list[i].addr;
	return 0;
}

uint64_t symbols_slide(const struct symbols *symbols, uint64_t syscall_entry)
{
	uint64_t linked = symbols && syscall_entry ?
				  symbols_address(symbols, syscall_symbol) :
				  0;

	return linked ? syscall_entry - linked : 0;
}
