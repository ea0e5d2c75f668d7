/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/suite/suite_block.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/util.h"

/* What a smaller terminal shows is of no use. */
enum { LEAST_COLUMNS = 10, LEAST_LINES = 3 };

/* ECMA-48: the rest of the line, and of the screen, is emptied.  DEC's private
 * mode 7 has text that is too wide, as a terminal may see it, stay in its line.
 */
#define ERASE_LINE   "\033[K"
#define ERASE_SCREEN "\033[J"
#define NO_WRAP	     "\033[?7l"
#define WRAP	     "\033[?7h"

/* Whether @value, of a variable, is none. */
static bool is_empty(const char *value)
{
	return !value || !*value;
}

void suite_block_init(struct suite_block *block, FILE *out)
{
	const char *term = getenv("TERM");

	*block = (struct suite_block){
		.out = out,
		.live = isatty(fileno(out)) && !is_empty(term) &&
			strcmp(term, "dumb") != 0 && is_empty(getenv("CI")),
	};
	if (block->live)
		block->locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
}

void suite_block_free(struct suite_block *block)
{
	if (block->locale)
		freelocale(block->locale);
	block->locale = (locale_t)0;
}

/* To the first line of what is drawn. */
static void go_up(const struct suite_block *block)
{
	if (block->drawn)
		fprintf(block->out, "\r\033[%uA", block->drawn);
}

void suite_block_clear(struct suite_block *block)
{
	if (!block->drawn)
		return;
	go_up(block);
	fputs(ERASE_SCREEN, block->out);
	block->drawn = 0;
}

void suite_block_leave(struct suite_block *block)
{
	block->drawn = 0;
}

/* A terminal that nobody told its size has 80 columns and 24 lines. */
static struct winsize size_of(const struct suite_block *block)
{
	struct winsize size = { 0 };

	if (ioctl(fileno(block->out), TIOCGWINSZ, &size) < 0 || !size.ws_col ||
	    !size.ws_row)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	return size;
}

/* Another process group may use the terminal now.  One that is not our
 * controlling terminal is for us alone. */
static bool in_foreground(const struct suite_block *block)
{
	pid_t group = tcgetpgrp(fileno(block->out));

	return group < 0 || group == getpgrp();
}

static struct columns begin_line(const struct suite_block *block,
				 const struct winsize *size)
{
	/* The last column stays free: some terminals wrap as soon as there is
	 * something in it. */
	return (struct columns){ block->out, block->locale,
				 (size_t)size->ws_col - 1 };
}

static void end_line(struct suite_block *block)
{
	fputs(ERASE_LINE "\n", block->out);
	block->drawn++;
}

/* How wide the names are, and at most a third of the screen. */
static size_t name_columns(const struct suite_block *block,
			   const struct suite_row *rows, size_t n,
			   const struct winsize *size)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		struct columns line = { NULL, block->locale,
					size->ws_col / 3U };
		size_t width = columns_put(&line, rows[i].name, SIZE_MAX, 0);

		most = MAX(most, width);
	}
	return most;
}

static void draw_row(struct suite_block *block, const struct suite_row *row,
		     size_t name, const struct winsize *size)
{
	struct columns line = begin_line(block, size);
	char time[32];

	snprintf(time, sizeof(time), "%5.0f s  ",
		 (double)(now_ns() - row->begun_ns) / NSEC_PER_SEC);
	columns_put(&line, time, SIZE_MAX, 0);
	columns_put(&line, row->name, name, name + 2);
	columns_put(&line, row->phase, SIZE_MAX, strlen("machine_ended") + 2);
	columns_put(&line, row->line, SIZE_MAX, 0);
	end_line(block);
}

static void draw_text(struct suite_block *block, const char *text,
		      const struct winsize *size)
{
	struct columns line = begin_line(block, size);

	columns_put(&line, text, SIZE_MAX, 0);
	end_line(block);
}

void suite_block_draw(struct suite_block *block, const struct suite_row *rows,
		      size_t n, const char *status)
{
	const struct winsize size = size_of(block);
	/* Beside the status. */
	size_t room = size.ws_row / 2U - 1;
	size_t shown = n <= room ? n : MAX(room, (size_t)1) - 1;
	size_t name = name_columns(block, rows, shown, &size);
	char more[48];

	if (size.ws_col < LEAST_COLUMNS || size.ws_row < LEAST_LINES ||
	    !in_foreground(block)) {
		suite_block_leave(block);
		return;
	}
	go_up(block);
	block->drawn = 0;
	fputs(NO_WRAP, block->out);
	for (size_t i = 0; i < shown; i++)
		draw_row(block, &rows[i], name, &size);
	if (shown < n && room) {
		snprintf(more, sizeof(more), "        + %zu more", n - shown);
		draw_text(block, more, &size);
	}
	draw_text(block, status, &size);
	fputs(ERASE_SCREEN WRAP, block->out);
}
