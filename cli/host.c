/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/conclusion.h"
#include "cli/options/config.h"
#include "cli/verdict/guest_kind.h"
#include "devices/net/forward.h"
#include "initramfs/job.h"
#include "vmm/core.h"
#include "vmm/symbols.h"

/* How long a reader may make no progress at the end before it is given up, in
 * milliseconds. */
#define PATIENCE_MS 500

/* Put the job's archive in front of the user's initrd. */
static int add_job(struct host *h)
{
	int err;

	conclusion_step(h->conclusion, "the kernel's modules to be read");
	err = job_host_open(&h->job, h->config, &h->boot, &h->shares);
	if (err || !h->job.archive)
		return err;
	h->has_pipe = h->job.pipe;
	if (h->has_pipe)
		port_pipe_open(&h->pipe);
	return boot_prepend(&h->boot, h->job.archive, h->job.len);
}

enum ending host_ending(int err)
{
	switch (-err) {
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ENDING_HOST;
	default:
		return ENDING_USAGE;
	}
}

static bool is_cancelled(void *arg)
{
	return conclusion_asked(arg);
}

/* Do what depends on whether the kernel is Linux.  To find that out the whole
 * file may have to be read, so it is done once, and only if necessary. */
static void adapt_to_kernel(struct host *h)
{
	struct config *c = h->config;
	char *line = machine_keep_console(&c->machine, h->cmdline);

	if (!line && !h->for_linux && !c->verdict.goes_on)
		return;
	c->verdict.not_linux = !guest_is_linux(&h->boot, 0);
	if (c->verdict.not_linux) {
		free(line);
		h->boot.cmdline += h->for_linux;
		return;
	}
	if (h->for_linux)
		log_info("--gdb: nokaslr is added to the command line");
	if (line) {
		free(h->cmdline);
		h->cmdline = line;
		h->boot.cmdline = line;
	}
}

static int open_kernel(struct host *h)
{
	const struct config *c = h->config;
	int err;

	if (c->machine.kernel_found)
		log_show("kernel: %s", c->machine.kernel);
	conclusion_step(h->conclusion, "the kernel and its modules to be read");
	err = boot_open(&h->boot, c->machine.kernel, c->machine.initrd,
			h->cmdline);
	if (!err)
		err = boot_add_modules(&h->boot, c->machine.modules.strings,
				       c->machine.modules.count);
	if (err)
		return err;
	adapt_to_kernel(h);
	h->cancel = (struct image_cancel){ is_cancelled, h->conclusion };
	boot_set_cancel(&h->boot, &h->cancel);
	return 0;
}

/* If @kernel lies where it was built, open the vmlinux that it was made from,
 * unless vmlinux is newer than it.  A descriptor or -1. */
static int open_vmlinux(const char *kernel)
{
	static const char boot[] = "/arch/x86/boot/bzImage";
	static const char vmlinux_name[] = "/vmlinux";
	char *path = realpath(kernel, NULL);
	size_t len = path ? strlen(path) : 0, end = strlen(boot);
	struct stat image, vmlinux;
	int fd = -1;

	if (len > end && strcmp(path + len - end, boot) == 0 &&
	    stat(path, &image) == 0) {
		memcpy(path + len - end, vmlinux_name, sizeof(vmlinux_name));
		if (stat(path, &vmlinux) == 0 && S_ISREG(vmlinux.st_mode) &&
		    vmlinux.st_mtime <= image.st_mtime)
			fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	free(path);
	return fd;
}

/* Open the files that the user has named.  -errno. */
static int open_files(struct host *h)
{
	const struct config *c = h->config;
	int err = open_kernel(h);

	conclusion_step(h->conclusion, "the file of --symbols to be read");
	if (!err && c->symbols)
		err = symbols_open(&h->symbols, c->symbols);
	else if (!err)
		h->symbols_fd = open_vmlinux(c->machine.kernel);
	/* Opening a FIFO waits for a reader. */
	conclusion_step(h->conclusion, "the file of --stats to be opened");
	if (!err)
		err = stats_file_open(&h->stats, c->report.stats);
	conclusion_step(h->conclusion, "the files of --disk to be opened");
	if (!err)
		err = disk_host_open(&h->disks, &c->disks);
	conclusion_step(h->conclusion, "the folders of --share to be opened");
	if (!err)
		err = shares_open(&h->shares, &c->shares);
	if (!err)
		err = add_job(h);
	conclusion_step(h->conclusion, "the file of --pcap to be opened");
	return err ? err : net_host_create_capture(&h->net, &c->net);
}

static int open_kvm(struct host *h)
{
	unsigned cpus = h->config->machine.cpus;
	int err;

	conclusion_step(h->conclusion, "KVM to be opened");
	err = kvm_open(&h->kvm);
	if (!err && cpus > h->kvm.max_cpus)
		err = log_fail(-EINVAL, "--cpus %u: this host's KVM allows %u",
			       cpus, h->kvm.max_cpus);
	return err;
}

static int open_debug_file(struct host *h)
{
	const char file[] = "file:", *where = h->config->serial.debugcon;
	const struct chardev_user user = {
		.max_output = h->config->max_output,
		.left_out = &h->left_out.debugcon,
	};

	if (strncmp(where, file, strlen(file)) != 0)
		return 0;
	return chardev_open_file(&h->debug_file,
				 "--debugcon file:", where + strlen(file),
				 &user);
}

struct port_pipe_config host_pipe(struct host *host)
{
	return (struct port_pipe_config){ host->has_pipe ? &host->pipe : NULL,
					  JOB_PIPE };
}

struct debugcon_config host_debugcon(const struct host *host)
{
	const char *where = host->config->serial.debugcon;

	if (host->debug_file)
		return (struct debugcon_config){ host->debug_file,
						 chardev_write };
	if (strcmp(where, "none") == 0)
		return (struct debugcon_config){ NULL, NULL };
	return (struct debugcon_config){
		host->console,
		strcmp(where, "auto") ? chardev_write : chardev_write_aside,
	};
}

static int open_ports(struct host *h, const struct host_user *user)
{
	const struct console_host_config config = {
		.ports = console_host_ports(h->config, h->job.archive),
		.pipe = &h->pipe,
		.console = h->console,
		.loop = user->loop,
		.out = user->job_stdout,
		.err = user->job_stderr,
		.arg = user->arg,
		.left_out = &h->left_out.console,
	};

	return console_host_open(&h->ports, h->config, &config);
}

/* The guest has no driver for the ports, so its job writes to the console. */
static void job_is_at_console(void *arg)
{
	chardev_to_stdout(arg);
}

/* Open what connects the machine to the host.  -errno. */
static int open_connections(struct host *h, const struct host_user *user)
{
	struct chardev_user console = user->console;
	struct config *c = h->config;
	int err;

	console.output_only = console.to_stderr = h->has_pipe;
	console.left_out = &h->left_out.console;
	console.log_left_out = &h->left_out.console_log;
	conclusion_step(h->conclusion, "the file of --trace to be opened");
	err = trace_file_open(&h->trace, c->report.trace, console.start_ns);
	conclusion_step(h->conclusion, "the network to be opened");
	if (!err)
		err = net_host_open(&h->net, &c->net, c->max_output);
	if (!err)
		err = net_host_await(&h->net, &c->verdict.wait, user->answered,
				     user->arg);
	if (!err)
		err = services_open(&h->services, &c->services,
				    &c->net.forwards);
	conclusion_step(h->conclusion, "the console to be opened");
	if (!err)
		err = chardev_open(&h->console, c->serial.where, c->serial.log,
				   &console);
	if (!err)
		err = open_ports(h, user);
	if (err)
		return err;
	h->pipe.written = job_is_at_console;
	h->pipe.arg = h->console;
	return open_debug_file(h);
}

int host_open(struct host *host, struct config *config,
	      struct conclusion *conclusion, const struct host_user *user,
	      enum ending *ending)
{
	struct host *h = host;
	int err;

	*h = (struct host){
		.config = config,
		.conclusion = conclusion,
		.kvm = { .fd = -1, .vm = -1 },
		.boot.kernel.fd = -1,
		.symbols_fd = -1,
		.net.capture_fd = -1,
		.services.ready.draft_fd = -1,
	};
	*ending = ENDING_HOST;
	h->cmdline = config_cmdline(config, &h->for_linux);
	if (!h->cmdline)
		return log_fail(-ENOMEM, "the command line: %s",
				strerror(ENOMEM));
	err = open_files(h);
	if (!err) {
		err = open_kvm(h);
		if (err)
			return err;
		err = open_connections(h, user);
	}
	*ending = host_ending(err);
	return err;
}

/* The socket's path in @where; NULL: @where names no socket. */
static const char *socket_path(const char *where)
{
	static const char prefix[] = "unix:";
	size_t len = strlen(prefix);

	return where && strncmp(where, prefix, len) == 0 ? where + len : NULL;
}

static int place_core(void *arg)
{
	return services_place_core(arg);
}

int host_attend(struct host *host, struct core_file *core)
{
	const char *sockets[3] = { NULL };
	const char *const where[] = { host->config->serial.where,
				      host->config->debug.gdb };
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(where); i++)
		if (socket_path(where[i]))
			sockets[n++] = socket_path(where[i]);
	if (core->path) {
		core->place = place_core;
		core->arg = &host->services;
	}
	return services_attend(&host->services, sockets,
			       core->place ? &core->draft : NULL, core->path);
}

int host_start(struct host *host)
{
	int err = chardev_start_output(host->console);

	if (!err)
		err = chardev_start_output(host->debug_file);
	if (!err)
		err = console_host_start(&host->ports);
	return err ? err : net_host_start(&host->net);
}

/* Wait until all output is written.  Returns the first error. */
static int drain(struct host *h)
{
	int console, ports, debug, stats, net, trace;

	conclusion_drain(h->conclusion);
	conclusion_step(h->conclusion, "the file of --stats to be written");
	stats_file_close_unless(&h->stats, STDOUT_FILENO);
	conclusion_step(h->conclusion, "the readers of the job's output");
	ports = console_host_close(&h->ports, PATIENCE_MS);
	conclusion_step(h->conclusion, "the console's reader");
	console = chardev_close(h->console, PATIENCE_MS);
	conclusion_step(h->conclusion, "the reader of --stats");
	stats = stats_file_close(&h->stats);
	conclusion_step(h->conclusion, "the file of --trace to be written");
	trace = trace_file_close(&h->trace);
	conclusion_step(h->conclusion, "the debug console's file");
	debug = chardev_close(h->debug_file, PATIENCE_MS);
	conclusion_step(h->conclusion, "the file of --pcap to be written");
	net = net_host_close(&h->net, PATIENCE_MS);
	h->left_out.capture = h->net.left_out;
	if (console || debug)
		return console ? console : debug;
	if (ports)
		return ports;
	return stats ? stats : trace ? trace : net;
}

int host_close(struct host *host)
{
	struct host *h = host;
	int services, output;

	conclusion_step(h->conclusion, "the command of --exec to end");
	services = services_close(&h->services, PATIENCE_MS);
	conclusion_step(h->conclusion, "the network to end");
	net_host_stop(&h->net);
	forwards_free(&h->config->net.forwards);
	if (h->has_pipe)
		port_pipe_close(&h->pipe);
	output = drain(h);
	conclusion_step(h->conclusion, "the files of --disk to be closed");
	disk_host_close(&h->disks);
	shares_close(&h->shares);
	conclusion_step(h->conclusion, "KVM to be closed");
	kvm_close(&h->kvm);
	boot_close(&h->boot);
	conclusion_step(h->conclusion, "the process attendant to end");
	services_end(&h->services);
	free(h->cmdline);
	job_host_close(&h->job);
	symbols_close(h->symbols);
	close_fd(&h->symbols_fd);
	return services ? services : output;
}
