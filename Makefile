# SPDX-License-Identifier: BSD-2-Clause
#
# make            the program, ./minivmm, and its man page
# make run        a Linux shell in it; make check: all tests
# make help       everything else
#
# V=1             show the commands
# DEVELOPER=1     warnings are errors (CI sets it)
# SANITIZE=LIST   address,undefined or thread: builds into build/LIST
# STATIC=1        no shared libraries: builds into build/static

PREFIX  ?= /usr/local
CC      ?= cc
comma   := ,
O       := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))$(if \
	   $(STATIC),/static)
VERSION := 0.1.0

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wundef -Wvla -Wformat=2 -Wpointer-arith \
	   -Wcast-qual -Wwrite-strings -Wstrict-prototypes \
	   -Wmissing-prototypes -Wimplicit-fallthrough \
	   $(if $(DEVELOPER),-Werror)
# The first of some options that compiler and C library take; none, if they are
# too old.
first = $(firstword $(foreach f,$(1),$(shell $(CC) -O2 -Werror $(f) \
	-U_FORTIFY_SOURCE $(filter -D%,$(f)) -include stdlib.h -x c -c \
	-o /dev/null /dev/null 2>/dev/null && echo '$(f)')))
HARDEN  := -fstack-protector-strong -fPIE $(call first,-fno-plt) \
	   $(call first,-fcf-protection) $(call first,-fstack-clash-protection) \
	   $(call first,-ftrivial-auto-var-init=zero) \
	   $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,\
	   -U_FORTIFY_SOURCE \
	   $(call first,-D_FORTIFY_SOURCE=3 -D_FORTIFY_SOURCE=2) \
	   -fno-asynchronous-unwind-tables)
ALL_CFLAGS  = -std=gnu11 -I. -I$(O) -fno-strict-aliasing -pthread $(WARN) \
	      $(HARDEN) -DVERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CFLAGS)
UNALIGNED := $(call first,-falign-functions=1) $(call first,-falign-jumps=1) \
	     $(call first,-falign-loops=1) $(call first,-falign-labels=1) \
	     $(call first,-fno-jump-tables)
# The same of linkers; the C library has to know what they do, too.
first_ld = $(firstword $(foreach f,$(1),$(shell t=$$(mktemp) && \
	echo 'int main(void) { return 0; }' | $(CC) -pie -fPIE $(f) -x c - \
	-o $$t 2>/dev/null && $$t && echo '$(f)'; rm -f $$t)))
HARDEN_LD := $(call first_ld,-Wl$(comma)-z$(comma)pack-relative-relocs)
ALL_LDFLAGS = -pthread $(if $(STATIC),-static-pie,-pie) -Wl,-z,relro,-z,now $(HARDEN_LD) \
	      -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags libelf slirp jansson 2>/dev/null)
# Only its header: it is loaded when it is needed. Nothing is loaded by a program
# that has all in itself.
PKG_CFLAGS += $(if $(NO_LIBNBD)$(STATIC),,$(shell pkg-config --cflags libnbd 2>/dev/null \
	&& echo -DHAVE_LIBNBD))
# What distributions have of libslirp is shared. The linker warns that glib looks
# users up by modules of the C library's: it is never asked to here.
LIBSLIRP ?= $(O)/libslirp.a
PKG_LIBS   := $(if $(STATIC),$(LIBSLIRP) $(shell pkg-config --static --libs \
	      glib-2.0 libelf jansson),\
	      $(shell pkg-config --libs libelf slirp jansson 2>/dev/null))

FOLDERS := $(shell tools/layers --folders)
SRC   := $(wildcard $(FOLDERS:%=%/*.c))
OBJ   := $(SRC:%.c=$(O)/%.o)
LIB   := $(O)/libminivmm.a
# tests/ mirrors the folders of the program; the tests' programs lie in one.
TEST_SRC := $(wildcard tests/*/test_*.c tests/*/*/test_*.c)
TESTS := $(patsubst %.c,$(O)/tests/%,$(notdir $(TEST_SRC)))
DOCS  := $(addprefix $(O)/minivmm.,1 bash zsh fish)
BIN   := $(if $(SANITIZE)$(STATIC),$(O)/)minivmm

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all install run check check-units check-suite check-linux bench \
	bench-blk bench-compare bench-farm bench-net bench-pairs bench-share \
	bench-verdicts setup units clean lint layers size format \
	format-check help

all: $(BIN) $(DOCS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' \
		$(filter %akefile %.mk,$(MAKEFILE_LIST))

$(BIN): $(O)/cli/main.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter-out $(LIBSLIRP),$^) $(PKG_LIBS)
	$(if $(STATIC)$(findstring HAVE_LIBNBD,$(PKG_CFLAGS)),,$(call say,NOTE,\
		"built without qcow2 and its like: for these install libnbd-dev"))

ifdef STATIC
$(BIN): $(LIBSLIRP)
$(O)/libslirp.a: tools/build-libslirp
	$(call say,CC,libslirp)
	$(Q)tools/build-libslirp $@ '$(CC)' -O2 $(HARDEN) || { echo "no static \
	libslirp: have one built, and say where: LIBSLIRP=FILE" >&2; exit 1; }
endif

$(LIB): $(filter-out $(O)/cli/main.o,$(OBJ))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

# Before anything is compiled: what is missing is said at once, and in whole.
$(O)/requirements: tools/requirements
	$(Q)mkdir -p $(@D)
	$(Q)tools/requirements '$(CC)' $(LDFLAGS)
	$(Q)touch $@

# What runs once, or for people, need be neither aligned nor quick.
$(O)/cli/%.o $(O)/firmware/%.o $(O)/gdb/%.o $(O)/initramfs/%.o \
$(patsubst %,$(O)/base/%.o,child fd_limit inherited log option option_keys \
	similar) \
$(patsubst %,$(O)/devices/net/%.o,forward_parse net_config net_keys port_holder \
	subnet) \
$(patsubst %,$(O)/devices/serial/%.o,console_log file pty socket term) \
$(patsubst %,$(O)/devices/slirp/%.o,dhcp_leases info probe tftp \
	tftp_service tftp_worker) \
$(patsubst %,$(O)/vmm/%.o,autopsy cpuid doctor kvm mainboard probe_vm screen \
	speed standstill symbols vcpu_crash vcpu_failure vm): \
		ALL_CFLAGS += $(UNALIGNED)

# With other flags it is another object.
$(O)/%.o: %.c Makefile | $(O)/requirements
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The program knows its options best.
$(O)/minivmm.1: docs/minivmm.1.in $(BIN)
	$(call say,DOC,$@)
	$(Q)./$(BIN) --help=counters >$@.counters
	$(Q)./$(BIN) --help=verdicts >$@.verdicts
	$(Q)./$(BIN) --help=symptoms >$@.symptoms
	$(Q)sed -e '/^@COUNTERS@$$/{r $@.counters' -e 'd;}' \
		-e '/^@VERDICTS@$$/{r $@.verdicts' -e 'd;}' \
		-e '/^@SYMPTOMS@$$/{r $@.symptoms' -e 'd;}' \
		-e 's/@VERSION@/$(VERSION)/' $< >$@

$(O)/minivmm.bash $(O)/minivmm.zsh $(O)/minivmm.fish: $(BIN)
	$(call say,DOC,$@)
	$(Q)./$(BIN) --help=$(subst .,,$(suffix $@)) >$@

.PHONY: static
static: ## build/static/minivmm, a program that needs no shared libraries
	$(Q)$(MAKE) --no-print-directory STATIC=1 build/static/minivmm
	$(Q)strip build/static/minivmm

DEST = $(DESTDIR)$(PREFIX)
install: all ## the program and its documents, into $(DESTDIR)$(PREFIX)
	$(call say,INSTALL,$(DEST))
	$(Q)install -D -m 755 $(BIN) "$(DEST)/bin/minivmm"
	$(Q)install -D -m 644 $(O)/minivmm.1 "$(DEST)/share/man/man1/minivmm.1"
	$(Q)install -D -m 644 $(O)/minivmm.bash \
		"$(DEST)/share/bash-completion/completions/minivmm"
	$(Q)install -D -m 644 $(O)/minivmm.zsh \
		"$(DEST)/share/zsh/site-functions/_minivmm"
	$(Q)install -D -m 644 $(O)/minivmm.fish \
		"$(DEST)/share/fish/vendor_completions.d/minivmm.fish"
	$(Q)for f in $$(cd configs && find . -type f); do \
		m=644; [ ! -x configs/$$f ] || m=755; \
		install -D -m $$m configs/$$f \
			"$(DEST)/share/doc/minivmm/examples/$$f" || exit; \
	done
	$(Q)for f in report results; do install -D -m 644 docs/$$f.schema.json \
		"$(DEST)/share/doc/minivmm/$$f.schema.json" || exit; done

# The DSDT is compiled from its source into a byte array, dsdt_aml_code.
$(O)/firmware/acpi.o: $(O)/dsdt.hex
$(O)/dsdt.hex: firmware/dsdt.asl
	$(call say,IASL,$<)
	$(Q)mkdir -p $(@D)
	$(Q)iasl -we -vs -p $(O)/dsdt -tc $< >$(O)/dsdt.log || \
		{ cat $(O)/dsdt.log; exit 1; }
	$(Q)sed -i 's/^unsigned char/static const &/' $@

# What interrupt vectors lead to is real-mode code.
$(O)/firmware/bios.o: $(O)/bios_services.hex
$(O)/bios_services.hex: $(O)/bios_services.bin
	$(Q)od -An -v -tx1 $< | sed 's/[0-9a-f][0-9a-f]/0x&,/g' >$@

$(O)/bios_services.bin: firmware/bios/services.S firmware/layout.h
	$(call say,GAS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 -I. -c -o $(@:.bin=.o) $<
	$(Q)$(LD) -m elf_i386 -Ttext=0x2000 -e services --oformat=binary \
		-o $@ $(@:.bin=.o)

# What a page of results is dressed with.
$(O)/cli/report/html.o: $(O)/page_css.hex $(O)/page_js.hex
$(O)/page_%.hex: cli/report/page.%
	$(Q)mkdir -p $(@D)
	$(Q)od -An -v -tx1 $< | sed 's/[0-9a-f][0-9a-f]/0x&,/g' >$@

# The first process of a guest with a job is Linux's program, not ours.
$(O)/initramfs/job.o: $(O)/job_init.hex
$(O)/job_init.hex: $(O)/job_init
	$(Q)od -An -v -tx1 $< | sed 's/[0-9a-f][0-9a-f]/0x&,/g' >$@

JOB_INIT := $(wildcard initramfs/init/*.c)
$(O)/job_init: $(JOB_INIT) initramfs/init/sys.h initramfs/job.h
	$(call say,CC,initramfs/init)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -I. $(WARN) -Os -ffreestanding -fno-pie \
		-fno-stack-protector -fcf-protection=none \
		-fno-asynchronous-unwind-tables -nostdlib -static -no-pie \
		-ffunction-sections -Wl,--gc-sections \
		-s -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,noseparate-code -o $@ $(JOB_INIT)

$(foreach t,$(TEST_SRC),\
	$(eval $(O)/tests/$(basename $(notdir $t)): $(t:%.c=$(O)/%.o)))

$(TESTS) $(O)/tests/stress_vq: $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(PKG_LIBS) \
		$(shell pkg-config --libs check)

# The next two install what they need first.
run: ## boot Debian's kernel to a shell; RUN_ARGS="--cpus 2 ..." goes along
	$(Q)tools/setup build guest
	$(Q)$(MAKE) -s --no-print-directory -j$(shell nproc) all
	$(Q)tools/run $(RUN_ARGS)

check: ## everything: build, lint, units, sanitizers, guests, Linux
	$(Q)tools/check

.PHONY: check-nightly
check-nightly: ## what takes hours and is seldom red: payloads, mutations, an hour of ping-pong, ...
	$(Q)tools/check nightly

check-units: units

.PHONY: check-payloads
check-payloads: all ## kernels of others; KVM_UNIT_TESTS=TREE XV6=TREE
	$(Q)guest-tests/payloads $(PAYLOADS)

.PHONY: check-pages
check-pages: all guests ## the commands in README.md and docs, with bare-metal guests
	$(Q)$(shell [ -w /dev/kvm ] || echo tools/lab) tools/pages ./$(BIN)

check-suite: all guests ## minivmm test, with bare-metal guests
	$(Q)guest-tests/suite

check-linux: all guests ## Linux guests, here or in the lab; LINUX_TESTS="net one ..." or nightly
	$(Q)guest-tests/linux/run $(LINUX_TESTS)

bench: all guests ## compare with QEMU; see bench/README.md; pictures in build/bench
	$(Q)bench/run

bench-verdicts: all ## what QEMU says of runs that fail: docs/COMPARISON.md
	$(Q)bench/verdicts

bench-compare: all guests ## beside another commit, BASE=; ROUNDS=10, IDLE=0
	$(Q)bench/compare "$(BASE)" $(ROUNDS)

bench-pairs: all guests ## latency beside QEMU's, in ROUNDS=20 pairs of short runs
	$(Q)bench/pairs $(ROUNDS)

bench-net: all guests ## the user network, beside QEMU's; ROUNDS=5
	$(Q)bench/run net $(ROUNDS)

bench-share: all guests ## a folder of the host, beside QEMU's; ROUNDS=3
	$(Q)bench/run share $(ROUNDS)

bench-farm: all guests ## 200 tests, beside a loop over QEMU; ROUNDS=5
	$(Q)bench/farm $(ROUNDS)

bench-blk: all guests ## a disk, beside QEMU's and fio on the host; ROUNDS=5
	$(Q)bench/run blk $(ROUNDS)

.PHONY: dist deb check-packages check-container
dist: ## the sources, in build/minivmm-VERSION.tar.xz, and their SPDX document
	$(Q)tools/dist $(VERSION)

deb: ## a Debian package, in build/deb
	$(Q)tools/deb $(VERSION)

check-packages: all guests ## packages for Debian and Ubuntu, built, installed and used; SUITES="trixie"
	$(Q)tools/check-packages $(VERSION) $(SUITES)

check-container: all guests ## the image of configs/container, built and used
	$(Q)tools/check-container

.PHONY: docs bench-pictures
docs: $(O)/minivmm.1 ## the pages as a site: build/site/index.html
	$(Q)tools/docs $< build/site

.PHONY: check-pictures
check-pictures:
	$(Q)bench/charts --check bench/README.md

bench-pictures: ## the tables of bench/README.md as pictures, by gnuplot
	$(Q)bench/charts bench/README.md bench/pictures

setup: ## install the Debian packages needed for all of this
	$(Q)tools/setup

# Most wait more than they compute, so they run side by side. The threads of
# these race, and each wants a processor. Sanitizers find what they look for
# without that.
RACING := $(if $(SANITIZE),,$(addprefix $(O)/tests/test_,virtio_pci_irq \
	  virtio_pci_state virtio_pci worker frame_ring))
units: $(TESTS) ## the unit tests; one measures /dev/kvm
	$(Q)tools/run-units -j $(shell nproc) -a "$(RACING)" $(TESTS)

.PHONY: coverage
coverage: ## which lines of the devices the unit tests run
	$(Q)tools/coverage

# This one runs the program itself.
$(O)/tests/test_startup: $(BIN)
$(O)/tests/cli/test_startup.o: ALL_CFLAGS += -DPROGRAM='"./$(BIN)"'

size: $(OBJ) ## how many bytes each part of the program has, and may have
	$(Q)tools/size '$(CC) $(ALL_LDFLAGS)' '$(PKG_LIBS)' $(OBJ)

layers: ## includes go only downward through the layers
	$(Q)tools/layers

FORMATTED := $(wildcard $(FOLDERS:%=%/*.[ch]) firmware/*/*.[ch] initramfs/*/*.[ch] tests/*.[ch] tests/*/test_*.[ch] tests/*/*/test_*.[ch] \
	     guest-tests/*.[ch] guest-tests/*/*.[ch] \
	     tools/*/*.[ch] bench/*.[ch])

format: ## lay the sources out by .clang-format
	$(Q)clang-format -i $(FORMATTED)

format-check:
	$(Q)clang-format --dry-run -Werror $(FORMATTED)

lint: layers format-check $(O)/minivmm.1 ## clang-tidy, cppcheck, layers and formatting
	$(Q)tools/lint

clean: ## remove what was built (the download cache stays)
	rm -rf build minivmm

include guest-tests/rules.mk
include tests/virtio.mk
include tests/net.mk
include tests/disk.mk
include tests/blk.mk
include tests/fs.mk
include tests/fuzz.mk

-include $(OBJ:.o=.d) $(TEST_SRC:%.c=$(O)/%.d)
