/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/console_host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/options/config.h"

/* Whether --send types text at the console: then the job runs at the
 * console. */
static bool is_typed(const struct script *script)
{
	for (size_t i = 0; i < script->n_steps; i++)
		if (script->steps[i].kind == STEP_SEND)
			return true;
	return false;
}

/* Whether the job's output goes to our own output.  If the serial console is a
 * pseudo-terminal or a socket, the job is at the console, and so is its
 * output. */
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

static int add_stdout(struct console_host *h, const struct config *config,
		      const struct console_host_config *what)
{
	const struct port_out_config c = {
		.name = "standard output",
		.fd = STDOUT_FILENO,
		.max = config->max_output,
		.left_out = what->left_out,
		.output = what->out,
		.arg = what->arg,
	};

	h->end[CONSOLE_STDOUT] = &h->out.end;
	return port_out_open(&h->out, &c);
}

static int add_stderr(struct console_host *h, const struct config *config,
		      const struct console_host_config *what)
{
	const struct port_out_config c = {
		.name = "standard error",
		.fd = STDERR_FILENO,
		.max = config->max_output,
		.left_out = what->left_out,
		.output = what->err,
		.arg = what->arg,
	};

	h->end[CONSOLE_STDERR] = &h->err.end;
	return port_out_open(&h->err, &c);
}

static void add_term(struct console_host *h,
		     const struct console_host_config *what)
{
	port_term_init(&h->term, what->console, what->loop);
	h->end[CONSOLE_TTY] = &h->term.end;
	console_host_resized(h);
}

unsigned console_host_ports(const struct config *config, bool job)
{
	unsigned ports = config->machine.console.on ? BIT(CONSOLE_TTY) : 0;

	if (!job || !is_ours(config))
		return ports;
	if (!is_at_terminal(config))
		return ports | BIT(CONSOLE_STDIN) | BIT(CONSOLE_STDOUT) |
		       BIT(CONSOLE_STDERR);
	if (!isatty(STDERR_FILENO))
		ports |= BIT(CONSOLE_STDERR);
	return ports | BIT(CONSOLE_TTY);
}

int console_host_open(struct console_host *host, const struct config *config,
		      const struct console_host_config *what)
{
	int err = 0;

	if (what->ports & BIT(CONSOLE_TTY))
		add_term(host, what);
	if (what->ports & BIT(CONSOLE_STDIN)) {
		port_in_init(&host->in, what->pipe);
		host->end[CONSOLE_STDIN] = &host->in.end;
	}
	if (what->ports & BIT(CONSOLE_STDOUT))
		err = add_stdout(host, config, what);
	if (!err && what->ports & BIT(CONSOLE_STDERR))
		err = add_stderr(host, config, what);
	return err;
}

int console_host_start(struct console_host *host)
{
	int err = port_out_start(&host->out);

	return err ? err : port_out_start(&host->err);
}

struct console_part_config console_host_part(const struct console_host *host,
					     const struct config *config)
{
	struct console_part_config part = { .virtio = config->machine.console };

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
