/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/console_host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/options/config.h"

/* Whether text is typed at the console by --send: then the job is there. */
static bool is_typed(const struct script *script)
{
	for (size_t i = 0; i < script->n_steps; i++)
		if (script->steps[i].kind == STEP_SEND)
			return true;
	return false;
}

/* Whether the job's output goes where ours does, whatever the serial console
 * does.  Who has that on a pseudo-terminal or a socket has the job there. */
static bool is_ours(const struct config *config)
{
	const char *where = config->serial.where;

	return strcmp(where, "pty") != 0 && strncmp(where, "unix:", 5) != 0 &&
	       !is_typed(&config->verdict.script);
}

static bool is_at_terminal(const struct config *config)
{
	return strcmp(config->serial.where, "stdio") == 0 &&
	       isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int open_out(struct port_out *out, const char *name, int fd,
		    const struct config *config,
		    const struct console_host_config *what)
{
	const struct port_out_config c = {
		.name = name,
		.fd = fd,
		.max = config->max_output,
		.left_out = what->left_out,
		.output = what->output,
		.arg = what->arg,
	};

	return port_out_open(out, &c);
}

static int add_stdout(struct console_host *h, const struct config *config,
		      const struct console_host_config *what)
{
	h->end[CONSOLE_STDOUT] = &h->out.end;
	return open_out(&h->out, "standard output", STDOUT_FILENO, config,
			what);
}

static int add_stderr(struct console_host *h, const struct config *config,
		      const struct console_host_config *what)
{
	h->end[CONSOLE_STDERR] = &h->err.end;
	return open_out(&h->err, "standard error", STDERR_FILENO, config, what);
}

/* Linux read rows before columns up to version 6.14, whatever the specification
 * says. */
static bool reads_rows_first(const char *version)
{
	char *end;
	unsigned long major = strtoul(version, &end, 10), minor;

	if (end == version || *end != '.')
		return false;
	minor = strtoul(end + 1, NULL, 10);
	return major < 6 || (major == 6 && minor < 15);
}

static void add_term(struct console_host *h, const struct config *config,
		     const struct console_host_config *what)
{
	port_term_init(&h->term, what->console, config->machine.console.on,
		       what->loop);
	h->end[CONSOLE_TTY] = &h->term.end;
	h->rows_first = reads_rows_first(what->version);
	console_host_resized(h);
}

int console_host_open(struct console_host *host, const struct config *config,
		      const struct console_host_config *what)
{
	bool job = what->job && is_ours(config);
	bool terminal = job && is_at_terminal(config);
	int err = 0;

	if (terminal || config->machine.console.on)
		add_term(host, config, what);
	if (job && !terminal && what->pipe) {
		port_in_init(&host->in, what->pipe);
		host->end[CONSOLE_STDIN] = &host->in.end;
	}
	if (job && !terminal)
		err = add_stdout(host, config, what);
	if (!err && job && (!terminal || !isatty(STDERR_FILENO)))
		err = add_stderr(host, config, what);
	return err;
}

struct console_part_config console_host_part(const struct console_host *host,
					     const struct config *config)
{
	struct console_part_config part = { .virtio = config->machine.console,
					    .rows_first = host->rows_first };

	memcpy(part.end, host->end, sizeof(part.end));
	return part;
}

void console_host_resized(struct console_host *host)
{
	struct winsize size;

	if (host->end[CONSOLE_TTY] &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		port_term_resize(
			&host->term,
			(struct port_size){ size.ws_col, size.ws_row });
}

int console_host_close(struct console_host *host, unsigned patience_ms)
{
	int out, err;

	if (host->end[CONSOLE_TTY])
		port_term_free(&host->term);
	out = port_out_close(&host->out, patience_ms);
	err = port_out_close(&host->err, patience_ms);
	return out ? out : err;
}
