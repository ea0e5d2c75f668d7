/* SPDX-License-Identifier: BSD-2-Clause */
#include "initramfs/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int archive_open(struct archive *archive)
{
	*archive = (struct archive){ NULL };
	archive->out = open_memstream(&archive->bytes, &archive->len);
	return archive->out ? 0 : -ENOMEM;
}

/* Write zeros until @len is a multiple of 4. */
static void pad(FILE *out, size_t len)
{
	static const char zeros[3];

	fwrite(zeros, 1, -len % 4, out);
}

static void put_entry(FILE *out, const char *path, mode_t mode,
		      const void *data, size_t len)
{
	/* Names in an archive are relative. */
	const char *name = path + (*path == '/');
	size_t name_len = strlen(name) + 1;
	int header = fprintf(out,
			     "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x"
			     "%08x%08zx%08x",
			     0U, (unsigned)mode, 0U, 0U, 1U, 0U, len, 0U, 0U,
			     0U, 0U, name_len, 0U);

	fwrite(name, 1, name_len, out);
	pad(out, (size_t)header + name_len);
	fwrite(data, 1, len, out);
	pad(out, len);
}

void archive_folder(struct archive *archive, const char *path)
{
	put_entry(archive->out, path, S_IFDIR | 0755, "", 0);
}

void archive_file(struct archive *archive, const char *path, unsigned mode,
		  const void *data, size_t len)
{
	put_entry(archive->out, path, S_IFREG | mode, data, len);
}

void archive_link(struct archive *archive, const char *path, const char *target)
{
	put_entry(archive->out, path, S_IFLNK | 0777, target, strlen(target));
}

int archive_close(struct archive *archive, uint8_t **bytes, size_t *len)
{
	int failed;

	put_entry(archive->out, "TRAILER!!!", 0, "", 0);
	failed = ferror(archive->out);
	if (fclose(archive->out) != 0 || failed) {
		free(archive->bytes);
		return -ENOMEM;
	}
	*bytes = (uint8_t *)archive->bytes;
	*len = archive->len;
	return 0;
}
