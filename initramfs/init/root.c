/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root.c - a folder of the host as the root
 *
 * The folder cannot be written to.  Above it lies a tmpfs, so all that the
 * guest changes is in the guest's memory.
 */
#include <asm-generic/errno-base.h>
#include <fcntl.h>
#include <linux/mount.h>

#include "initramfs/init/sys.h"

#define LOWER "/lower"
#define UPPER "/rw"
#define ROOT  "/root"

/* Load module @i.  It may have been loaded before. */
static void load_module(unsigned i)
{
	char path[] = JOB_MODULES "/00";
	long fd, err;

	path[sizeof(path) - 3] = (char)('0' + i / 10);
	path[sizeof(path) - 2] = (char)('0' + i % 10);
	fd = call(__NR_open, (long)path, O_RDONLY, 0, 0, 0);
	err = fd < 0 ? fd : call(__NR_finit_module, fd, (long)"", 0, 0, 0);
	if (err < 0 && err != -EEXIST)
		SAY("module ", path, ": error ", number_text(-err));
	call(__NR_close, fd, 0, 0, 0, 0);
	call(__NR_unlink, (long)path, 0, 0, 0, 0);
}

/* 0 or -errno. */
static long mount(const char *what, const char *where, const char *type,
		  unsigned long flags, const char *options)
{
	call(__NR_mkdir, (long)where, 0755, 0, 0, 0);
	return call(__NR_mount, (long)what, (long)where, (long)type,
		    (long)flags, (long)options);
}

static _Noreturn void no_root(const struct files *files, long err)
{
	if (err == -ENODEV)
		SAY("this kernel has no virtio-fs (CONFIG_VIRTIO_FS), ",
		    files->sought ? files->sought : "");
	else
		SAY("the root could not be mounted: error ", number_text(-err),
		    ": has this kernel CONFIG_VIRTIO_PCI? ",
		    files->sought ? files->sought : "");
	end_run(JOB_UNREADY);
}

/* Mount the folder, and a tmpfs above it. 0: that failed, and ROOT is
 * read-only. */
static int mount_root(const struct files *files)
{
	long err = mount(JOB_ROOT_TAG, LOWER, "virtiofs", MS_RDONLY, NULL);

	if (err < 0)
		no_root(files, err);
	mount("tmpfs", UPPER, "tmpfs", 0, "mode=755");
	call(__NR_mkdir, (long)UPPER "/upper", 0755, 0, 0, 0);
	call(__NR_mkdir, (long)UPPER "/work", 0755, 0, 0, 0);
	err = mount("overlay", ROOT, "overlay", 0,
		    "lowerdir=" LOWER ",upperdir=" UPPER "/upper,workdir=" UPPER
		    "/work");
	if (err >= 0)
		return 1;
	SAY("the guest's root is read-only but for /tmp, /var/tmp and /run: "
	    "overlay, error ",
	    number_text(-err), ": has this kernel CONFIG_OVERLAY_FS?");
	mount(LOWER, ROOT, NULL, MS_BIND, NULL);
	return 0;
}

static void move_root(void)
{
	call(__NR_chdir, (long)ROOT, 0, 0, 0, 0);
	call(__NR_mount, (long)".", (long)"/", 0, MS_MOVE, 0);
	call(__NR_chroot, (long)".", 0, 0, 0, 0);
	call(__NR_chdir, (long)"/", 0, 0, 0, 0);
}

/* Mount each other shared folder where the host has it.  Without one of them
 * the command would write to memory what is to be kept. */
static void mount_shares(char **mounts)
{
	for (; mounts && mounts[0] && mounts[1]; mounts += 2) {
		long err;

		make_folders(mounts[1]);
		err = call(__NR_mount, (long)mounts[0], (long)mounts[1],
			   (long)"virtiofs", 0, 0);
		if (err >= 0)
			continue;
		SAY(mounts[1], " could not be mounted: error ",
		    number_text(-err));
		end_run(JOB_UNREADY);
	}
}

/* Remove the file first: a link would lead to a file of the host's name
 * service. */
static void write_resolv(const struct files *files)
{
	static const char path[] = "/etc/resolv.conf";

	if (!files->resolv)
		return;
	make_folders("/etc");
	call(__NR_unlink, (long)path, 0, 0, 0, 0);
	write_text(path, files->resolv, files->resolv_len);
}

/* Programs such as sudo(8) look up the host's own name. */
static void write_hosts(const char *hostname)
{
	static const char address[] = "\n127.0.1.1 ";
	long fd = call(__NR_open, (long)"/etc/hosts",
		       O_WRONLY | O_CREAT | O_APPEND, 0644, 0, 0);

	if (fd < 0)
		return;
	call(__NR_write, fd, (long)address, sizeof(address) - 1, 0, 0);
	call(__NR_write, fd, (long)hostname, (long)length(hostname), 0, 0);
	call(__NR_write, fd, (long)"\n", 1, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
}

void enter_root(const struct files *files)
{
	const struct job_settings *settings = &files->settings;
	int writable;

	for (unsigned i = 0; i < settings->modules; i++)
		load_module(i);
	writable = mount_root(files);
	move_root();
	mount_all();
	mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
	/* Programs rely on it. */
	if (call(__NR_mkdir, (long)"/tmp", 0, 0, 0, 0) >= 0)
		call(__NR_chmod, (long)"/tmp", 01777, 0, 0, 0);
	if (!writable) {
		mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
		mount("tmpfs", "/var/tmp", "tmpfs", 0, "mode=1777");
	}
	mount_shares(files->mounts);
	write_resolv(files);
	write_hosts(settings->hostname);
	call(__NR_sethostname, (long)settings->hostname,
	     (long)length(settings->hostname), 0, 0, 0);
}
