# SPDX-License-Identifier: BSD-2-Clause
# The disk's tests: an image in memory.

$(filter $(O)/tests/test_blk%,$(TESTS)) $(O)/tests/test_virtio_devices: \
	$(O)/tests/fake_disk.o
$(O)/tests/test_blk $(O)/tests/test_blk_trace: $(O)/tests/driver.o $(O)/tests/driver_lend.o

-include $(wildcard $(O)/tests/fake_disk.d)
