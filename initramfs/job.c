/* SPDX-License-Identifier: BSD-2-Clause */
#include "initramfs/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/string_list.h"
#include "initramfs/archive.h"
#include "initramfs/kmod.h"

/* The program, compiled from init/. */
static const uint8_t init[] = {
#include "job_init.hex"
};

static void put_text(struct archive *archive, const char *path,
		     const char *text)
{
	if (text)
		archive_file(archive, path, 0644, text, strlen(text));
}

/* Add a file with the strings of @list, each with its NUL. */
static int put_strings(struct archive *archive, const char *path,
		       const struct string_list *list)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out;

	if (!list)
		return 0;
	out = open_memstream(&bytes, &len);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		fwrite(list->strings[i], 1, strlen(list->strings[i]) + 1, out);
	if (fclose(out) != 0) {
		free(bytes);
		return -ENOMEM;
	}
	archive_file(archive, path, 0644, bytes, len);
	free(bytes);
	return 0;
}

static void put_modules(struct archive *archive, const struct kmod_list *list)
{
	char path[sizeof(JOB_MODULES) + 24];

	if (!list)
		return;
	archive_folder(archive, JOB_MODULES);
	for (size_t i = 0; i < list->count; i++) {
		snprintf(path, sizeof(path), JOB_MODULES "/%02zu", i);
		archive_file(archive, path, 0644, list->kmods[i].data,
			     list->kmods[i].len);
	}
}

int job_archive(const struct job *job, uint8_t **archive, size_t *len)
{
	struct archive made;
	int err = archive_open(&made), failed;

	if (err)
		return err;
	archive_folder(&made, JOB_DIR);
	archive_file(&made, JOB_INIT, 0755, init, sizeof(init));
	archive_file(&made, JOB_SETTINGS, 0644, &job->settings,
		     sizeof(job->settings));
	put_text(&made, JOB_SCRIPT, job->script);
	put_text(&made, JOB_CWD, job->cwd);
	put_text(&made, JOB_RESOLV, job->resolv);
	put_text(&made, JOB_SOUGHT, job->sought);
	if (job->groups)
		archive_file(&made, JOB_GROUPS, 0644, job->groups,
			     job->n_groups * sizeof(*job->groups));
	failed = put_strings(&made, JOB_ARGS, job->args);
	if (!failed)
		failed = put_strings(&made, JOB_ENV, job->env);
	if (!failed)
		failed = put_strings(&made, JOB_MOUNTS, job->mounts);
	put_modules(&made, job->modules);
	err = archive_close(&made, archive, len);
	if (!err && failed)
		free(*archive);
	return err ? err : failed;
}
