/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - the map of low guest memory, as firmware leaves it
 *
 *	00000  interrupt vectors, BIOS data area
 *	01000  free: an ELF or multiboot kernel may load here
 *	80000  information for the kernel, see below
 *	9fc00  extended BIOS data area
 *	a0000  nothing (video memory of old)
 *	e0000  ACPI tables
 *	f0000  MP table
 *	f2000  what interrupt vectors lead to
 *	f3000  free, though reserved: `ld -Ttext=0x100000` puts the ELF
 *	       headers at ff000 and loads them, maybe over the IRET at fff53
 *     100000  kernel, then (or at the top of low memory) the initrd
 *
 * The information for the kernel is close to 640 KiB, because hobby kernels
 * like to put trampolines at the bottom, and most kernels load at 1 MiB.  All
 * of it is RAM on the memory map: a kernel may reuse it once it has read it.
 */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

/* Fields of the BIOS data area. */
#define LAYOUT_BDA_COM1	    0x400
#define LAYOUT_BDA_EBDA	    0x40e
#define LAYOUT_BDA_MEM_SIZE 0x413

#define LAYOUT_FREE	0x1000
#define LAYOUT_FREE_END 0x80000
#define LAYOUT_GDT	0x80000
/* The stack grows down from here to the GDT's page. */
#define LAYOUT_STACK_TOP 0x82000
/* Linux's boot_params. */
#define LAYOUT_PARAMS	  0x82000
#define LAYOUT_PARAMS_LEN 0x1000
/* PML4, PDPT and a page directory for each of 4 GiB. */
#define LAYOUT_TABLES 0x83000
/* The command line; PVH start info or multiboot information, with everything
 * that they point to. */
#define LAYOUT_INFO	0x89000
#define LAYOUT_INFO_LEN (LAYOUT_EBDA - LAYOUT_INFO)
/* The longest command line, without its NUL. */
#define LAYOUT_CMDLINE_MAX 0xffff

#define LAYOUT_EBDA	   0x9fc00
#define LAYOUT_LOW_END	   0xa0000
#define LAYOUT_ACPI	   0xe0000
#define LAYOUT_ACPI_LEN	   0x10000
#define LAYOUT_MPTABLE	   0xf0000
#define LAYOUT_MPTABLE_LEN 0x2000
/* Real-mode code, and the values that it returns. */
#define LAYOUT_BIOS	    0xf2000
#define LAYOUT_BIOS_MAP	    0xf2800
#define LAYOUT_BIOS_END	    0xf3000
#define LAYOUT_BIOS_SEGMENT 0xf000
/* Where an idle PC's vectors lead. */
#define LAYOUT_BIOS_IRET 0xfff53
/* The lowest address a kernel may load at above the tables. */
#define LAYOUT_KERNEL LAYOUT_BIOS_END
#define LAYOUT_HIGH   0x100000

#endif
