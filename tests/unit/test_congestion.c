// SPDX-License-Identifier: GPL-2.0
/* The tracker: the time in each state of congestion control. */
#include "unit.h"

/* Open is not counted; each other state is, in its own place, as a sum. */
static void test_congestion(void **state)
{
	static const u8 order[] = {
		TCPLIFE_CA_OPEN, TCPLIFE_CA_DISORDER, TCPLIFE_CA_RECOVERY,
		TCPLIFE_CA_RECOVERY, TCPLIFE_CA_LOSS, TCPLIFE_CA_CWR,
		TCPLIFE_CA_DISORDER, TCPLIFE_CA_OPEN, TCPLIFE_CA_OPEN,
	};
	struct tcplife_life life = { 0 };
	u64 now_ns = 5 * US, step = US;
	size_t i;

	(void)state;
	tcplife_tracker_begin(&life, ESTABLISHED, TCPLIFE_ROLE_UNKNOWN, now_ns);
	assert_int_equal(life.ca_since_ns, now_ns);
	for (i = 0; i < ARRAY_SIZE(order); i++, step *= 10) {
		tcplife_tracker_congestion(&life, order[i], now_ns);
		assert_int_equal(life.ca_state, order[i]);
		assert_int_equal(life.ca_since_ns, now_ns);
		now_ns += step + 1;
	}
	assert_int_equal(life.ca_us[TCPLIFE_CA_DISORDER - 1], 1000010);
	assert_int_equal(life.ca_us[TCPLIFE_CA_CWR - 1], 100000);
	assert_int_equal(life.ca_us[TCPLIFE_CA_RECOVERY - 1], 1100);
	assert_int_equal(life.ca_us[TCPLIFE_CA_LOSS - 1], 10000);
}

static void test_congestion_saturates(void **state)
{
	struct tcplife_life life = { 0 };
	u32 *loss = &life.ca_us[TCPLIFE_CA_LOSS - 1];
	u64 now_ns = 0;

	(void)state;
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS, now_ns);
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS,
				   now_ns += (~0U - 1) * US);
	assert_int_equal(*loss, ~0U - 1);
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS, now_ns += US);
	assert_int_equal(*loss, ~0U);
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS, now_ns += US);
	assert_int_equal(*loss, ~0U);
	*loss = 5;
	tcplife_tracker_congestion(&life, TCPLIFE_CA_OPEN, ~0ULL);
	assert_int_equal(*loss, ~0U);
	assert_int_equal(life.ca_us[TCPLIFE_CA_RECOVERY - 1], 0);
}

/* Its place is the sample's then, so nothing may be written there. */
static void test_congestion_after_sample(void **state)
{
	struct tcplife_life life = { 0 }, before;
	unsigned int ca;

	(void)state;
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS, 5 * US);
	life.known |= TCPLIFE_KNOWN_SAMPLE;
	life.sample.bytes_sent = 7;
	before = life;
	for (ca = 0; ca < TCPLIFE_CA_STATES; ca++)
		tcplife_tracker_congestion(&life, ca, 100 * US);
	assert_memory_equal(&life, &before, sizeof(life));
}

static void test_congestion_of_no_state(void **state)
{
	static const unsigned int bad[] = { TCPLIFE_CA_STATES, 255, 256, ~0U };
	struct tcplife_life life = { 0 }, before;
	size_t i;

	(void)state;
	tcplife_tracker_congestion(&life, TCPLIFE_CA_CWR, 10 * US);
	before = life;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		tcplife_tracker_congestion(&life, bad[i], 50 * US);
	assert_memory_equal(&life, &before, sizeof(life));
	tcplife_tracker_congestion(&life, TCPLIFE_CA_OPEN, 60 * US);
	assert_int_equal(life.ca_us[TCPLIFE_CA_CWR - 1], 50);
}

static void test_congestion_backwards(void **state)
{
	struct tcplife_life life = { 0 };

	(void)state;
	tcplife_tracker_congestion(&life, TCPLIFE_CA_CWR, 10 * US);
	tcplife_tracker_congestion(&life, TCPLIFE_CA_LOSS, 5 * US);
	assert_int_equal(life.ca_state, TCPLIFE_CA_LOSS);
	assert_int_equal(life.ca_us[TCPLIFE_CA_CWR - 1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_congestion),
		cmocka_unit_test(test_congestion_saturates),
		cmocka_unit_test(test_congestion_after_sample),
		cmocka_unit_test(test_congestion_of_no_state),
		cmocka_unit_test(test_congestion_backwards),
	};

	return cmocka_run_group_tests_name("congestion", tests, NULL, NULL);
}
