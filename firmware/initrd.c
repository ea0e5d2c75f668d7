/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/initrd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "firmware/image.h"

/* Linux's buffer-format.rst: an entry of cpio's "newc" format begins with
 * fixed fields of ASCII, of which two matter, 8 hexadecimal digits each. */
enum {
	HEADER_LEN = 110,
	FIELD_LEN = 8,
	FILE_LEN_AT = 54,
	NAME_LEN_AT = 94,
	NAME_MAX_LEN = 60,
	/* How many entries are looked at. */
	ENTRIES_MAX = 20000,
};

static const struct mistake {
	uint64_t offset;
	const char *magic, *what;
} mistakes[] = {
	{ 0,
	  "\x7f"
	  "ELF",
	  "an ELF file, not an initial RAM disk: did you "
	  "mean --kernel?" },
	{ 0x202, "HdrS",
	  "a kernel, not an initial RAM disk: did you mean "
	  "--kernel?" },
	{ 0, "#!", "a script, not an initial RAM disk: pack it in one" },
	{ 257, "ustar",
	  "a tar archive: Linux unpacks cpio archives only "
	  "(cpio -o -H newc)" },
	{ 0, "PK\x03\x04",
	  "a zip archive: Linux unpacks cpio archives only "
	  "(cpio -o -H newc)" },
	{ 0, "QFI\xfb", "a qcow2 disk image, not an initial RAM disk" },
	{ 0, "\x27\x05\x19\x56",
	  "wrapped up for U-Boot: take off the first "
	  "64 bytes" },
	{ 0, "<!DOCTYPE", "a page of HTML: the download went wrong" },
	{ 0, "<html", "a page of HTML: the download went wrong" },
	{ 0, "version https://git-lfs",
	  "a Git LFS pointer: get the file (git "
	  "lfs pull)" },
};

static bool matches(const struct image *image, const struct mistake *m)
{
	size_t len = strlen(m->magic);
	char buf[32];

	return image_peek(image, m->offset, buf, len) == len &&
	       memcmp(buf, m->magic, len) == 0;
}

static uint64_t number(const char *field)
{
	char text[FIELD_LEN + 1] = "";

	memcpy(text, field, FIELD_LEN);
	return strtoull(text, NULL, 16);
}

static int truncated(const struct image *image, uint64_t at, uint64_t name_len)
{
	char name[NAME_MAX_LEN + 1] = "";

	image_peek(image, at + HEADER_LEN, name, MIN(name_len, NAME_MAX_LEN));
	for (char *p = name; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return log_fail(-EIO,
			"%s: truncated: the archive ends within \"%s\": get a "
			"whole copy",
			image->path, name);
}

/* Follow an uncompressed archive, entry by entry, to its end.  Compressed
 * archives may come after it. */
static int check_archive(const struct image *image)
{
	char header[HEADER_LEN];
	uint64_t at = 0, next, name_len;

	for (unsigned n = 0; n < ENTRIES_MAX && at < image->size; n++) {
		size_t len = image_peek(image, at, header, HEADER_LEN);

		if (len < 6 || (memcmp(header, "070701", 6) != 0 &&
				memcmp(header, "070702", 6) != 0))
			return 0;
		if (len < HEADER_LEN)
			return truncated(image, at, 0);
		name_len = number(header + NAME_LEN_AT);
		next = ALIGN_UP(at + HEADER_LEN + name_len, 4) +
		       number(header + FILE_LEN_AT);
		if (next > image->size)
			return truncated(image, at, name_len);
		at = ALIGN_UP(next, 4);
	}
	return 0;
}

int initrd_check(const struct image *initrd, bool linux_only)
{
	for (unsigned i = 0; linux_only && i < ARRAY_SIZE(mistakes); i++)
		if (matches(initrd, &mistakes[i]))
			return log_fail(-ENOEXEC, "%s: %s", initrd->path,
					mistakes[i].what);
	return check_archive(initrd);
}
