// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms with a bucket for every power of two: bucket 0 holds 0, bucket n
 * holds 2^(n-1) to 2^n - 1, the last one all that is more.
 *
 * Pure: no locks, no kernel.
 */
#include "histogram.h"

/**
 * tcplife_histogram_edge - the largest value a bucket stands for
 * @bucket: less than TCPLIFE_HISTOGRAM_BUCKETS
 */
u64 tcplife_histogram_edge(unsigned int bucket)
{
	return (1ULL << bucket) - 1;
}

/**
 * tcplife_histogram_percentile - an upper bound of a percentile
 * @counts: values counted in each bucket
 * @percent: 1 to 100
 *
 * Return: the upper edge of the bucket that holds the value below which
 * @percent of all values lie, 0 if nothing was counted.
 */
u64 tcplife_histogram_percentile(const u64 counts[TCPLIFE_HISTOGRAM_BUCKETS],
				 unsigned int percent)
{
	u64 total = 0, seen = 0, wanted;
	unsigned int i;

	for (i = 0; i < TCPLIFE_HISTOGRAM_BUCKETS; i++)
		total += counts[i];
	if (!total)
		return 0;
	/* The rank, rounded up, in two parts so that nothing overflows. */
	wanted = total / 100 * percent + (total % 100 * percent + 99) / 100;
	for (i = 0; i < TCPLIFE_HISTOGRAM_BUCKETS - 1; i++) {
		seen += counts[i];
		if (seen >= wanted)
			break;
	}
	return tcplife_histogram_edge(i);
}
