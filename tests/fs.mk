# SPDX-License-Identifier: BSD-2-Clause
# Tests of the file system device: a guest's kernel that speaks FUSE.

$(filter $(O)/tests/test_fs_server%,$(TESTS)): \
	$(O)/tests/devices/fs/fuse_guest.o

-include $(wildcard $(O)/tests/devices/fs/fuse_guest.d)
