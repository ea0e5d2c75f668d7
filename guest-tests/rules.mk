# SPDX-License-Identifier: BSD-2-Clause
#
# Bare-metal guests: guest-tests/NAME.c and NAME.S become
# build/guest-tests/NAME.elf, and boot.c one image per boot format.

G := build/guest-tests

GUEST_CC     ?= $(CC)
GUEST_CFLAGS := -std=gnu11 -O2 -g -I. -ffreestanding -fno-pic -fno-pie \
		-mno-red-zone -mgeneral-regs-only -fno-stack-protector \
		-fcf-protection=none -fno-asynchronous-unwind-tables \
		-fno-strict-aliasing -fno-tree-loop-distribute-patterns \
		$(WARN)
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none \
		 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

GUEST_LIB   := $(patsubst %,$(G)/%.o,$(basename \
	       $(filter-out guest-tests/lib/head_%,\
	       $(wildcard guest-tests/lib/*.[cS]))))
# hostile.c has its inputs in a directory.
GUEST_HOSTILE := $(patsubst %.c,$(G)/%.o,$(wildcard guest-tests/hostile/*.c))
# Guests named net_... have a network stack.
GUEST_NET   := $(patsubst %.c,$(G)/%.o,$(wildcard guest-tests/net/*.c))
GUEST_HEADS := pvh elf64 multiboot flat multiboot2 flat2 bzimage32 bzimage64
GUESTS      := $(filter-out boot,$(patsubst guest-tests/%.c,%,\
	       $(wildcard guest-tests/*.c)))
GUEST_BINS  := $(GUESTS:%=$(G)/%.elf) $(G)/hello.elf $(G)/debug.elf \
	       $(G)/steps.elf $(G)/boot_pvh.elf \
	       $(G)/boot_elf64.elf $(G)/boot_multiboot.elf $(G)/boot_flat.bin \
	       $(G)/boot_multiboot2.elf $(G)/boot_flat2.bin \
	       $(G)/boot_bzimage32.bin $(G)/boot_bzimage64.bin

# What runs in Linux guests, static.
LINUX_PROGRAMS := $(G)/files $(G)/fsx $(G)/posix $(G)/traps

.PHONY: guests check-ends check-guests check-guests-lab check-smoke check-net \
	check-net-long check-slurm
guests: $(GUEST_BINS) $(G)/netpeer $(G)/peer $(LINUX_PROGRAMS)

check-guests: guests $(BIN) ## the bare-metal guests, on this /dev/kvm if any
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) tools/run-guests ./$(BIN)

SMOKE ?= 200
check-smoke: guests $(BIN) ## 200 runs (SMOKE=) without one wrong verdict
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) tools/smoke $(SMOKE) ./$(BIN)

.PHONY: check-live
check-live: guests $(BIN) ## what minivmm test shows on a terminal
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/live

.PHONY: check-page
check-page: guests $(BIN) ## the page of results, in Chromium
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/page

# Each thread of a run is taken over; in its place a library acts.
.PHONY: check-takeover
check-takeover: guests $(BIN) build/tests/takeover.so ## threads that are taken over reach nothing
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/takeover $(BIN)

build/tests/takeover.so: tests/takeover.c tests/acts.h base/thread.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -g -I. $(WARN) -shared -fPIC -o $@ $<

.PHONY: check-audit
check-audit: guests $(BIN) ## by strace: which allowed system calls no thread makes
	$(Q)tools/sandbox-audit

# The host's own kernel as guest of a folder.
.PHONY: check-share
check-share: guests $(O)/tests/fuse_mount ## a shared folder, mounted by this host's kernel
	$(Q)guest-tests/share $(O)/tests/fuse_mount

$(O)/tests/fuse_mount: $(O)/tests/fuse_mount.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: check-sandbox-kernels
check-sandbox-kernels: guests $(BIN) build/tests/takeover.so \
		build/tests/test_syscall_filter build/tests/test_sandbox ## the sandbox with an older Landlock and with none, in the lab
	$(Q)guest-tests/sandbox-kernels

.PHONY: check-gdb
check-gdb: guests $(BIN) ## gdb and lldb debug a bare-metal guest, on this /dev/kvm
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/gdb ./$(BIN)

.PHONY: check-core
check-core: $(BIN) ## crash and gdb read the core of a Linux guest that panicked
	$(Q)guest-tests/core ./$(BIN)

check-ends: guests $(BIN) ## runs that end in time, whatever is in the way
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/ends ./$(BIN)

KILLS ?= 20
.PHONY: check-disks
check-disks: guests $(BIN) ## what a host can do to a disk; KILLS=20 of minivmm
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) env KILLS=$(KILLS) \
		guest-tests/disks ./$(BIN)

check-guests-lab: guests $(BIN) ## the same, on the lab's
	$(Q)tools/lab-guests ./$(BIN)

check-net check-net-long: guests $(BIN)
check-net: ## the network, with bare-metal guests; NET_TESTS="slow ..."
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/net/run \
		$(NET_TESTS)
check-net-long: ## 10,000 connections, ping-pong for an hour
	$(Q)guest-tests/net/run many long

check-slurm: guests $(BIN) ## configs/slurm, on a Slurm of one node
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) guest-tests/slurm

# Their TCP is also tested without a guest, compiled for the host.
$(O)/tests/test_guest_tcp: $(addprefix $(O)/guest-tests/net/,checksum.o \
		http.o ip.o tcp.o tcp_out.o)
-include $(wildcard $(O)/guest-tests/net/*.d)

# What talks to the guests net_..., on the host.
PEER_SRC := $(wildcard guest-tests/netpeer/*.c)
$(G)/netpeer: $(PEER_SRC) guest-tests/netpeer/peer.h guest-tests/net/pattern.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -I. $(WARN) $(CFLAGS) -o $@ $(PEER_SRC)

# What talks to Linux guests, on the host and, as it is static, in them.
$(G)/peer $(LINUX_PROGRAMS): $(G)/%: guest-tests/linux/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) $(CFLAGS) -static -o $@ $<

$(G)/guest-tests/%.o: guest-tests/%.c
	$(call say,GCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(G)/guest-tests/%.o: guest-tests/%.S
	$(call say,GAS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

# One object for each way in.
HEAD_pvh       := elf
HEAD_elf64     := elf -DNO_PVH
HEAD_multiboot := multiboot
HEAD_flat      := multiboot -DFLAT
HEAD_multiboot2 := multiboot2
HEAD_flat2     := multiboot2 -DFLAT
HEAD_bzimage32 := bzimage -DONLY32
HEAD_bzimage64 := bzimage

$(GUEST_HEADS:%=$(G)/head_%.o): $(G)/head_%.o: \
		$(wildcard guest-tests/lib/head_*.S) guest-tests/lib/layout.h
	$(Q)mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) $(wordlist 2,9,$(HEAD_$*)) -c -o $@ \
		guest-tests/lib/head_$(firstword $(HEAD_$*)).S

guest_link = $(GUEST_CC) $(GUEST_LDFLAGS) -T guest-tests/lib/guest.ld \
	     -Wl,-e,image_entry -o

$(G)/hostile.elf: $(GUEST_HOSTILE)
$(filter $(G)/net_%,$(GUEST_BINS)): $(GUEST_NET)

$(GUESTS:%=$(G)/%.elf): $(G)/%.elf: $(G)/head_pvh.o \
		$(G)/guest-tests/%.o $(GUEST_LIB) guest-tests/lib/guest.ld
	$(call say,GLD,$@)
	$(Q)$(guest_link) $@ $(filter %.o,$^)

$(GUEST_HEADS:%=$(G)/boot_%.ld.elf): $(G)/boot_%.ld.elf: $(G)/head_%.o \
		$(G)/guest-tests/boot.o $(GUEST_LIB) guest-tests/lib/guest.ld
	$(Q)$(guest_link) $@ $(filter %.o,$^)

$(G)/boot_pvh.elf $(G)/boot_elf64.elf $(G)/boot_multiboot2.elf: \
		%.elf: %.ld.elf
	$(call say,GLD,$@)
	$(Q)cp $< $@

# Multiboot loaders take a 32-bit ELF file, whatever code is in it.
$(G)/boot_multiboot.elf: %.elf: %.ld.elf
	$(call say,OBJCOPY,$@)
	$(Q)objcopy -O elf32-i386 $< $@

$(G)/boot_flat.bin $(G)/boot_flat2.bin $(G)/boot_bzimage32.bin \
$(G)/boot_bzimage64.bin: \
		%.bin: %.ld.elf
	$(call say,OBJCOPY,$@)
	$(Q)objcopy -O binary $< $@

# No library: as few instructions as can be.
$(G)/hello.elf $(G)/debug.elf $(G)/steps.elf: $(G)/%.elf: $(G)/guest-tests/%.o \
		guest-tests/lib/guest.ld
	$(call say,GLD,$@)
	$(Q)$(guest_link) $@ -Wl,--defsym,boot_tss=0 $<

-include $(wildcard $(addprefix $(G)/guest-tests/,*.d lib/*.d net/*.d \
	hostile/*.d))
