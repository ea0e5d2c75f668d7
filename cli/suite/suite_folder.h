/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_folder.h - the folder in which a run leaves what it said
 *
 * A marker in it says that minivmm test made it.  Nothing is ever removed from
 * a folder without one: it is the user's.
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_FOLDER_H
#define CLI_SUITE_SUITE_FOLDER_H

/* What is in it beside the marker. */
#define SUITE_CONSOLE	"console"
#define SUITE_MESSAGE	"messages"
#define SUITE_REPORT	"report.json"
#define SUITE_CAPTURE	"net.pcapng"
#define SUITE_CORE	"core"
#define SUITE_SET_UP	"set-up"
#define SUITE_TEAR_DOWN "tear-down"

/* Whether @dir can be the folder of a run, as far as can be seen before: it is
 * not there, or it is one.  Logs; -errno. */
int suite_folder_check(const char *dir);

/* Make @dir, or take what an earlier run has left out of it.  Logs; -errno. */
int suite_folder_make(const char *dir);

/* Take out what a run leaves, and remove it if that was all. */
void suite_folder_remove(const char *dir);

/* Remove what earlier suites have left below @keep, unless one is at work
 * there: what is there at the end is what failed now.  A descriptor that says
 * so as long as it is open; -1: there is none. */
int suite_folder_clean(const char *keep);

#endif
