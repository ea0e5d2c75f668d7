/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod_info.h - what a module says about itself
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_INFO_H
#define INITRAMFS_KMOD_INFO_H

#include <stddef.h>
#include <stdint.h>

/* The names of the modules that a module needs, separated by commas.  @data has
 * the module's @len bytes, and the result points into it.  NULL: it needs none,
 * or is damaged. */
const char *kmod_depends(uint8_t *data, size_t len);

#endif
