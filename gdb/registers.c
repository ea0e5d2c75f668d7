/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/registers.h"

#include "base/text.h"
#include "base/util.h"

/* Registers of one kind, which follow each other. */
struct row {
	/* The feature that begins here, and what it defines; NULL: the last
	 * one goes on. */
	const char *feature, *types;
	/* Space-separated names; or a prefix and a suffix around 0, 1 ... */
	const char *names, *suffix;
	unsigned count;
	size_t offset, size;
	const char *type, *group;
};

#define FIELD(field)                                                           \
	.offset = offsetof(struct gdb_registers, field),                       \
	.size = sizeof(((struct gdb_registers *)NULL)->field)
#define FIRST_OF(field)                                                        \
	.offset = offsetof(struct gdb_registers, field),                       \
	.size = sizeof(((struct gdb_registers *)NULL)->field[0])

static const char flags_type[] = "<flags id=\"i386_eflags\" size=\"4\">"
				 "<field name=\"CF\" start=\"0\" end=\"0\"/>"
				 "<field name=\"\" start=\"1\" end=\"1\"/>"
				 "<field name=\"PF\" start=\"2\" end=\"2\"/>"
				 "<field name=\"AF\" start=\"4\" end=\"4\"/>"
				 "<field name=\"ZF\" start=\"6\" end=\"6\"/>"
				 "<field name=\"SF\" start=\"7\" end=\"7\"/>"
				 "<field name=\"TF\" start=\"8\" end=\"8\"/>"
				 "<field name=\"IF\" start=\"9\" end=\"9\"/>"
				 "<field name=\"DF\" start=\"10\" end=\"10\"/>"
				 "<field name=\"OF\" start=\"11\" end=\"11\"/>"
				 "<field name=\"NT\" start=\"14\" end=\"14\"/>"
				 "<field name=\"RF\" start=\"16\" end=\"16\"/>"
				 "<field name=\"VM\" start=\"17\" end=\"17\"/>"
				 "<field name=\"AC\" start=\"18\" end=\"18\"/>"
				 "<field name=\"VIF\" start=\"19\" end=\"19\"/>"
				 "<field name=\"VIP\" start=\"20\" end=\"20\"/>"
				 "<field name=\"ID\" start=\"21\" end=\"21\"/>"
				 "</flags>";

static const char vector_type[] =
	"<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
	"<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
	"<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
	"<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
	"<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
	"<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
	"<union id=\"vec128\">"
	"<field name=\"v4_float\" type=\"v4f\"/>"
	"<field name=\"v2_double\" type=\"v2d\"/>"
	"<field name=\"v16_int8\" type=\"v16i8\"/>"
	"<field name=\"v8_int16\" type=\"v8i16\"/>"
	"<field name=\"v4_int32\" type=\"v4i32\"/>"
	"<field name=\"v2_int64\" type=\"v2i64\"/>"
	"<field name=\"uint128\" type=\"uint128\"/>"
	"</union>";

static const struct row rows[] = {
	{ .feature = "org.gnu.gdb.i386.core",
	  .types = flags_type,
	  .names = "rax rbx rcx rdx rsi rdi",
	  .count = 6,
	  FIRST_OF(general),
	  .type = "int64" },
	{ .names = "rbp rsp",
	  .count = 2,
	  .offset = offsetof(struct gdb_registers, general[6]),
	  .size = 8,
	  .type = "data_ptr" },
	{ .names = "r8 r9 r10 r11 r12 r13 r14 r15",
	  .count = 8,
	  .offset = offsetof(struct gdb_registers, general[8]),
	  .size = 8,
	  .type = "int64" },
	{ .names = "rip", .count = 1, FIELD(rip), .type = "code_ptr" },
	{ .names = "eflags", .count = 1, FIELD(eflags), .type = "i386_eflags" },
	{ .names = "cs ss ds es fs gs",
	  .count = 6,
	  FIELD(cs),
	  .type = "int32" },
	{ .names = "st",
	  .suffix = "",
	  .count = 8,
	  FIRST_OF(st),
	  .type = "i387_ext" },
	{ .names = "fctrl fstat ftag fiseg fioff foseg fooff fop",
	  .count = 8,
	  FIELD(fctrl),
	  .type = "int",
	  .group = "float" },
	{ .feature = "org.gnu.gdb.i386.sse",
	  .types = vector_type,
	  .names = "xmm",
	  .suffix = "",
	  .count = 16,
	  FIRST_OF(xmm),
	  .type = "vec128" },
	{ .names = "mxcsr",
	  .count = 1,
	  FIELD(mxcsr),
	  .type = "int",
	  .group = "vector" },
	{ .feature = "org.gnu.gdb.i386.segments",
	  .names = "fs_base gs_base",
	  .count = 2,
	  FIELD(fs_base),
	  .type = "int" },
	{ .feature = "org.gnu.gdb.i386.avx",
	  .names = "ymm",
	  .suffix = "h",
	  .count = 16,
	  FIRST_OF(ymmh),
	  .type = "uint128" },
	{ .feature = "org.minivmm.x86.system",
	  .names = "k_gs_base cr0 cr2 cr3 cr4 cr8 efer",
	  .count = 7,
	  FIELD(k_gs_base),
	  .type = "int",
	  .group = "system" },
};

bool gdb_register(uint64_t number, size_t *offset, size_t *size)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (number < rows[i].count) {
			*offset = rows[i].offset + number * rows[i].size;
			*size = rows[i].size;
			return true;
		}
		number -= rows[i].count;
	}
	return false;
}

/* The name of register @n of @row; @rest is what is left of its names. */
static void put_name(struct text *xml, const struct row *row, unsigned n,
		     const char **rest)
{
	size_t len = strcspn(*rest, " ");

	if (row->suffix) {
		text_put(xml, "%s%u%s", row->names, n, row->suffix);
		return;
	}
	text_put(xml, "%.*s", (int)len, *rest);
	*rest += len;
	*rest += strspn(*rest, " ");
}

static void put_row(struct text *xml, const struct row *row)
{
	const char *rest = row->names;

	for (unsigned n = 0; n < row->count; n++) {
		text_put(xml, "<reg name=\"");
		put_name(xml, row, n, &rest);
		text_put(xml, "\" bitsize=\"%zu\" type=\"%s\"", 8 * row->size,
			 row->type);
		if (row->group)
			text_put(xml, " group=\"%s\"", row->group);
		text_put(xml, "/>\n");
	}
}

size_t gdb_target_xml(char *xml, size_t room)
{
	struct text text = { xml, room, 0 };
	bool open = false;

	text_put(&text, "<?xml version=\"1.0\"?>\n"
			"<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
			"<target>\n<architecture>i386:x86-64</architecture>\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].feature) {
			text_put(&text, "%s<feature name=\"%s\">\n%s\n",
				 open ? "</feature>\n" : "", rows[i].feature,
				 rows[i].types ? rows[i].types : "");
			open = true;
		}
		put_row(&text, &rows[i]);
	}
	text_put(&text, "</feature>\n</target>\n");
	return text.len;
}
