/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/awaited.h"

#include <stdio.h>

#include "cli/verdict/verdict.h"
#include "cli/verdict/verdict_config.h"
#include "cli/verdict/watch.h"

static const char *find_expectation(const struct script *script, size_t done)
{
	for (size_t i = done; i < script->n_steps; i++)
		if (script->steps[i].kind == STEP_EXPECT)
			return script->steps[i].text;
	return NULL;
}

bool awaits_userspace(const struct verdict_config *config,
		      const struct watch_news *news)
{
	return config->goes_on && !config->not_linux &&
	       !config->script.n_steps && !config->wait.count &&
	       !news->userspace_ns;
}

void observe_awaited(struct observed *o, const struct verdict_config *config,
		     const struct watch_news *news, char text[AWAITED_TEXT])
{
	const struct wait_port *port =
		wait_ports_missing(&config->wait, UINT64_MAX);
	size_t came = news->met + wait_ports_answered(&config->wait);

	o->expectations = (unsigned)(config->script.n_expects +
				     config->wait.count + config->command);
	o->awaited_number = (unsigned)came + 1;
	o->awaited = find_expectation(&config->script, news->done);
	if (o->awaited)
		return;
	if (port) {
		snprintf(text, AWAITED_TEXT, "port %u", port->port);
		o->awaited = text;
	} else if (config->command && o->ending != ENDING_COMMAND) {
		o->awaited = awaits_userspace(config, news) ?
				     "a first process, for --exec" :
				     "the end of --exec";
	}
}
