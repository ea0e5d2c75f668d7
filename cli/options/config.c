/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options/config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/util.h"
#include "cli/options/internal.h"

void config_free(struct config *cfg)
{
	machine_config_free(&cfg->machine);
	serial_config_free(&cfg->serial);
	disk_list_free(&cfg->disks);
	net_config_free(&cfg->net);
	verdict_config_free(&cfg->verdict);
	services_config_free(&cfg->services);
	report_config_free(&cfg->report);
	suite_config_free(&cfg->suite);
	string_list_free(&cfg->config_files);
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

char *config_cmdline(const struct config *cfg)
{
	return machine_cmdline(&cfg->machine,
			       cfg->verdict.on_reset == ON_RESET_EXIT);
}
