/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.c - --wait-port, --ready-fd, and what goes with them
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/options/internal.h"

int option_wait_port(const struct option_value *value, void *field)
{
	const char *comma = strchr(value->text, ',');
	size_t len =
		comma ? (size_t)(comma - value->text) : strlen(value->text);
	struct option_value limit = *value;
	uint64_t limit_ns = 0;
	unsigned long port = strtoul(value->text, NULL, 10);
	int err = 0;

	/* Nothing but a few digits, so that it has read all of them. */
	if (!len || len > 5 || strspn(value->text, "0123456789") != len ||
	    port < 1 || port > 65535)
		return option_reject(value, "not a port from 1 to 65535, after "
					    "which ,SECONDS may follow");
	if (comma) {
		limit.text = comma + 1;
		err = option_seconds(&limit, &limit_ns);
	}
	if (err)
		return err;
	err = wait_ports_add(field, (uint16_t)port, limit_ns);
	return err ? log_fail(err, "options: out of memory") : 0;
}

int option_service_finish(struct config *cfg)
{
	if (cfg->verdict.wait.count && !cfg->net.enabled)
		return log_fail(-EINVAL, "--wait-port: there is no network: "
					 "leave out --net none");
	cfg->verdict.goes_on = config_goes_on(cfg);
	cfg->verdict.command = cfg->services.exec != NULL;
	cfg->verdict.script.goes_on =
		cfg->verdict.wait.count || cfg->verdict.goes_on;
	return 0;
}
