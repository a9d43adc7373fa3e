/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of one network namespace.  There is one for every attribute of the
 * set "summary" in docs/netlink/tcplife.yaml, counted under that attribute's
 * number, so a counter, its name and its help text stand there and only there.
 *
 * Each CPU counts in a slot of its own.  Counters that balance each other
 * (opened and live, live and closed ...) change in one transaction, and a
 * reader sees all of a transaction or nothing: so the books balance at every
 * read, whatever the other CPUs do meanwhile.
 */
#ifndef TCPLIFE_STATS_H
#define TCPLIFE_STATS_H

#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>

#include "core/histogram.h"

#define TCPLIFE_STATS	__TCPLIFE_ATTR_SUMMARY_MAX

/**
 * struct tcplife_stats - one CPU's counters of one namespace
 * @seq: odd while a transaction is under way
 * @count: by TCPLIFE_ATTR_SUMMARY_*; a CPU's share of a gauge may be negative,
 *	the sum over all CPUs is what counts
 * @handshake: handshake times by power of two of microseconds
 *
 * Written by its own CPU only, with interrupts off.
 */
struct tcplife_stats {
	seqcount_t seq;
	u64 count[TCPLIFE_STATS];
	u64 handshake[TCPLIFE_HISTOGRAM_BUCKETS];
};

/* Count within a transaction: @s from tcplife_stats_begin(). */
#define tcplife_stats_count(s, name, n) \
	((s)->count[TCPLIFE_ATTR_SUMMARY_##name] += (n))

/**
 * tcplife_stats_begin - begin a transaction on this CPU's counters
 * @stats: the namespace's counters
 * @flags: interrupt state, for tcplife_stats_end()
 */
static __always_inline struct tcplife_stats *
tcplife_stats_begin(struct tcplife_stats __percpu *stats, unsigned long *flags)
{
	struct tcplife_stats *s;

	local_irq_save(*flags);
	s = this_cpu_ptr(stats);
	raw_write_seqcount_begin(&s->seq);
	return s;
}

/**
 * tcplife_stats_end - end a transaction
 * @s: from tcplife_stats_begin()
 * @flags: from tcplife_stats_begin()
 */
static __always_inline void tcplife_stats_end(struct tcplife_stats *s,
					      unsigned long flags)
{
	raw_write_seqcount_end(&s->seq);
	local_irq_restore(flags);
}

/**
 * tcplife_stats_begin_irqoff - begin a transaction where interrupts are off
 * @stats: the namespace's counters
 */
static __always_inline struct tcplife_stats *
tcplife_stats_begin_irqoff(struct tcplife_stats __percpu *stats)
{
	struct tcplife_stats *s = this_cpu_ptr(stats);

	raw_write_seqcount_begin(&s->seq);
	return s;
}

/**
 * tcplife_stats_end_irqoff - end a transaction
 * @s: from tcplife_stats_begin_irqoff()
 */
static __always_inline void tcplife_stats_end_irqoff(struct tcplife_stats *s)
{
	raw_write_seqcount_end(&s->seq);
}

/* A transaction of one counter. */
#define tcplife_stats_add(stats, name, n) do {				\
	unsigned long __flags;						\
	struct tcplife_stats *__s = tcplife_stats_begin(stats, &__flags); \
									\
	tcplife_stats_count(__s, name, n);				\
	tcplife_stats_end(__s, __flags);				\
} while (0)

/* Count what balances with nothing: no transaction, any context. */
#define tcplife_stats_bump(stats, attribute) \
	this_cpu_inc((stats)->count[attribute])

struct tcplife_stats __percpu *tcplife_stats_alloc(void);
void tcplife_stats_sum(struct tcplife_stats __percpu *stats,
		       u64 count[TCPLIFE_STATS]);

#endif
