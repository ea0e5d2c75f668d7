/* SPDX-License-Identifier: BSD-2-Clause */
#include "initramfs/kmod_info.h"

#include <gelf.h>
#include <string.h>

/* The value of @key, "KEY=", among the @len bytes of strings at @text. */
static const char *value_of(const char *text, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	if (len == 0 || text[len - 1] != '\0')
		return NULL;
	for (const char *p = text; p < text + len; p += strlen(p) + 1)
		if (strncmp(p, key, key_len) == 0)
			return p + key_len;
	return NULL;
}

/* Find the section .modinfo. */
static Elf_Data *find_info(Elf *elf)
{
	Elf_Scn *section = NULL;
	const char *name;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && strcmp(name, ".modinfo") == 0)
			return elf_rawdata(section, NULL);
	}
	return NULL;
}

const char *kmod_depends(uint8_t *data, size_t len)
{
	const char *found = NULL;
	Elf_Data *info;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)data, len);
	info = elf ? find_info(elf) : NULL;
	/* The section is in @data, so it stays when @elf is closed. */
	if (info && info->d_buf)
		found = value_of(info->d_buf, info->d_size, "depends=");
	elf_end(elf);
	return found && *found ? found : NULL;
}
