// SPDX-License-Identifier: GPL-2.0
/*
 * Summing a namespace's counters.  Process context; takes no locks.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "stats.h"

#define TRIES	64

/* What goes up on one CPU and down on another. */
static const u8 tcplife_stats_gauges[] = {
	TCPLIFE_ATTR_SUMMARY_LIVE,
	TCPLIFE_ATTR_SUMMARY_LOST,
	TCPLIFE_ATTR_SUMMARY_HALF_OPEN,
	TCPLIFE_ATTR_SUMMARY_TIME_WAIT,
	TCPLIFE_ATTR_SUMMARY_FIN_WAIT2_ORPHANS,
	TCPLIFE_ATTR_SUMMARY_EVENTS_PENDING,
};

/**
 * tcplife_stats_alloc - counters for a namespace, all zero
 *
 * Return: to be freed with free_percpu(), or NULL.
 */
struct tcplife_stats __percpu *tcplife_stats_alloc(void)
{
	struct tcplife_stats __percpu *stats;
	int cpu;

	/* Whoever makes a namespace pays for it. */
	stats = alloc_percpu_gfp(struct tcplife_stats, GFP_KERNEL_ACCOUNT);
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

/* Could all that have been at one time? */
static bool tcplife_stats_is_possible(const u64 count[TCPLIFE_STATS])
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcplife_stats_gauges); i++)
		if ((s64)count[tcplife_stats_gauges[i]] < 0)
			return false;
	return true;
}

/**
 * tcplife_stats_sum - a namespace's counters, summed over all CPUs
 * @stats: the counters
 * @count: filled, by TCPLIFE_ATTR_SUMMARY_*
 *
 * Every law of the books holds between the sums, as each transaction is
 * summed whole or not at all.  What began on a CPU after that was read, and
 * ended on another before that was, would read as less than none: then all are
 * read again.
 */
void tcplife_stats_sum(struct tcplife_stats __percpu *stats,
		       u64 count[TCPLIFE_STATS])
{
	u64 handshake[TCPLIFE_HISTOGRAM_BUCKETS];
	unsigned int tries = TRIES;
	int cpu;

	do {
		memset(count, 0, TCPLIFE_STATS * sizeof(*count));
		memset(handshake, 0, sizeof(handshake));
		for_each_possible_cpu(cpu)
			tcplife_stats_sum_cpu(per_cpu_ptr(stats, cpu), count,
					      handshake);
	} while (!tcplife_stats_is_possible(count) && --tries);
	count[TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P50_US] =
		tcplife_histogram_percentile(handshake, 50);
	count[TCPLIFE_ATTR_SUMMARY_HANDSHAKE_P99_US] =
		tcplife_histogram_percentile(handshake, 99);
}
