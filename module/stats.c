// SPDX-License-Identifier: GPL-2.0
/*
 * Summing a namespace's counters.  Process context; takes no locks.
 */
#include <linux/cpumask.h>

#include "stats.h"

/**
 * tcplife_stats_alloc - counters for a namespace, all zero
 *
 * Return: to be freed with free_percpu(), or NULL.
 */
struct tcplife_stats __percpu *tcplife_stats_alloc(void)
{
	struct tcplife_stats __percpu *stats = alloc_percpu(struct tcplife_stats);
	int cpu;

	if (stats)
		for_each_possible_cpu(cpu)
			seqcount_init(&per_cpu_ptr(stats, cpu)->seq);
	return stats;
}

static void tcplife_stats_sum_cpu(const struct tcplife_stats *s,
				  u64 count[TCPLIFE_STATS], u64 *handshake)
{
	u64 c[TCPLIFE_STATS];
	unsigned int seq, i;

	do {
		seq = read_seqcount_begin(&s->seq);
		memcpy(c, s->count, sizeof(c));
	} while (read_seqcount_retry(&s->seq, seq));
	for (i = 0; i < TCPLIFE_STATS; i++)
		count[i] += c[i];
	for (i = 0; i < TCPLIFE_HISTOGRAM_BUCKETS; i++)
		handshake[i] += READ_ONCE(s->handshake[i]);
}

/**
 * tcplife_stats_sum - a namespace's counters, summed over all CPUs
 * @stats: the counters
 * @count: filled, by TCPLIFE_ATTR_SUMMARY_*
 *
 * Every law of the books holds between the sums, as each transaction is
 * summed whole or not at all.
 */
void tcplife_stats_sum(struct tcplife_stats __percpu *stats,
		       u64 count[TCPLIFE_STATS])
{
	u64 handshake[TCPLIFE_HISTOGRAM_BUCKETS] = { 0 };
	int cpu;

	memset(count, 0, TCPLIFE_STATS * sizeof(*count));
	for_each_possible_cpu(cpu)
		tcplife_stats_sum_cpu(per_cpu_ptr(stats, cpu), count, handshake);
	count[TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P50_US] =
		tcplife_histogram_percentile(handshake, 50);
	count[TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P99_US] =
		tcplife_histogram_percentile(handshake, 99);
}
