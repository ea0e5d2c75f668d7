/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/log.h"
#include "base/output.h"
#include "base/sink.h"
#include "base/string_list.h"
#include "base/util.h"
#include "cli/services/services_config.h"

static int cannot_write(const char *path, int err)
{
	return output_fail("--ready-file ", path, err);
}

static int open_file(struct ready *ready, const char *path)
{
	struct stat st;
	int err;

	/* A file that an earlier run has left would look as if this guest were
	 * ready. */
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return log_fail(-EINVAL,
				"--ready-file %s: not a regular file: name "
				"one, or use --ready-fd",
				path);
	if (output_is_open(path))
		return output_refuse("--ready-file ", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return cannot_write(path, -errno);
	err = draft_name(ready->draft, sizeof(ready->draft), path);
	if (err)
		return cannot_write(path, err);
	ready->path = path;
	/* O_EXCL: a file that has this name already, even a link, is not
	 * ours. */
	ready->draft_fd = open(ready->draft,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return ready->draft_fd < 0 ? cannot_write(path, -errno) : 0;
}

static int open_fd(struct ready *ready, int fd)
{
	const struct sink_config config = { .name = "--ready-fd",
					    .limit = SINK_LIMIT };
	int err = sink_open(&ready->sink, &config);

	if (err)
		return log_fail(err, "--ready-fd: no memory for output: %s",
				strerror(-err));
	/* The reader must see the end of file when this process ends, not only
	 * when everything that --exec has left behind does. */
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	sink_connect(ready->sink, fd);
	return 0;
}

int ready_open(struct ready *ready, const struct services_config *config)
{
	int err = 0;

	if (config->ready_file)
		err = open_file(ready, config->ready_file);
	if (!err && config->ready_fd)
		err = open_fd(ready, (int)config->ready_fd);
	return err;
}

/* A path may contain the characters that separate words; they are escaped as in
 * fstab(5). */
static void put_word(FILE *out, const char *word)
{
	for (; *word; word++)
		if (*word == '\\' || *word == '\177' ||
		    (unsigned char)*word <= ' ')
			fprintf(out, "\\%03o", (unsigned char)*word);
		else
			fputc(*word, out);
}

/* The line, which the caller frees; NULL when out of memory. */
static char *make_line(const struct string_list *env, size_t *len)
{
	char *line = NULL;
	FILE *out = open_memstream(&line, len);

	if (!out)
		return NULL;
	fputs("ready", out);
	for (size_t i = 0; i < env->count; i++) {
		fputc(' ', out);
		put_word(out, env->strings[i]);
	}
	fputc('\n', out);
	if (fclose(out) == 0)
		return line;
	free(line);
	return NULL;
}

const char *ready_draft(const struct ready *ready)
{
	return ready->draft_fd < 0 ? NULL : ready->draft;
}

static int write_draft(struct ready *ready, const char *line, size_t len)
{
	ssize_t n = write(ready->draft_fd, line, len);

	if (n != (ssize_t)len)
		return cannot_write(ready->path, n < 0 ? -errno : -ENOSPC);
	return 0;
}

int ready_published(struct ready *ready, int err)
{
	if (err)
		return cannot_write(ready->path, err);
	close_fd(&ready->draft_fd);
	return 0;
}

int ready_tell(struct ready *ready, const struct string_list *env)
{
	size_t len;
	char *line = make_line(env, &len);
	int err = 0;

	if (!line)
		return log_fail(-ENOMEM, "--ready: %s", strerror(ENOMEM));
	if (ready->sink) {
		err = sink_start(ready->sink);
		sink_write(ready->sink, line, len);
	}
	if (!err && ready->draft_fd >= 0)
		err = write_draft(ready, line, len);
	free(line);
	return err;
}

int ready_close(struct ready *ready, unsigned patience_ms)
{
	int err;

	if (ready->draft_fd >= 0)
		unlink(ready->draft);
	close_fd(&ready->draft_fd);
	err = sink_close(ready->sink, patience_ms);
	*ready = (struct ready){ .draft_fd = -1 };
	return err;
}
