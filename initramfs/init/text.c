/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.c - strings, files, messages
 */
#include <fcntl.h>
#include <linux/mman.h>

#include "initramfs/init/sys.h"

/* The compiler inserts calls of these two functions as well. */
void *memset(void *to, int byte, size_t n)
{
	unsigned char *p = to;

	while (n--)
		*p++ = (unsigned char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	const unsigned char *q = from;
	unsigned char *p = to;

	while (n--)
		*p++ = *q++;
	return to;
}

size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

int begins(const char *text, const char *start)
{
	while (*start && *text == *start)
		text++, start++;
	return !*start;
}

void say(const char *const *words)
{
	for (; *words; words++)
		call(__NR_write, 2, (long)*words, (long)length(*words), 0, 0);
	call(__NR_write, 2, (long)"\n", 1, 0, 0);
}

const char *number_text(long number)
{
	static char text[24];
	char *p = text + sizeof(text) - 1;

	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number && p > text);
	return p;
}

void *allocate(size_t size)
{
	long at = call(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1);

	return at < 0 && at > -4096 ? NULL : (void *)at;
}

char *load(const char *path, size_t *n)
{
	long fd = call(__NR_open, (long)path, O_RDONLY, 0, 0, 0);
	long size, got = 1;
	char *text;

	*n = 0;
	if (fd < 0)
		return NULL;
	size = call(__NR_lseek, fd, 0, 2, 0, 0);
	call(__NR_lseek, fd, 0, 0, 0, 0);
	text = size < 0 ? NULL : allocate((size_t)size + 1);
	while (text && got > 0 && *n < (size_t)size) {
		got = call(__NR_read, fd, (long)text + (long)*n,
			   size - (long)*n, 0, 0);
		*n += got > 0 ? (size_t)got : 0;
	}
	call(__NR_close, fd, 0, 0, 0, 0);
	return text;
}

char **split(char *text, size_t n)
{
	size_t count = 0, at = 0;
	char **list;

	for (size_t i = 0; i < n; i++)
		count += !text[i];
	list = allocate((count + 1) * sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		list[i] = text + at;
		at += length(text + at) + 1;
	}
	return list;
}

void write_text(const char *path, const char *text, size_t n)
{
	long fd = call(__NR_open, (long)path, O_WRONLY | O_CREAT | O_TRUNC,
		       0644, 0, 0);

	if (fd < 0)
		return;
	call(__NR_write, fd, (long)text, (long)n, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
}

void make_folders(const char *path)
{
	char part[4096];
	size_t n = length(path);

	if (n >= sizeof(part))
		return;
	for (size_t i = 0; i <= n; i++) {
		part[i] = 0;
		if (i > 0 && (path[i] == '/' || i == n))
			call(__NR_mkdir, (long)part, 0755, 0, 0, 0);
		part[i] = path[i];
	}
}

_Noreturn void end_process(long code)
{
	for (;;)
		call(__NR_exit_group, code, 0, 0, 0, 0);
}
