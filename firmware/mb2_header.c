/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb2_header.c - Multiboot2 Specification 2.0, 3.1
 *
 * Kernels are tested with GRUB, so careless headers are read here as GRUB reads
 * them: a tag of type 0 is the last, whatever size it claims, and a tag may go
 * beyond the length that the header states.
 */
#include "firmware/mb2_header.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

/* The part of a file that is searched. */
struct search {
	const struct image *kernel;
	size_t len;
	uint8_t bytes[MULTIBOOT2_SEARCH];
};

static int refuse(const struct search *s, const char *why)
{
	return log_fail(-ENOEXEC, "%s: multiboot2: %s", s->kernel->path, why);
}

/* Find the header itself; false if there is none. */
static bool find(const struct search *s, struct multiboot2_header *fixed,
		 size_t *at)
{
	for (*at = 0; *at + sizeof(*fixed) <= s->len; *at += MULTIBOOT2_ALIGN) {
		memcpy(fixed, s->bytes + *at, sizeof(*fixed));
		if (fixed->magic == MULTIBOOT2_HEADER_MAGIC &&
		    fixed->magic + fixed->architecture + fixed->length +
				    fixed->checksum ==
			    0)
			return true;
	}
	return false;
}

/* Copy the @len bytes after a tag's head; false if the tag is too short. */
static bool body(const struct multiboot2_header_tag *tag, const uint8_t *from,
		 void *to, size_t len)
{
	if (tag->size < sizeof(*tag) + len)
		return false;
	memcpy(to, from + sizeof(*tag), len);
	return true;
}

/* Take a list of information tags; false if one is not known. */
static bool take_requests(struct mb2_header *header,
			  const struct multiboot2_header_tag *tag,
			  const uint8_t *from)
{
	for (size_t at = sizeof(*tag); at + 4 <= tag->size; at += 4) {
		uint32_t type = get_le32(from + at);

		if (type >= MULTIBOOT2_N_TAGS)
			return false;
		header->requests |= BIT(type);
	}
	return true;
}

static int take_relocatable(const struct search *s, struct mb2_header *header,
			    const struct multiboot2_header_tag *tag,
			    const uint8_t *from)
{
	uint32_t align;

	if (!body(tag, from, &header->where, sizeof(header->where)))
		return refuse(s, "its relocatable tag is too short: mend its "
				 "header");
	align = header->where.align;
	if (align & (align - 1))
		return refuse(s, "its relocatable tag's alignment is no power "
				 "of two: mend its header");
	header->relocatable = true;
	return 0;
}

static int unknown_tag(const struct search *s,
		       const struct multiboot2_header_tag *tag)
{
	if (tag->flags & MULTIBOOT2_OPTIONAL)
		return 0;
	return log_fail(-ENOEXEC,
			"%s: multiboot2: requires header tag %u, which is "
			"unknown to the specification: mark it optional",
			s->kernel->path, tag->type);
}

/* Handle the tag at @from, which is within the searched part. */
static int take(const struct search *s, struct mb2_header *header,
		const struct multiboot2_header_tag *tag, const uint8_t *from)
{
	switch (tag->type) {
	case MULTIBOOT2_HEADER_REQUEST:
		if (take_requests(header, tag, from) ||
		    tag->flags & MULTIBOOT2_OPTIONAL)
			return 0;
		return refuse(s, "requires information unknown to the "
				 "specification: mark the request optional");
	case MULTIBOOT2_HEADER_ADDRESS:
		header->has_address = body(tag, from, &header->address,
					   sizeof(header->address));
		return header->has_address ?
			       0 :
			       refuse(s, "its address tag is too short: mend "
					 "its header");
	case MULTIBOOT2_HEADER_ENTRY:
		header->has_entry =
			body(tag, from, &header->entry, sizeof(header->entry));
		return header->has_entry ?
			       0 :
			       refuse(s, "its entry address tag is too short: "
					 "mend its header");
	case MULTIBOOT2_HEADER_ENTRY_EFI32:
		body(tag, from, &header->efi32_entry, 4);
		return 0;
	case MULTIBOOT2_HEADER_ENTRY_EFI64:
		body(tag, from, &header->efi64_entry, 4);
		return 0;
	case MULTIBOOT2_HEADER_RELOCATABLE:
		return take_relocatable(s, header, tag, from);
	/* Ignored: there is no screen, modules are always page-aligned, and
	 * there are no EFI boot services that could stay. */
	case MULTIBOOT2_HEADER_CONSOLE:
	case MULTIBOOT2_HEADER_FRAMEBUFFER:
	case MULTIBOOT2_HEADER_PAGE_ALIGN:
	case MULTIBOOT2_HEADER_EFI_BOOT_SERVICES:
		return 0;
	default:
		return unknown_tag(s, tag);
	}
}

static int read_tags(const struct search *s, struct mb2_header *header,
		     size_t at, size_t end)
{
	struct multiboot2_header_tag tag;
	int rc = 0;

	while (rc == 0 && at < end && at + sizeof(tag) <= s->len) {
		memcpy(&tag, s->bytes + at, sizeof(tag));
		if (tag.type == MULTIBOOT2_HEADER_END)
			return 0;
		if (tag.size < sizeof(tag) || tag.size > s->len - at)
			return refuse(s,
				      "a tag of its header has an impossible "
				      "size: mend its header");
		rc = take(s, header, &tag, s->bytes + at);
		at += ALIGN_UP((size_t)tag.size, MULTIBOOT2_ALIGN);
	}
	return rc;
}

int mb2_header_read(const struct image *kernel, struct mb2_header *header)
{
	struct search s = { .kernel = kernel };
	struct multiboot2_header fixed;
	size_t at;
	int rc;

	*header = (struct mb2_header){ 0 };
	s.len = image_peek(kernel, 0, s.bytes, sizeof(s.bytes));
	if (!find(&s, &fixed, &at))
		return 0;
	if (fixed.architecture != MULTIBOOT2_I386)
		return log_fail(-ENOEXEC,
				"%s: multiboot2: for architecture %u, not x86 "
				"(0): build it for x86",
				kernel->path, fixed.architecture);
	if (fixed.length < sizeof(fixed) || fixed.length > s.len - at)
		return refuse(&s, "its header reaches beyond the first 32 KiB "
				  "or the end of the file: link it first");
	header->offset = at;
	rc = read_tags(&s, header, at + sizeof(fixed), at + fixed.length);
	return rc < 0 ? rc : 1;
}
