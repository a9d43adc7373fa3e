// SPDX-License-Identifier: GPL-2.0
/* The timeline: what an entry keeps, its order, and what happens when full. */
#include "unit.h"
#include "timeline.h"

#define MAX	TCPLIFE_TIMELINE_MAX
/* From SWITCH us on time is kept in units of 16 us, and so on, up to LAST. */
#define SWITCH	(1ULL << 32)
#define LAST	(0xffffffffULL << 28)
#define DAY	(86400ULL * 1000000)

static void test_empty(void **state)
{
	struct tcplife_life life = { 0 };
	int event;

	(void)state;
	assert_int_equal(tcplife_timeline_end_us(&life), 0);
	for (event = 0; event < __TCPLIFE_EVENT_MAX; event++)
		assert_false(tcplife_timeline_has(&life, event));
}

/* The event in bits 0-4, the unit in bits 5-7; the first entry has no time. */
static void test_packing(void **state)
{
	struct tcplife_life life = { 0 };

	(void)state;
	tcplife_timeline_add(&life, 0x12, 99, 0);
	tcplife_timeline_add(&life, 0x13, 0x87654321, 0);
	tcplife_timeline_add(&life, 0x14, 0x8765432180, 0);
	assert_int_equal(life.timeline_event[0], 0x12);
	assert_int_equal(life.timeline_event[1], 0x13);
	assert_int_equal(life.timeline_time[0], 0x87654321);
	assert_int_equal(life.timeline_event[2], 0x14 | 2 << 5);
	assert_int_equal(life.timeline_time[1], 0x87654321);
	assert_int_equal(tcplife_timeline_us(&life, 0), 0);
	assert_int_equal(life.timeline_len, 3);
}

static const struct stamp {
	const char *name;
	u64 us;
	u64 kept;
} stamps[] = {
	{ "birth", 0, 0 },
	{ "a microsecond", 1, 1 },
	{ "an odd time", 1234567891, 1234567891 },
	{ "the last microsecond", SWITCH - 1, SWITCH - 1 },
	{ "the first of 16 us", SWITCH, SWITCH },
	{ "15 us later", SWITCH + 15, SWITCH },
	{ "16 us later", SWITCH + 16, SWITCH + 16 },
	{ "the last of 16 us", (SWITCH << 4) - 1, (SWITCH << 4) - 16 },
	{ "the first of 256 us", SWITCH << 4, SWITCH << 4 },
	{ "26 days", 26 * DAY, 26 * DAY },
	{ "26 days and 4095 us", 26 * DAY + 4095, 26 * DAY },
	{ "the last there is", LAST, LAST },
	{ "past the last", LAST + (1ULL << 28), LAST },
	{ "all bits", ~0ULL, LAST },
};

/* Every event with this time comes back as it was, and nothing else changes. */
static void test_stamp(void **state)
{
	const struct stamp *row = *state;
	struct tcplife_timeline_entry entry;
	int event;

	for (event = 0; event < 32; event++) {
		struct tcplife_life life = { 0 };

		memset(life.timeline_time, 0xff, sizeof(life.timeline_time));
		memset(life.timeline_event, 0xff, sizeof(life.timeline_event));
		assert_true(tcplife_timeline_add(&life, 0, 0, 0));
		assert_true(tcplife_timeline_add(&life, event, row->us, 0));
		entry = tcplife_timeline_get(&life, 1);
		assert_int_equal(entry.event, event);
		assert_int_equal(entry.us, row->kept);
		assert_int_equal(entry.reserved, 0);
		assert_int_equal(tcplife_timeline_end_us(&life), row->kept);
		assert_true(row->us >= LAST ||
			    tcplife_timeline_after_us(&life) > row->us);
		assert_true(row->us > LAST ||
			    row->us - row->kept <= row->us / 200000000);
		assert_int_equal(life.timeline_time[1], 0xffffffff);
		assert_int_equal(life.timeline_event[2], 0xff);
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
	{ "backwards in units of 16 us", SWITCH + 5000, SWITCH + 4000,
	  SWITCH + 4992 },
	{ "backwards within a unit", SWITCH + 5007, SWITCH + 5001, SWITCH + 4992 },
	{ "back over the switch", SWITCH + 5000, SWITCH - 1, SWITCH + 4992 },
	{ "over the switch by 16 us", SWITCH - 1, SWITCH + 16, SWITCH + 16 },
	{ "up to the last microsecond", SWITCH - 2, SWITCH - 1, SWITCH - 1 },
	{ "over the switch by a microsecond", SWITCH - 1, SWITCH, SWITCH },
	{ "from the first unit on", SWITCH, SWITCH + 1, SWITCH },
	{ "over two switches", SWITCH - 1, SWITCH << 5, SWITCH << 5 },
	{ "after the last there is", ~0ULL, 7, LAST },
	{ "the last there is twice", ~0ULL, ~0ULL, LAST },
};

/* Entries are in the order of time, though the times are not. */
static void test_order(void **state)
{
	const struct order *row = *state;
	struct tcplife_life life = { 0 };
	u64 first, second;

	tcplife_timeline_add(&life, TCPLIFE_EVENT_SYN_SENT, 0, 0);
	tcplife_timeline_add(&life, TCPLIFE_EVENT_ESTABLISHED, row->first, 0);
	tcplife_timeline_add(&life, TCPLIFE_EVENT_CLOSE, row->second, 0);
	first = tcplife_timeline_get(&life, 1).us;
	second = tcplife_timeline_get(&life, 2).us;
	assert_true(first <= second);
	assert_int_equal(second, row->kept);
	assert_int_equal(tcplife_timeline_end_us(&life), row->kept);
	assert_int_equal(tcplife_timeline_get(&life, 2).event,
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
/* The short way is the long one, wherever it may be taken, and however full it is. */
static void test_append(void **state)
{
	struct tcplife_life added, appended;
	u64 seed = 20, us;
	unsigned int i, run;
	u32 base;

	(void)state;
	for (run = 0; run < 20000; run++) {
		memset(&added, 0, sizeof(added));
		memset(&appended, 0, sizeof(appended));
		base = unit_random(&seed) >> unit_random(&seed) % 32;
		for (i = 0; i < MAX + 2; i++) {
			us = (u32)(base + unit_random(&seed) % 4096);
			if (unit_random(&seed) % 16 == 0) {	/* one with a unit */
				us += SWITCH;
				tcplife_timeline_add(&appended, i + 1, us, 0);
			} else {
				tcplife_timeline_append(&appended, i + 1, us);
			}
			tcplife_timeline_add(&added, i + 1, us, 0);
		}
		assert_memory_equal(&added, &appended, sizeof(added));
		assert_int_equal(appended.timeline_len, MAX);
		assert_int_equal(appended.timeline_omitted, 2);
	}
}

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
	assert_false(tcplife_timeline_add(&life, 31, 99, 0));
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
	for (event = 0; event < 32; event++)
		assert_int_equal(tcplife_timeline_has(&life, event),
				 event >= 1 && event <= MAX);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_packing),
		cmocka_unit_test(test_random_order),
		cmocka_unit_test(test_append),
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
