/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_trace.h - what --trace tells of a vCPU
 */
#ifndef VMM_VCPU_TRACE_H
#define VMM_VCPU_TRACE_H

#include <stdint.h>

struct vcpu;

/* Choose its track.  Main thread. */
void vcpu_trace_init(struct vcpu *vcpu);

/* An exit, for which KVM_RUN returned the errno @err or 0, began at @begin_ns
 * (see trace_begin) and is over.  The vCPU's thread. */
void vcpu_trace_exit(const struct vcpu *vcpu, int err, uint64_t begin_ns);

#endif
