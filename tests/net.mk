# SPDX-License-Identifier: BSD-2-Clause
# The network's tests: a guest for them.

NET_GUEST := $(patsubst %.c,$(O)/%.o,$(wildcard tests/net_guest*.c))
NET_JUDGED := $(addprefix $(O)/tests/,test_firewall test_defrag test_tftp \
	test_policy test_tcp_queue test_libslirp_faults test_segment test_guest_addr)
$(filter $(O)/tests/test_slirp%,$(TESTS)) $(NET_JUDGED) \
	$(O)/tests/test_subnet: $(NET_GUEST)
$(NET_JUDGED): $(O)/tests/net_judge.o

$(O)/tests/test_virtio_net_livelock: $(NET_GUEST) $(O)/tests/driver.o \
	$(O)/tests/driver_lend.o

$(O)/tests/test_slirp_shards: LDFLAGS += -Wl,--wrap=slirp_pollfds_fill
$(O)/tests/test_slirp_sleep: LDFLAGS += -Wl,--wrap=pthread_mutex_trylock
$(O)/tests/test_slirp_tftp: LDFLAGS += -Wl,--wrap=pread
$(O)/tests/test_slirp_watch: LDFLAGS += -Wl,--wrap=epoll_ctl
$(O)/tests/test_slirp_version: LDFLAGS += -Wl,--wrap=slirp_version_string

-include $(NET_GUEST:.o=.d) $(wildcard $(O)/tests/net_judge.d)
