# SPDX-License-Identifier: BSD-2-Clause
# The virtio tests: a model driver, stress, mutations, models and fuzzing.

# What a program is linked from besides its own object.
$(patsubst %.c,$(O)/%,$(wildcard tests/test_vq*.c)) $(O)/tests/stress_vq \
$(O)/tests/test_rng $(O)/tests/test_virtio_net $(O)/tests/test_worker: \
	$(O)/tests/driver.o $(O)/tests/driver_lend.o

$(O)/tests/stress_vq: $(O)/tests/stress.o

FORMATTED += $(wildcard tests/fuzz/*.[ch])

$(O)/tests/test_worker: LDFLAGS += -Wl,--wrap=read

VPCI_TESTS := $(basename $(notdir $(wildcard tests/test_virtio_pci*.c)))
$(VPCI_TESTS:%=$(O)/tests/%): \
	$(O)/tests/vpci.o $(O)/tests/echo.o $(O)/tests/driver.o \
	$(O)/tests/driver_lend.o

-include $(wildcard $(O)/tests/vpci.d $(O)/tests/echo.d)
-include $(wildcard $(O)/tests/driver*.d $(O)/tests/stress*.d)

.PHONY: mutate
mutate: ## break the sources in known ways; the tests must notice
	$(Q)tools/mutate

.PHONY: stress
stress: $(O)/tests/stress_vq $(O)/tests/test_virtio_pci_irq ## races, at length: wake-ups, interrupts and masks
	$(Q)$<
	$(Q)RACE_ROUNDS=1000000 CK_TIMEOUT_MULTIPLIER=10 \
		tools/run-units $(O)/tests/test_virtio_pci_irq

.PHONY: conformance
conformance: ## docs/VIRTIO.md, from the tests and what they say now
	$(Q)tools/conformance

.PHONY: models
models: ## SPIN models of the wake-up protocols, with store buffers
	$(Q)tools/models

# Fuzzing: clang's libFuzzer over the sources themselves.
FUZZ_CC     ?= clang
FUZZ_TIME   ?= 60
FUZZERS     := fuzz_vq fuzz_virtio_pci
FUZZ_CFLAGS := -std=gnu11 -I. -O1 -g -fno-strict-aliasing -pthread \
	       -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz_vq_SRC := tests/fuzz/vq_guest.c $(wildcard devices/virtio/vq*.c) \
	       vmm/mem.c vmm/log.c

fuzz_virtio_pci_SRC := tests/echo.c \
	       $(wildcard devices/virtio/v*.c vmm/pci*.c) \
	       devices/virtio/worker.c vmm/bus.c vmm/irq.c vmm/mem.c vmm/log.c

.PHONY: fuzz fuzz-smoke
fuzz: $(FUZZERS:%=build/fuzz/%) ## build the fuzzers
.SECONDEXPANSION:
build/fuzz/%: tests/fuzz/%.c $$($$*_SRC) $(wildcard tests/fuzz/*.h \
		devices/*/*.h vmm/*.h)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^)

fuzz-smoke: fuzz ## run each fuzzer for a share of FUZZ_TIME seconds
	$(Q)for f in $(FUZZERS); do \
		mkdir -p build/fuzz/$$f.corpus && \
		build/fuzz/$$f -max_total_time=$$(($(FUZZ_TIME) / \
			$(words $(FUZZERS)))) -timeout=10 -max_len=520 \
			-print_final_stats=1 \
			-artifact_prefix=build/fuzz/$$f- build/fuzz/$$f.corpus \
			tests/fuzz/corpus/$${f#fuzz_} || exit 1; \
	done

# Arithmetic on a guest's numbers: no silent conversions.
$(O)/devices/virtio/vq%.o: WARN += -Wconversion
