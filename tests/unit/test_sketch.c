// SPDX-License-Identifier: GPL-2.0
/* The sketch: how far its estimates are off, and its ends. */
#include "unit.h"
#include "flood.h"
#include "sketch.h"

#define SEEDS	12

/* The @i-th of things, all of them different. */
typedef u64 (*thing)(u64 i, u64 seed);

static u64 random_hash(u64 i, u64 seed)
{
	u64 state = seed * 0x1000000000000ULL + i;

	return unit_random(&state);
}

static u64 address_hash(u8 family, const u8 *addr, u64 seed)
{
	struct tcplife_flood_source source;

	tcplife_flood_source(&source, family, addr,
			     seed * 0x9e3779b97f4a7c15);
	return source.hash;
}

static u64 sequential(u64 i, u64 seed)
{
	u8 addr[4] = { 10, i >> 16, i >> 8, i };

	return address_hash(4, addr, seed);
}

/* An odd factor makes different numbers of different ones. */
static u64 scattered(u64 i, u64 seed)
{
	u32 bits = i * 2654435761U;
	u8 addr[4] = { bits >> 24, bits >> 16, bits >> 8, bits };

	return address_hash(4, addr, seed);
}

static u64 networks(u64 i, u64 seed)
{
	u8 addr[4] = { i >> 12, i >> 4, i << 4, 1 };

	return address_hash(4, addr, seed);
}

static u64 hosts_v6(u64 i, u64 seed)
{
	u8 addr[16] = { 0x20, 1, 0xd, 0xb8, [13] = i >> 16, i >> 8, i };

	return address_hash(6, addr, seed);
}

static u64 prefixes_v6(u64 i, u64 seed)
{
	u8 addr[16] = { 0x20, 1, 0xd, 0xb8, 0, i >> 16, i >> 8, i, [15] = 1 };

	return address_hash(6, addr, seed);
}

static const struct kind {
	const char *name;
	thing hash;
} kinds[] = {
	{ "random hashes", random_hash },
	{ "IPv4 addresses in a row", sequential },
	{ "IPv4 addresses all over", scattered },
	{ "IPv4 networks in a row", networks },
	{ "IPv6 addresses in a row", hosts_v6 },
	{ "IPv6 prefixes in a row", prefixes_v6 },
};

/*
 * At 1, 2, 3 and so on in ratios of 4/3, up to a million: never off by more than
 * a tenth, which is more than four standard errors.  Up to ten it is exact but
 * where two fell on one register, as at ten happens once in fifty times.
 */
static void test_kind(void **state)
{
	const struct kind *row = *state;
	double error, squares = 0;
	unsigned int count = 0, few = 0, exact = 0;
	u64 seed, i, next, estimate;

	for (seed = 1; seed <= SEEDS; seed++) {
		struct tcplife_sketch sketch = { { 0 } };

		for (i = 0, next = 1; next <= 1000000; next += next / 3 + 1) {
			while (i < next)
				tcplife_sketch_add(&sketch,
						   row->hash(i++, seed));
			estimate = tcplife_sketch_estimate(&sketch);
			few += next <= 10;
			exact += next <= 10 && estimate == next;
			error = ((double)estimate - next) / next;
			if (next > 10)
				assert_true(error > -0.1 && error < 0.1);
			else
				assert_true(estimate + 1 >= next &&
					    estimate <= next);
			squares += error * error;
			count++;
		}
	}
	assert_true(exact * 100 >= few * 95);
	/* The standard error is 2.3 %, and less for a few. */
	assert_true(squares / count < 0.025 * 0.025);
}

static void test_empty(void **state)
{
	struct tcplife_sketch sketch = { { 0 } };

	(void)state;
	assert_int_equal(tcplife_sketch_estimate(&sketch), 0);
}

/* What was seen already changes nothing. */
static void test_again(void **state)
{
	struct tcplife_sketch sketch = { { 0 } }, before;
	u64 i;

	(void)state;
	for (i = 0; i < 5000; i++)
		tcplife_sketch_add(&sketch, random_hash(i, 1));
	before = sketch;
	for (i = 5000; i--;)
		tcplife_sketch_add(&sketch, random_hash(i, 1));
	assert_memory_equal(&sketch, &before, sizeof(sketch));
}

/* More things never make ranks lower. */
static void test_ranks_rise(void **state)
{
	struct tcplife_sketch sketch = { { 0 } }, before;
	unsigned int at;
	u64 i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		before = sketch;
		tcplife_sketch_add(&sketch, random_hash(i, 2));
		for (at = 0; at < TCPLIFE_SKETCH_REGISTERS; at++)
			assert_true(sketch.rank[at] >= before.rank[at]);
	}
}

static const struct end {
	const char *name;
	u64 hash;
	unsigned int at;
	u8 rank;
} ends[] = {
	{ "no bit", 0, 0, 54 },
	{ "only bits of the register", 0x7ff, 0x7ff, 54 },
	{ "the lowest bit of the rank", 0x800, 0, 53 },
	{ "the highest bit", 1ULL << 63, 0, 1 },
	{ "all bits", ~0ULL, 0x7ff, 1 },
	{ "a bit amid", 1ULL << 40 | 5, 5, 24 },
};

static void test_end(void **state)
{
	const struct end *row = *state;
	struct tcplife_sketch sketch = { { 0 } };

	tcplife_sketch_add(&sketch, row->hash);
	assert_int_equal(sketch.rank[row->at], row->rank);
	assert_int_equal(tcplife_sketch_estimate(&sketch), 1);
}

/* With every register at one rank the estimate is about 0.72 * 2048 * 2^rank. */
static void test_full(void **state)
{
	struct tcplife_sketch sketch;
	u64 estimate, before = 0;
	unsigned int rank;

	(void)state;
	for (rank = 1; rank <= 54; rank++) {
		memset(&sketch, rank, sizeof(sketch));
		estimate = tcplife_sketch_estimate(&sketch);
		assert_true(estimate >= before);
		if (rank < 24)
			assert_in_range(estimate, (u64)(1450ULL << rank),
					(u64)(1500ULL << rank));
		before = estimate;
	}
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_ranks_rise),
		cmocka_unit_test(test_full),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(kinds) +
				ARRAY_SIZE(ends)];
	struct CMUnitTest *next = tests + ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	next += UNIT_ROWS(next, kinds, test_kind);
	UNIT_ROWS(next, ends, test_end);
	return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
