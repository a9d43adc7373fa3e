// SPDX-License-Identifier: GPL-2.0
/* Histograms: the edges of buckets, and percentiles. */
#include "unit.h"
#include "histogram.h"

#define BUCKETS	TCPLIFE_HISTOGRAM_BUCKETS
#define LAST	(BUCKETS - 1)

static void test_bucket_of_zero_and_one(void **state)
{
	(void)state;
	assert_int_equal(tcplife_histogram_bucket(0), 0);
	assert_int_equal(tcplife_histogram_bucket(1), 1);
}

/* 2^k - 1 is the last value of its bucket, 2^k the first of the next. */
static void test_bucket_of_powers_of_two(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 1; k < 64; k++) {
		unsigned int below = k < LAST ? k : LAST;
		unsigned int from = k + 1 < LAST ? k + 1 : LAST;

		assert_int_equal(tcplife_histogram_bucket((1ULL << k) - 1),
				 below);
		assert_int_equal(tcplife_histogram_bucket(1ULL << k), from);
	}
}

static void test_bucket_of_the_largest(void **state)
{
	(void)state;
	assert_int_equal(tcplife_histogram_bucket(~0ULL), LAST);
}

static void test_edge_is_in_its_bucket(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(tcplife_histogram_edge(0), 0);
	for (i = 0; i < BUCKETS; i++) {
		u64 edge = tcplife_histogram_edge(i);

		assert_int_equal(edge, (1ULL << i) - 1);
		assert_int_equal(tcplife_histogram_bucket(edge), i);
		assert_int_equal(tcplife_histogram_bucket(edge + 1),
				 i < LAST ? i + 1 : LAST);
	}
}

static void test_percentile_of_nothing(void **state)
{
	const u64 counts[BUCKETS] = { 0 };
	unsigned int percent;

	(void)state;
	for (percent = 1; percent <= 100; percent++)
		assert_int_equal(tcplife_histogram_percentile(counts, percent),
				 0);
}

/* All in one bucket, be it one value or as many as a counter holds. */
static void test_percentile_of_one_bucket(void **state)
{
	static const u64 many[] = { 1, 2, 99, 100, 101, 1ULL << 32,
				    (1ULL << 63) - 1, 1ULL << 63, ~0ULL };
	unsigned int i, n, percent;

	(void)state;
	for (i = 0; i < BUCKETS; i++)
		for (n = 0; n < ARRAY_SIZE(many); n++)
			for (percent = 1; percent <= 100; percent++) {
				u64 counts[BUCKETS] = { 0 };

				counts[i] = many[n];
				assert_int_equal(
					tcplife_histogram_percentile(counts,
								     percent),
					(1ULL << i) - 1);
			}
}

static const struct percentile {
	const char *name;
	u64 counts[BUCKETS];
	unsigned int percent;
	u64 expected;
} percentiles[] = {
	{ "the half is in the lower half",
	  { [3] = 50, [7] = 50 }, 50, 7 },
	{ "one percent more is in the upper half",
	  { [3] = 50, [7] = 50 }, 51, 127 },
	{ "the rank is rounded up: a third of 3", { 0, 1, 1, 1 }, 33, 1 },
	{ "the rank is rounded up: over a third of 3", { 0, 1, 1, 1 }, 34, 3 },
	{ "the rank is rounded up: two thirds of 3", { 0, 1, 1, 1 }, 66, 3 },
	{ "the rank is rounded up: over two thirds of 3",
	  { 0, 1, 1, 1 }, 67, 7 },
	{ "99 % leave out 1 of 100", { [2] = 99, [LAST] = 1 }, 99, 3 },
	{ "99 % take in 1 of 99", { [2] = 98, [LAST] = 1 }, 99,
	  (1ULL << LAST) - 1 },
	{ "100 % are all", { [0] = ~0ULL - 1, [9] = 1 }, 100, 511 },
	{ "zeros count", { [0] = 60, [9] = 40 }, 50, 0 },
	{ "huge: just the half", { [5] = 1ULL << 62, [6] = 1ULL << 62 }, 50,
	  31 },
	{ "huge: just over the half",
	  { [5] = (1ULL << 62) - 1, [6] = (1ULL << 62) + 1 }, 50, 63 },
	{ "huge: the last of 2^64 - 1",
	  { [5] = (1ULL << 63) - 1, [6] = (1ULL << 63) - 1, [8] = 1 }, 100,
	  255 },
	{ "huge: 99 % of 2^64 - 1",
	  { [5] = (1ULL << 63) - 1, [6] = (1ULL << 63) - 1, [8] = 1 }, 99,
	  63 },
};

static void test_percentile(void **state)
{
	const struct percentile *row = *state;

	assert_int_equal(tcplife_histogram_percentile(row->counts,
						      row->percent),
			 row->expected);
}

/* The same by the definition, in numbers twice as wide. */
static u64 slow_percentile(const u64 counts[BUCKETS], unsigned int percent)
{
	unsigned __int128 total = 0, seen = 0;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		total += counts[i];
	for (i = 0; i < BUCKETS; i++) {
		seen += counts[i];
		if (seen * 100 >= total * percent)
			break;
	}
	return (1ULL << i) - 1;
}

static void test_percentile_of_random_counts(void **state)
{
	u64 seed = 1, counts[BUCKETS];
	unsigned int i, round, shift, percent;

	(void)state;
	for (round = 0; round < 20000; round++) {
		/* 40 counts of 58 bits do not add up to more than 64 bits. */
		shift = 6 + unit_random(&seed) % 57;
		for (i = 0; i < BUCKETS; i++)
			counts[i] = unit_random(&seed) >> shift;
		percent = 1 + unit_random(&seed) % 100;
		assert_int_equal(tcplife_histogram_percentile(counts, percent),
				 slow_percentile(counts, percent));
	}
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_bucket_of_zero_and_one),
		cmocka_unit_test(test_bucket_of_powers_of_two),
		cmocka_unit_test(test_bucket_of_the_largest),
		cmocka_unit_test(test_edge_is_in_its_bucket),
		cmocka_unit_test(test_percentile_of_nothing),
		cmocka_unit_test(test_percentile_of_one_bucket),
		cmocka_unit_test(test_percentile_of_random_counts),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(percentiles)];

	memcpy(tests, single, sizeof(single));
	UNIT_ROWS(tests + ARRAY_SIZE(single), percentiles, test_percentile);
	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
