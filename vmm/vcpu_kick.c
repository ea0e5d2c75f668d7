/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/vcpu_kick.h"

#include <assert.h>
#include <linux/kvm.h>
#include <signal.h>

#include "base/util.h"
#include "vmm/vcpu.h"

/* Interrupts KVM_RUN, and has no other effect.  A standard signal arrives even
 * if RLIMIT_SIGPENDING allows no queue, and a signal whose default action is to
 * be ignored does no harm if another process sends it. */
#define KICK_SIGNAL SIGURG

static void kick_handler(int signal)
{
	(void)signal;
}

void vcpu_kick_prepare(void)
{
	const struct sigaction action = { .sa_handler = kick_handler };

	sigaction(KICK_SIGNAL, &action, NULL);
}

void vcpu_kick_unblock(void)
{
	sigset_t kick;

	sigemptyset(&kick);
	sigaddset(&kick, KICK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
}

void vcpu_kick(struct vcpu *vcpu)
{
	int err;

	/* Relaxed: see kicked(). */
	__atomic_store_n(&vcpu->kicked_ns, now_ns(), __ATOMIC_RELAXED);
	/* Release: pairs with the exchange in kicked(). */
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_RELEASE);
	err = pthread_kill(vcpu->thread, KICK_SIGNAL);
	assert(!err);
	(void)err;
}
