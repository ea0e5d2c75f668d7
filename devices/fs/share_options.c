/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share_options.c - --share and its keys
 */
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "devices/fs/share.h"
#include "devices/fs/share_config.h"

/* The kernel takes a root file system of such a name for another kind. */
static int key_tag(const struct option_value *value, void *field)
{
	if (strncmp(value->text, "mtd", 3) == 0 ||
	    strncmp(value->text, "ubi", 3) == 0)
		return option_reject(value,
				     "Linux takes names that begin with mtd or "
				     "ubi for other file systems");
	return option_string(value, field);
}

#define FIELD(field) .offset = offsetof(struct share_config, field)

static const struct option_spec share_keys[] = {
	{ OPTION("dir", "DIR", NULL, option_path), FIELD(dir), .first = true },
	{ OPTION("tag", "NAME", "its name in the guest, instead of DIR's",
		 key_tag),
	  FIELD(tag), .min = 1, .max = SHARE_TAG_MAX },
	{ OPTION_ON_OFF("ro", "the guest can't change it", option_switch),
	  FIELD(read_only), .alias = "readonly" },
	{ OPTION("cache", "TIME", "how long the guest may believe what it saw",
		 option_choice),
	  FIELD(cache), .preset = "1s", .words = "1s endless" },
	{ 0 },
};

static void share_free(struct share_config *share)
{
	free(share->dir);
	free(share->tag);
}

int share_list_add(struct share_list *list, const struct share_config *share)
{
	struct share_config *shares =
		realloc(list->shares, (list->count + 1) * sizeof(*shares));

	if (!shares)
		return option_no_memory();
	list->shares = shares;
	shares[list->count++] = *share;
	return 0;
}

/* struct share_list: one more. */
static int option_share(const struct option_value *value, void *field)
{
	struct share_list *list = field;
	struct share_config share = { NULL };
	int err = option_keys(value, &share);

	if (!err && list->count == SHARES_MAX)
		err = option_reject(value, "at most %d folders can be shared",
				    SHARES_MAX);
	if (!err)
		err = share_list_add(list, &share);
	if (err)
		share_free(&share);
	return err;
}

void share_list_free(struct share_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		share_free(&list->shares[i]);
	free(list->shares);
	*list = (struct share_list){ .count = 0 };
}

const struct option_spec share_options[] = {
	{ OPTION("share", "DIR",
		 "a host folder that the guest can mount, and keys",
		 option_share),
	  .keys = share_keys, .daily = true },
	{ 0 },
};
