/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The program, compiled from job/init.c. */
static const uint8_t init[] = {
#include "job_init.hex"
};

/* So many zeros that @len becomes a multiple of 4. */
static void pad(FILE *out, size_t len)
{
	static const char zeros[3];

	fwrite(zeros, 1, -len % 4, out);
}

static void put_entry(FILE *out, const char *path, mode_t mode,
		      const void *data, size_t len)
{
	/* There are no absolute names. */
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

int job_archive(const char *command, const struct job_settings *settings,
		uint8_t **archive, size_t *len)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, len);
	int failed;

	if (!out)
		return -ENOMEM;
	put_entry(out, JOB_DIR, S_IFDIR | 0755, "", 0);
	put_entry(out, JOB_INIT, S_IFREG | 0755, init, sizeof(init));
	put_entry(out, JOB_SCRIPT, S_IFREG | 0644, command, strlen(command));
	put_entry(out, JOB_SETTINGS, S_IFREG | 0644, settings,
		  sizeof(*settings));
	put_entry(out, "TRAILER!!!", 0, "", 0);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(bytes);
		return -ENOMEM;
	}
	*archive = (uint8_t *)bytes;
	return 0;
}
