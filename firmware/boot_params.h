/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params.h - the "zero page" that Linux is handed
 *
 * The Linux/x86 Boot Protocol; struct boot_params is the kernel's own user
 * API header.
 */
#ifndef FIRMWARE_BOOT_PARAMS_H
#define FIRMWARE_BOOT_PARAMS_H

#include <asm/bootparam.h>
#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/*
 * Write boot_params to LAYOUT_PARAMS and the command line; load the initrd,
 * if there is one, as high as it can be between @kernel_end and
 * @hdr->initrd_addr_max, or, when it is too large for that, anywhere if the
 * kernel can be loaded above 4 GiB.  @hdr is the kernel's setup header, of
 * which what a loader fills in is replaced; @rsdp the ACPI root pointer.  Logs;
 * -errno.
 */
int boot_params_put(const struct boot *boot, const struct mem *mem,
		    const struct setup_header *hdr, uint64_t kernel_end,
		    uint64_t rsdp);

#endif
