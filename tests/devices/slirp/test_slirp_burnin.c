/* SPDX-License-Identifier: BSD-2-Clause */
/* The burn-in over the wire: what a guest gets to see of it. */
#include <string.h>

#include "devices/slirp/burnin.h"
#include "tests/net_guest.h"

static struct guest g;

static void start(void)
{
	guest_open(&g, "user", NULL, NULL);
	g.config.burnin = 1;
}

/* Steps until so much was taken and given, and then for a while. */
static void until_used(uint64_t rx, uint64_t tx)
{
	uint64_t used_rx = 0, used_tx = 0;

	guest_until(&g, (guest_nic_used(&g, &used_rx, &used_tx),
			 used_rx >= rx && used_tx >= tx));
	while (guest_step(&g, 50))
		;
}

/* Both of its rings end just below their wrap, by questions it answers and
 * others that are none of its business, and then nothing more comes. */
START_TEST(a_guest_that_answers)
{
	start();
	guest_up(&g);
	until_used(BURNIN_TARGET, BURNIN_TARGET);
	ck_assert_uint_lt(g.used_tx, 0x10000);
	ck_assert_uint_ge(g.n_arp, BURNIN_TARGET);
	guest_close(&g);
}
END_TEST

/* One that waits to be spoken to is called at its usual address. */
START_TEST(a_guest_that_waits)
{
	start();
	guest_start(&g, 1500);
	until_used(BURNIN_TARGET, BURNIN_TARGET);
	guest_close(&g);
}
END_TEST

/* The one ring is filled though the other is not. */
START_TEST(a_guest_that_is_deaf)
{
	start();
	guest_up(&g);
	g.deaf = true;
	until_used(BURNIN_TARGET, 1);
	ck_assert_uint_lt(g.used_tx, BURNIN_TARGET);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_guest_that_answers,
		a_guest_that_waits,
		a_guest_that_is_deaf,
		NULL,
	};

	return unit_run(unit_suite("slirp_burnin", tests));
}
