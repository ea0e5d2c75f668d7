/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb2_header.h - reads a kernel's multiboot2 header
 */
#ifndef FIRMWARE_MB2_HEADER_H
#define FIRMWARE_MB2_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/image.h"
#include "firmware/multiboot2.h"

struct mb2_header {
	/* The header's offset in the file. */
	uint64_t offset;
	/* The address and entry address tags. */
	bool has_address, has_entry;
	struct multiboot2_address address;
	uint32_t entry;
	/* Entries for EFI machines; 0: none. */
	uint32_t efi32_entry, efi64_entry;
	bool relocatable;
	struct multiboot2_relocatable where;
	/* The information that the kernel asks for: a bit for each type of
	 * tag. */
	uint32_t requests;
};

/*
 * Find and read @kernel's header. 1: it has one; 0: it has none; -ENOEXEC,
 * logged: it has one, but cannot be booted.
 */
int mb2_header_read(const struct image *kernel, struct mb2_header *header);

#endif
