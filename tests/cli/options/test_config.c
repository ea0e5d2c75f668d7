/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files, their precedence, and the kernel's command line.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/util.h"
#include "cli/options/internal.h"
#include "tests/unit.h"
#include "tests/unit_options.h"

/* Parse the configuration file "f" with this text, and nothing else. */
static int parse_text(struct config *cfg, const char *text, size_t len,
		      char log[2048])
{
	char *copy = malloc(len + 1);
	int saved, err;

	memcpy(copy, text, len);
	*cfg = (struct config){ 0 };
	saved = catch_log();
	err = option_file_parse(cfg, "dir/f", copy, len);
	release_log(saved, log);
	free(copy);
	check_outcome(err, log);
	return err;
}

static void parse_file(struct config *cfg, const char *text)
{
	char log[2048];

	ck_assert_msg(!parse_text(cfg, text, strlen(text), log), "%s", log);
}

static void refuses_file(const char *why, const char *text)
{
	struct config cfg;
	char log[2048];

	ck_assert_int_eq(parse_text(&cfg, text, strlen(text), log), -EINVAL);
	ck_assert_msg(strstr(log, why), "\"%s\" is not in: %s", why, log);
	config_free(&cfg);
}

START_TEST(every_key)
{
	struct config cfg;

	parse_file(&cfg, "kernel = k\ninitrd = i\nappend = a b=c\ncpus = 4\n"
			 "mem = 1G\nserial = none\nconsole-log = c\n"
			 "on-reset = exit\ngrace = 1.5\nverbose = 2\n");
	ck_assert_str_eq(cfg.machine.kernel, "dir/k");
	ck_assert_str_eq(cfg.machine.initrd, "dir/i");
	ck_assert_str_eq(cfg.machine.append, "a b=c");
	ck_assert_uint_eq(cfg.machine.cpus, 4);
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	ck_assert_str_eq(cfg.serial.where, "none");
	ck_assert_str_eq(cfg.serial.log, "dir/c");
	ck_assert_int_eq(cfg.verdict.on_reset, ON_RESET_EXIT);
	ck_assert_uint_eq(cfg.grace_ns, 1500 * (NSEC_PER_SEC / 1000));
	ck_assert_uint_eq(cfg.verbose, 2);
	config_free(&cfg);
	parse_file(&cfg, "cmdline = x\nverbose");
	ck_assert_str_eq(cfg.machine.append, "x");
	ck_assert_uint_eq(cfg.verbose, 1);
	config_free(&cfg);
}
END_TEST

START_TEST(syntax)
{
	static const struct {
		const char *line, *append;
	} lines[] = {
		{ "append=a", "a" },
		{ " \t append \t=\t a  b \t", "a  b" },
		{ "append = a\r", "a" },
		{ "append =", "" },
		{ "append = # b", "" },
		{ "append = a # b", "a" },
		{ "append = a#b", "a#b" },
		{ "append = a=b \"c d\"", "a=b \"c d\"" },
		{ "append = \"\"", "" },
		{ "append = \" a # b \" # c", " a # b " },
		{ "append = \"a \\\"b\\\" \\\\ \\n\"", "a \"b\" \\ \\n" },
		{ "append = 'a \"b\" \\'", "a \"b\" \\" },
		{ "append += a", "+=a" },
		{ "append +=a", "+=a" },
		{ "append+=a", "+=a" },
		{ "append += 'a # b'", "+=a # b" },
		{ "append = += a", "+=a" },
		{ "append = '+= a'", "+=a" },
		{ "append = a\n\n# x\n \t\nappend += b # c\nappend += d",
		  "a b d" },
		{ "append += a\nappend += b", "+=a b" },
		{ "append = a\nappend = b", "b" },
		{ "append =\nappend += b", "b" },
	};
	struct config cfg;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		parse_file(&cfg, lines[i].line);
		ck_assert_str_eq(cfg.machine.append, lines[i].append);
		config_free(&cfg);
	}
	parse_file(&cfg, "");
	config_free(&cfg);
	parse_file(&cfg, "\n\n  # append = a");
	ck_assert_ptr_null(cfg.machine.append);
	config_free(&cfg);
}
END_TEST

START_TEST(variables)
{
	static const struct {
		const char *text, *append;
	} files[] = {
		{ "$a = 1\nappend = x${a}y", "x1y" },
		{ "\t$a=b c \t# d\r\nappend = \"${a}\" # e\r\n", "b c" },
		{ "$a = 1\n$a = ${a}2\nappend = ${a}${a}", "1212" },
		{ "$long_NAME_2 = '${x} $y'\nappend = ${long_NAME_2}",
		  "${x} $y" },
		/* What shells and patterns have stays what it is. */
		{ "$a = 1\nappend = $a $ $$ $(a) $?", "$a $ $$ $(a) $?" },
		{ "$a = 1\nappend = '${a}'", "${a}" },
		{ "append = '${'", "${" },
		/* Of a name that begins another. */
		{ "$ab = 1\n$a = 2\nappend = ${ab}${a}", "12" },
		{ "$a =\nappend = x${a}y", "xy" },
		{ "$a =\nappend = ${a:-b}", "b" },
		{ "append = ${NO_SUCH:-b c}d", "b cd" },
		{ "append = ${NO_SUCH:-}", "" },
		{ "append = a\nappend += ${UNIT_VARIABLE}", "a from outside" },
		/* The file's wins, and may say what the environment has. */
		{ "$UNIT_VARIABLE = a\nappend = ${UNIT_VARIABLE}", "a" },
		{ "$v = ${UNIT_VARIABLE:-a}\nappend = ${v}", "from outside" },
		{ "\xef\xbb\xbf"
		  "append = a",
		  "a" },
	};
	struct config cfg;

	setenv("UNIT_VARIABLE", "from outside", 1);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		parse_file(&cfg, files[i].text);
		ck_assert_str_eq(cfg.machine.append, files[i].append);
		config_free(&cfg);
	}
	unsetenv("UNIT_VARIABLE");
}
END_TEST

START_TEST(variables_that_are_wrong)
{
	refuses_file(
		"dir/f:2: ${NO_SUCH}: ${NO_SUCH} is not set: set it by a line "
		"$NO_SUCH = value, or in the environment",
		"\nappend = ${NO_SUCH}");
	refuses_file("dir/f:1: x${}: ${} is no variable: write ${NAME}",
		     "append = x${}");
	refuses_file("is no variable", "append = ${a");
	refuses_file("is no variable", "append = ${1}");
	refuses_file("is no variable", "append = ${a b}");
	refuses_file("is no variable", "append = ${a-b}");
	refuses_file("is no variable", "append = ${${HOME}}");
	refuses_file("dir/f:1: $1 = a: a variable is set by $NAME = value",
		     "$1 = a");
	refuses_file("a variable is set by", "$ = a");
	refuses_file("a variable is set by", "$a");
	refuses_file("a variable is set by", "${a} = b");
	refuses_file("dir/f:2: mem = 12Q: not a size", "$a = 12Q\nmem = ${a}");
}
END_TEST

START_TEST(variables_do_not_grow_without_bound)
{
	char text[4096] = "$a = 0123456789\n";

	for (unsigned i = 0; i < 100; i++)
		strcat(text, "$a = ${a}${a}\n");
	refuses_file("variables make it longer than 65536 bytes", text);
}
END_TEST

START_TEST(variables_hold_from_file_to_file)
{
	static const char base[] = "$a = 1\n", test[] = "append = ${a}\n";
	struct config cfg;

	write_file("base", base, strlen(base));
	write_file("test", test, strlen(test));
	parse(&cfg, "--config=base", "k", "--config=test", NULL);
	ck_assert_str_eq(cfg.machine.append, "1");
	config_free(&cfg);
}
END_TEST

START_TEST(a_script_may_have_the_line_ends_of_dos)
{
	static const char text[] = "# steps\r\n\r\nexpect a b\r\nsend x \r\n"
				   "fail-on c\r\nexpect d";
	static const char *const steps[] = { "a b", "x ", "d" };
	struct config cfg;

	write_file("s", text, sizeof(text) - 1);
	parse(&cfg, "k", "--script=s", NULL);
	ck_assert_uint_eq(cfg.verdict.script.n_steps, ARRAY_SIZE(steps));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		ck_assert_str_eq(cfg.verdict.script.steps[i].text, steps[i]);
	config_free(&cfg);
	write_file("s", "expect\r\n", 8);
	refuses("s:1: expect \"\": the pattern is empty", "k", "--script=s",
		NULL);
}
END_TEST

START_TEST(errors_name_the_line)
{
	refuses_file("dir/f:1: memm: no such key: did you mean mem?",
		     "memm = 1");
	refuses_file("dir/f:3: abcdef: no such key: the keys are the long",
		     "\n# x\nabcdef = 1");
	refuses_file("dir/f:2: mem = 12Q: not a size: give", "\nmem = 12Q\n");
	refuses_file("dir/f:1: mem: needs a value, SIZE", "mem");
	refuses_file("dir/f:1: on-reset = never: not one of restart exit",
		     "on-reset = never");
	refuses_file("dir/f:1: kernel = \"\": the file name is empty",
		     "kernel =");
	refuses_file("dir/f:1: m: no such key", "m = 64");
	refuses_file("dir/f:1: --mem: no such key", "--mem = 64");
	refuses_file("dir/f:1: mem 64: not of the form key = value", "mem 64");
	refuses_file("dir/f:1: = 64: not of the form", "= 64");
	refuses_file("dir/f:1: [machine]: no such key", "[machine]");
	refuses_file("dir/f:1: append = \"a: the closing quote is missing",
		     "append = \"a");
	refuses_file("the closing quote is missing", "append = 'a\nmem = 64");
	refuses_file("the closing quote is missing", "append = \"a\\\"");
	refuses_file("dir/f:1: append = \"a\" b: something follows the closing",
		     "append = \"a\" b");
	refuses_file("dir/f:1: mem = +=64: only append can be extended",
		     "mem += 64");
	refuses_file("dir/f:1: help: allowed on the command line only", "help");
	refuses_file("dir/f:1: version: allowed on the command line only",
		     "version");
	refuses_file("dir/f:1: net = mtu=1: not a number", "net = user,mtu=1");
	refuses_file("dir/f:1: net = pcap: needs a value", "net = user,pcap");
	refuses_file("dir/f:1: config = x: allowed on the command line only",
		     "config = x");
}
END_TEST

START_TEST(not_text)
{
	static const char zero[] = "mem = 64\nappend = a\0b\n";
	struct config cfg;
	char log[2048];

	ck_assert_int_eq(parse_text(&cfg, zero, sizeof(zero) - 1, log),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(log, "dir/f:2:"));
	config_free(&cfg);
	write_file("big", "", 0);
	ck_assert_int_eq(truncate("big", (off_t)(2 * MIB)), 0);
	refuses("big: File too large: --config needs a text file", "k",
		"--config=big", NULL);
	refuses(".: Is a directory: --config", "k", "--config", ".", NULL);
	refuses("no/f: No such file or directory: --config", "k", "--config",
		"no/f", NULL);
	refuses("--config \"\": the file name is empty", "--config=", NULL);
}
END_TEST

/* Of forward number @i, from a socket. */
static const char *forward_path(const struct forwards *forwards, size_t i)
{
	const struct sockaddr_un *un = (const void *)&forwards->list[i].host;

	ck_assert_uint_lt(i, forwards->count);
	ck_assert_int_eq(un->sun_family, AF_UNIX);
	return un->sun_path;
}

/* A file names files beside it, wherever minivmm is started. */
START_TEST(paths_are_relative_to_the_file)
{
	struct config cfg;

	parse_file(&cfg, "kernel = ../k\ninitrd = /i\nserial = file:s\n");
	ck_assert_str_eq(cfg.machine.kernel, "dir/../k");
	ck_assert_str_eq(cfg.machine.initrd, "/i");
	ck_assert_str_eq(cfg.serial.where, "file:dir/s");
	config_free(&cfg);
	parse_file(&cfg, "module = m,a ../b\nmodule = /n\n");
	ck_assert_uint_eq(cfg.machine.modules.count, 2);
	ck_assert_str_eq(cfg.machine.modules.strings[0], "dir/m,a ../b");
	ck_assert_str_eq(cfg.machine.modules.strings[1], "/n");
	config_free(&cfg);
	parse_file(&cfg, "serial = unix:/s");
	ck_assert_str_eq(cfg.serial.where, "unix:/s");
	config_free(&cfg);
	parse_file(&cfg, "net = user,tftp=t,pcap=/p,hostfwd=unix:u-:1,"
			 "guestfwd=10.0.2.9:1-unix:g\n"
			 "publish = unix:v:2\npublish = unix:/w:3\n");
	ck_assert_str_eq(cfg.net.tftp, "dir/t");
	ck_assert_str_eq(cfg.net.pcap, "/p");
	ck_assert_str_eq(cfg.net.services[0].path, "dir/g");
	ck_assert_str_eq(forward_path(&cfg.net.forwards, 0), "dir/u");
	ck_assert_str_eq(forward_path(&cfg.net.publish, 0), "dir/v");
	ck_assert_str_eq(forward_path(&cfg.net.publish, 1), "/w");
	config_free(&cfg);
	write_file("f", "kernel = k", 10);
	parse(&cfg, "--config", "f", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	config_free(&cfg);
	parse(&cfg, "--config=./f", "--initrd=i", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "./k");
	ck_assert_str_eq(cfg.machine.initrd, "i");
	config_free(&cfg);
}
END_TEST

/* Else a VM would not be the same with its next kernel. */
START_TEST(a_vm_is_called_after_its_last_file)
{
	static const char *const files[][2] = {
		{ "one.two.conf", "one" },
		{ "./sub/one", "one" },
		{ ".hidden", "minivmm" },
	};
	struct config cfg;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	write_file("f", "kernel = k", 10);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		write_file(files[i][0], "mem = 32", 8);
		parse(&cfg, "--config=f", "--config", files[i][0], NULL);
		ck_assert_str_eq(cfg.machine.name, files[i][1]);
		config_free(&cfg);
	}
	parse(&cfg, "k", NULL);
	ck_assert_str_eq(cfg.machine.name, "minivmm");
	config_free(&cfg);
	parse(&cfg, "k", "--name=", NULL);
	ck_assert_str_eq(cfg.machine.name, "minivmm");
	config_free(&cfg);
	write_file("f", "name = mine", 11);
	parse(&cfg, "--config=f", "k", NULL);
	ck_assert_str_eq(cfg.machine.name, "mine");
	config_free(&cfg);
}
END_TEST

START_TEST(the_command_line_wins)
{
	static const char text[] = "kernel = k\nmem = 1G\ncpus = 2\n"
				   "append = a\nverbose = 1\n";
	struct config cfg;

	write_file("f", text, strlen(text));
	parse(&cfg, "-m64", "--config=f", "-a", "+=b", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	ck_assert_uint_eq(cfg.machine.mem, 64 * MIB);
	ck_assert_uint_eq(cfg.machine.cpus, 2);
	ck_assert_str_eq(cfg.machine.append, "a b");
	ck_assert_uint_eq(cfg.verbose, 1);
	config_free(&cfg);
	parse(&cfg, "--config=f", "mine", "--verbose=0", "-a", "b", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "mine");
	ck_assert_str_eq(cfg.machine.append, "b");
	ck_assert_uint_eq(cfg.verbose, 0);
	config_free(&cfg);
}
END_TEST

START_TEST(later_files_win)
{
	struct config cfg;

	write_file("f", "mem = 1G\ncpus = 2\n", 18);
	write_file("g", "cpus = 3\n", 9);
	parse(&cfg, "--config=f", "k", "--config=g", NULL);
	ck_assert_uint_eq(cfg.config_files.count, 2);
	ck_assert_str_eq(cfg.config_files.strings[0], "f");
	ck_assert_str_eq(cfg.config_files.strings[1], "g");
	ck_assert_uint_eq(cfg.machine.mem, GIB);
	ck_assert_uint_eq(cfg.machine.cpus, 3);
	config_free(&cfg);
}
END_TEST

START_TEST(files_apply_to_check)
{
	struct config cfg;

	write_file("f", "kernel = k\n", 11);
	parse(&cfg, "check", "--config=f", NULL);
	ck_assert_str_eq(cfg.machine.kernel, "k");
	config_free(&cfg);
}
END_TEST

START_TEST(command_lines)
{
	static const struct {
		const char *given[3];
		enum on_reset on_reset;
		const char *line;
	} lines[] = {
		{ { NULL }, ON_RESET_RESTART, "console=ttyS0" },
		{ { NULL }, ON_RESET_EXIT, "console=ttyS0 panic=-1" },
		{ { "a b" }, ON_RESET_EXIT, "a b" },
		{ { "" }, ON_RESET_RESTART, "" },
		{ { "+=" }, ON_RESET_RESTART, "console=ttyS0" },
		{ { "+=a" }, ON_RESET_RESTART, "console=ttyS0 a" },
		{ { "+= a", "+=b" },
		  ON_RESET_EXIT,
		  "console=ttyS0 panic=-1 a b" },
		{ { "a", "+= b" }, ON_RESET_RESTART, "a b" },
		{ { "", "+= b" }, ON_RESET_RESTART, "b" },
		{ { "+=a", "b", "+=c" }, ON_RESET_RESTART, "b c" },
		{ { "a+=b" }, ON_RESET_RESTART, "a+=b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct config cfg = { .verdict.on_reset = lines[i].on_reset };
		size_t for_linux;
		char *line;

		for (size_t j = 0; j < 3 && lines[i].given[j]; j++) {
			struct option_value value = {
				.spec = option_find("append", 6),
				.text = lines[i].given[j],
			};

			ck_assert_int_eq(option_set(&cfg, &value), 0);
		}
		line = config_cmdline(&cfg, &for_linux);
		ck_assert_str_eq(line, lines[i].line);
		free(line);
		config_free(&cfg);
	}
}
END_TEST

/* A kernel that is debugged is where its file says, unless the user says
 * otherwise. */
START_TEST(command_lines_to_be_debugged)
{
	static const struct {
		const char *append, *line;
		size_t for_linux;
	} lines[] = {
		{ "a -- b", "nokaslr a -- b", 8 }, { "", "nokaslr ", 8 },
		{ "a kaslr", "a kaslr", 0 },	   { "nokaslr", "nokaslr", 0 },
		{ "kaslrs", "nokaslr kaslrs", 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct config cfg = { .debug.gdb = strdup("1234") };
		size_t for_linux;
		char *line;

		cfg.machine.append = strdup(lines[i].append);
		line = config_cmdline(&cfg, &for_linux);
		ck_assert_str_eq(line, lines[i].line);
		ck_assert_uint_eq(for_linux, lines[i].for_linux);
		free(line);
		config_free(&cfg);
	}
}
END_TEST

/* The manual shows the default lines as they are. */
START_TEST(command_lines_documented)
{
	struct config cfg = { .verdict.on_reset = ON_RESET_RESTART };
	size_t for_linux;
	char page[65536] = "", shown[128], *line;
	int fd = openat(unit_root, "docs/minivmm.1.in", O_RDONLY | O_CLOEXEC);

	ck_assert_int_gt(read(fd, page, sizeof(page) - 1), 0);
	close(fd);
	for (int i = 0; i < 2; i++) {
		line = config_cmdline(&cfg, &for_linux);
		snprintf(shown, sizeof(shown), "\n.Dl %s\n", line);
		ck_assert_msg(strstr(page, shown), "no %s in the manual", line);
		free(line);
		cfg.verdict.on_reset = ON_RESET_EXIT;
	}
}
END_TEST

/* Lines made of the syntax's own pieces, and of any bytes. */
START_TEST(damaged_files)
{
	static const char *const pieces[] = {
		"append", "kernel", "mem",  "verbose",	"=",	"+=",
		" ",	  "\t",	    "\n",   "\r\n",	"#",	"\"",
		"'",	  "\\",	    "64",   "grace",	"9.9",	"serial",
		"file:",  "help",   "\xff", "on-reset", "exit", "\033[2J",
		"//",	  "+",
	};
	unsigned seed = 2, good = 0;

	for (int round = 0; round < 20000; round++) {
		char text[512], log[2048];
		struct config cfg;
		size_t len = 0;

		for (int n = rand_r(&seed) % 24; n > 0; n--) {
			const char *piece = pieces[(unsigned)rand_r(&seed) %
						   ARRAY_SIZE(pieces)];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		if (len && rand_r(&seed) % 4 == 0)
			text[(unsigned)rand_r(&seed) % len] =
				(char)rand_r(&seed);
		good += !parse_text(&cfg, text, len, log);
		config_free(&cfg);
	}
	ck_assert_uint_gt(good, 1000);
}
END_TEST

/* Every file in configs/ says what minivmm understands. */
START_TEST(examples)
{
	glob_t files;
	char *old = get_current_dir_name();

	ck_assert_int_eq(fchdir(unit_root), 0);
	ck_assert_int_eq(glob("configs/*.conf", 0, NULL, &files), 0);
	ck_assert_int_eq(
		glob("configs/tests/*.conf", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct config cfg;

		parse(&cfg, "check", "--config", files.gl_pathv[i], NULL);
		config_free(&cfg);
	}
	globfree(&files);
	ck_assert_int_eq(chdir(old), 0);
	free(old);
}
END_TEST

START_TEST(linux_keeps_its_console)
{
	static const struct {
		const char *line, *kept;
	} rows[] = {
		{ "quiet", "console=ttyS0 quiet" },
		{ "", "console=ttyS0" },
		{ "netconsole=x foo.console=1", "console=ttyS0 netconsole=x "
						"foo.console=1" },
		{ "console=tty0", NULL },
		{ "quiet console=null", NULL },
		{ "netconsole=x\tconsole=hvc0", NULL },
	};

	struct machine_config machine = { .console.on = false };
	char *both;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *kept = machine_keep_console(&machine, rows[i].line);

		if (rows[i].kept)
			ck_assert_str_eq(kept, rows[i].kept);
		else
			ck_assert_ptr_null(kept);
		free(kept);
	}
	machine.console.on = true;
	both = machine_keep_console(&machine, "quiet");
	ck_assert_str_eq(both, "console=ttyS0 console=hvc0 quiet");
	free(both);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_key,
		syntax,
		errors_name_the_line,
		variables,
		variables_that_are_wrong,
		variables_do_not_grow_without_bound,
		variables_hold_from_file_to_file,
		a_script_may_have_the_line_ends_of_dos,
		not_text,
		paths_are_relative_to_the_file,
		a_vm_is_called_after_its_last_file,
		the_command_line_wins,
		later_files_win,
		files_apply_to_check,
		command_lines,
		command_lines_to_be_debugged,
		command_lines_documented,
		damaged_files,
		examples,
		linux_keeps_its_console,
		NULL,
	};

	return unit_run(options_suite("config", tests));
}
