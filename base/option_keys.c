/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_keys.c - finds options and keys by name, and parses values made of
 * keys
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/similar.h"
#include "base/util.h"

static bool is_called(const char *name, const char *text, size_t len)
{
	return name && strlen(name) == len && memcmp(name, text, len) == 0;
}

const struct option_spec *option_among(const struct option_spec *rows,
				       const char *name, size_t len)
{
	for (; rows->name; rows++)
		if (is_called(rows->name, name, len) ||
		    is_called(rows->alias, name, len))
			return rows;
	return NULL;
}

const char *option_nearest(const struct option_spec *rows, const char *name,
			   size_t len, unsigned *unlike)
{
	const char *nearest = NULL;

	for (; rows->name; rows++) {
		const char *const names[] = { rows->name, rows->alias };

		for (size_t i = 0; rows->help && i < ARRAY_SIZE(names); i++) {
			unsigned now = !names[i] ? UNLIKE :
						   unlikeness(names[i],
							      strlen(names[i]),
							      name, len);

			if (now >= *unlike)
				continue;
			*unlike = now;
			nearest = names[i];
		}
	}
	return nearest;
}

int option_presets(const struct option_spec *rows, void *fields)
{
	int err = 0;

	for (; rows->name && !err; rows++) {
		const struct option_value value = {
			.spec = rows,
			.text = rows->preset,
			.where = rows->name,
		};

		if (rows->preset)
			err = option_parse(&value,
					   (char *)fields + rows->offset);
	}
	return err;
}

/* Log that @item, "KEY" or "KEY=VALUE", is none of the keys in @rows. */
static int unknown_key(const struct option_value *item,
		       const struct option_spec *rows)
{
	unsigned unlike = UNLIKE;
	const char *like = option_nearest(rows, item->text,
					  strcspn(item->text, "="), &unlike);
	char keys[400] = "";
	size_t n = 0;

	if (like)
		return option_reject(item, "no such key: did you mean %s?",
				     like);
	for (; rows->name; rows++)
		if (rows->help && !rows->first && n < sizeof(keys))
			n += (size_t)snprintf(keys + n, sizeof(keys) - n, " %s",
					      rows->name);
	return option_reject(item, "no such key: there are%s", keys);
}

/* Whether @item, the first one, is the value of the first key. */
static bool is_first(const struct option_spec *rows, const char *item)
{
	size_t len = strcspn(item, "=");
	bool key =
		option_among(rows, item, len) && (item[len] || rows->optional);

	/* If the first value may be left out, an item without a = is a key. */
	return rows->first && !key && !(item[len] && rows->optional);
}

/* Parse @item, a part of @whole, which may be its @first.  The result has no
 * spec if there is no such key. */
static struct option_value part_of(const struct option_value *whole, char *item,
				   bool first)
{
	const struct option_spec *rows = whole->spec->keys;
	size_t len = strcspn(item, "=");
	struct option_value part = {
		.spec = option_among(rows, item, len),
		.where = whole->where,
		.dir = whole->dir,
		.text = item,
	};

	if (first && is_first(rows, item)) {
		part.spec = rows;
	} else if (part.spec) {
		part.text = item[len] ? item + len + 1 : NULL;
		item[len] = '\0';
		part.key = item;
	}
	return part;
}

/* End the text at *@rest at its first single comma, and make each double comma
 * before it a single one. *@rest is then the text after that comma; NULL: there
 * is none. */
static char *next_item(char **rest)
{
	char *item = *rest, *from = item, *to = item;

	for (; *from && (*from != ',' || from[1] == ','); from++) {
		from += *from == ',';
		*to++ = *from;
	}
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return item;
}

int option_keys(const struct option_value *value, void *field)
{
	const struct option_spec *rows = value->spec->keys;
	char *copy = strdup(value->text), *rest = copy;
	bool complete = rows->optional || !rows->first, first = true;
	int err = copy ? option_presets(rows, field) : option_no_memory();

	for (; !err && rest; first = false) {
		struct option_value part =
			part_of(value, next_item(&rest), first);

		complete |= part.spec == rows;
		if (part.spec)
			err = option_parse(&part,
					   (char *)field + part.spec->offset);
		else
			err = unknown_key(&part, rows);
	}
	free(copy);
	if (!err && !complete)
		err = option_reject(value, "the %s is missing: it stands first",
				    rows->arg);
	return err;
}
