/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core_notes.h - the notes of a core: processors, and what Linux says of itself
 */
#ifndef VMM_CORE_NOTES_H
#define VMM_CORE_NOTES_H

#include <stddef.h>

struct mem;
struct vcpu_set;

/* What Linux has prepared for whoever looks at its memory: a text, of *@len
 * bytes, in guest memory; NULL: there is none.  @map is touched_open()'s. */
const char *core_vmcoreinfo(const struct mem *mem, int map, size_t *len);

/* All notes, to be freed, and in *@len how many bytes these are; NULL: there is
 * no memory. */
void *core_notes(const struct vcpu_set *vcpus, const struct mem *mem, int map,
		 size_t *len);

#endif
