# SPDX-License-Identifier: BSD-2-Clause
# The virtio tests: a model driver, stress, mutations, models and fuzzing.

# What a program is linked from besides its own object.
$(O)/tests/test_vq $(O)/tests/test_vq_hostile $(O)/tests/test_vq_wrap \
$(O)/tests/test_vq_trace $(O)/tests/stress_vq: \
	$(O)/tests/driver.o $(O)/tests/driver_lend.o

$(O)/tests/stress_vq: $(O)/tests/stress.o

-include $(wildcard $(O)/tests/driver*.d $(O)/tests/stress*.d)

.PHONY: mutate
mutate: ## break the sources in known ways; the tests must notice
	$(Q)tools/mutate

.PHONY: stress
stress: $(O)/tests/stress_vq ## the queue and a driver on two threads
	$(Q)$<
