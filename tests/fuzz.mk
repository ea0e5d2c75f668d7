# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing: clang's libFuzzer over the sources themselves. A fuzzer is
# tests/fuzz/fuzz_NAME.c, its seeds are tests/fuzz/corpus/NAME.

FUZZ_CC     ?= clang
FUZZERS     := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CFLAGS := -std=gnu11 -I. -Ibuild -DVERSION='"$(VERSION)"' -O2 -g -fno-strict-aliasing -pthread \
	       -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_LIB    := $(patsubst %.c,build/fuzz/%.o,$(wildcard devices/*/*.c) \
	       $(wildcard firmware/*.c gdb/*.c) \
	       $(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)) \
	       $(addprefix base/,bus.c child.c draft.c fd_limit.c inherited.c iov.c \
	       irq.c landlock.c log.c mem.c option.c option_keys.c printable.c similar.c \
	       string_list.c syscall_filter.c syscall_filter_table.c thread.c trace.c \
	       unix_listen.c) tests/echo.c tests/fake_disk.c \
	       tests/driver.c tests/driver_lend.c)

FORMATTED += $(wildcard tests/fuzz/*.[ch])

.PHONY: fuzz fuzz-smoke
fuzz: $(FUZZERS:%=build/fuzz/%) ## build the fuzzers

# What the guest does, perhaps on two threads, is not to guide the fuzzer.
build/fuzz/devices/%.o build/fuzz/firmware/%.o build/fuzz/gdb/%.o build/fuzz/base/%.o: FUZZ_GUIDE := -fsanitize=fuzzer-no-link

build/fuzz/firmware/acpi.o: build/dsdt.hex
build/fuzz/firmware/bios.o: build/bios_services.hex
build/fuzz/initramfs/job.o: build/job_init.hex

build/fuzz/%.o: %.c
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_GUIDE) $(PKG_CFLAGS) -MMD -MP \
		-c -o $@ $<

build/fuzz/lib.a: $(FUZZ_LIB)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

build/fuzz/fuzz_blk build/fuzz/fuzz_console build/fuzz/fuzz_fs: LDFLAGS += -Wl,--wrap=iov_gather
build/fuzz/fuzz_boot: LDFLAGS += -Wl,--wrap=log_fail,--wrap=log_line
build/fuzz/fuzz_slirp build/fuzz/fuzz_udp: LDFLAGS += -Wl,--wrap=clock_gettime
build/fuzz/fuzz_virtio_pci: LDFLAGS += -Wl,--wrap=pthread_cond_timedwait

# libslirp with sanitizers, from Debian's source of the version that is
# installed; empty where that cannot be had, and then the installed one is used.
build/fuzz/libslirp.a: tools/build-libslirp
	$(call say,FUZZ,$@)
	$(Q)tools/build-libslirp $@ $(FUZZ_CC) -fsanitize=address,fuzzer-no-link || { \
		echo "  SKIP    fuzz_slirp does not see faults in libslirp's memory"; \
		rm -f $@ && $(AR) rcs $@; }

build/fuzz/fuzz_slirp: build/fuzz/libslirp.a
build/fuzz/fuzz_slirp: FUZZ_LIBS = $(shell pkg-config --libs glib-2.0)

build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/lib.a
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ \
		$(PKG_LIBS) $(FUZZ_LIBS)

fuzz-smoke: fuzz ## run each fuzzer for a minute
	$(Q)tools/fuzz-smoke $(FUZZERS)

-include $(FUZZ_LIB:.o=.d) $(FUZZERS:%=build/fuzz/tests/fuzz/%.d)
