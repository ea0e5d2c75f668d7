/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * awaited.h - what a run still waits for
 */
#ifndef CLI_VERDICT_AWAITED_H
#define CLI_VERDICT_AWAITED_H

#include <stdbool.h>

struct verdict_config;
struct observed;
struct watch_news;

/* Room for a name that is made up. */
enum { AWAITED_TEXT = 32 };

/* Fill in how much @o, whose ending is known, was to wait for by @config, and
 * what of it has not come by @news: first the script's expectations, then
 * ports, then the end of the host's command.  @text may then be used by @o. */
void observe_awaited(struct observed *o, const struct verdict_config *config,
		     const struct watch_news *news, char text[AWAITED_TEXT]);

/* There are no conditions, so a guest for which something is to be done is
 * ready once it has a first process; and it has none yet. */
bool awaits_userspace(const struct verdict_config *config,
		      const struct watch_news *news);

#endif
