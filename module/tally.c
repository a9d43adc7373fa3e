// SPDX-License-Identifier: GPL-2.0
/*
 * Tallies: what the connections of a namespace add up to, by age, listener,
 * prefix, port and remote.
 *
 * Nothing is kept for them while nobody asks: one pass over the records takes
 * a small key of each that counts into an array, which is sorted by one thing
 * after the other and counted run by run (core/tally.c).  So the memory is that
 * of the keys and only for the moment, and the time is that of sorting them.
 *
 * Context: process; may sleep, and lets others run as it sorts.  Locks:
 * tcplife_tally_lock, a mutex, guards what namespaces remember (@past); it nests
 * inside net_rwsem, for reading.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ip.h>

#include "books.h"
#include "core/tracker.h"
#include "history.h"
#include "lives.h"
#include "tally.h"

#define KEYS_LEAST	64

static DEFINE_MUTEX(tcplife_tally_lock);

/**
 * struct tcplife_tally_keys - keys of lives, and room for more
 * @key: the keys
 * @length: how many there are
 * @size: how many there is room for
 */
struct tcplife_tally_keys {
	struct tcplife_tally_key *key;
	u32 length;
	u32 size;
};

/* Make room for @size keys.  Return: 0 or -ENOMEM, with all as it was. */
static int tcplife_tally_grow(struct tcplife_tally_keys *keys, u32 size)
{
	struct tcplife_tally_key *key;

	key = kvmalloc(array_size(size, sizeof(*key)), GFP_KERNEL_ACCOUNT);
	if (!key)
		return -ENOMEM;
	if (keys->length)
		memcpy(key, keys->key, array_size(keys->length, sizeof(*key)));
	kvfree(keys->key);
	keys->key = key;
	keys->size = size;
	return 0;
}

/* Return: 0 or -ENOMEM. */
static int tcplife_tally_add(struct tcplife_tally_keys *keys,
			     const struct tcplife_life *life, bool counted)
{
	struct tcplife_tally_key *key;

	if (keys->length == keys->size &&
	    tcplife_tally_grow(keys, keys->size + keys->size / 2))
		return -ENOMEM;
	key = &keys->key[keys->length++];
	tcplife_tally_key(key, life, ktime_get_ns());
	key->counted = counted;
	return 0;
}

static int tcplife_tally_collect_history(struct tcplife_net *tn,
					 struct tcplife_tally_keys *keys)
{
	enum tcplife_scope scope = TCPLIFE_SCOPE_HALF_OPEN_HISTORY;
	struct tcplife_life life;
	u64 cursor = 0;
	int err = 0;

	while (!err && tcplife_history_next(scope, tn, &cursor, &life))
		err = tcplife_tally_add(keys, &life, true);
	return err;
}

/* Of TIME_WAIT, all that hold a local port; else what is half open. */
static int tcplife_tally_collect_live(struct tcplife_net *tn,
				      struct tcplife_tally *tally,
				      struct tcplife_tally_keys *keys)
{
	bool waits, waiting = tally->report == TCPLIFE_REPORT_TIME_WAIT;
	struct tcplife_life life;
	u32 cursor = 0;
	int err = 0;

	while (!err && tcplife_lives_next(tn, &cursor, &life)) {
		waits = life.state == TCPLIFE_STATE_TIME_WAIT;
		if (waiting)
			tally->fin_wait2 += tcplife_books_is_orphan(&life);
		if (waiting || tcplife_tracker_is_half_open(&life))
			err = tcplife_tally_add(keys, &life, !waiting || waits);
	}
	return err;
}

/* Return: 0 or -ENOMEM. */
static int tcplife_tally_collect(struct tcplife_net *tn,
				 struct tcplife_tally *tally,
				 struct tcplife_tally_keys *keys)
{
	u64 expected = 0;

	if (tally->report == TCPLIFE_REPORT_TIME_WAIT)
		expected = tally->totals[TCPLIFE_ATTR_SUMMARY_LIVE];
	else if (tally->report == TCPLIFE_REPORT_HALF_OPEN)
		expected = tally->totals[TCPLIFE_ATTR_SUMMARY_HALF_OPEN];
	if ((s64)expected < 0)	/* the CPUs are not read at one moment */
		expected = 0;
	if (tcplife_tally_grow(keys, KEYS_LEAST + expected + expected / 8))
		return -ENOMEM;
	if (tally->report == TCPLIFE_REPORT_HALF_OPEN_HISTORY)
		return tcplife_tally_collect_history(tn, keys);
	return tcplife_tally_collect_live(tn, tally, keys);
}

#define COMPARE(by, upper)						\
static int tcplife_tally_compare_##by(const void *a, const void *b)	\
{									\
	cond_resched();							\
	return tcplife_tally_compare(TCPLIFE_TALLY_BY_##upper, a, b);	\
}

COMPARE(listener, LISTENER)
COMPARE(prefix, PREFIX)
COMPARE(local_port, LOCAL_PORT)
COMPARE(remote, REMOTE)

static const cmp_func_t tcplife_tally_compares[] = {
	[TCPLIFE_TALLY_BY_LISTENER] = tcplife_tally_compare_listener,
	[TCPLIFE_TALLY_BY_PREFIX] = tcplife_tally_compare_prefix,
	[TCPLIFE_TALLY_BY_LOCAL_PORT] = tcplife_tally_compare_local_port,
	[TCPLIFE_TALLY_BY_REMOTE] = tcplife_tally_compare_remote,
};

static void tcplife_tally_append_top(struct tcplife_tally *tally,
				     enum tcplife_tally_by by,
				     struct tcplife_tally_keys *keys,
				     const struct tcplife_tally_range *range)
{
	sort(keys->key, keys->length, sizeof(*keys->key),
	     tcplife_tally_compares[by], NULL);
	tally->length += tcplife_tally_top(by, keys->key, keys->length, range,
					   &tally->rows[tally->length]);
}

static void tcplife_tally_count(struct tcplife_tally *tally,
				struct tcplife_tally_keys *keys,
				const struct tcplife_tally_range *range)
{
	bool waiting = tally->report == TCPLIFE_REPORT_TIME_WAIT;
	u32 i;

	tally->rows[0].by = TCPLIFE_TALLY_BY_TOTAL;
	for (i = 0; i < keys->length; i++)
		tally->rows[0].count += keys->key[i].counted;
	tcplife_tally_ages(keys->key, keys->length, &tally->rows[1]);
	tally->length = 1 + TCPLIFE_TALLY_STEPS + 1;
	tcplife_tally_append_top(tally, waiting ? TCPLIFE_TALLY_BY_LOCAL_PORT :
						  TCPLIFE_TALLY_BY_LISTENER,
				 keys, range);
	tcplife_tally_append_top(tally, waiting ? TCPLIFE_TALLY_BY_REMOTE :
						  TCPLIFE_TALLY_BY_PREFIX,
				 keys, range);
}

static u64 tcplife_tally_rate(u64 now, u64 past, u64 elapsed_ms)
{
	return div64_u64((now - past) * MSEC_PER_SEC + elapsed_ms / 2,
			 elapsed_ms);
}

/* Since the older of the two looks, which was 5 to 10 seconds ago. */
static void tcplife_tally_take_rates(struct tcplife_tally_rates *rates,
				     const struct tcplife_net *tn,
				     const u64 totals[TCPLIFE_STATS])
{
	struct tcplife_net_past past;
	u64 elapsed_ms;

	mutex_lock(&tcplife_tally_lock);
	past = tn->past[0];
	mutex_unlock(&tcplife_tally_lock);
	if (!past.at_ns)
		return;
	elapsed_ms = max(1ULL, div_u64(ktime_get_ns() - past.at_ns,
				       NSEC_PER_MSEC));
	rates->known = true;
	rates->begun = tcplife_tally_rate(totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN],
					  past.begun, elapsed_ms);
	rates->ended = tcplife_tally_rate(totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_ENDED],
					  past.ended, elapsed_ms);
	rates->reused = tcplife_tally_rate(totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED],
					   past.reused, elapsed_ms);
	rates->overflowed =
		tcplife_tally_rate(totals[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS],
				   past.overflowed, elapsed_ms);
}

/**
 * tcplife_tally_take - add up what a report counts, as of now
 * @tn: the namespace
 * @report: what to count
 *
 * Return: the tally, for tcplife_tally_free(), or ERR_PTR(-ENOMEM).
 */
struct tcplife_tally *tcplife_tally_take(struct tcplife_net *tn,
					 enum tcplife_report report)
{
	struct tcplife_tally *tally = kvzalloc(sizeof(*tally), GFP_KERNEL_ACCOUNT);
	struct tcplife_tally_keys keys = { NULL };
	struct tcplife_tally_range range;
	int low, high, err;

	if (!tally)
		return ERR_PTR(-ENOMEM);
	tally->report = report;
	inet_get_local_port_range(tn->net, &low, &high);
	range.low = low;
	range.high = high;
	tally->ports = tcplife_tally_ports(&range);
	tally->limit = READ_ONCE(tn->net->ipv4.tcp_death_row.sysctl_max_tw_buckets);
	tcplife_stats_sum(tn->stats, tally->totals);
	tcplife_tally_take_rates(&tally->rates, tn, tally->totals);
	err = tcplife_tally_collect(tn, tally, &keys);
	if (!err)
		tcplife_tally_count(tally, &keys, &range);
	kvfree(keys.key);
	if (!err)
		return tally;
	tcplife_tally_free(tally);
	return ERR_PTR(err);
}

/**
 * tcplife_tally_free - free a tally
 * @tally: from tcplife_tally_take()
 */
void tcplife_tally_free(struct tcplife_tally *tally)
{
	kvfree(tally);
}

static void tcplife_tally_remember_net(struct tcplife_net *tn)
{
	struct tcplife_net_past now;
	u64 count[TCPLIFE_STATS];

	tcplife_stats_sum(tn->stats, count);
	now.at_ns = ktime_get_ns();
	now.begun = count[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_BEGUN];
	now.ended = count[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_ENDED];
	now.reused = count[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_REUSED];
	now.overflowed = count[TCPLIFE_ATTR_SUMMARY_TIME_WAIT_OVERFLOWS];
	mutex_lock(&tcplife_tally_lock);
	tn->past[0] = tn->past[1];
	tn->past[1] = now;
	mutex_unlock(&tcplife_tally_lock);
}

/**
 * tcplife_tally_remember - remember the counters of all namespaces
 *
 * To be called every five seconds, as tallies tell rates by it.
 */
void tcplife_tally_remember(void)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net) {
		tcplife_tally_remember_net(tcplife_net_of(net));
		cond_resched();
	}
	up_read(&net_rwsem);
}
