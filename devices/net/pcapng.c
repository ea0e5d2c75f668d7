/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/pcapng.h"

#include <string.h>

#include "base/util.h"
#include "devices/firewall/packet.h"

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
};

enum option {
	OPTION_END = 0,
	OPTION_PACKET_FLAGS = 2,
	OPTION_NAME = 2,
	OPTION_RESOLUTION = 9,
	OPTION_APPLICATION = 4,
};

enum direction { INBOUND = 1, OUTBOUND = 2 };

/* A block that is being made; its length is a multiple of 4 bytes. */
struct block {
	size_t len;
	uint8_t bytes[128 + ETHER_MAX + 3];
};

static void put(struct block *b, const void *data, size_t len)
{
	memcpy(b->bytes + b->len, data, len);
	b->len += len;
	memset(b->bytes + b->len, 0, ALIGN_UP(b->len, 4) - b->len);
	b->len = ALIGN_UP(b->len, 4);
}

static void put32(struct block *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

static void put_option(struct block *b, uint16_t code, const void *value,
		       uint16_t len)
{
	put32(b, (uint32_t)len << 16 | code);
	put(b, value, len);
}

/* Begin with the type, and with a length that end_block() sets. */
static void begin_block(struct block *b, enum block_type type)
{
	b->len = 0;
	put32(b, type);
	put32(b, 0);
}

static void end_block(const struct pcapng *pcapng, struct block *b)
{
	uint32_t len;

	put32(b, OPTION_END);
	len = (uint32_t)b->len + 4;
	put32(b, len);
	memcpy(b->bytes + 4, &len, sizeof(len));
	pcapng->write(pcapng->arg, b->bytes, b->len);
}

void pcapng_begin(const struct pcapng *pcapng)
{
	static const char application[] = "minivmm " VERSION;
	static const uint64_t unknown_length = UINT64_MAX;
	static const uint8_t nanoseconds = 9;
	struct block b UNINITIALIZED;

	begin_block(&b, BLOCK_SECTION);
	put32(&b, 0x1a2b3c4d);
	/* Version 1.0. */
	put32(&b, 1);
	put(&b, &unknown_length, sizeof(unknown_length));
	put_option(&b, OPTION_APPLICATION, application,
		   sizeof(application) - 1);
	end_block(pcapng, &b);

	begin_block(&b, BLOCK_INTERFACE);
	/* LINKTYPE_ETHERNET; no limit on the length. */
	put32(&b, 1);
	put32(&b, 0);
	put_option(&b, OPTION_NAME, "net0", 4);
	put_option(&b, OPTION_RESOLUTION, &nanoseconds, 1);
	end_block(pcapng, &b);
}

void pcapng_frame(const struct pcapng *pcapng, bool to_guest, uint64_t time_ns,
		  const void *frame, size_t len)
{
	uint32_t flags = to_guest ? INBOUND : OUTBOUND;
	struct block b UNINITIALIZED;

	begin_block(&b, BLOCK_PACKET);
	put32(&b, 0);
	put32(&b, (uint32_t)(time_ns >> 32));
	put32(&b, (uint32_t)time_ns);
	put32(&b, (uint32_t)len);
	put32(&b, (uint32_t)len);
	put(&b, frame, len);
	put_option(&b, OPTION_PACKET_FLAGS, &flags, sizeof(flags));
	end_block(pcapng, &b);
}
