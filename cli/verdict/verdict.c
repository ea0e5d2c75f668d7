/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/verdict.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/util.h"

/* Each word, its code, and what the man page says of it. */
static const struct {
	const char *name;
	int code;
	/* How the man page shows the code, if @code is the first of several. */
	const char *codes;
	const char *meaning;
} words[VERDICT_WORDS] = {
	[VERDICT_POWEROFF] = { "poweroff", EXIT_CODE_OK, NULL,
			       "The guest powered itself off." },
	[VERDICT_EXPECTED] = { "expected", EXIT_CODE_OK, NULL,
			       "All that was expected of its console came, and\n"
			       "all ports that were awaited answered." },
	[VERDICT_QUIT] = { "quit", EXIT_CODE_OK, NULL,
			   "The user quit by Ctrl-A x." },
	[VERDICT_FAULT] = { "fault", EXIT_CODE_FAULT, NULL,
			    "A fault of minivmm itself." },
	[VERDICT_USAGE] = { "usage", EXIT_CODE_USAGE, NULL,
			    "An option, a configuration file, a kernel or\n"
			    "another file that cannot be used, or one that\n"
			    "could not be written." },
	[VERDICT_HOST] = { "host", EXIT_CODE_HOST, NULL,
			   "The host cannot run the VM, or not any further." },
	[VERDICT_PANIC] = { "panic", EXIT_CODE_PANIC, NULL,
			    "The guest's kernel panicked: it said so on its\n"
			    "console or by pvpanic." },
	[VERDICT_OOPS] = { "oops", EXIT_CODE_PANIC, NULL,
			   "The kernel said that it is broken: an Oops, a\n"
			   "BUG, a stall of RCU." },
	[VERDICT_TRIPLE_FAULT] = { "triple-fault", EXIT_CODE_TRIPLE_FAULT, NULL,
				   "A processor of the guest shut down, as none\n"
				   "of its exceptions could be delivered." },
	[VERDICT_CRASH] = { "crash", EXIT_CODE_TRIPLE_FAULT, NULL,
			    "A processor of the guest cannot go on, as it jumped\n"
			    "to where no memory is, or the like." },
	[VERDICT_RESET] = { "reset", EXIT_CODE_RESET, NULL,
			    "The guest reset the machine where that is to\n"
			    "end the run." },
	[VERDICT_EXPECT] = { "expect", EXIT_CODE_EXPECT, NULL,
			     "The guest ended, and something that was\n"
			     "expected of its console had not come, a port had\n"
			     "not answered or the host's command not ended; or\n"
			     "the time for a port was over." },
	[VERDICT_FAIL] = { "fail", EXIT_CODE_EXPECT, NULL,
			   "Something came that was not to come, or a test of\n"
			   "the guest's own failed." },
	[VERDICT_SILENT] = { "silent", EXIT_CODE_HUNG, NULL,
			     "There was not a byte on the console in the time\n"
			     "that was given for it." },
	[VERDICT_HUNG] = { "hung", EXIT_CODE_HUNG, NULL,
			   "The console fell silent for that long, or all\n"
			   "processors are halted and nothing can wake them." },
	[VERDICT_TIMEOUT] = { "timeout", EXIT_CODE_TIMEOUT, NULL,
			      "The run took too long." },
	[VERDICT_BOOT_TIMEOUT] = { "boot-timeout", EXIT_CODE_TIMEOUT, NULL,
				   "Booting took too long." },
	[VERDICT_SIGNAL] = { "signal", EXIT_CODE_SIGNAL, "128 + N",
			     "Signal N ended the run before the guest had:\n"
			     "130 is SIGINT, 143 SIGTERM." },
	[VERDICT_EXIT] = { "exit", 0, "N",
			   "The guest ended with this code, by an exit port." },
	[VERDICT_COMMAND] = { "command", 0, "N",
			      "The command of\n.Fl -exec\nended with this "
			      "code." },
};

#define ON(ending) BIT(ENDING_##ending)

/* What can be true besides the ending. */
enum condition {
	PANIC = BIT(0),
	OOPS = BIT(1),
	FORBIDDEN = BIT(2),
	UNMET = BIT(3),
	SIGNALLED = BIT(4),
	SPOKE = BIT(5),
	SUCCESS = BIT(6),
	FAILED_TESTS = BIT(7),
};

/* The first rule with the ending whose conditions all hold decides. */
static const struct rule {
	unsigned endings, conditions;
	enum verdict_word word;
} rules[] = {
	{ ON(FAULT), 0, VERDICT_FAULT },
	{ ON(USAGE), 0, VERDICT_USAGE },
	{ ON(HOST), 0, VERDICT_HOST },
	{ ON(EXPECTED), FAILED_TESTS, VERDICT_FAIL },
	{ ON(EXPECTED), 0, VERDICT_EXPECTED },
	/* A broken kernel is broken, however the run ends. */
	{ ~0u, PANIC, VERDICT_PANIC },
	{ ~0u, OOPS, VERDICT_OOPS },
	{ ~0u, FORBIDDEN, VERDICT_FAIL },
	{ ON(TRIPLE_FAULT), 0, VERDICT_TRIPLE_FAULT },
	{ ON(CRASH), 0, VERDICT_CRASH },
	/* Some systems end by halting when the power button is pressed. */
	{ ON(HALTED), SIGNALLED, VERDICT_SIGNAL },
	{ ON(HALTED), 0, VERDICT_HUNG },
	{ ON(RESET), 0, VERDICT_RESET },
	/* A failure that the guest reports itself says more than expectations
	 * that it did not meet. */
	{ ON(EXIT) | ON(COMMAND), FAILED_TESTS | SUCCESS, VERDICT_FAIL },
	{ ON(EXIT), UNMET | SUCCESS, VERDICT_EXPECT },
	{ ON(EXIT), 0, VERDICT_EXIT },
	/* The run was cut short, so the guest could not meet them. */
	{ ON(POWER_OFF), UNMET | SIGNALLED, VERDICT_SIGNAL },
	{ ON(POWER_OFF), FAILED_TESTS | SIGNALLED, VERDICT_SIGNAL },
	{ ON(POWER_OFF) | ON(QUIT), FAILED_TESTS, VERDICT_FAIL },
	{ ON(POWER_OFF) | ON(QUIT), UNMET, VERDICT_EXPECT },
	{ ON(UNANSWERED), 0, VERDICT_EXPECT },
	{ ON(COMMAND), 0, VERDICT_COMMAND },
	{ ON(POWER_OFF), 0, VERDICT_POWEROFF },
	{ ON(QUIT), 0, VERDICT_QUIT },
	{ ON(SIGNAL), 0, VERDICT_SIGNAL },
	{ ON(TIMEOUT), 0, VERDICT_TIMEOUT },
	{ ON(BOOT_TIMEOUT), 0, VERDICT_BOOT_TIMEOUT },
	{ ON(SILENCE), SPOKE, VERDICT_HUNG },
	{ ON(SILENCE), 0, VERDICT_SILENT },
};

static unsigned conditions(const struct observed *o)
{
	static const unsigned complaints[] = {
		[COMPLAINT_FORBIDDEN] = FORBIDDEN,
		[COMPLAINT_OOPS] = OOPS,
		[COMPLAINT_PANIC] = PANIC,
	};

	return complaints[o->complaint] | (o->awaited ? UNMET : 0) |
	       (o->signal ? SIGNALLED : 0) | (o->spoke ? SPOKE : 0) |
	       (o->code == 0 ? SUCCESS : 0) |
	       (o->tests && o->tests->count[SUBTEST_FAIL] ? FAILED_TESTS : 0);
}

static enum verdict_word find_word(const struct observed *o)
{
	unsigned have = conditions(o);

	for (const struct rule *r = rules; r < rules + ARRAY_SIZE(rules); r++)
		if ((r->endings & BIT(o->ending)) &&
		    (r->conditions & have) == r->conditions)
			return r->word;
	/* The guest was condemned without a complaint, which can't be. */
	assert(false);
	return VERDICT_FAULT;
}

static int find_code(const struct observed *o, enum verdict_word word)
{
	switch (word) {
	case VERDICT_EXIT:
	case VERDICT_COMMAND:
		return (int)o->code;
	case VERDICT_SIGNAL:
		return EXIT_CODE_SIGNAL + o->signal;
	default:
		return words[word].code;
	}
}

__attribute__((format(printf, 2, 3))) static void say(struct verdict *verdict,
						      const char *fmt, ...)
{
	size_t len = strlen(verdict->reason);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(verdict->reason + len, sizeof(verdict->reason) - len, fmt,
		  ap);
	va_end(ap);
}

static void say_awaited(const struct observed *o, struct verdict *verdict)
{
	if (o->awaited)
		say(verdict, "; waiting for %.100s (%u of %u)", o->awaited,
		    o->awaited_number, o->expectations);
}

static const char *or_none(const char *text, const char *none)
{
	return text ? text : none;
}

static void say_count(struct verdict *verdict, size_t n, const char *what)
{
	if (n)
		say(verdict, ", %zu %s", n, what);
}

/* A good verdict gives its reason, too. */
static void say_passed(const struct subtests *tests, struct verdict *verdict)
{
	say(verdict, "; tests: %zu passed", tests->count[SUBTEST_PASS]);
	say_count(verdict, tests->count[SUBTEST_SKIP], "skipped");
	say_count(verdict, tests->count[SUBTEST_TODO], "failed as is known");
}

static void say_failed(const struct subtests *tests, struct verdict *verdict)
{
	const struct subtest *first = subtests_failed(tests);

	say(verdict, "%zu of %zu tests failed", tests->count[SUBTEST_FAIL],
	    subtests_total(tests));
	if (!first)
		return;
	say(verdict, ": %.60s%s%.60s", or_none(first->group, ""),
	    first->group ? "." : "", or_none(first->name, ""));
	if (first->why)
		say(verdict, ": %.80s", first->why);
}

static void say_panic(const struct observed *o, struct verdict *verdict)
{
	/* If more text follows, the line gets half the room. */
	int room = o->cause || o->remedy ? 90 : 200;

	say(verdict, "%.*s", room, or_none(o->line, "pvpanic"));
	if (o->cause)
		say(verdict, "; before: %.60s", o->cause);
	if (o->remedy)
		say(verdict, ": %s", o->remedy);
}

static void say_fail(const struct observed *o, struct verdict *verdict)
{
	if (o->tests && o->complaint == COMPLAINT_NONE)
		say_failed(o->tests, verdict);
	else
		say(verdict, "%.200s", or_none(o->line, "pvpanic"));
}

/* Something that was expected has not come. */
static void say_missing(const struct observed *o, double limit,
			struct verdict *verdict)
{
	if (o->port) {
		say(verdict, "port %u: no answer within %g s", o->port, limit);
		return;
	}
	say(verdict, "%s", or_none(o->by, "Ctrl-A x"));
	say_awaited(o, verdict);
}

static void say_hung(const struct observed *o, double limit,
		     struct verdict *verdict)
{
	if (o->by)
		say(verdict, "%.180s", o->by);
	else
		say(verdict, "no byte on the console for %g s", limit);
	say_awaited(o, verdict);
}

static void say_why(const struct observed *o, struct verdict *verdict)
{
	double limit = (double)o->limit_ns / NSEC_PER_SEC;

	switch (verdict->word) {
	case VERDICT_USAGE:
	case VERDICT_HOST:
	case VERDICT_FAULT:
		say(verdict, "%s", or_none(o->by, "no reason is known"));
		break;
	case VERDICT_EXPECTED:
		say(verdict, "%u of %u expectations", o->expectations,
		    o->expectations);
		break;
	case VERDICT_PANIC:
		say_panic(o, verdict);
		break;
	case VERDICT_FAIL:
		say_fail(o, verdict);
		break;
	case VERDICT_OOPS:
		say(verdict, "%.200s", or_none(o->line, "pvpanic"));
		break;
	case VERDICT_EXPECT:
		say_missing(o, limit, verdict);
		break;
	case VERDICT_EXIT:
		say(verdict, "%s: exit status %u", or_none(o->by, "exit port"),
		    o->code);
		break;
	case VERDICT_COMMAND:
		say(verdict, "--exec: exit status %u", o->code);
		break;
	case VERDICT_SILENT:
		say(verdict, "not a byte on the console for %g s", limit);
		break;
	case VERDICT_HUNG:
		say_hung(o, limit, verdict);
		break;
	case VERDICT_TIMEOUT:
		say(verdict, "no end within %g s", limit);
		say_awaited(o, verdict);
		break;
	case VERDICT_BOOT_TIMEOUT:
		say(verdict, "not booted within %g s", limit);
		say_awaited(o, verdict);
		break;
	case VERDICT_SIGNAL:
		say(verdict, "SIG%s", sigabbrev_np(o->signal));
		say_awaited(o, verdict);
		break;
	default:
		say(verdict, "%s", or_none(o->by, "Ctrl-A x"));
	}
}

void judge(const struct observed *observed, struct verdict *verdict)
{
	verdict->word = find_word(observed);
	verdict->code = find_code(observed, verdict->word);
	verdict->reason[0] = '\0';
	say_why(observed, verdict);
	if (observed->tests && verdict->code == EXIT_CODE_OK)
		say_passed(observed->tests, verdict);
	printable_string(verdict->reason);
}

void verdict_interrupt(struct verdict *verdict, int signal)
{
	const struct observed o = { .ending = ENDING_SIGNAL, .signal = signal };

	if (verdict->code == EXIT_CODE_OK || verdict->unwritten)
		judge(&o, verdict);
}

void verdict_unwritten(struct verdict *verdict, const char *why)
{
	const struct observed o = { .ending = ENDING_USAGE,
				    .by = "not all could be written" };

	if (verdict->code != EXIT_CODE_OK)
		return;
	judge(&o, verdict);
	if (why)
		say(verdict, ": %s", why);
	printable_string(verdict->reason);
	verdict->unwritten = true;
}

const char *verdict_error(enum ending ending, char line[LOG_KEPT])
{
	return BIT(ending) & (ON(FAULT) | ON(USAGE) | ON(HOST)) ?
		       log_last_error(line) :
		       NULL;
}

const char *verdict_name(enum verdict_word word)
{
	return words[word].name;
}

/* From the start to @phase, which was reached. */
static double seconds_to(const struct verdict *verdict, enum phase phase)
{
	return (double)(verdict->phase_ns[phase] -
			verdict->phase_ns[PHASE_START]) /
	       NSEC_PER_SEC;
}

void verdict_log(const struct verdict *verdict)
{
	log_show("verdict=%s after %.3fs (%s)", verdict_name(verdict->word),
		 seconds_to(verdict, PHASE_END), verdict->reason);
}

void verdict_mdoc(FILE *out)
{
	fprintf(out, ".Bl -column \"128 + N\" \"boot-timeout\" \"meaning\"\n"
		     ".It Sy code Ta Sy word Ta Sy meaning\n");
	for (enum verdict_word w = 0; w < VERDICT_WORDS; w++) {
		fprintf(out, ".It ");
		if (words[w].codes)
			fprintf(out, "%s", words[w].codes);
		else
			fprintf(out, "%d", words[w].code);
		fprintf(out, " Ta Cm %s Ta %s\n", words[w].name,
			words[w].meaning);
	}
	fprintf(out, ".El\n");
}
