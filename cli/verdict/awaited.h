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

/* Room for a name that is made here, such as that of a port. */
enum { AWAITED_TEXT = 32 };

/* Fill in what @o, whose ending is known, was to wait for by @config: how many
 * things, and the first that has not come according to @news.  The script's
 * expectations come first, then ports, then the end of the host's command.  @o
 * may refer to @text afterwards. */
void observe_awaited(struct observed *o, const struct verdict_config *config,
		     const struct watch_news *news, char text[AWAITED_TEXT]);

/* Whether the run still waits for the guest's first process.  Without other
 * conditions, a guest for which something is to be done is ready once it has
 * one. */
bool awaits_userspace(const struct verdict_config *config,
		      const struct watch_news *news);

#endif
