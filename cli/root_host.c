/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/root_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/console_host.h"
#include "cli/kernel_release.h"
#include "cli/options/config.h"
#include "devices/fs/share.h"
#include "firmware/boot.h"
#include "initramfs/job.h"

static int no_memory(void)
{
	return log_fail(-ENOMEM, "--root: %s", strerror(ENOMEM));
}

/* Add NAME=TEXT to @env. */
static int add_variable(struct string_list *env, const char *name,
			const char *text)
{
	char *variable;
	int err = -ENOMEM;

	if (asprintf(&variable, "%s=%s", name, text) >= 0) {
		err = string_list_add(env, variable);
		free(variable);
	}
	return err;
}

/* Whether @variable names the user. */
static bool is_personal(const char *variable)
{
	static const char *const names[] = { "HOME=", "USER=", "LOGNAME=" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Copy our environment.  If the command runs as root and we do not, it gets
 * root's variables. */
static int copy_env(struct string_list *env, bool to_root)
{
	int err = 0;

	for (char **ours = environ; *ours && !err; ours++)
		if (!to_root || !is_personal(*ours))
			err = string_list_add(env, *ours);
	if (!err && to_root)
		err = add_variable(env, "HOME", "/root");
	if (!err && to_root)
		err = add_variable(env, "USER", "root");
	if (!err && to_root)
		err = add_variable(env, "LOGNAME", "root");
	if (!err && !getenv("PATH"))
		err = add_variable(env, "PATH",
				   "/usr/local/bin:/usr/bin:/bin:"
				   "/usr/local/sbin:/usr/sbin:/sbin");
	return err ? no_memory() : 0;
}

/*
 * Fill in the command's words.  One word is a line for the shell, as with
 * ssh(1), and so is the value of --job.  Several words are a program and its
 * arguments, unchanged.  Without words the command is the user's shell.
 */
static int copy_args(struct string_list *args, struct job_settings *settings,
		     const struct machine_config *machine)
{
	const struct string_list *words = &machine->words;
	const char *shell = getenv("SHELL");
	int err = 0;

	if (words->count > 1) {
		for (size_t i = 0; i < words->count && !err; i++)
			err = string_list_add(args, words->strings[i]);
	} else if (machine->job) {
		err = string_list_add(args, "/bin/sh");
		if (!err)
			err = string_list_add(args, "-c");
		if (!err)
			err = string_list_add(args, machine->job);
	} else {
		settings->shell = 1;
		err = string_list_add(args,
				      shell && *shell ? shell : "/bin/sh");
	}
	return err ? no_memory() : 0;
}

static int fill_user(struct root_host *root, struct job *job,
		     const struct root_config *config)
{
	const mode_t mask = umask(077);
	int n;

	umask(mask);
	job->settings.umask = (uint16_t)mask;
	job->settings.uid = config->has_user ? config->uid : geteuid();
	job->settings.gid = config->has_user ? config->gid : getegid();
	if (config->has_user)
		return 0;
	n = getgroups(0, NULL);
	root->groups = calloc((size_t)MAX(n, 1), sizeof(*root->groups));
	if (!root->groups)
		return no_memory();
	n = getgroups(n, root->groups);
	job->groups = root->groups;
	job->n_groups = (size_t)MAX(n, 0);
	return 0;
}

/* Whether @where is @dir or below it; *@rest is then the rest of the path, with
 * its slash. */
static bool is_below(const char *where, const char *dir, const char **rest)
{
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	*rest = where + len;
	return strncmp(where, dir, len) == 0 && (!**rest || **rest == '/');
}

/* A folder that was opened has no path any more. */
static int no_path(const char *option, const char *dir)
{
	return log_fail(-errno, "--%s %s: %s", option, dir, strerror(errno));
}

/* A share, and where the host has its folder. */
struct place {
	const char *tag;
	char *path;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return strcmp(p->path, q->path);
}

/* Find the @n places of all shares but the root's.  A folder comes before those
 * in it, which its mount would hide. */
static int find_places(struct place *place, size_t *n,
		       const struct shares *shares)
{
	for (size_t i = 0; i < shares->count; i++) {
		const struct share *share = &shares->share[i];
		char *path;

		if (share->config->is_root)
			continue;
		path = realpath(share->config->dir, NULL);
		if (!path)
			return no_path("share", share->config->dir);
		place[(*n)++] = (struct place){ share->tag, path };
		if (strcmp(path, "/") == 0)
			return log_fail(-EINVAL,
					"--share %s: this is the guest's root, "
					"which --root sets: name the folders "
					"in it that the guest may change",
					share->config->dir);
	}
	qsort(place, *n, sizeof(*place), compare_places);
	return 0;
}

/* Our working directory; NULL: it has no path any more. */
static char *own_folder(void)
{
	char *cwd = getcwd(NULL, 0);

	if (!cwd)
		log_warn("--root: the current folder: %s: the command begins "
			 "in /",
			 strerror(errno));
	return cwd;
}

/* Mount each other share where the host has it, and start the command in our
 * working directory if the guest has that folder. */
static int fill_places(struct root_host *root, struct job *job,
		       const struct config *config, const struct shares *shares)
{
	struct place place[SHARES_MAX + 1] = { { NULL, NULL } };
	char *cwd = own_folder();
	char *dir = realpath(config->machine.root.dir, NULL);
	const char *inside = NULL, *rest;
	size_t n = 0;
	int err = dir ? 0 : no_path("root", config->machine.root.dir);

	if (!err)
		err = find_places(place, &n, shares);
	if (cwd && dir && is_below(cwd, dir, &rest))
		inside = *rest ? rest : "/";
	for (size_t i = 0; i < n; i++) {
		if (!err && (string_list_add(&root->mounts, place[i].tag) ||
			     string_list_add(&root->mounts, place[i].path)))
			err = no_memory();
		if (cwd && is_below(cwd, place[i].path, &rest))
			inside = cwd;
	}
	root->cwd = strdup(inside ? inside : "/");
	if (!err && !root->cwd)
		err = no_memory();
	job->cwd = root->cwd;
	job->mounts = &root->mounts;
	for (size_t i = 0; i < n; i++)
		free(place[i].path);
	free(cwd);
	free(dir);
	return err;
}

/* Fill in what DHCP would tell the guest. */
static int fill_network(struct root_host *root, struct job *job,
			const struct net_config *net)
{
	char server[INET_ADDRSTRLEN];
	size_t len;
	FILE *out;

	if (!net->enabled)
		return 0;
	job->settings.address = net->dhcp_start.s_addr;
	job->settings.netmask = net->netmask.s_addr;
	job->settings.gateway = net->gateway.s_addr;
	inet_ntop(AF_INET, &net->dns, server, sizeof(server));
	out = open_memstream(&root->resolv, &len);
	if (!out)
		return no_memory();
	fprintf(out, "nameserver %s\n", server);
	for (size_t i = 0; i < net->dns_search.count; i++)
		fprintf(out, "%s%s%s", i ? " " : "search ",
			net->dns_search.strings[i],
			i + 1 == net->dns_search.count ? "\n" : "");
	if (fclose(out) != 0)
		return no_memory();
	job->resolv = root->resolv;
	return 0;
}

/* A module and the kernel option that builds it; whether this guest needs it,
 * and whether the root is impossible without it. */
struct needed {
	const char *name, *option;
	bool wanted, required;
};

static int add_modules(struct root_host *root, const struct kmod_tree *tree,
		       const struct config *config)
{
	const struct needed list[] = {
		{ "virtio_pci", "VIRTIO_PCI", true, true },
		{ "virtiofs", "VIRTIO_FS", true, true },
		{ "overlay", "OVERLAY_FS", true, false },
		{ "virtio_net", "VIRTIO_NET", config->net.enabled, false },
		{ "virtio_blk", "VIRTIO_BLK", config->disks.count > 0, false },
		{ "virtio_rng", "HW_RANDOM_VIRTIO", config->machine.rng.on,
		  false },
		{ "virtio_console", "VIRTIO_CONSOLE",
		  console_host_ports(config, true), false },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(list) && !err; i++) {
		if (!list[i].wanted)
			continue;
		err = kmod_add(&root->modules, tree, list[i].name);
		if (err != -ENOENT)
			continue;
		if (list[i].required)
			return log_fail(err,
					"--root: the kernel has no %s: no such "
					"module is in %s: build it with "
					"CONFIG_%s",
					list[i].name, tree->shown,
					list[i].option);
		log_warn("--root: the kernel has no %s: no such module is in "
			 "%s",
			 list[i].name, tree->shown);
		err = 0;
	}
	return err;
}

/* Make the text that the guest prints if a driver turns out to be missing. */
static int fill_sought(struct root_host *root, const struct kmod_tree *tree,
		       const char *release, const char *dir)
{
	int n;

	if (tree->root >= 0)
		n = asprintf(&root->sought, "and its modules in %s have none",
			     tree->shown);
	else
		n = asprintf(&root->sought,
			     "and no modules for \"%s\" are in %s/lib/modules, "
			     "in /lib/modules or beside the kernel",
			     release, strcmp(dir, "/") == 0 ? "" : dir);
	if (n >= 0)
		return 0;
	root->sought = NULL;
	return no_memory();
}

static int fill_modules(struct root_host *root, struct job *job,
			const struct config *config, const struct boot *boot)
{
	const char *dir = config->machine.root.dir;
	char release[BOOT_VERSION];
	struct kmod_tree tree;
	int err;

	kernel_release(boot, release);
	err = kmod_tree_open(&tree, &(struct kmod_search){
					    .kernel = config->machine.kernel,
					    .release = release,
					    .root = dir,
				    });
	if (err)
		return err;
	err = add_modules(root, &tree, config);
	if (!err)
		err = fill_sought(root, &tree, release, dir);
	kmod_tree_close(&tree);
	job->settings.modules = (uint8_t)root->modules.count;
	job->modules = &root->modules;
	job->sought = root->sought;
	return err;
}

int root_host_fill(struct root_host *root, struct job *job,
		   const struct config *config, const struct boot *boot,
		   const struct shares *shares)
{
	const struct root_config *own = &config->machine.root;
	int err;

	job->settings.root = 1;
	snprintf(job->settings.hostname, sizeof(job->settings.hostname), "%s",
		 config->machine.name);
	err = fill_user(root, job, own);
	if (!err)
		err = copy_env(&root->env,
			       job->settings.uid == 0 && geteuid() != 0);
	if (!err)
		err = copy_args(&root->args, &job->settings, &config->machine);
	if (!err)
		err = fill_places(root, job, config, shares);
	if (!err)
		err = fill_network(root, job, &config->net);
	if (!err)
		err = fill_modules(root, job, config, boot);
	job->args = &root->args;
	job->env = &root->env;
	return err;
}

void root_host_free(struct root_host *root)
{
	string_list_free(&root->args);
	string_list_free(&root->env);
	string_list_free(&root->mounts);
	free(root->cwd);
	free(root->resolv);
	free(root->sought);
	free(root->groups);
	kmod_list_free(&root->modules);
}
