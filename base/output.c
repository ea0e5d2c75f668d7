/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

/* The lowest free number is the next descriptor's, so those of a few dozen
 * files that are open before the machine is built are below this. */
enum { FDS = 256 };

bool output_is_open(const char *path)
{
	struct stat st, other;
	bool is_file = stat(path, &st) == 0 && S_ISREG(st.st_mode);

	/* A program is started with descriptors that stay open when it is
	 * executed.  Ours are all closed then. */
	for (int fd = STDERR_FILENO + 1; is_file && fd < FDS; fd++)
		if (fcntl(fd, F_GETFD) == FD_CLOEXEC &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY &&
		    fstat(fd, &other) == 0 && other.st_dev == st.st_dev &&
		    other.st_ino == st.st_ino)
			return true;
	return false;
}

int output_refuse(const char *option, const char *path)
{
	return log_fail(-EEXIST,
			"%s%s: another option writes this file, too: name "
			"another file",
			option, path);
}

int output_open(const char *option, const char *path, int flags)
{
	int fd;

	if (output_is_open(path))
		return output_refuse(option, path);
	fd = open(path,
		  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | flags,
		  0666);
	if (fd < 0)
		return output_fail(option, path, -errno);
	return fd;
}

int output_open_stream(FILE **file, const char *option, const char *path)
{
	int fd = output_open(option, path, 0);

	if (fd < 0)
		return fd;
	*file = fdopen(fd, "w");
	if (*file)
		return 0;
	close(fd);
	return output_fail(option, path, -ENOMEM);
}

int output_fail(const char *option, const char *path, int err)
{
	const char *what = "name a file that can be written";

	if (err == -ENOSPC || err == -EDQUOT)
		what = "make room there";
	if (err == -EFBIG)
		what = "raise `ulimit -f`";
	if (err == -ENXIO)
		what = "nobody reads it: start its reader first";
	return log_fail(err, "%s%s: %s: %s", option, path, strerror(-err),
			what);
}
