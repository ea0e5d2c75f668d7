/* SPDX-License-Identifier: BSD-2-Clause */
/* A value that is made of keys, as of a disk: FILE,KEY=VALUE,... */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/similar.h"
#include "base/string_list.h"
#include "base/util.h"
#include "tests/files.h"
#include "tests/unit.h"

struct disk {
	char *path, *serial;
	bool readonly;
	int format;
	unsigned sector;
	struct string_list tags;
};

#define FIELD(field) .offset = offsetof(struct disk, field)

static const struct option_spec keys[] = {
	{
		.name = "file",
		.first = true,
		.arg = "FILE",
		.parse = option_path,
		FIELD(path),
	},
	{
		.name = "readonly",
		.alias = "ro",
		.optional = true,
		.arg = "ON",
		.preset = "off",
		.help = "x",
		.parse = option_switch,
		FIELD(readonly),
	},
	{
		.name = "format",
		.arg = "FORMAT",
		.preset = "raw",
		.words = "auto raw qcow2",
		.help = "x",
		.parse = option_choice,
		FIELD(format),
	},
	{
		.name = "sector",
		.arg = "N",
		.preset = "512",
		.min = 512,
		.max = 4096,
		.help = "x",
		.parse = option_power_of_two,
		FIELD(sector),
	},
	{
		.name = "serial",
		.arg = "TEXT",
		.min = 1,
		.max = 20,
		.help = "x",
		.parse = option_string,
		FIELD(serial),
	},
	{
		.name = "tag",
		.arg = "TEXT",
		.help = "x",
		.parse = option_string_list,
		FIELD(tags),
	},
	{
		.name = "secret",
		.parse = option_ignored,
	},
	{ 0 },
};

static const struct option_spec spec = {
	.name = "disk", .arg = "FILE", .keys = keys, .parse = option_keys
};

static struct disk disk;

static void forget(void)
{
	free(disk.path);
	free(disk.serial);
	string_list_free(&disk.tags);
	disk = (struct disk){ NULL };
}

static int set(const char *text)
{
	const struct option_value value = {
		.spec = &spec, .text = text, .where = "--disk", .dir = "dir"
	};

	forget();
	return option_parse(&value, &disk);
}

static void sets(const char *text)
{
	ck_assert_msg(set(text) == 0, "%s", text);
}

START_TEST(the_first_value_needs_no_name)
{
	sets("a");
	ck_assert_str_eq(disk.path, "dir/a");
	sets("/a=b");
	ck_assert_str_eq(disk.path, "/a=b");
	/* Where it stands alone it isn't a key. */
	sets("readonly,readonly");
	ck_assert_str_eq(disk.path, "dir/readonly");
	ck_assert(disk.readonly);
}
END_TEST

/* As in QEMU. */
START_TEST(the_first_value_may_have_its_name)
{
	sets("file=a,ro");
	ck_assert_str_eq(disk.path, "dir/a");
	sets("format=qcow2,file=a");
	ck_assert_str_eq(disk.path, "dir/a");
	ck_assert_int_eq(disk.format, 2);
	log_capture();
	ck_assert_int_eq(set("format=qcow2"), -EINVAL);
	log_expect("--disk format=qcow2: the FILE is missing: it stands first");
}
END_TEST

START_TEST(keys_have_presets)
{
	sets("a");
	ck_assert(!disk.readonly);
	ck_assert_int_eq(disk.format, 1);
	ck_assert_uint_eq(disk.sector, 512);
	ck_assert_ptr_null(disk.serial);
	sets("a,sector=4096,ro=yes,serial=x,format=auto");
	ck_assert(disk.readonly);
	ck_assert_int_eq(disk.format, 0);
	ck_assert_uint_eq(disk.sector, 4096);
	ck_assert_str_eq(disk.serial, "x");
}
END_TEST

START_TEST(a_comma_is_written_twice)
{
	sets("a,,b,,,serial=,,,tag=x,,,tag=,,,,y,secret");
	ck_assert_str_eq(disk.path, "dir/a,b,");
	ck_assert_str_eq(disk.serial, ",");
	ck_assert_uint_eq(disk.tags.count, 2);
	ck_assert_str_eq(disk.tags.strings[0], "x,");
	ck_assert_str_eq(disk.tags.strings[1], ",,y");
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
	static const char *const bad[][2] = {
		{ "", "--disk \"\": the file name is empty" },
		{ "a,", "--disk \"\": no such key: there are readonly format "
			"sector serial tag\n" },
		{ "a,=x", "--disk =x: no such key: there are" },
		{ "a,fromat=raw", "--disk fromat=raw: no such key: did you "
				  "mean format?" },
		{ "a,format", "--disk format: needs a value, FORMAT" },
		{ "a,format=", "--disk format=: not one of auto raw qcow2" },
		{ "a,format=rwa", "format=rwa: not one of auto raw qcow2: did "
				  "you mean raw?" },
		{ "a,ro=maybe", "--disk ro=maybe: neither on nor off" },
		{ "a,secret=x", "--disk secret=x: takes no value" },
		{ "a,sector=256", "sector=256: not a number from 512 to 4096" },
		{ "a,sector=1000", "sector=1000: not a power of two" },
		{ "a,serial=", "serial=: not a text of 1 to 20 bytes" },
		{ "a,serial=123456789012345678901", "1 to 20 bytes" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(set(bad[i][0]) == -EINVAL, "%s", bad[i][0]);
		log_expect(bad[i][1]);
	}
	forget();
}
END_TEST

START_TEST(names_are_found)
{
	unsigned unlike = UNLIKE;

	ck_assert_ptr_eq(option_among(keys, "ro", 2), &keys[1]);
	ck_assert_ptr_eq(option_among(keys, "readonly!", 8), &keys[1]);
	ck_assert_ptr_null(option_among(keys, "read", 4));
	ck_assert_ptr_null(option_among(keys, "", 0));
	ck_assert_str_eq(option_nearest(keys, "sectors", 7, &unlike), "sector");
	ck_assert_uint_eq(unlike, 1);
	/* None is nearer. */
	ck_assert_ptr_null(option_nearest(keys, "serials", 7, &unlike));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_value_needs_no_name,
		the_first_value_may_have_its_name,
		keys_have_presets,
		a_comma_is_written_twice,
		what_is_wrong_is_told,
		names_are_found,
		NULL,
	};

	return unit_run(unit_suite("option-keys", tests));
}
