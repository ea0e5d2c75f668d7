/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/cause.h"

#include <string.h>

#include "base/util.h"

/* The first row whose text is in the line counts. */
static const struct {
	const char *text, *remedy;
} causes[] = {
	{ "Initramfs unpacking failed",
	  "the initrd is damaged, or compressed by what this kernel does not "
	  "know" },
	{ "rootfs image is not initramfs",
	  "the initrd is no cpio archive that this kernel can unpack" },
	{ "check access for rdinit=", "the initrd has no such program" },
	/* As errno(3) has them. */
	{ "(error -2)",
	  "it, or the interpreter that it asks for, is not there" },
	{ "(error -8)",
	  "it is no program for this kernel: is its first line #!, or is it "
	  "for another machine?" },
	{ "(error -13)", "it may not be executed: chmod +x" },
	{ "Failed to execute ", "see the error's number in errno(3)" },
};

/* Those that begin a message. */
static const char *const beginnings[] = {
	"Initramfs unpacking failed",
	"rootfs image is not initramfs",
	"check access for rdinit=",
	"Failed to execute ",
	"Starting init: ",
};

const char *cause_find(const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const char *at =
			memmem(line, len, beginnings[i], strlen(beginnings[i]));

		if (at)
			return at;
	}
	return NULL;
}

const char *cause_remedy(const char *panic, const char *cause, bool has_root)
{
	for (size_t i = 0; cause && i < ARRAY_SIZE(causes); i++)
		if (strstr(cause, causes[i].text))
			return causes[i].remedy;
	if (!has_root && strstr(panic, "Unable to mount root fs"))
		return "no initrd: give one by -i, or a disk by --disk";
	return NULL;
}
