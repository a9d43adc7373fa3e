// SPDX-License-Identifier: GPL-2.0
/* Tallies: ages, runs, the longest of them, ports that run out; half-open expiry. */
#include <stdlib.h>

#include "unit.h"
#include "tally.h"

#define S	1000000000ULL	/* in nanoseconds */

static const struct tcplife_tally_range range = { .low = 1000, .high = 1099 };

static struct tcplife_tally_row rows[TCPLIFE_TALLY_TOP];

/* A key of IPv4: addresses 10.0.LOCAL.1 and 10.0.0.REMOTE. */
static struct tcplife_tally_key key_of(u8 local, u16 local_port, u8 remote,
				       u16 remote_port, u32 age_s)
{
	return (struct tcplife_tally_key){
		.local_addr = { 10, 0, local, 1 },
		.remote_addr = { 10, 0, 0, remote },
		.age_s = age_s,
		.local_port = local_port,
		.remote_port = remote_port,
		.family = 4,
		.counted = true,
	};
}

static enum tcplife_tally_by sort_by;

static int compare(const void *a, const void *b)
{
	return tcplife_tally_compare(sort_by, a, b);
}

static u32 top(enum tcplife_tally_by by, struct tcplife_tally_key *keys, u32 count)
{
	sort_by = by;
	qsort(keys, count, sizeof(*keys), compare);
	return tcplife_tally_top(by, keys, count, &range, rows);
}

/* --- ages ---------------------------------------------------------------- */

static const u8 to_time_wait[UNIT_PATH] = {
	SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, NONE };
static const u8 to_syn_recv[UNIT_PATH] = { SYN_RECV, NONE };

static void test_age_is_since_time_wait(void **state)
{
	struct tcplife_life life = { 0 };

	(void)state;
	unit_walk(&life, TCPLIFE_ROLE_ACTIVE, to_time_wait);	/* at 5 ms */
	assert_int_equal(tcplife_tally_age_s(&life, 4000000), 0);
	assert_int_equal(tcplife_tally_age_s(&life, 5000000 + S - 1000), 0);
	assert_int_equal(tcplife_tally_age_s(&life, 5000000 + 7 * S), 7);
}

static void test_age_is_since_restart(void **state)
{
	struct tcplife_life life = { 0 };

	(void)state;
	unit_walk(&life, TCPLIFE_ROLE_ACTIVE, to_time_wait);
	tcplife_tracker_note(&life, TCPLIFE_EVENT_TIME_WAIT_RESTART, 10 * S);
	assert_int_equal(tcplife_tally_age_s(&life, 13 * S), 3);
}

static void test_age_of_half_open(void **state)
{
	struct tcplife_life life = { 0 };

	(void)state;
	unit_walk(&life, TCPLIFE_ROLE_PASSIVE, to_syn_recv);	/* at 1 ms */
	tcplife_tracker_note(&life, TCPLIFE_EVENT_SYNACK_RETRANSMIT, S);
	assert_int_equal(tcplife_tally_age_s(&life, 3 * S), 2);
	tcplife_tracker_enter(&life, TCPLIFE_STATE_CLOSE, 63 * S + 1000000);
	assert_int_equal(tcplife_tally_age_s(&life, 1000 * S), 63);
}

static void test_age_of_adopted(void **state)
{
	struct tcplife_life life = { .flags = TCPLIFE_FLAG_ADOPTED };
	struct tcplife_life over;

	(void)state;
	unit_walk(&life, TCPLIFE_ROLE_PASSIVE, to_syn_recv);
	assert_int_equal(tcplife_tally_age_s(&life, S), TCPLIFE_TALLY_AGE_UNKNOWN);
	over = life;
	tcplife_tracker_enter(&over, TCPLIFE_STATE_CLOSE, S);
	assert_int_equal(tcplife_tally_age_s(&over, S), TCPLIFE_TALLY_AGE_UNKNOWN);
	/* TIME_WAIT that began later is known. */
	tcplife_tracker_enter(&life, TCPLIFE_STATE_FIN_WAIT2, S);
	tcplife_tracker_enter(&life, TCPLIFE_STATE_TIME_WAIT, 2 * S);
	assert_int_equal(tcplife_tally_age_s(&life, 5 * S), 3);
}

static void test_key(void **state)
{
	struct tcplife_life life = {
		.local_addr = { 1, 2, 3, 4 }, .remote_addr = { 5, 6, 7, 8 },
		.local_port = 9, .remote_port = 10, .family = 4,
	};
	struct tcplife_tally_key key;

	(void)state;
	unit_walk(&life, TCPLIFE_ROLE_PASSIVE, to_syn_recv);
	tcplife_tally_key(&key, &life, 3 * S);
	assert_memory_equal(key.local_addr, life.local_addr, 16);
	assert_memory_equal(key.remote_addr, life.remote_addr, 16);
	assert_int_equal(key.local_port, 9);
	assert_int_equal(key.remote_port, 10);
	assert_int_equal(key.family, 4);
	assert_int_equal(key.age_s, 2);
	assert_true(key.counted);
}

static void test_rows_by_age(void **state)
{
	static const u32 ages[] = { 0, 4, 5, 59, 60, 1000,
				    TCPLIFE_TALLY_AGE_UNKNOWN };
	struct tcplife_tally_row by_age[TCPLIFE_TALLY_STEPS + 1];
	struct tcplife_tally_key keys[ARRAY_SIZE(ages) + 1];
	u32 i, sum = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ages); i++)
		keys[i] = key_of(1, 1, 1, 1, ages[i]);
	keys[i] = key_of(1, 1, 1, 1, 0);
	keys[i].counted = false;
	tcplife_tally_ages(keys, ARRAY_SIZE(keys), by_age);
	for (i = 0; i <= TCPLIFE_TALLY_STEPS; i++) {
		assert_int_equal(by_age[i].by, TCPLIFE_TALLY_BY_AGE);
		assert_int_equal(by_age[i].age_from_s, 5 * i);
		sum += by_age[i].count;
	}
	assert_int_equal(by_age[0].count, 2);
	assert_int_equal(by_age[1].count, 1);
	assert_int_equal(by_age[11].count, 1);
	assert_int_equal(by_age[12].count, 2);
	assert_int_equal(sum, 6);
}

/* --- runs ---------------------------------------------------------------- */

static void test_nothing(void **state)
{
	struct tcplife_tally_key key = key_of(1, 1, 1, 1, 0);

	(void)state;
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, &key, 0), 0);
	key.counted = false;
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, &key, 1), 0);
}

static void test_listeners(void **state)
{
	struct tcplife_tally_key keys[] = {
		key_of(1, 80, 1, 1, 0), key_of(2, 80, 1, 1, 0),
		key_of(1, 81, 1, 1, 0), key_of(2, 80, 2, 2, 0),
		key_of(2, 80, 3, 2, 0), key_of(1, 81, 9, 9, 0),
	};

	(void)state;
	assert_int_equal(top(TCPLIFE_TALLY_BY_LISTENER, keys, 6), 3);
	assert_int_equal(rows[0].count, 3);
	assert_memory_equal(rows[0].address, keys[5].local_addr, 16);
	assert_int_equal(rows[0].port, 80);
	assert_int_equal(rows[0].family, 4);
	assert_int_equal(rows[0].prefix_len, 0);
	assert_int_equal(rows[1].count, 2);
	assert_int_equal(rows[1].port, 81);
	assert_int_equal(rows[2].count, 1);
	assert_int_equal(rows[2].by, TCPLIFE_TALLY_BY_LISTENER);
}

static void test_prefixes(void **state)
{
	struct tcplife_tally_key keys[5];
	static const u8 prefix_v4[16] = { 10, 0, 0 };

	(void)state;
	keys[0] = key_of(1, 80, 1, 1, 0);
	keys[1] = key_of(1, 80, 255, 1, 0);
	keys[2] = key_of(1, 80, 1, 1, 0);
	keys[2].remote_addr[2] = 1;	/* 10.0.1.1 */
	keys[3] = key_of(1, 80, 1, 1, 0);
	keys[3].family = 6;
	keys[3].remote_addr[15] = 1;
	keys[4] = keys[3];
	keys[4].remote_addr[8] = 1;	/* of the same /64 */
	assert_int_equal(top(TCPLIFE_TALLY_BY_PREFIX, keys, 5), 3);
	assert_int_equal(rows[0].count, 2);
	assert_int_equal(rows[0].family, 4);
	assert_int_equal(rows[0].prefix_len, 24);
	assert_memory_equal(rows[0].address, prefix_v4, 16);
	assert_int_equal(rows[0].port, 0);
	assert_int_equal(rows[1].count, 2);
	assert_int_equal(rows[1].family, 6);
	assert_int_equal(rows[1].prefix_len, 64);
	assert_int_equal(rows[1].address[15], 0);
	assert_int_equal(rows[2].count, 1);
}

/* What is left behind 20 rows, and in what order they are. */
static void test_top(void **state)
{
	struct tcplife_tally_key keys[500];
	u32 i, j, length = 0;
	u64 seed = 1;

	(void)state;
	for (i = 0; i < 30; i++)	/* port i + 1: i times */
		for (j = 0; j < i; j++)
			keys[length++] = key_of(1, i + 1, j, 1, 0);
	for (i = length - 1; i; i--) {
		struct tcplife_tally_key key = keys[i];

		j = unit_random(&seed) % (i + 1);
		keys[i] = keys[j];
		keys[j] = key;
	}
	assert_int_equal(top(TCPLIFE_TALLY_BY_LOCAL_PORT, keys, length), 20);
	for (i = 0; i < 20; i++) {
		assert_int_equal(rows[i].by, TCPLIFE_TALLY_BY_LOCAL_PORT);
		assert_int_equal(rows[i].count, 29 - i);
		assert_int_equal(rows[i].port, 30 - i);
		assert_int_equal(rows[i].family, 0);
	}
}

/* --- ports --------------------------------------------------------------- */

static void test_ports_in_a_range(void **state)
{
	static const struct tcplife_tally_range all = { .low = 0, .high = 65535 };
	static const struct tcplife_tally_range none = { .low = 2, .high = 1 };

	(void)state;
	assert_int_equal(tcplife_tally_ports(&range), 100);
	assert_int_equal(tcplife_tally_ports(&all), 65536);
	assert_int_equal(tcplife_tally_ports(&none), 0);
}

/* Live ones hold ports too; only those of the range count, each once. */
static void test_ports_used(void **state)
{
	struct tcplife_tally_key keys[] = {
		key_of(1, 999, 1, 80, 0), key_of(1, 1000, 1, 80, 56),
		key_of(1, 1099, 1, 80, 56), key_of(1, 1100, 1, 80, 0),
		key_of(1, 1050, 1, 80, 0), key_of(1, 1099, 1, 80, 56),
		key_of(1, 1051, 1, 81, 0), key_of(1, 1052, 2, 80, 0),
		key_of(2, 1053, 1, 80, 0), key_of(2, 1054, 1, 80, 0),
	};

	(void)state;
	keys[4].counted = false;
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, keys, 10), 3);
	assert_int_equal(rows[0].count, 7);
	assert_int_equal(rows[0].port, 80);
	assert_int_equal(rows[0].ports_used, 3);
	assert_false(rows[0].runs_out);
	assert_int_equal(rows[1].ports_used, 1);
	assert_int_equal(rows[2].ports_used, 1);
}

/* 20 begun in the last step, 10 due in the next: 2 more each second. */
static void test_ports_run_out(void **state)
{
	struct tcplife_tally_key keys[31];
	u32 i;

	(void)state;
	for (i = 0; i < 30; i++)
		keys[i] = key_of(1, 1000 + i, 1, 80, i < 20 ? 0 : 55);
	keys[30] = key_of(1, 1030, 1, 80, TCPLIFE_TALLY_AGE_UNKNOWN);
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, keys, 31), 1);
	assert_int_equal(rows[0].ports_used, 31);
	assert_true(rows[0].runs_out);
	assert_int_equal(rows[0].ports_out_s, (100 - 31) / 2);
}

static void test_ports_have_run_out(void **state)
{
	struct tcplife_tally_key keys[100];
	u32 i;

	(void)state;
	for (i = 0; i < 100; i++)
		keys[i] = key_of(1, 1000 + i, 1, 80, 30);
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, keys, 100), 1);
	assert_int_equal(rows[0].ports_used, 100);
	assert_true(rows[0].runs_out);
	assert_int_equal(rows[0].ports_out_s, 0);
}

/* The figures are those of the local address with the most ports in use. */
static void test_ports_of_the_fullest_address(void **state)
{
	struct tcplife_tally_key keys[] = {
		key_of(1, 1000, 1, 80, 0), key_of(2, 1000, 1, 80, 30),
		key_of(2, 1001, 1, 80, 30), key_of(3, 1000, 1, 80, 0),
	};

	(void)state;
	assert_int_equal(top(TCPLIFE_TALLY_BY_REMOTE, keys, 4), 1);
	assert_int_equal(rows[0].count, 4);
	assert_int_equal(rows[0].ports_used, 2);
	assert_false(rows[0].runs_out);
}

/* --- when half-open lives expire ------------------------------------------ */

static const struct expiry {
	const char *name;
	unsigned int retries;
	u16 flags;
	u64 age_s;
	u64 left_s;
} expiries[] = {
	{ "no retry", 0, 0, 0, 1 },
	{ "one retry", 1, 0, 0, 3 },
	{ "five retries", 5, 0, 0, 63 },
	{ "five retries, a minute old", 5, 0, 60, 3 },
	{ "due", 5, 0, 63, 0 },
	{ "overdue", 5, 0, 64, 0 },
	{ "waits of two minutes at most", 8, 0, 0, 367 },
	{ "Fast Open tries once more", 1, TCPLIFE_FLAG_FASTOPEN, 0, 7 },
};

static void test_expiry(void **state)
{
	const struct expiry *row = *state;
	struct tcplife_life life = { .flags = row->flags };
	u64 us = ~0ULL;

	unit_walk(&life, TCPLIFE_ROLE_PASSIVE, to_syn_recv);
	assert_true(tcplife_tracker_expires(&life, row->retries,
					    life.birth_ns + row->age_s * S, &us));
	assert_int_equal(us, row->left_s * 1000000);
}

static void test_expiry_unknown(void **state)
{
	struct tcplife_life adopted = { .flags = TCPLIFE_FLAG_ADOPTED };
	struct tcplife_life active = { 0 };
	struct tcplife_life waiting = { 0 };
	u64 us;

	(void)state;
	unit_walk(&adopted, TCPLIFE_ROLE_PASSIVE, to_syn_recv);
	assert_false(tcplife_tracker_expires(&adopted, 1, S, &us));
	unit_walk(&active, TCPLIFE_ROLE_SIMULTANEOUS, to_syn_recv);
	assert_false(tcplife_tracker_expires(&active, 1, S, &us));
	unit_walk(&waiting, TCPLIFE_ROLE_PASSIVE, to_time_wait);
	assert_false(tcplife_tracker_expires(&waiting, 1, S, &us));
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_expiry_unknown),
		cmocka_unit_test(test_age_is_since_time_wait),
		cmocka_unit_test(test_age_is_since_restart),
		cmocka_unit_test(test_age_of_half_open),
		cmocka_unit_test(test_age_of_adopted),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_rows_by_age),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_ports_in_a_range),
		cmocka_unit_test(test_ports_used),
		cmocka_unit_test(test_ports_run_out),
		cmocka_unit_test(test_ports_have_run_out),
		cmocka_unit_test(test_ports_of_the_fullest_address),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(expiries)];

	memcpy(tests, single, sizeof(single));
	UNIT_ROWS(tests + ARRAY_SIZE(single), expiries, test_expiry);
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
