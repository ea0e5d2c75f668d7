/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options/config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/util.h"
#include "cli/options/internal.h"

void config_free(struct config *cfg)
{
	string_list_free(&cfg->config_files);
	machine_config_free(&cfg->machine);
	string_list_free(&cfg->suite.files);
	string_list_free(&cfg->suite.args);
	free(cfg->suite.keep);
	free(cfg->report.file);
	free(cfg->report.junit);
	free(cfg->report.tap);
	free(cfg->report.stats);
	serial_config_free(&cfg->serial);
	free(cfg->symbols);
	free(cfg->services.exec);
	free(cfg->services.ready_file);
	script_free(&cfg->verdict.script);
	wait_ports_free(&cfg->verdict.wait);
	net_config_free(&cfg->net);
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

char *config_cmdline(const struct config *cfg)
{
	return machine_cmdline(&cfg->machine,
			       cfg->verdict.on_reset == ON_RESET_EXIT);
}
