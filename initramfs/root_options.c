/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root_options.c - --root and its keys
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/root_config.h"

/* Read a number from *@text and move *@text behind it.  False: there is
 * none. */
static bool take_id(const char **text, uint32_t *id)
{
	size_t len = strspn(*text, "0123456789");
	unsigned long number = strtoul(*text, NULL, 10);

	/* The last number stands for nobody. */
	if (len == 0 || number >= UINT32_MAX)
		return false;
	*id = (uint32_t)number;
	*text += len;
	return true;
}

/* Names of users are in the guest, which does not run yet; only root is
 * known. */
static int key_user(const struct option_value *value, void *field)
{
	struct root_config *root = field;
	const char *text = value->text;

	root->has_user = true;
	root->uid = root->gid = 0;
	if (strcmp(text, "root") == 0)
		return 0;
	if (take_id(&text, &root->uid)) {
		root->gid = root->uid;
		if (!*text ||
		    (*text++ == ':' && take_id(&text, &root->gid) && !*text))
			return 0;
	}
	return option_reject(value, "not root, or numbers: UID or UID:GID");
}

#define FIELD(field) .offset = offsetof(struct root_config, field)

static const struct option_spec root_keys[] = {
	{ OPTION("dir", "DIR", NULL, option_path), FIELD(dir), .first = true },
	{ OPTION("user", "USER", "whose command it is, instead of yours",
		 key_user) },
	{ OPTION_ON_OFF("xattr", "the guest sees extended attributes",
			option_switch),
	  FIELD(xattr) },
	{ 0 },
};

/* struct root_config: the last --root counts. */
static int option_root(const struct option_value *value, void *field)
{
	struct root_config root = { NULL };
	int err = option_keys(value, &root);

	if (err) {
		root_config_free(&root);
		return err;
	}
	root_config_free(field);
	*(struct root_config *)field = root;
	return 0;
}

void root_config_free(struct root_config *root)
{
	free(root->dir);
	*root = (struct root_config){ NULL };
}

const struct option_spec root_options[] = {
	{ OPTION("root", "DIR",
		 "a host folder as Linux's root, unchanged; and keys",
		 option_root),
	  .keys = root_keys, .daily = true },
	{ 0 },
};
