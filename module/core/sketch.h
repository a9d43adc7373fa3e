/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many distinct things were seen, in a fixed two kilobytes: HyperLogLog
 * (Flajolet, Fusy, Gandouet and Meunier, 2007).  The standard error is 2.3 %.
 */
#ifndef TCPLIFE_CORE_SKETCH_H
#define TCPLIFE_CORE_SKETCH_H

#include "types.h"

#define TCPLIFE_SKETCH_BITS		11
#define TCPLIFE_SKETCH_REGISTERS	(1U << TCPLIFE_SKETCH_BITS)

/**
 * struct tcplife_sketch - the sketch; all zero is empty
 * @rank: of the hashes that fell on each register, the longest run of zeros
 *	plus one; 0 if none fell there
 */
struct tcplife_sketch {
	u8 rank[TCPLIFE_SKETCH_REGISTERS];
};

/**
 * tcplife_sketch_add - see a thing
 * @sketch: the sketch
 * @hash: of the thing, every bit of it random
 */
static inline void tcplife_sketch_add(struct tcplife_sketch *sketch, u64 hash)
{
	unsigned int at = hash & (TCPLIFE_SKETCH_REGISTERS - 1);
	u8 rank = __builtin_clzll(hash | (TCPLIFE_SKETCH_REGISTERS - 1)) + 1;

	if (rank > sketch->rank[at])
		sketch->rank[at] = rank;
}

void tcplife_sketch_merge(struct tcplife_sketch *sketch,
			  const struct tcplife_sketch *other);
u64 tcplife_sketch_estimate(const struct tcplife_sketch *sketch);

#endif
