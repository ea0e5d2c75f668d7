# SPDX-License-Identifier: BSD-2-Clause
# The network's fuzzer: the sanitizer with libslirp behind it.

FUZZERS += fuzz_slirp

fuzz: build/fuzz/fuzz_slirp
build/fuzz/fuzz_slirp: tests/fuzz/fuzz_slirp.c $(addprefix devices/net/, \
		checksum.c packet.c policy.c reassembly.c reject.c \
		sanitizer.c segment.c tcp_order.c) $(wildcard devices/net/*.h)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(PKG_CFLAGS) -o $@ $(filter %.c,$^) \
		$(PKG_LIBS)
