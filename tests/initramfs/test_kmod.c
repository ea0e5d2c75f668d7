/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kmod.c - modules are found, in trees that are in order and in others
 *
 * Here "/" is the host's, which has no such release; what lies in "root" is the
 * guest's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "initramfs/kmod.h"
#include "initramfs/kmod_file.h"
#include "tests/unit_options.h"

#define RELEASE "1.2.3-minivmm-test"
#define TREE	"root/lib/modules/" RELEASE

static struct kmod_tree tree;
static struct kmod_list list;

__attribute__((format(printf, 1, 2))) static void shell(const char *fmt, ...)
{
	char command[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	ck_assert_msg(system(command) == 0, "%s", command);
}

static void put(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

/* A module is known by its beginning. */
static void put_module(const char *name)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), TREE "/%s", name);
	snprintf(text, sizeof(text), "\177ELF of %s", name);
	put(path, text);
}

static void make_tree(const char *dep, const char *builtin)
{
	shell("mkdir -p " TREE "; echo kernel >kernel");
	put(TREE "/modules.dep", dep);
	if (builtin)
		put(TREE "/modules.builtin", builtin);
}

static int open_tree(const char *kernel, const char *root)
{
	kmod_list_free(&list);
	return kmod_tree_open(&tree, &(struct kmod_search){ .kernel = kernel,
							    .release = RELEASE,
							    .root = root });
}

static int find(const char *name)
{
	int err;

	ck_assert_int_eq(open_tree("kernel", "root"), 0);
	err = kmod_add(&list, &tree, name);
	kmod_tree_close(&tree);
	return err;
}

/* The files found, as "a b c". */
static void found(const char *wanted)
{
	char names[1024] = "";

	for (size_t i = 0; i < list.count; i++) {
		const char *slash = strrchr(list.kmods[i].path, '/');

		snprintf(names + strlen(names), sizeof(names) - strlen(names),
			 "%s%s", i ? " " : "", slash + 1);
	}
	ck_assert_str_eq(names, wanted);
}

START_TEST(needed_ones_come_first)
{
	make_tree("a.ko: b.ko c.ko\nb.ko: c.ko\nc.ko:\n"
		  "x-y.ko:  c.ko\t b.ko \n",
		  "kernel/fs/built_in.ko\n");
	put_module("a.ko");
	put_module("b.ko");
	put_module("c.ko");
	put_module("x-y.ko");
	ck_assert_int_eq(find("a"), 0);
	found("c.ko b.ko a.ko");
	ck_assert_str_eq((char *)list.kmods[0].data, "\177ELF of c.ko");
	ck_assert_int_eq(find("x_y"), 0);
	found("b.ko c.ko x-y.ko");
	ck_assert_int_eq(find("built-in"), 0);
	found("");
	ck_assert_int_eq(find("missing"), -ENOENT);
	ck_assert_int_eq(find("b"), 0);
	found("c.ko b.ko");
	kmod_list_free(&list);
}
END_TEST

START_TEST(one_file_is_added_once)
{
	make_tree("a.ko: c.ko\nb.ko: c.ko a.ko\nc.ko:\n", NULL);
	put_module("a.ko");
	put_module("b.ko");
	put_module("c.ko");
	ck_assert_int_eq(open_tree("kernel", "root"), 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "a"), 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "b"), 0);
	found("c.ko a.ko b.ko");
	kmod_tree_close(&tree);
	kmod_list_free(&list);
}
END_TEST

START_TEST(compressed_ones_are_unpacked)
{
	static const char *const packers[] = { "xz", "zstd -q --rm", "gzip" };
	static const char *const ends[] = { "xz", "zst", "gz" };

	for (size_t i = 0; i < 3; i++) {
		char dep[64], name[16];

		snprintf(name, sizeof(name), "a.ko.%s", ends[i]);
		snprintf(dep, sizeof(dep), "k/%s:\n", name);
		make_tree(dep, NULL);
		shell("mkdir -p " TREE "/k");
		put_module("k/a.ko");
		shell("cd " TREE "/k && %s a.ko", packers[i]);
		ck_assert_int_eq(find("a"), 0);
		found(name);
		ck_assert_str_eq((char *)list.kmods[0].data,
				 "\177ELF of k/a.ko");
		/* Cut short. */
		shell("cd " TREE "/k && truncate -s -3 %s", name);
		ck_assert_int_eq(find("a"), -ENOEXEC);
	}
	kmod_list_free(&list);
}
END_TEST

/* No link of a stranger's folder leads out of it; the folder is its root. */
START_TEST(links_stay_inside)
{
	make_tree("a.ko:\nb.ko:\nc.ko:\n../../../../secret.ko:\n"
		  "/lib/modules/" RELEASE "/d.ko:\nfifo.ko:\nfolder.ko:\n",
		  NULL);
	put("secret.ko", "\177ELF outside");
	put_module("d.ko");
	shell("ln -s $PWD/secret.ko " TREE "/a.ko");
	shell("ln -s ../../../../secret.ko " TREE "/b.ko");
	shell("ln -s /lib/modules/" RELEASE "/d.ko " TREE "/c.ko");
	shell("mkfifo " TREE "/fifo.ko; mkdir " TREE "/folder.ko");
	ck_assert_int_lt(find("a"), 0);
	ck_assert_int_lt(find("b"), 0);
	ck_assert_int_lt(find("secret"), 0);
	ck_assert_int_lt(find("fifo"), 0);
	ck_assert_int_lt(find("folder"), 0);
	ck_assert_int_eq(find("d"), 0);
	ck_assert_int_eq(find("c"), 0);
	ck_assert_str_eq((char *)list.kmods[0].data, "\177ELF of d.ko");
	/* lib is a link to usr/lib, as in most roots; even an absolute one. */
	shell("mkdir root/usr && mv root/lib root/usr && ln -s /usr/lib root");
	ck_assert_int_eq(find("d"), 0);
	kmod_list_free(&list);
}
END_TEST

START_TEST(garbage_is_refused)
{
	static const char *const texts[] = {
		"",	"\n",	  ":",		 ":::\n",
		"a.ko", "a.ko\n", ".ko: a.ko\n", "\377\376:\377\n",
		"/:\n", "a.ko",	  "o\n",	 ".o",
	};
	char huge[70000];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		make_tree(texts[i], texts[i]);
		ck_assert_int_le(find("b"), 0);
		found("");
	}
	make_tree("a.ko: missing.ko\nb.ko:\nnot.ko:\n", NULL);
	put_module("a.ko");
	put(TREE "/not.ko", "text");
	ck_assert_int_eq(find("a"), -ENOENT);
	ck_assert_int_eq(find("b"), -ENOENT);
	ck_assert_int_eq(find("not"), -ENOEXEC);
	memset(huge, 'x', sizeof(huge));
	strcpy(huge + sizeof(huge) - 8, "/a.ko:\n");
	make_tree(huge, NULL);
	ck_assert_int_eq(find("a"), -ENAMETOOLONG);
	kmod_list_free(&list);
}
END_TEST

/* Lists without an end. */
START_TEST(their_number_has_a_bound)
{
	FILE *dep;

	shell("mkdir -p " TREE);
	dep = fopen(TREE "/modules.dep", "w");
	fputs("a.ko:", dep);
	for (unsigned i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "m%u.ko", i);
		put_module(name);
		fprintf(dep, " %s", name);
	}
	fputs("\n", dep);
	fclose(dep);
	shell("echo kernel >kernel");
	put_module("a.ko");
	ck_assert_int_eq(find("a"), -EINVAL);
	kmod_list_free(&list);
}
END_TEST

START_TEST(what_is_not_there_is_built_in)
{
	shell("echo kernel >kernel; mkdir root");
	ck_assert_int_eq(open_tree("kernel", "root"), 0);
	ck_assert_int_lt(tree.root, 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "virtiofs"), 0);
	ck_assert_uint_eq(list.count, 0);
	/* depmod was not there. */
	shell("mkdir -p " TREE);
	ck_assert_int_eq(open_tree("kernel", "root"), -ENOENT);
	shell("rmdir " TREE "; echo >" TREE);
	ck_assert_int_lt(open_tree("kernel", "root"), 0);
	/* Beside the kernel. */
	shell("mkdir -p boot lib/modules/" RELEASE "; rm -r root/*; "
	      "echo a.ko: >lib/modules/" RELEASE "/modules.dep; "
	      "printf '\\177ELF' >lib/modules/" RELEASE
	      "/a.ko; mv kernel boot");
	ck_assert_int_eq(open_tree("boot/kernel", "root"), 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "a"), 0);
	found("a.ko");
	kmod_tree_close(&tree);
	kmod_list_free(&list);
}
END_TEST

/* A module that says which others it needs, as modpost makes it. */
static void build_module(const char *path, const char *depends)
{
	shell("mkdir -p $(dirname %s); echo 'const char m[] "
	      "__attribute__((section(\".modinfo\"))) = "
	      "\"license=x\\0depends=%s\\0name=y\";' | "
	      "gcc -w -c -x c -o %s -",
	      path, depends, path);
}

START_TEST(a_build_tree_needs_no_depmod)
{
	shell("mkdir -p root src/include/config src/arch/x86/boot; "
	      "echo " RELEASE " >src/include/config/kernel.release; "
	      "echo kernel >src/arch/x86/boot/bzImage");
	put("src/modules.order", "fs/a.o\nfs/b-b.ko\nkernel/fs/c.ko\nloop.o\n"
				 "pool.o\nlacks.o\ngone.o\n");
	put("src/modules.builtin", "kernel/fs/in.ko\n");
	build_module("src/fs/a.ko", "b-b,c,in");
	build_module("src/fs/b-b.ko", "c");
	build_module("src/fs/c.ko", "");
	build_module("src/loop.ko", "pool");
	build_module("src/pool.ko", "loop");
	build_module("src/lacks.ko", "nothing");
	ck_assert_int_eq(open_tree("src/arch/x86/boot/bzImage", "root"), 0);
	ck_assert(tree.built);
	ck_assert_int_eq(kmod_add(&list, &tree, "in"), 0);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "a"), 0);
	found("c.ko b-b.ko a.ko");
	ck_assert_int_eq(kmod_add(&list, &tree, "loop"), 0);
	found("c.ko b-b.ko a.ko pool.ko loop.ko");
	ck_assert_int_eq(kmod_add(&list, &tree, "absent"), -ENOENT);
	ck_assert_int_eq(kmod_add(&list, &tree, "gone"), -ENOENT);
	ck_assert_int_eq(kmod_add(&list, &tree, "lacks"), -EINVAL);
	kmod_tree_close(&tree);
	kmod_list_free(&list);
	/* Another kernel's tree. */
	shell("echo other >src/include/config/kernel.release");
	ck_assert_int_eq(open_tree("src/arch/x86/boot/bzImage", "root"), 0);
	ck_assert_int_lt(tree.root, 0);
}
END_TEST

/* A build tree may be a stranger's, too. */
START_TEST(links_stay_inside_a_build_tree)
{
	shell("mkdir -p root src/include/config; echo kernel >src/kernel; "
	      "echo " RELEASE " >src/include/config/kernel.release");
	put("src/modules.order", "in.ko\nout.ko\n../beside.ko\n");
	build_module("src/real.ko", "");
	build_module("beside.ko", "");
	shell("ln -s real.ko src/in.ko; ln -s ../beside.ko src/out.ko");
	ck_assert_int_eq(open_tree("src/kernel", "root"), 0);
	ck_assert(tree.built);
	ck_assert_int_eq(kmod_add(&list, &tree, "in"), 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "out"), -ENOENT);
	ck_assert_int_eq(kmod_add(&list, &tree, "beside"), -ENOENT);
	found("in.ko");
	kmod_tree_close(&tree);
	kmod_list_free(&list);
}
END_TEST

/* A module may need many, but not any number. */
START_TEST(what_one_needs_has_a_bound)
{
	char many[2 * KMODS_MAX + 2] = "";

	for (unsigned i = 0; i <= KMODS_MAX; i++)
		memcpy(many + 2 * i, "a,", 2);
	many[2 * KMODS_MAX + 1] = 0;
	shell("mkdir -p root src/include/config; echo kernel >src/kernel; "
	      "echo " RELEASE " >src/include/config/kernel.release");
	put("src/modules.order", "most.ko\nmore.ko\n");
	put("src/modules.builtin", "kernel/a.ko\n");
	build_module("src/more.ko", many);
	many[2 * KMODS_MAX - 1] = 0;
	build_module("src/most.ko", many);
	ck_assert_int_eq(open_tree("src/kernel", "root"), 0);
	ck_assert(tree.built);
	ck_assert_int_eq(kmod_add(&list, &tree, "most"), 0);
	found("most.ko");
	ck_assert_int_eq(kmod_add(&list, &tree, "more"), -EINVAL);
	kmod_tree_close(&tree);
	kmod_list_free(&list);
}
END_TEST

/* Of all together: they are in memory, more than once. */
START_TEST(their_size_has_a_bound)
{
	make_tree("a.ko:\nb.ko:\n", NULL);
	put_module("a.ko");
	put_module("b.ko");
	ck_assert_int_eq(open_tree("kernel", "root"), 0);
	ck_assert_int_eq(kmod_add(&list, &tree, "a"), 0);
	ck_assert_uint_eq(list.bytes, list.kmods[0].len);
	list.bytes = KMODS_BYTES_MAX - list.kmods[0].len + 1;
	ck_assert_int_eq(kmod_add(&list, &tree, "b"), -EFBIG);
	list.bytes--;
	ck_assert_int_eq(kmod_add(&list, &tree, "b"), 0);
	found("a.ko b.ko");
	kmod_list_free(&list);
	ck_assert_uint_eq(list.bytes, 0);
	kmod_tree_close(&tree);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		needed_ones_come_first,
		one_file_is_added_once,
		compressed_ones_are_unpacked,
		links_stay_inside,
		garbage_is_refused,
		their_number_has_a_bound,
		what_is_not_there_is_built_in,
		a_build_tree_needs_no_depmod,
		links_stay_inside_a_build_tree,
		what_one_needs_has_a_bound,
		their_size_has_a_bound,
		NULL,
	};

	return unit_run(options_suite("kmod", tests));
}
