/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/console/port_std.h"

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sink.h"
#include "devices/serial/port_pipe.h"

static struct port_in *to_in(struct port_end *end)
{
	return (struct port_in *)end;
}

static void in_attach(struct port_end *end, void (*news)(void *arg), void *arg)
{
	port_pipe_listen(to_in(end)->pipe, news, arg);
}

static void in_opened(struct port_end *end, bool open)
{
	if (open)
		port_pipe_widen(to_in(end)->pipe);
}

static size_t in_waiting(struct port_end *end)
{
	return port_pipe_waiting(to_in(end)->pipe);
}

static size_t in_read(struct port_end *end, uint8_t *to, size_t len)
{
	return port_pipe_take(to_in(end)->pipe, to, len);
}

static bool in_over(struct port_end *end)
{
	return port_pipe_ended(to_in(end)->pipe);
}

void port_in_init(struct port_in *in, struct port_pipe *pipe)
{
	static const struct port_end_ops ops = {
		.attach = in_attach,
		.opened = in_opened,
		.waiting = in_waiting,
		.read = in_read,
		.over = in_over,
	};

	*in = (struct port_in){ .end = { &ops }, .pipe = pipe };
}

static struct port_out *to_out(struct port_end *end)
{
	return (struct port_out *)end;
}

static void out_attach(struct port_end *end, void (*news)(void *arg), void *arg)
{
	if (to_out(end)->sink)
		sink_listen(to_out(end)->sink, news, arg);
}

static size_t out_room(struct port_end *end)
{
	return to_out(end)->sink ? sink_room(to_out(end)->sink) : SIZE_MAX;
}

static void out_write(struct port_end *end, const uint8_t *buf, size_t len)
{
	struct port_out *out = to_out(end);

	if (out->output)
		out->output(out->arg, buf, len);
	if (out->sink)
		sink_write(out->sink, buf, len);
}

static bool out_over(struct port_end *end)
{
	return to_out(end)->sink && sink_failed(to_out(end)->sink);
}

int port_out_open(struct port_out *out, const struct port_out_config *config)
{
	static const struct port_end_ops ops = {
		.attach = out_attach,
		.room = out_room,
		.write = out_write,
		.over = out_over,
	};
	const struct sink_config sink = {
		.name = config->name,
		.limit = SINK_LIMIT,
		.max = config->max,
		.tail = true,
		.left_out = config->left_out,
	};
	int err;

	*out = (struct port_out){ .end = { &ops },
				  .output = config->output,
				  .arg = config->arg };
	if (fcntl(config->fd, F_GETFD) < 0)
		return 0;
	err = sink_open(&out->sink, &sink);
	if (err)
		return log_fail(err, "%s: %s: free some memory", config->name,
				strerror(-err));
	sink_connect(out->sink, config->fd);
	return 0;
}

int port_out_start(struct port_out *out)
{
	return sink_start(out->sink);
}

int port_out_close(struct port_out *out, unsigned patience_ms)
{
	return sink_close(out->sink, patience_ms);
}
