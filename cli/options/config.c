/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options/config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/options/internal.h"

void config_free(struct config *cfg)
{
	machine_config_free(&cfg->machine);
	serial_config_free(&cfg->serial);
	disk_list_free(&cfg->disks);
	share_list_free(&cfg->shares);
	net_config_free(&cfg->net);
	debug_config_free(&cfg->debug);
	verdict_config_free(&cfg->verdict);
	services_config_free(&cfg->services);
	report_config_free(&cfg->report);
	suite_config_free(&cfg->suite);
	string_list_free(&cfg->config_files);
	string_list_free(&cfg->variables);
	matrix_free(&cfg->matrix);
	free(cfg->symbols);
	*cfg = (struct config){ 0 };
}

enum log_level config_log_level(const struct config *cfg)
{
	return MIN(LOG_WARN + cfg->verbose, LOG_DEBUG);
}

bool config_goes_on(const struct config *cfg)
{
	return cfg->services.exec || cfg->services.ready_file ||
	       cfg->services.ready_fd;
}

/* Whether @line has the word kaslr or nokaslr. */
static bool tells_kaslr(const char *line)
{
	static const char *const words[] = { "kaslr", "nokaslr" };

	while (*line) {
		size_t len = strcspn(line, " \t");

		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (len == strlen(words[i]) &&
			    memcmp(line, words[i], len) == 0)
				return true;
		line += len + (line[len] != '\0');
	}
	return false;
}

char *config_cmdline(const struct config *cfg, size_t *for_linux)
{
	static const char nokaslr[] = "nokaslr ";
	bool panic_ends = cfg->verdict.on_reset == ON_RESET_EXIT;
	char *line = machine_cmdline(&cfg->machine, panic_ends), *longer;
	size_t len;

	*for_linux = 0;
	if (!line || !cfg->debug.gdb || tells_kaslr(line))
		return line;
	*for_linux = strlen(nokaslr);
	len = strlen(line) + 1;
	longer = malloc(*for_linux + len);
	if (longer) {
		memcpy(longer, nokaslr, *for_linux);
		memcpy(longer + *for_linux, line, len);
	}
	free(line);
	return longer;
}
