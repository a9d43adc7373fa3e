/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_HISTOGRAM_H
#define TCPLIFE_CORE_HISTOGRAM_H

#include "types.h"

#define TCPLIFE_HISTOGRAM_BUCKETS	40

/**
 * tcplife_histogram_bucket - the bucket of a value
 * @value: any value
 *
 * Return: less than TCPLIFE_HISTOGRAM_BUCKETS.
 */
static inline unsigned int tcplife_histogram_bucket(u64 value)
{
	unsigned int bits = value ? 64 - __builtin_clzll(value) : 0;

	return bits < TCPLIFE_HISTOGRAM_BUCKETS ?
		bits : TCPLIFE_HISTOGRAM_BUCKETS - 1;
}

u64 tcplife_histogram_edge(unsigned int bucket);
u64 tcplife_histogram_percentile(const u64 counts[TCPLIFE_HISTOGRAM_BUCKETS],
				 unsigned int percent);

#endif
