/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/initrd_command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "cli/kernel_release.h"
#include "initramfs/initrd.h"
#include "initramfs/kmod.h"

static const char usage[] =
	"usage: minivmm initrd -o FILE [-k KERNEL] [-f PROGRAM]... "
	"[-m MODULE]... [--busybox FILE]";

struct request {
	const char *out, *kernel;
	struct string_list modules;
	struct initrd_spec spec;
};

/* Read the options into @r.  -EINVAL, logged, or another -errno. */
static int parse(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "file", required_argument, NULL, 'f' },
		{ "module", required_argument, NULL, 'm' },
		{ "busybox", required_argument, NULL, 'b' },
		{ 0 },
	};
	int option, err = 0;

	opterr = optind = 0;
	while (!err && (option = getopt_long(argc, argv, "o:k:f:m:", options,
					     NULL)) >= 0) {
		if (option == 'o')
			r->out = optarg;
		else if (option == 'k')
			r->kernel = optarg;
		else if (option == 'b')
			r->spec.busybox = optarg;
		else if (option == 'f')
			err = string_list_add(&r->spec.programs, optarg);
		else if (option == 'm')
			err = string_list_add(&r->modules, optarg);
		else
			return log_fail(-EINVAL, "minivmm initrd: %s: %s",
					argv[optind - 1], usage);
	}
	if (!err && optind < argc)
		return log_fail(-EINVAL, "minivmm initrd: %s: %s", argv[optind],
				usage);
	if (!err && !*r->out)
		return log_fail(-EINVAL, "minivmm initrd: no -o FILE: %s",
				usage);
	return err;
}

/* Find the release of the kernel in a file, or of the kernel that runs here. */
static int find_release(const char *kernel, char release[BOOT_VERSION])
{
	struct utsname host;
	struct boot boot;
	int err;

	if (!kernel) {
		uname(&host);
		snprintf(release, BOOT_VERSION, "%s", host.release);
		return 0;
	}
	err = boot_open(&boot, kernel, NULL, "");
	if (!err)
		kernel_release(&boot, release);
	boot_close(&boot);
	return err;
}

static int add_modules(const struct request *r, const struct kmod_tree *tree,
		       const char *release, struct kmod_list *list)
{
	int err = 0;

	for (size_t i = 0; i < r->modules.count && !err; i++) {
		const char *name = r->modules.strings[i];

		err = kmod_add(list, tree, name);
		if (err == -ENOENT)
			log_err("minivmm initrd: -m %s: the kernel %s has no "
				"such module%s",
				name, release,
				r->kernel ? "" : ": name another one by -k");
	}
	return err;
}

static int find_modules(const struct request *r, struct kmod_list *list)
{
	char release[BOOT_VERSION];
	struct kmod_tree tree;
	int err;

	if (!r->modules.count)
		return 0;
	err = find_release(r->kernel, release);
	if (err)
		return err;
	err = kmod_tree_open(&tree,
			     &(struct kmod_search){
				     .kernel = r->kernel ? r->kernel : "/boot/",
				     .release = release,
				     .root = "/",
			     });
	if (err)
		return err;
	if (tree.root < 0)
		err = log_fail(-ENOENT,
			       "minivmm initrd: -m: no modules of the kernel "
			       "%s are found: give a kernel by -k beside which "
			       "there are some",
			       release);
	else
		err = add_modules(r, &tree, release, list);
	kmod_tree_close(&tree);
	return err;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, bytes + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A file is there when it is whole. */
static int write_file(const char *path, const uint8_t *bytes, size_t len)
{
	struct draft draft;
	int err = draft_open(&draft, path);
	mode_t mask = umask(0);

	umask(mask);
	if (!err)
		err = write_all(draft.fd, bytes, len);
	if (!err && fchmod(draft.fd, 0666 & ~mask) < 0)
		err = -errno;
	if (!err)
		err = draft_place(&draft, path);
	draft_drop(&draft);
	return err;
}

/* A link, a device or a pipe, such as /dev/stdout, stays what it is. */
static int write_through(const char *path, const uint8_t *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int err = fd < 0 ? -errno : write_all(fd, bytes, len);

	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int write_out(const char *path, const uint8_t *bytes, size_t len)
{
	struct stat st;
	int err;

	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		err = write_file(path, bytes, len);
	else
		err = write_through(path, bytes, len);
	return err ? log_fail(err,
			      "minivmm initrd: -o %s: %s: name a file that "
			      "can be written",
			      path, strerror(-err)) :
		     0;
}

int initrd_command(int argc, char **argv)
{
	struct request r = { .out = "" };
	struct kmod_list modules = { .count = 0 };
	uint8_t *bytes = NULL;
	size_t len;
	int err = parse(argc, argv, &r);

	if (err == -ENOMEM)
		log_err("minivmm initrd: out of memory");
	if (!err)
		err = find_modules(&r, &modules);
	r.spec.modules = &modules;
	if (!err)
		err = initrd_make(&r.spec, &bytes, &len);
	if (!err)
		err = write_out(r.out, bytes, len);
	free(bytes);
	kmod_list_free(&modules);
	string_list_free(&r.modules);
	string_list_free(&r.spec.programs);
	return err ? EXIT_CODE_USAGE : EXIT_CODE_OK;
}
