# SPDX-License-Identifier: BSD-2-Clause
# The images' tests: what a host's storage may do is done by tests/disk_faults.h.

DISK_CALLS := preadv2 pwritev2 fdatasync fallocate
$(O)/tests/test_raw $(O)/tests/test_overlay: \
	LDFLAGS += $(DISK_CALLS:%=-Wl,--wrap=%)
