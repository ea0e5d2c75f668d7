/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core_notes.h - the notes of a core: the processors, and Linux's VMCOREINFO
 */
#ifndef VMM_CORE_NOTES_H
#define VMM_CORE_NOTES_H

#include <stddef.h>

struct mem;
struct vcpu_set;

/* All notes, to be freed, and in *@len how many bytes these are; NULL: there is
 * no memory.  @map is touched_open()'s. */
void *core_notes(const struct vcpu_set *vcpus, const struct mem *mem, int map,
		 size_t *len);

#endif
