/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - a run told to programs: --report, --junit, --tap and --events
 *
 * The report's form is docs/report.schema.json.
 *
 * Threads: main thread, but for report_rescue().
 */
#ifndef CLI_REPORT_REPORT_H
#define CLI_REPORT_REPORT_H

#include <jansson.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/report/events.h"
#include "cli/report/left_out.h"
#include "cli/report/outcome_files.h"
#include "cli/verdict/verdict.h"

struct report_config;
struct net_config;
struct vm;

struct report {
	const struct report_config *config;
	/* What the machine is called. */
	const char *name;
	/* The kernel's file, and what it says that it is; NULL: unknown. */
	char *kernel, *guest;
	/* The command line, if there is to be a report. */
	json_t *command;
	/* The date. */
	time_t started;
	FILE *file;
	struct outcome_files outcome;
	struct events events;
	uint64_t start_ns;
	/* Of all below, and of writing. */
	pthread_mutex_t lock;
	/* Phases of which an event was made, a bit each. */
	unsigned told;
	json_t *forwards, *network;
	/* Of the last machine, and how many there were. */
	json_t *counters;
	unsigned machines;
	/* now_ns() of the guest's first frame; 0: there was none. */
	uint64_t first_frame_ns;
	struct left_out left_out;
	/* Of what could not be written, the first. */
	int error;
};

/* Open what @config asks for, before anything else begins, for a machine
 * called @name; both must outlive it.  @start_ns is when the program began.
 * Logs; -errno, and report_close() is to be called all the same. */
int report_open(struct report *report, const struct report_config *config,
		const char *name, uint64_t start_ns);

/* Start to write events: before, they wait.  Logs; -errno. */
int report_start(struct report *report);

/* Whether anybody hears of events. */
bool report_has_listeners(const struct report *report);

/* @line, which is made printable, is the last on the console now. */
void report_said(struct report *report, char *line);

/* Whether how it went is to be written to any file. */
bool report_is_wanted(const struct report *report);

/* The kernel's file and what it says that it is (empty: that is not known), of
 * which copies are kept. */
void report_kernel(struct report *report, const char *file,
		   const char *version);

/* The forwards are up, by their ports, and the guest's network is known. */
void report_forwards(struct report *report, const struct net_config *net);

/* @phase was reached at @when_ns; told once. */
void report_phase(struct report *report, enum phase phase, uint64_t when_ns);

/* The same of all phases that @verdict has. */
void report_reached(struct report *report, const struct verdict *verdict);

/* @vm has stopped and is about to be freed. */
void report_machine(struct report *report, const struct vm *vm);

/* What --max-output left out is known. */
void report_left_out(struct report *report, const struct left_out *left_out);

/* The run is over: write the report and the results, once.  Logs what can't be
 * written. */
void report_write(struct report *report, const struct verdict *verdict);

/* The same for a process that is about to be ended, from any thread; nothing
 * if the main thread is just about it.  May wait for a disk. */
void report_rescue(struct report *report, const struct verdict *verdict);

/* Not all could be written, and the last error says why.  Any thread that may
 * write @verdict. */
void report_unwritten(struct verdict *verdict);

/* What report_write() writes, and all else, once.  Readers of events are waited
 * for at most
 * @patience_ms at a time.  Logs what can't be written; -errno if that was
 * anything, also earlier. */
int report_close(struct report *report, const struct verdict *verdict,
		 unsigned patience_ms);

#endif
