/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply.c - from lists of options and files to a configuration
 *
 * The list is applied after the configuration files, so the command line wins
 * wherever --config stands.
 */
#include "cli/options/argv.h"

/* Apply only what configuration files depend on (@early), or only the others.
 */
static int apply(struct config *cfg, const struct args *args, bool early)
{
	char where[64];
	int err = 0;

	for (size_t i = 0; i < args->n_given && !err; i++) {
		const struct given *given = &args->given[i];
		struct option_value value = args_value(given, where);

		if (given->spec->early == early)
			err = option_set(cfg, &value);
	}
	return err;
}

int args_apply(struct config *cfg, const struct args *args, const char *last)
{
	int err = option_set_presets(cfg);

	if (!err)
		err = apply(cfg, args, true);
	if (!err && last && string_list_add(&cfg->config_files, last) < 0)
		err = option_no_memory();
	for (size_t i = 0; i < cfg->config_files.count && !err; i++)
		err = option_file_read(cfg, cfg->config_files.strings[i]);
	return err ? err : apply(cfg, args, false);
}
