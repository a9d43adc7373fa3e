// SPDX-License-Identifier: GPL-2.0
/*
 * What is kept for each network namespace: it is made and goes away with the
 * namespace, and never holds a reference on it.
 *
 * When a namespace goes away: its files go, @dead is set, so that nothing is
 * put on record any more, and hooks are given counters that nobody reads; the
 * core lets an RCU grace period pass, so that hooks that did not see it are
 * done; then its lives and its places in history and in the queue are cleared.
 * Hooks on its last timewait_socks may still run after that and find no record.
 */
#include <linux/proc_fs.h>

#include "alerts.h"
#include "arena.h"
#include "history.h"
#include "listeners.h"
#include "lives.h"
#include "net.h"
#include "params.h"
#include "proc.h"
#include "queue.h"
#include "syns.h"

unsigned int tcplife_net_id __ro_after_init;

/* Where hooks count that still run in a namespace that goes away. */
static DEFINE_PER_CPU(struct tcplife_stats, tcplife_net_nowhere);

static int __net_init tcplife_net_init(struct net *net)
{
	struct tcplife_net *tn = tcplife_net_of(net);
	int err;

	tn->net = net;
	tn->inum = net->ns.inum;
	tn->stats = tcplife_stats_alloc();
	if (!tn->stats)
		return -ENOMEM;
	err = tcplife_proc_add(tn);
	if (err)
		free_percpu(tn->stats);
	return err;
}

static void __net_exit tcplife_net_pre_exit(struct net *net)
{
	struct tcplife_net *tn = tcplife_net_of(net);

	tcplife_proc_remove(tn);
	tn->old_stats = tn->stats;
	WRITE_ONCE(tn->stats, &tcplife_net_nowhere);
	WRITE_ONCE(tn->dead, true);
}

/* All that go away at a time, in one pass: any user may make namespaces. */
static void __net_exit tcplife_net_exit(struct list_head *nets)
{
	struct net *net;

	tcplife_lives_forget();
	list_for_each_entry(net, nets, exit_list) {
		tcplife_listeners_forget(tcplife_net_of(net));
		tcplife_alerts_forget(tcplife_net_of(net));
	}
	tcplife_queue_flush();
	tcplife_history_forget();
	list_for_each_entry(net, nets, exit_list)
		free_percpu(tcplife_net_of(net)->old_stats);
}

static struct pernet_operations tcplife_net_ops = {
	.init = tcplife_net_init,
	.pre_exit = tcplife_net_pre_exit,
	.exit_batch = tcplife_net_exit,
	.id = &tcplife_net_id,
	.size = sizeof(struct tcplife_net),
};

/**
 * tcplife_net_start - begin to keep something for every namespace
 *
 * Return: 0 or a negative errno.
 */
int tcplife_net_start(void)
{
	return register_pernet_subsys(&tcplife_net_ops);
}

/**
 * tcplife_net_stop - clear what is kept for every namespace
 *
 * Call when no hook can run any more.
 */
void tcplife_net_stop(void)
{
	unregister_pernet_subsys(&tcplife_net_ops);
}

/**
 * tcplife_net_summary - the totals of a namespace, with limits and memory
 * @tn: the namespace
 * @count: filled, by TCPLIFE_ATTR_SUMMARY_*
 */
void tcplife_net_summary(struct tcplife_net *tn, u64 count[TCPLIFE_STATS])
{
	tcplife_syns_look();
	tcplife_stats_sum(tn->stats, count);
	tcplife_syns_sum(count);
	count[TCPLIFE_ATTR_SUMMARY_MAX_LIVES] = tcplife_params.max_lives;
	count[TCPLIFE_ATTR_SUMMARY_LIVES_ALLOCATED] = tcplife_arena_allocated();
	count[TCPLIFE_ATTR_SUMMARY_HISTORY] =
		tcplife_history_count(TCPLIFE_SCOPE_HISTORY);
	count[TCPLIFE_ATTR_SUMMARY_HALF_OPEN_HISTORY] =
		tcplife_history_count(TCPLIFE_SCOPE_HALF_OPEN_HISTORY);
	count[TCPLIFE_ATTR_SUMMARY_MEMORY_BYTES] =
		tcplife_arena_bytes() + tcplife_lives_bytes() +
		tcplife_history_bytes() + tcplife_queue_bytes() +
		tcplife_listeners_bytes();
	count[TCPLIFE_ATTR_SUMMARY_LISTENERS] = tcplife_listeners_count(tn);
	count[TCPLIFE_ATTR_SUMMARY_FLOODS] = tcplife_alerts_floods(tn);
}
