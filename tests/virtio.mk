# SPDX-License-Identifier: BSD-2-Clause
# The virtio tests: a model driver, stress, mutations and models.

# What a program is linked from besides its own object.
$(filter $(O)/tests/test_vq%,$(TESTS)) $(O)/tests/stress_vq \
$(O)/tests/test_rng $(O)/tests/test_console $(O)/tests/test_fs $(O)/tests/test_worker \
$(O)/tests/test_virtio_net $(O)/tests/test_virtio_net_trace: \
	$(O)/tests/driver.o $(O)/tests/driver_lend.o

$(O)/tests/stress_vq: $(O)/tests/stress_vq.o $(O)/tests/stress.o

# tests/rewriter.h
$(O)/tests/test_blk_parse $(O)/tests/test_console $(O)/tests/test_fs: \
	LDFLAGS += -Wl,--wrap=iov_gather
$(O)/tests/test_virtio_pci_doctor: LDFLAGS += -Wl,--wrap=vcpu_snapshot
$(O)/tests/test_worker: LDFLAGS += -Wl,--wrap=read,--wrap=sched_getaffinity

$(filter $(O)/tests/test_virtio_pci%,$(TESTS)) $(O)/tests/test_virtio_limits \
$(O)/tests/test_virtio_part $(O)/tests/test_virtio_devices: \
	$(O)/tests/vpci.o $(O)/tests/echo.o $(O)/tests/driver.o \
	$(O)/tests/driver_lend.o

-include $(wildcard $(O)/tests/vpci.d $(O)/tests/echo.d)
-include $(wildcard $(O)/tests/driver*.d $(O)/tests/stress*.d)

.PHONY: mutate
mutate: ## break the sources; tests must notice; MUTATIONS="transport ..."
	$(Q)tools/mutate $(MUTATIONS)

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

# Arithmetic on a guest's numbers: no silent conversions.
$(O)/devices/virtio/vq%.o: WARN += -Wconversion
