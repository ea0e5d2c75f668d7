/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/core.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/draft.h"
#include "base/log.h"
#include "base/output.h"
#include "base/touched.h"
#include "gdb/walk.h"
#include "vmm/core_notes.h"
#include "vmm/vcpu_registers.h"
#include "vmm/vm.h"

enum { PAGE = 4096 };

/* Between two lines of progress. */
#define TELL_NS (2 * NSEC_PER_SEC)

/* Segments that an ELF header can count. */
enum { SEGMENTS_MAX = 60000 };

struct core {
	const struct vm *vm;
	const struct mem *mem;
	const char *path;
	/* The file that is written; and the descriptor for touched_next(). */
	int fd, map;
	bool (*give_up)(void *arg);
	void *arg;
	/* When to log the progress next, on a terminal. */
	uint64_t tell_ns;
	/* The notes first, then what is mapped, then physical memory. */
	Elf64_Phdr *segments;
	unsigned n;
	void *notes;
	size_t notes_len;
	/* The offset in the file at which memory begins. */
	uint64_t memory_at;
};

/* The offset in the file of the memory at @gpa; -1: there is no memory.  *@len
 * is shortened to where that ends. */
static int64_t file_offset(const struct core *c, uint64_t gpa, uint64_t *len)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < c->mem->n_regions; i++) {
		const struct mem_region *r = &c->mem->region[i];

		if (gpa >= r->gpa && gpa - r->gpa < r->size) {
			*len = MIN(*len, r->size - (gpa - r->gpa));
			return (int64_t)(at + (gpa - r->gpa));
		}
		if (gpa < r->gpa)
			*len = MIN(*len, r->gpa - gpa);
		at += r->size;
	}
	return -1;
}

static bool add_segment(struct core *c, uint64_t addr, uint64_t gpa,
			uint64_t len, int64_t offset)
{
	if (c->n == SEGMENTS_MAX)
		return false;
	/* The memory's place is not known yet. */
	c->segments[c->n++] = (Elf64_Phdr){ .p_type = PT_LOAD,
					    .p_flags = PF_R | PF_W | PF_X,
					    .p_offset = (Elf64_Off)offset,
					    .p_vaddr = addr,
					    .p_paddr = gpa,
					    .p_filesz = len,
					    .p_memsz = len };
	return true;
}

/* Add those parts of a stretch of mapped pages that are memory. */
static bool add_span(void *arg, const struct gdb_span *span)
{
	struct core *c = arg;
	uint64_t len;

	for (uint64_t at = 0; at < span->size; at += len) {
		int64_t offset;

		len = span->size - at;
		offset = file_offset(c, span->gpa + at, &len);
		if (offset >= 0 && !add_segment(c, span->addr + at,
						span->gpa + at, len, offset))
			return false;
	}
	return true;
}

/* The tables of the first processor will do: all processors of a kernel share
 * its half of the tables, and one that was not started has none. */
static void add_mapped(struct core *c)
{
	struct gdb_paging paging;
	uint64_t pc;

	if (vcpu_paging(c->vm->vcpus.vcpu[0].fd, &paging, &pc) < 0)
		return;
	if (!gdb_map(c->mem, &paging, add_span, c))
		log_warn(
			"--core: the guest has mapped too much: the core lacks "
			"some of its virtual memory");
}

static void add_physical(struct core *c)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < c->mem->n_regions; i++) {
		const struct mem_region *r = &c->mem->region[i];

		/* Physical memory needs its segments: without them it is no
		 * core. */
		if (c->n >= SEGMENTS_MAX - c->mem->n_regions)
			c->n = SEGMENTS_MAX - c->mem->n_regions;
		add_segment(c, r->gpa, r->gpa, r->size, (int64_t)at);
		at += r->size;
	}
}

static int plan(struct core *c)
{
	uint64_t at;

	c->segments = calloc(SEGMENTS_MAX, sizeof(*c->segments));
	c->notes = core_notes(&c->vm->vcpus, c->mem, c->map, &c->notes_len);
	if (!c->segments || !c->notes)
		return -ENOMEM;
	c->n = 1;
	add_mapped(c);
	add_physical(c);
	at = sizeof(Elf64_Ehdr) + c->n * sizeof(*c->segments);
	c->segments[0] = (Elf64_Phdr){ .p_type = PT_NOTE,
				       .p_offset = at,
				       .p_filesz = c->notes_len };
	c->memory_at = ALIGN_UP(at + c->notes_len, (uint64_t)PAGE);
	for (unsigned i = 1; i < c->n; i++)
		c->segments[i].p_offset += c->memory_at;
	return 0;
}

static int put(const struct core *c, const void *data, size_t len, uint64_t at)
{
	const char *bytes = data;

	while (len) {
		ssize_t n = pwrite(c->fd, bytes, len, (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		n = n < 0 ? 0 : n;
		bytes += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int put_head(const struct core *c)
{
	const Elf64_Ehdr head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(head),
		.e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)c->n,
	};
	int err = put(c, &head, sizeof(head), 0);

	if (!err)
		err = put(c, c->segments, c->n * sizeof(*c->segments),
			  sizeof(head));
	if (!err)
		err = put(c, c->notes, c->notes_len, c->segments[0].p_offset);
	return err;
}

/* Called after each stretch of memory; @at bytes are written.  -ECANCELED:
 * stop. */
static int go_on(struct core *c, uint64_t at)
{
	if (c->give_up(c->arg))
		return -ECANCELED;
	if (now_ns() < c->tell_ns || !isatty(STDERR_FILENO))
		return 0;
	if (c->tell_ns)
		log_show("--core %s: at %" PRIu64 " of %" PRIu64 " MiB",
			 c->path, at / MIB, c->mem->size / MIB);
	c->tell_ns = now_ns() + TELL_NS;
	return 0;
}

static int put_memory(struct core *c)
{
	uint64_t base = c->memory_at;

	for (unsigned i = 0; i < c->mem->n_regions; i++) {
		const struct mem_region *r = &c->mem->region[i];
		uint64_t at = 0, end;

		while (touched_next(c->map, r->host, r->size, &at, &end)) {
			int err = put(c, r->host + at, end - at, base + at);

			if (!err)
				err = go_on(c, base + at - c->memory_at);
			if (err)
				return err;
			at = end;
		}
		base += r->size;
	}
	/* Memory at the end that is not written is a hole, too. */
	return ftruncate(c->fd, (off_t)base) < 0 ? -errno : 0;
}

int core_open(struct core_file *file, const char *path)
{
	struct stat st;
	int err;

	file->path = path;
	file->draft.fd = -1;
	file->map = touched_open();
	/* The core would replace a device or a FIFO, or a link to one, such as
	 * /dev/stdout. */
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return log_fail(-EEXIST,
				"--core %s: what is there is no ordinary file: "
				"name another one",
				path);
	if (output_is_open(path))
		return output_refuse("--core ", path);
	err = draft_open(&file->draft, path);
	return err ? output_fail("--core ", path, err) : 0;
}

void core_close(struct core_file *file)
{
	if (!file->path)
		return;
	draft_drop(&file->draft);
	close_fd(&file->map);
}

int core_write(struct core_file *file, const struct vm *vm,
	       bool (*give_up)(void *arg), void *arg)
{
	struct core c = { .vm = vm,
			  .mem = &vm->mainboard.mem,
			  .path = file->path,
			  .fd = file->draft.fd,
			  .map = file->map,
			  .give_up = give_up,
			  .arg = arg };
	int err = plan(&c);

	if (!err)
		err = put_head(&c);
	if (!err)
		err = put_memory(&c);
	if (!err)
		err = file->place(file->arg);
	draft_drop(&file->draft);
	free(c.segments);
	free(c.notes);
	if (err)
		return log_fail(err, "--core %s: %s: nothing is written",
				file->path, strerror(-err));
	log_info("--core %s: %u processors, %" PRIu64 " MiB of memory",
		 file->path, vm->vcpus.n, c.mem->size / MIB);
	return 0;
}
