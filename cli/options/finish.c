/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finish.c - checks and completes the options once all are read
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/internal.h"
#include "cli/suite/suite_folder.h"
#include "initramfs/job.h"

/* The default for --max-output in a run of minivmm test. */
#define SUITE_MAX_OUTPUT (64 * MIB)

/* Settle what is to happen when the guest is ready. */
static int finish_services(struct config *cfg)
{
	if (cfg->verdict.wait.count && !cfg->net.enabled)
		return log_fail(-EINVAL, "--wait-port: there is no network: "
					 "leave out --net none");
	cfg->verdict.has_root = cfg->machine.initrd || cfg->disks.count ||
				cfg->machine.root.dir;
	cfg->verdict.goes_on = config_goes_on(cfg);
	cfg->verdict.command = cfg->services.exec != NULL;
	cfg->verdict.script.goes_on =
		cfg->verdict.wait.count || cfg->verdict.goes_on;
	return 0;
}

/* A job needs a root with a shell.  Both a job and a root need the default exit
 * port. */
static int check_job(const struct config *cfg)
{
	const struct machine_config *machine = &cfg->machine;

	if (machine->root.dir && machine->initrd)
		return log_fail(-EINVAL, "--root: its initrd is made by "
					 "minivmm: leave out --initrd");
	if (!machine->job && !machine->root.dir)
		return 0;
	if (!machine->initrd && !machine->root.dir)
		return log_fail(-EINVAL, "--job: there is no initrd for it: "
					 "name one that has a shell by "
					 "--initrd, or a folder by --root");
	if (machine->exit_port != JOB_PORT)
		return log_fail(-EINVAL,
				"--%s: its end is told by port %#x: "
				"leave out --exit-port",
				machine->job ? "job" : "root", JOB_PORT);
	return 0;
}

/* Share the root's folder, too. */
static int share_root(struct config *cfg)
{
	const struct root_config *root = &cfg->machine.root;
	struct share_config share = {
		.read_only = true,
		.cache = SHARE_CACHE_ENDLESS,
		.is_root = true,
		.no_xattr = !root->xattr,
	};
	int err = -ENOMEM;

	if (!root->dir)
		return 0;
	share.dir = strdup(root->dir);
	share.tag = strdup(JOB_ROOT_TAG);
	if (share.dir && share.tag)
		err = share_list_add(&cfg->shares, &share);
	if (err) {
		free(share.dir);
		free(share.tag);
	}
	return err ? option_no_memory() : 0;
}

/* A VM without a name takes that of its last configuration file.  It does not
 * take the kernel's, which would change the network card's address with each
 * kernel. */
static int default_name(struct config *cfg)
{
	const struct string_list *files = &cfg->config_files;
	const char *base = "", *slash;

	if (cfg->machine.name && *cfg->machine.name)
		return 0;
	if (files->count) {
		base = files->strings[files->count - 1];
		slash = strrchr(base, '/');
		base = slash ? slash + 1 : base;
	}
	base = *base && *base != '.' ? base : "minivmm";
	free(cfg->machine.name);
	cfg->machine.name = strndup(base, strcspn(base, "."));
	return cfg->machine.name ? 0 : option_no_memory();
}

/* Set *@field to the file @name in the folder @dir. */
static int set_file(char **field, const char *dir, const char *name)
{
	return option_own(field, path_from(dir, name));
}

/* A run of minivmm test writes all files to its folder and shares nothing with
 * other runs, whatever its options say. */
static int finish_suite_run(struct config *cfg)
{
	const char *dir = cfg->suite.folder;
	int err;

	if (!dir)
		return 0;
	cfg->net.any_port = true;
	if (!cfg->max_output)
		cfg->max_output = SUITE_MAX_OUTPUT;
	err = set_file(&cfg->report.file, dir, SUITE_REPORT);
	if (!err && cfg->net.enabled)
		err = set_file(&cfg->net.capture, dir, SUITE_CAPTURE);
	if (!err && cfg->debug.core)
		err = set_file(&cfg->debug.core, dir, SUITE_CORE);
	if (!err)
		err = option_own(&cfg->serial.where, strdup("stdio"));
	return err;
}

int config_finish(struct config *cfg, bool runs)
{
	int err = default_name(cfg);

	if (!err)
		err = finish_suite_run(cfg);
	if (!err)
		err = net_options_finish(&cfg->net, cfg->machine.name);
	if (!err)
		err = finish_services(cfg);
	if (!err && runs)
		err = check_job(cfg);
	if (!err && runs)
		err = share_root(cfg);
	if (!err && runs)
		err = debug_config_check(&cfg->debug);
	if (!err && runs)
		err = debug_config_place(&cfg->debug, cfg->report.file);
	return err;
}
