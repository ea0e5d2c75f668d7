/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * groups.c - every option there is, group by group
 *
 * The order is that of --help and of the man page, which tools/check-manual
 * compares with this.  The rows of a group lie beside what they set.
 */
#include <assert.h>

#include "base/similar.h"
#include "base/util.h"
#include "cli/options/internal.h"

struct option_group {
	/* At least one row, followed by a row without a name. */
	const struct option_spec *rows;
	/* The offset in struct config of the struct that the rows set. */
	size_t offset;
};

static const struct option_group groups[] = {
	{ machine_options, offsetof(struct config, machine) },
	{ serial_options, offsetof(struct config, serial) },
	{ console_options, offsetof(struct config, machine.console) },
	{ rng_options, offsetof(struct config, machine.rng) },
	{ disk_options, offsetof(struct config, disks) },
	{ share_options, offsetof(struct config, shares) },
	{ root_options, offsetof(struct config, machine.root) },
	{ net_options, offsetof(struct config, net) },
	{ debug_options, offsetof(struct config, debug) },
	{ running_options, 0 },
	{ verdict_options, offsetof(struct config, verdict) },
	{ services_options, offsetof(struct config, services) },
	{ report_options, offsetof(struct config, report) },
	{ suite_options, offsetof(struct config, suite) },
	{ suite_select_options, offsetof(struct config, suite) },
	{ information_options, 0 },
};

/* The index of the group that has the row @o. */
static size_t group_of(const struct option_spec *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		for (const struct option_spec *row = groups[i].rows; row->name;
		     row++)
			if (row == o)
				return i;
	return ARRAY_SIZE(groups);
}

const struct option_spec *option_next(const struct option_spec *o)
{
	size_t next;

	if (o && o[1].name)
		return o + 1;
	next = o ? group_of(o) + 1 : 0;
	return next < ARRAY_SIZE(groups) ? groups[next].rows : NULL;
}

int option_set(struct config *cfg, const struct option_value *value)
{
	size_t group = group_of(value->spec);

	assert(group < ARRAY_SIZE(groups));
	matrix_overrule(&cfg->matrix, value->spec, value->text);
	return option_parse(value, (char *)cfg + groups[group].offset +
					   value->spec->offset);
}

int option_set_presets(struct config *cfg)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups) && !err; i++)
		err = option_presets(groups[i].rows,
				     (char *)cfg + groups[i].offset);
	return err;
}

const struct option_spec *option_find(const char *name, size_t len)
{
	const struct option_spec *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(groups) && !found; i++)
		found = option_among(groups[i].rows, name, len);
	return found;
}

const struct option_spec *option_by_letter(int letter)
{
	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o))
		if (letter && o->letter == letter)
			return o;
	return NULL;
}

const char *option_like(const char *name, size_t len)
{
	unsigned unlike = UNLIKE;
	const char *like = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const char *found =
			option_nearest(groups[i].rows, name, len, &unlike);

		like = found ? found : like;
	}
	return like;
}
