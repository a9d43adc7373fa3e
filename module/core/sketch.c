// SPDX-License-Identifier: GPL-2.0
/*
 * A sketch of distinct things; see sketch.h.
 *
 * Pure: no locks, no kernel.
 */
#include "sketch.h"

#define M	TCPLIFE_SKETCH_REGISTERS

/* 0.7213 / (1 + 1.079 / M) * M * M, which makes the raw estimate unbiased. */
#define ALPHA_M_M	3023758ULL

/* ln(2) in 1/65536. */
#define LN2		45426

/**
 * tcplife_sketch_merge - see all things that another sketch saw
 * @sketch: the sketch
 * @other: the other
 */
void tcplife_sketch_merge(struct tcplife_sketch *sketch,
			  const struct tcplife_sketch *other)
{
	unsigned int i;

	for (i = 0; i < M; i++)
		if (other->rank[i] > sketch->rank[i])
			sketch->rank[i] = other->rank[i];
}

/* log2(@x) in 1/65536, by squaring; @x is not 0. */
static u64 tcplife_sketch_log2(u32 x)
{
	unsigned int whole = 31 - __builtin_clz(x), i;
	u64 mantissa = (u64)x << (31 - whole);	/* 1 to 2, in 2^-31 */
	u64 log = whole;

	for (i = 0; i < 16; i++) {
		mantissa = mantissa * mantissa >> 31;
		log <<= 1;
		if (mantissa >> 32) {
			mantissa >>= 1;
			log |= 1;
		}
	}
	return log;
}

/**
 * tcplife_sketch_estimate - how many distinct things were seen
 * @sketch: the sketch
 *
 * By the share of empty registers while there are enough of them, which is
 * exact for a few things, and by the mean rank after that.
 */
u64 tcplife_sketch_estimate(const struct tcplife_sketch *sketch)
{
	unsigned int i, empty = 0;
	u64 sum = 0, estimate;

	for (i = 0; i < M; i++)
		empty += !sketch->rank[i];
	if (empty) {
		/* M ln(M / empty), rounded */
		estimate = tcplife_sketch_log2(M) - tcplife_sketch_log2(empty);
		estimate = (estimate * LN2 >> 16) * M;
		estimate = (estimate + (1 << 15)) >> 16;
		if (estimate <= 3 * M)
			return estimate;
	}
	for (i = 0; i < M; i++)
		sum += 1ULL << (54 - sketch->rank[i]) >> 1;
	/* One more makes no difference, and is never 0. */
	return (ALPHA_M_M << 23) / ((sum >> 30) + 1);
}
