/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm.h - the machine: the one list of its parts
 *
 * A machine lives for one boot.  A reset makes a new one, so nothing is left of
 * the old guest.  What belongs to the host (the serial line's far end, the
 * network, the kernel file) is lent to the machine and outlives it.
 *
 * Threads: main thread.  The machine adds one thread per vCPU.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <pthread.h>

#include "base/power.h"
#include "devices/blk/blk_part.h"
#include "devices/console/console_part.h"
#include "devices/fs/share.h"
#include "devices/net/net_part.h"
#include "devices/platform/debugcon.h"
#include "devices/platform/pvpanic.h"
#include "devices/serial/port_pipe.h"
#include "vmm/coalesced.h"
#include "vmm/doctor.h"
#include "vmm/machine_config.h"
#include "vmm/mainboard.h"
#include "vmm/parts.h"
#include "vmm/standstill.h"
#include "vmm/vcpus.h"

struct boot;
struct chardev;
struct kvm;
struct trace;

struct vm_events {
	/* The machine's end was requested: called once, on the loop's
	 * thread. */
	void (*ended)(void *arg, const struct power_event *event);
	void *arg;
};

/* What a machine is built from. */
struct vm_config {
	/* A copy of the user's configuration, which still owns the strings. */
	struct machine_config machine;
	const struct boot *boot;
	struct loop *loop;
	struct chardev *console;
	struct debugcon_config debugcon;
	struct port_pipe_config pipe;
	struct net_part_config net;
	struct blk_part_config disks;
	struct shares shares;
	struct console_part_config ports;
	/* Count the ports and addresses that exits are for. */
	bool exit_places;
	/* Where to record what happens; NULL: nowhere. */
	struct trace *trace;
	/* Report what virtio drivers do wrong. */
	bool lint;
	struct pvpanic_events panic;
	struct vm_events events;
};

struct vm {
	struct vm_config config;
	struct mainboard mainboard;
	struct parts parts;
	struct doctor doctor;
	struct coalesced coalesced;
	struct vcpu_env env;
	struct vcpu_set vcpus;
	struct standstill standstill;

	/* The first power request; under the lock. */
	pthread_mutex_t ended_lock;
	struct power_event ended;
	struct loop_work ended_work;
};

/* The kinds of parts that a machine may have: number @i from 0, or NULL. */
const struct part *vm_part_kind(unsigned i);

/*
 * Build a machine on @kvm, with nothing in its memory.  Logs; -errno, and
 * vm_free() is to be called all the same.
 */
int vm_init(struct vm *vm, struct kvm *kvm, const struct vm_config *config);

/* Put firmware tables and the kernel into its memory and create the vCPUs.
 * Logs; -errno: the kernel does not fit, or the host cannot. */
int vm_load(struct vm *vm);

/* Let it run.  Logs; -errno. */
int vm_start(struct vm *vm);

/* Stop all vCPUs; takes milliseconds, whatever the guest does. */
void vm_stop(struct vm *vm);

/* Show the counters of the processors and of all parts, a group for each.
 * Shows nothing for a machine that could not be built. */
void vm_show(const struct vm *vm, const struct count_view *view);

/* Stop the machine if necessary and take it apart.  A half-built one is
 * fine. */
void vm_free(struct vm *vm);

/* The same for the last machine of the process.  Its memory is left to the
 * kernel, which frees it when the process ends: for much memory that takes
 * seconds, and the verdict must not wait for it. */
void vm_free_last(struct vm *vm);

/* A debugger holds the guest (@held) or lets it go on.  While it is held, the
 * doctor and the standstill watch do not look. */
void vm_hold(struct vm *vm, bool held);

/* A short press of the power button. */
void vm_press_power_button(struct vm *vm);

#endif
