/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/lint.h"

#include "base/log.h"
#include "devices/virtio/virtio.h"

/* And the section of VIRTIO 1.2 that asks for something else. */
static const struct {
	const char *text, *section;
} mistakes[] = {
	[LINT_READ_ONLY] = { "wrote a read-only register", "4.1.4.3" },
	[LINT_WIDTH] = { "accessed a register in parts or with others",
			 "4.1.3.1" },
	[LINT_CONFIG] = { "wrote configuration that is read-only", "2.5" },
	[LINT_DISABLE] = { "wrote something other than 1 to queue_enable",
			   "4.1.4.3.2" },
	[LINT_EARLY_KICK] = { "kicked before DRIVER_OK", "3.1.1" },
	[LINT_SHORT_BUFFER] = { "lent a receive buffer that is too short",
				"5.1.6.3.1" },
	[LINT_NUM_BUFFERS] = { "sent a header with num_buffers not 0",
			       "5.1.6.2.1" },
	[LINT_WRITABLE] = { "lent a writable buffer to be sent", "5.1.6.2" },
	[LINT_NO_FEATURES_OK] = { "went on without FEATURES_OK", "3.1.1" },
	[LINT_OFFLOAD] = { "asked for an offload that was not negotiated",
			   "5.1.6.2.1" },
	[LINT_DIRECTION] = { "lent data to a disk in the wrong direction",
			     "5.2.6" },
	[LINT_NOT_ACCEPTED] = { "asked a disk for what it did not accept",
				"5.2.6.1" },
};

void virtio_lint(struct virtio_device *dev, enum lint what, const char *where)
{
	uint32_t bit = BIT(what);

	if (!dev->lint.on ||
	    __atomic_fetch_or(&dev->lint.said, bit, __ATOMIC_RELAXED) & bit)
		return;
	log_warn("lint: %s: the driver %s%s%s%s (VIRTIO 1.2, section %s)",
		 dev->name, mistakes[what].text, where ? " (" : "",
		 where ? where : "", where ? ")" : "", mistakes[what].section);
}
