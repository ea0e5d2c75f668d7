/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/stats.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "cli/report/stats_out.h"
#include "devices/disk/disk_image.h"
#include "devices/isolate/isolate.h"
#include "devices/slirp/slirp.h"
#include "devices/virtio/vq.h"
#include "vmm/vm.h"

/* Of the JSON: raised when a program could misread it. */
enum { STATS_VERSION = 1 };

static void log_text(void *arg, const char *text)
{
	(void)arg;
	log_show("%s", text);
}

void stats_log(const struct vm *vm)
{
	struct stats_text out;

	stats_text_init(&out, log_text, NULL);
	vm_show(vm, &out.view);
	doctor_dump(&vm->doctor);
}

static void print_line(void *arg, const char *text)
{
	fprintf(arg, "%s\n", text);
}

void stats_print(const struct vm *vm, FILE *out)
{
	struct stats_text text;

	stats_text_init(&text, print_line, out);
	vm_show(vm, &text.view);
}

json_t *stats_json(const struct vm *vm)
{
	struct stats_json out;
	json_t *root = json_object();

	stats_json_init(&out, root);
	vm_show(vm, &out.view);
	if (!out.failed)
		return root;
	json_decref(root);
	return NULL;
}

static int file_error(const struct stats_file *stats)
{
	return output_fail("--stats ", stats->path, -errno);
}

int stats_file_open(struct stats_file *stats, const char *path)
{
	*stats = (struct stats_file){ .path = path };
	if (!path)
		return 0;
	return output_open_stream(&stats->file, "--stats ", path);
}

void stats_file_take(struct stats_file *stats, const struct vm *vm)
{
	if (!stats->file)
		return;
	json_decref(stats->last);
	stats->last = stats_json(vm);
	stats->machines++;
}

static int write_json(const struct stats_file *stats)
{
	json_t *root = json_pack("{s:i, s:I, s:o*}", "version", STATS_VERSION,
				 "machines", (json_int_t)stats->machines,
				 "counters", json_incref(stats->last));
	int err = 0;

	if (json_dumpf(root, stats->file, JSON_INDENT(2)) < 0 ||
	    fputc('\n', stats->file) == EOF)
		err = file_error(stats);
	json_decref(root);
	return err;
}

int stats_file_close(struct stats_file *stats)
{
	int err;

	if (!stats->file)
		return stats->err;
	err = write_json(stats);
	if (fclose(stats->file) != 0 && !err)
		err = file_error(stats);
	json_decref(stats->last);
	*stats = (struct stats_file){ .err = err };
	return err;
}

void stats_file_close_unless(struct stats_file *stats, int fd)
{
	if (!stats->file || !is_one_file(fileno(stats->file), fd))
		stats_file_close(stats);
}

static void table_mdoc(FILE *out, const struct count_table *table)
{
	fprintf(out, ".It Cm %s\n.Bl -tag -width Ds -compact\n", table->name);
	for (unsigned i = 0; i < table->n; i++)
		fprintf(out, ".It Cm %s\n%s\n", table->spec[i].name,
			table->spec[i].help);
	fprintf(out, ".El\n");
}

void stats_mdoc(FILE *out)
{
	const struct part *part;

	fprintf(out, ".Bl -tag -width Ds\n");
	table_mdoc(out, &vcpu_counters);
	table_mdoc(out, &vq_stats_table);
	for (unsigned i = 0; (part = vm_part_kind(i)); i++)
		if (part->counters)
			table_mdoc(out, part->counters);
	table_mdoc(out, &slirp_counters);
	table_mdoc(out, &isolate_counters);
	table_mdoc(out, &disk_image_counters);
	fprintf(out, ".El\n");
}
