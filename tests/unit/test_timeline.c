// SPDX-License-Identifier: GPL-2.0
/* The timeline: what an entry keeps, its order, and what happens when full. */
#include "unit.h"
#include "timeline.h"

#define MAX	TCPLIFE_TIMELINE_MAX
/* From SWITCH us on time is kept in milliseconds, up to LAST_MS. */
#define SWITCH	(1ULL << 41)
#define LAST_MS	((1ULL << 41) - 1)

static void test_empty(void **state)
{
	struct tcplife_life life = { 0 };
	int event;

	(void)state;
	assert_int_equal(tcplife_timeline_end_us(&life), 0);
	for (event = 0; event < __TCPLIFE_EVENT_MAX; event++)
		assert_false(tcplife_timeline_has(&life, event));
}

/* Six bytes: event in bits 0-5, unit in bit 6, time in bits 7-47. */
static void test_packing(void **state)
{
	static const u8 us[6] = { 0x14 | 0x80, 0, 0, 0, 0, 0x80 };
	static const u8 ms[6] = { 0x15 | 0x40 | 0x80, 0, 0, 0, 0, 0x80 };
	struct tcplife_life life = { 0 };

	(void)state;
	tcplife_timeline_add(&life, 0x14, (1ULL << 40) + 1, 0);
	tcplife_timeline_add(&life, 0x15, ((1ULL << 40) + 1) * 1000, 0);
	assert_memory_equal(life.timeline[0], us, sizeof(us));
	assert_memory_equal(life.timeline[1], ms, sizeof(ms));
	assert_int_equal(life.timeline_len, 2);
}

static const struct stamp {
	const char *name;
	u64 us;
	u64 kept;
} stamps[] = {
	{ "birth", 0, 0 },
	{ "a microsecond", 1, 1 },
	{ "an odd time", 1234567890123, 1234567890123 },
	{ "2^32 us", 1ULL << 32, 1ULL << 32 },
	{ "the last microsecond", SWITCH - 1, SWITCH - 1 },
	{ "the first millisecond", SWITCH, SWITCH / 1000 * 1000 },
	{ "26 days", 26ULL * 86400 * 1000000, 26ULL * 86400 * 1000000 },
	{ "26 days and 999 us", 26ULL * 86400 * 1000000 + 999,
	  26ULL * 86400 * 1000000 },
	{ "26 days and 1001 us", 26ULL * 86400 * 1000000 + 1001,
	  26ULL * 86400 * 1000000 + 1000 },
	{ "the last millisecond", LAST_MS * 1000, LAST_MS * 1000 },
	{ "past the last millisecond", (LAST_MS + 1) * 1000, LAST_MS * 1000 },
	{ "all bits", ~0ULL, LAST_MS * 1000 },
};

/* Every event with this time comes back as it was, and nothing else changes. */
static void test_stamp(void **state)
{
	const struct stamp *row = *state;
	struct tcplife_timeline_entry entry;
	u8 ones[6 * MAX];
	int event;

	memset(ones, 0xff, sizeof(ones));
	for (event = 0; event < 64; event++) {
		struct tcplife_life life = { 0 };

		memcpy(life.timeline, ones, sizeof(ones));
		assert_true(tcplife_timeline_add(&life, event, row->us, 0));
		entry = tcplife_timeline_get(&life, 0);
		assert_int_equal(entry.event, event);
		assert_int_equal(entry.us, row->kept);
		assert_int_equal(entry.reserved, 0);
		assert_int_equal(tcplife_timeline_end_us(&life), row->kept);
		assert_memory_equal(life.timeline[1], ones, sizeof(ones) - 6);
	}
}

static const struct order {
	const char *name;
	u64 first;
	u64 second;
	u64 kept;	/* of the second */
} orders[] = {
	{ "the same time twice", 500, 500, 500 },
	{ "forwards", 500, 501, 501 },
	{ "backwards", 500, 499, 500 },
	{ "back to birth", 500, 0, 500 },
	{ "backwards in milliseconds", SWITCH + 5000000, SWITCH + 4000000,
	  (SWITCH + 5000000) / 1000 * 1000 },
	{ "backwards within a millisecond", SWITCH + 5000999, SWITCH + 5000998,
	  (SWITCH + 5000999) / 1000 * 1000 },
	{ "back over the switch", SWITCH + 5000000, SWITCH - 1,
	  (SWITCH + 5000000) / 1000 * 1000 },
	{ "over the switch by a second", SWITCH - 1, SWITCH + 1000000,
	  (SWITCH + 1000000) / 1000 * 1000 },
	{ "up to the last microsecond", SWITCH - 2, SWITCH - 1, SWITCH - 1 },
	{ "over the switch by a microsecond", SWITCH - 1, SWITCH, SWITCH - 1 },
	{ "over the switch within its millisecond", SWITCH - 500, SWITCH + 400,
	  SWITCH - 500 },
	{ "from the first millisecond on", SWITCH, SWITCH + 1,
	  SWITCH / 1000 * 1000 },
	{ "after the last millisecond", ~0ULL, 7, LAST_MS * 1000 },
};

/* Entries are in the order of time, though the times are not. */
static void test_order(void **state)
{
	const struct order *row = *state;
	struct tcplife_life life = { 0 };
	u64 first, second;

	tcplife_timeline_add(&life, TCPLIFE_EVENT_SYN_SENT, row->first, 0);
	tcplife_timeline_add(&life, TCPLIFE_EVENT_CLOSE, row->second, 0);
	first = tcplife_timeline_get(&life, 0).us;
	second = tcplife_timeline_get(&life, 1).us;
	assert_true(first <= second);
	assert_int_equal(second, row->kept);
	assert_int_equal(tcplife_timeline_end_us(&life), row->kept);
	assert_int_equal(tcplife_timeline_get(&life, 1).event,
			 TCPLIFE_EVENT_CLOSE);
}

static void test_random_order(void **state)
{
	u64 seed = 2;
	int round, i;

	(void)state;
	for (round = 0; round < 100000; round++) {
		struct tcplife_life life = { 0 };
		u64 from = unit_random(&seed) >> unit_random(&seed) % 64;

		if (round % 2)
			from = SWITCH - 2048;
		for (i = 0; i < MAX; i++)
			tcplife_timeline_add(&life, i,
					     from + unit_random(&seed) % 4096,
					     0);
		for (i = 1; i < MAX; i++)
			assert_true(tcplife_timeline_get(&life, i - 1).us <=
				    tcplife_timeline_get(&life, i).us);
	}
}

/* An event without room changes nothing but its counter. */
static void test_full(void **state)
{
	struct tcplife_life life = { 0 }, before;
	int i;

	(void)state;
	for (i = 0; i < MAX; i++)
		assert_true(tcplife_timeline_add(&life, i + 1, i, 0));
	assert_int_equal(life.timeline_len, MAX);
	assert_int_equal(life.timeline_omitted, 0);
	before = life;
	before.timeline_omitted = 1;
	assert_false(tcplife_timeline_add(&life, 63, 99, 0));
	assert_memory_equal(&life, &before, sizeof(life));
	assert_int_equal(tcplife_timeline_end_us(&life), MAX - 1);
}

static void test_omitted_saturates(void **state)
{
	struct tcplife_life life = { 0 };
	int i;

	(void)state;
	for (i = 1; i <= 600; i++) {
		assert_false(tcplife_timeline_add(&life, 1, 0, MAX));
		assert_int_equal(life.timeline_omitted, i < 255 ? i : 255);
	}
	assert_int_equal(life.timeline_len, 0);
}

/* Entries that are reserved stay free, whatever the number. */
static void test_reserve(void **state)
{
	unsigned int reserve;
	int i;

	(void)state;
	for (reserve = 0; reserve <= MAX + 1; reserve++) {
		struct tcplife_life life = { 0 };
		int room = reserve < MAX ? MAX - reserve : 0;

		for (i = 0; i < MAX + 1; i++)
			assert_int_equal(tcplife_timeline_add(&life, 1, i,
							      reserve),
					 i < room);
		assert_int_equal(life.timeline_len, room);
		assert_int_equal(life.timeline_omitted, MAX + 1 - room);
		assert_int_equal(tcplife_timeline_end_us(&life),
				 room ? room - 1 : 0);
	}
}

static void test_has(void **state)
{
	struct tcplife_life life = { 0 };
	int event;

	(void)state;
	for (event = 1; event <= MAX; event++)
		tcplife_timeline_add(&life, event, 1000, 0);
	for (event = 0; event < 64; event++)
		assert_int_equal(tcplife_timeline_has(&life, event),
				 event >= 1 && event <= MAX);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_packing),
		cmocka_unit_test(test_random_order),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_omitted_saturates),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_has),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(stamps) +
				ARRAY_SIZE(orders)];
	struct CMUnitTest *next = tests + ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	next += UNIT_ROWS(next, stamps, test_stamp);
	UNIT_ROWS(next, orders, test_order);
	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
