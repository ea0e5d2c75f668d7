/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params.h - the "zero page" that Linux gets
 *
 * The Linux/x86 Boot Protocol; struct boot_params is from the kernel's own user
 * API header.
 */
#ifndef FIRMWARE_BOOT_PARAMS_H
#define FIRMWARE_BOOT_PARAMS_H

#include <asm/bootparam.h>
#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/*
 * Write boot_params to LAYOUT_PARAMS, and the command line, and load the
 * initrd, if there is one.  The initrd goes as high as possible between
 * @kernel_end and @hdr->initrd_addr_max.  If it is too large for that, it goes
 * anywhere, provided that the kernel can be loaded above 4 GiB.  @hdr is the
 * kernel's setup header; the fields that a loader sets are replaced.  @rsdp is
 * the ACPI root pointer.  Logs; -errno.
 */
int boot_params_put(const struct boot *boot, const struct mem *mem,
		    const struct setup_header *hdr, uint64_t kernel_end,
		    uint64_t rsdp);

#endif
