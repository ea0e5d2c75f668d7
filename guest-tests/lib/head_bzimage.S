/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head_bzimage.S - the setup header of a bzImage, and its entries
 *
 * Linux x86 boot protocol 2.15, or with -DONLY32 2.10, which knows nothing
 * of a 64-bit entry.  Either entry tells which one was taken.
 */
#include "guest-tests/lib/layout.h"

#define LOADED_HIGH 1
#define KERNEL_64   1

	.section .setup, "a"
setup:
	.org 0x1f1
	.byte 1			/* setup_sects */
	.word 0			/* root_flags */
	.long image_paragraphs	/* syssize */
	.word 0, 0, 0		/* ram_size, vid_mode, root_dev */
	.word 0xaa55
	.org 0x200
	.byte 0xeb, setup_end - 1f
1:	.ascii "HdrS"
#ifdef ONLY32
	.word 0x20a
#else
	.word 0x20f
#endif
	.long 0			/* realmode_swtch */
	.word 0			/* start_sys_seg */
	.word version - setup - 0x200	/* kernel_version */
	.byte 0, LOADED_HIGH	/* type_of_loader, loadflags */
	.word 0			/* setup_move_size */
	.long image_start	/* code32_start */
	.long 0, 0, 0		/* ramdisk_image, ramdisk_size, bootsect */
	.word 0			/* heap_end_ptr */
	.byte 0, 0		/* ext_loader_ver, ext_loader_type */
	.long 0			/* cmd_line_ptr */
	.long 0x7fffffff	/* initrd_addr_max */
	.long 0x1000		/* kernel_alignment */
	.byte 0, 12		/* relocatable_kernel, min_alignment */
#ifdef ONLY32
	.word 0
#else
	.word KERNEL_64		/* xloadflags */
#endif
	.long 2047		/* cmdline_size */
	.long 0, 0, 0		/* hardware_subarch and its data */
	.long 0, 0		/* payload_offset, payload_length */
	.quad 0			/* setup_data */
	.quad image_start	/* pref_address */
	.long image_size	/* init_size */
	.long 0, 0		/* handover_offset, kernel_info_offset */
setup_end:
	/* Nobody should start in real mode. */
	hlt
	jmp setup_end
version:
	.asciz "guest-tests"
	.org 0x400

	.section .head, "awx"
	.code32
	.globl image_entry
image_entry:
	mov $BOOT_BZIMAGE32, %edi
	jmp start32
	.org 0x200
	.code64
	mov $BOOT_BZIMAGE64, %edi
	jmp start64
