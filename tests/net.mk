# SPDX-License-Identifier: BSD-2-Clause
# The network's tests: a guest, and a fuzzer of the sanitizer with libslirp
# behind it.

NET_GUEST := $(patsubst %.c,$(O)/%.o,$(wildcard tests/net_guest*.c))
NET_JUDGED := $(addprefix $(O)/tests/,test_sanitizer test_reassembly \
	test_policy test_tcp_order test_segment test_guest_addr)
$(patsubst %.c,$(O)/%,$(wildcard tests/test_slirp*.c)) $(NET_JUDGED): \
	$(NET_GUEST)
$(NET_JUDGED): $(O)/tests/net_judge.o

-include $(NET_GUEST:.o=.d) $(wildcard $(O)/tests/net_judge.d)

FUZZERS += fuzz_slirp

fuzz: build/fuzz/fuzz_slirp
build/fuzz/fuzz_slirp: tests/fuzz/fuzz_slirp.c $(addprefix devices/net/, \
		checksum.c packet.c policy.c reassembly.c reject.c \
		sanitizer.c segment.c tcp_order.c) $(wildcard devices/net/*.h)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(PKG_CFLAGS) -o $@ $(filter %.c,$^) \
		$(PKG_LIBS)
