/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_options.c - the machine's options, and the kernel's command line
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "initramfs/job.h"
#include "vmm/machine_config.h"

static const char extend[] = "+=";

/* The part of @line after `+=` and blanks, or NULL without one. */
static const char *extension(const char *line)
{
	if (line[0] != '+' || line[1] != '=')
		return NULL;
	line += 2;
	return line + strspn(line, " \t");
}

/* @a and @b with a space between them if there is something to separate. */
static char *join(const char *a, const char *b)
{
	bool space = *a && *b && strcmp(a, extend) != 0;
	char *line;

	if (asprintf(&line, "%s%s%s", a, space ? " " : "", b) < 0)
		return NULL;
	return line;
}

/*
 * Merge @text, a value of --append, into the line collected so far: after
 * `+=` it is added behind that line, else it replaces it.  A line that
 * extends the default keeps its `+=`.  -ENOMEM.
 */
static int extend_line(char **line, const char *text)
{
	const char *more = extension(text);
	char *merged;

	if (more)
		merged = join(*line ? *line : extend, more);
	else
		merged = strdup(text);
	if (!merged)
		return -ENOMEM;
	free(*line);
	*line = merged;
	return 0;
}

/* char *: a command line, see struct machine_config. */
static int option_cmdline(const struct option_value *value, void *field)
{
	return extend_line(field, value->text) < 0 ? option_no_memory() : 0;
}

/* Linux prints on all of these consoles; the last one is /dev/console. */
static const char *consoles(const struct machine_config *config)
{
	return config->console.on ? "console=ttyS0 console=hvc0" :
				    "console=ttyS0";
}

/* The default command line, the user's, or both; NULL. */
static char *usual_cmdline(const struct machine_config *config, bool panic_ends)
{
	const char *line = config->append ? config->append : extend;
	const char *more = extension(line);
	char usual[80];

	if (!more)
		return strdup(line);
	/* With a root, show only warnings and worse. */
	snprintf(usual, sizeof(usual), "%s%s%s", consoles(config),
		 panic_ends ? " panic=-1" : "",
		 config->root.dir ? " loglevel=5" : "");
	return join(usual, more);
}

char *machine_cmdline(const struct machine_config *config, bool panic_ends)
{
	char *line = usual_cmdline(config, panic_ends), *whole;

	if ((!config->job && !config->root.dir) || !line)
		return line;
	/* In front, because words behind a -- are not the kernel's. */
	whole = join("rdinit=" JOB_INIT, line);
	free(line);
	return whole;
}

char *machine_keep_console(const struct machine_config *config,
			   const char *line)
{
	static const char word[] = "console=";
	const char *p = line;

	while ((p = strstr(p, word))) {
		if (p == line || p[-1] == ' ' || p[-1] == '\t')
			return NULL;
		p++;
	}
	return join(consoles(config), line);
}

void machine_config_free(struct machine_config *config)
{
	free(config->name);
	free(config->kernel);
	free(config->initrd);
	free(config->job);
	string_list_free(&config->words);
	root_config_free(&config->root);
	free(config->append);
	string_list_free(&config->modules);
	*config = (struct machine_config){ NULL };
}

#define FIELD(field) .offset = offsetof(struct machine_config, field)

const struct option_spec machine_options[] = {
	{ .heading = "Machine",
	  OPTION("kernel", "FILE", "the kernel, if not given as KERNEL",
		 option_path),
	  FIELD(kernel),
	  .letter = 'k' },
	{ OPTION("initrd", "FILE",
		 "initial RAM disk, or first multiboot module", option_path),
	  FIELD(initrd), .letter = 'i', .daily = true },
	{ OPTION("module", "FILE[,ARGS]",
		 "another module for a multiboot or PVH kernel",
		 option_path_list),
	  FIELD(modules) },
	{ OPTION("job", "COMMAND", "the same as -- COMMAND: Linux's only job",
		 option_command),
	  FIELD(job) },
	{ OPTION("append", "LINE",
		 "kernel command line; += at its front extends it",
		 option_cmdline),
	  FIELD(append), .letter = 'a', .alias = "cmdline", .daily = true,
	  .extends = true },
	{ OPTION("cpus", "N", "processors", option_number), FIELD(cpus),
	  .letter = 'c', .alias = "smp", .daily = true, .preset = "1", .min = 1,
	  .max = 255 },
	{ OPTION("mem", "SIZE", "memory, in K, M or G; a bare number is MiB",
		 option_size),
	  FIELD(mem), .letter = 'm', .alias = "memory", .daily = true,
	  .preset = "512M", .min = 16 * MIB, .max = MIB * GIB },
	{ OPTION("name", "NAME", "what this machine is called", option_string),
	  FIELD(name) },
	{ OPTION("exit-port", "PORT",
		 "the guest exits with what it writes here", option_port),
	  FIELD(exit_port), .preset = "0x5e0" },
	{ OPTION("debug-exit", "PORT", "the same as by QEMU's isa-debug-exit",
		 option_port),
	  FIELD(debug_exit), .preset = "none" },
	{ OPTION("test-device", NULL, "have what kvm-unit-tests expect of QEMU",
		 option_flag),
	  FIELD(test_device) },
	{ 0 },
};
