/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/outcome_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "base/sink.h"
#include "base/util.h"
#include "cli/report/html.h"
#include "cli/report/junit.h"
#include "cli/report/results_json.h"
#include "cli/report/tap.h"

/* How long a reader may take nothing before it is given up. */
#define PATIENCE_MS 500

static int create(int *fd, const char *option, const char *path)
{
	if (path)
		*fd = output_open(option, path, 0);
	return path ? MIN(*fd, 0) : 0;
}

/* The folder of the file @path, from the root, to be freed; NULL: none. */
static char *folder_of(const char *path)
{
	char *file = path ? realpath(path, NULL) : NULL;

	if (file)
		*strrchr(file, '/') = '\0';
	return file;
}

int outcome_open(struct outcome_files *files, const struct outcome_names *names)
{
	int err;

	*files = (struct outcome_files){
		.junit = -1, .tap = -1, .html = -1, .json = -1
	};
	err = create(&files->junit, "--junit ", names->junit);
	if (!err)
		err = create(&files->tap, "--tap ", names->tap);
	if (!err)
		err = create(&files->html, "--html ", names->html);
	if (!err)
		files->page = folder_of(names->html);
	if (!err)
		err = create(&files->json, "--report ", names->json);
	return err;
}

/* Write to *@fd, which is closed.  It may be a FIFO, whose reader may sleep. */
static int deliver(int *fd, const char *option, const char *text, size_t len)
{
	const struct sink_config config = { .name = option,
					    .limit = SINK_LIMIT };
	struct sink *sink;
	int err = sink_open(&sink, &config);

	if (err) {
		close_fd(fd);
		return log_fail(err, "%s: no memory for output: %s", option,
				strerror(-err));
	}
	sink_connect(sink, *fd);
	sink_write(sink, text, len);
	return sink_close_file(sink, PATIENCE_MS, fd, option);
}

/* What @write writes, to *@fd; nothing if that is -1. */
static int write_all(int *fd, const char *option,
		     void (*write)(FILE *out,
				   const struct outcome_suite *suite),
		     const struct outcome_suite *suite)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int err;

	if (*fd < 0)
		return 0;
	out = open_memstream(&text, &len);
	if (out)
		write(out, suite);
	err = out && fclose(out) == 0 ?
		      deliver(fd, option, text, len) :
		      log_fail(-ENOMEM, "%s: out of memory", option);
	close_fd(fd);
	free(text);
	return err;
}

int outcome_close(struct outcome_files *files,
		  const struct outcome_suite *suite)
{
	struct outcome_suite shown = *suite;
	int err = write_all(&files->junit, "--junit", junit_write, suite);
	int tap_err = write_all(&files->tap, "--tap", tap_write, suite),
	    json_err = write_all(&files->json, "--report", results_json_write,
				 suite),
	    page_err;

	shown.page = files->page;
	page_err = write_all(&files->html, "--html", html_write, &shown);
	free(files->page);
	files->page = NULL;
	return err ? err : tap_err ? tap_err : json_err ? json_err : page_err;
}
