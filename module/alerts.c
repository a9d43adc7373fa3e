// SPDX-License-Identifier: GPL-2.0
/*
 * Telling what the detectors of SYN floods find.  A detector only counts and
 * decides, in the hooks; while one has something to decide, a work item looks at
 * all of them some twenty times a second, lets time pass for them, and tells each
 * change of state: in the kernel log, to readers, and in a ring of the last
 * alerts.  While all are quiet there is no such work.
 *
 * Context: process, but for tcplife_alerts_arm().  Lock: tcplife_alerts.lock, a
 * mutex, guards the ring, and the numbers of alerts.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "alerts.h"
#include "listeners.h"
#include "syns.h"

#define LOOK_MS		50
#define KEPT		64	/* alerts, of all namespaces */

/**
 * struct tcplife_alerts - the alerts
 * @lock: guards @next and @kept
 * @next: number of the next alert, counted from 0
 * @kept: alert n is at n modulo KEPT
 * @stopped: it must not be
 * @ops: where alerts go
 * @kick: leaves the hook's context to queue @work
 * @work: looks at the detectors
 */
static struct tcplife_alerts {
	struct mutex lock;
	u64 next;
	struct tcplife_alert kept[KEPT];
	bool stopped;
	const struct tcplife_alerts_ops *ops;
	struct irq_work kick;
	struct delayed_work work;
} tcplife_alerts = {
	.lock = __MUTEX_INITIALIZER(tcplife_alerts.lock),
};

/* The work that looks at the detectors is or will be under way. */
bool tcplife_alerts_armed;

/**
 * tcplife_alerts_arm - a detector has something to decide
 *
 * Context: any but NMI.
 */
void tcplife_alerts_arm(void)
{
	struct tcplife_alerts *a = &tcplife_alerts;

	if (READ_ONCE(tcplife_alerts_armed) || READ_ONCE(a->stopped))
		return;
	WRITE_ONCE(tcplife_alerts_armed, true);
	irq_work_queue(&a->kick);
}

static u8 tcplife_alerts_cookies(const struct tcplife_target *target, u64 now_ns)
{
	if (!READ_ONCE(target->net->net->ipv4.sysctl_tcp_syncookies))
		return TCPLIFE_COOKIES_OFF;
	/* It may be later than @now_ns. */
	if (target->cookie_ns &&
	    target->cookie_ns + TCPLIFE_LISTENERS_RECENT_NS > now_ns)
		return TCPLIFE_COOKIES_SENDING;
	return TCPLIFE_COOKIES_READY;
}

/* Where it is quiet now, tell of the last flood; the SYN rate is of now. */
static void tcplife_alerts_remember(struct tcplife_flood_report *r,
				    struct tcplife_flood_report *last)
{
	u32 syn_rate = r->syn_rate;

	if (r->state == TCPLIFE_FLOOD_STATE_FLOOD ||
	    r->state == TCPLIFE_FLOOD_STATE_ENDING) {
		*last = *r;
	} else if (r->state == TCPLIFE_FLOOD_STATE_QUIET && last->since_ns) {
		*r = *last;
		r->state = TCPLIFE_FLOOD_STATE_QUIET;
		r->syn_rate = syn_rate;
		r->has_completion = false;
	}
}

/* What there is to say of a target.  Locked. */
static void tcplife_alerts_fill(struct tcplife_alert *alert,
				struct tcplife_target *target, u64 now_ns)
{
	memset(alert, 0, sizeof(*alert));
	alert->net = target->net;
	alert->inum = target->net->inum;
	alert->previous = target->told;
	alert->family = target->family;
	memcpy(alert->address, target->address, sizeof(alert->address));
	alert->port = target->port;
	alert->half_open = target->half_open;
	alert->cookies = tcplife_alerts_cookies(target, now_ns);
	alert->floods = target->flood.floods;
	tcplife_flood_report(&target->flood, &alert->report);
	tcplife_alerts_remember(&alert->report, &target->last);
}

static const char * const tcplife_alerts_spreads[] = {
	[TCPLIFE_SPREAD_UNKNOWN] = "too few sources to tell more",
	[TCPLIFE_SPREAD_RANDOM] = "random sources",
	[TCPLIFE_SPREAD_PREFIX] = "sources in few prefixes",
	[TCPLIFE_SPREAD_FEW] = "few sources",
};

/**
 * tcplife_alerts_advice - what to do, in one sentence
 * @alert: what is the matter
 */
const char *tcplife_alerts_advice(const struct tcplife_alert *alert)
{
	switch (alert->report.state) {
	case TCPLIFE_FLOOD_STATE_QUIET:
		return "Nothing needs to be done.";
	case TCPLIFE_FLOOD_STATE_SUSPECTED:
		return "Watch it; nothing needs to be done yet.";
	case TCPLIFE_FLOOD_STATE_ENDING:
		return "What is left half open expires by itself (net.ipv4.tcp_synack_retries).";
	}
	if (alert->report.spread == TCPLIFE_SPREAD_FEW)
		return "Drop these sources in the firewall.";
	if (alert->cookies == TCPLIFE_COOKIES_OFF)
		return "Switch SYN cookies on: sysctl net.ipv4.tcp_syncookies=1.";
	if (alert->report.spread == TCPLIFE_SPREAD_PREFIX)
		return "Drop or limit these prefixes in the firewall; SYN cookies protect the listener meanwhile.";
	return "The sources are forged, so leave the firewall alone: SYN cookies protect the listener; if the link is full, ask the provider upstream.";
}

static void tcplife_alerts_log(const struct tcplife_alert *alert)
{
	static const char * const says[] = {
		[TCPLIFE_FLOOD_STATE_QUIET] = "SYN flood over",
		[TCPLIFE_FLOOD_STATE_SUSPECTED] = "SYN flood suspected",
		[TCPLIFE_FLOOD_STATE_FLOOD] = "SYN flood",
		[TCPLIFE_FLOOD_STATE_ENDING] = "SYN flood has stopped",
	};
	const struct tcplife_flood_report *r = &alert->report;
	const char *what = says[r->state];
	char where[64];

	if (r->state == TCPLIFE_FLOOD_STATE_QUIET &&
	    alert->previous == TCPLIFE_FLOOD_STATE_SUSPECTED)
		what = "no SYN flood";
	if (alert->family == 6)
		snprintf(where, sizeof(where), "[%pI6c]:%u", alert->address,
			 alert->port);
	else
		snprintf(where, sizeof(where), "%pI4:%u", alert->address,
			 alert->port);
	pr_warn_ratelimited("%s on %s, netns %u: %u SYN/s, %llu of %llu half open, %llu distinct sources (%s). %s\n",
			    what, where, alert->inum, r->syn_rate,
			    alert->half_open, alert->half_open_limit,
			    r->distinct, tcplife_alerts_spreads[r->spread],
			    tcplife_alerts_advice(alert));
}

/* Number it, keep it, and tell it. */
static void tcplife_alerts_tell(struct tcplife_alerts *a,
				struct tcplife_alert *alert)
{
	mutex_lock(&a->lock);
	alert->at_real_ns = ktime_get_real_ns();
	alert->seq = ++alert->net->alerts;
	a->kept[a->next++ % KEPT] = *alert;
	mutex_unlock(&a->lock);
	tcplife_stats_add(alert->net->stats, ALERTS, 1);
	tcplife_alerts_log(alert);
	a->ops->deliver(alert);
}

/* Let time pass for a detector.  Return: it needs more of it. */
static bool tcplife_alerts_pass(struct tcplife_alerts *a,
				struct tcplife_target *target,
				struct tcplife_alert *alert)
{
	u64 now_ns = ktime_get_ns();
	bool busy = false, changed = false;
	unsigned long flags;

	if (!READ_ONCE(target->net))
		return false;
	raw_spin_lock_irqsave(&target->lock, flags);
	if (target->net) {
		target->flood.limits.lifetime_ns =
			tcplife_listeners_lifetime_ns(target->net->net);
		if (tcplife_flood_needs_time(&target->flood))
			tcplife_flood_advance(&target->flood, now_ns);
		busy = tcplife_flood_needs_time(&target->flood);
		changed = target->flood.state != target->told;
		if (changed)
			tcplife_alerts_fill(alert, target, now_ns);
		target->told = target->flood.state;
	}
	raw_spin_unlock_irqrestore(&target->lock, flags);
	if (changed) {
		alert->half_open_limit = tcplife_listeners_limit(target);
		tcplife_alerts_tell(a, alert);
	}
	return busy;
}

static void tcplife_alerts_work(struct work_struct *work)
{
	struct tcplife_alerts *a = container_of(to_delayed_work(work),
						struct tcplife_alerts, work);
	static struct tcplife_alert alert;	/* too large for the stack */
	struct tcplife_target *target;
	bool busy = false;
	u32 i;

	/* Whoever has something to decide from here on arms it again. */
	WRITE_ONCE(tcplife_alerts_armed, false);
	smp_mb();	/* before what is decided here is looked at */
	tcplife_syns_look();
	for (i = 1; (target = tcplife_listeners_target(i)); i++)
		busy |= tcplife_alerts_pass(a, target, &alert);
	if (!busy || READ_ONCE(a->stopped))
		return;
	WRITE_ONCE(tcplife_alerts_armed, true);
	queue_delayed_work(system_unbound_wq, &a->work,
			   msecs_to_jiffies(LOOK_MS));
}

static void tcplife_alerts_kick(struct irq_work *kick)
{
	struct tcplife_alerts *a = container_of(kick, struct tcplife_alerts, kick);

	queue_delayed_work(system_unbound_wq, &a->work,
			   msecs_to_jiffies(LOOK_MS));
}

/**
 * tcplife_alerts_start - get ready
 * @ops: where alerts go
 */
void tcplife_alerts_start(const struct tcplife_alerts_ops *ops)
{
	struct tcplife_alerts *a = &tcplife_alerts;

	a->ops = ops;
	init_irq_work(&a->kick, tcplife_alerts_kick);
	INIT_DELAYED_WORK(&a->work, tcplife_alerts_work);
}

/**
 * tcplife_alerts_stop - tell nothing more
 *
 * Call when no hook can run any more.
 */
void tcplife_alerts_stop(void)
{
	WRITE_ONCE(tcplife_alerts.stopped, true);
	irq_work_sync(&tcplife_alerts.kick);
	cancel_delayed_work_sync(&tcplife_alerts.work);
}

/**
 * tcplife_alerts_look - the next listening address and port that ever left quiet
 * @net: the namespace
 * @cursor: 0 to begin; moved to the one returned
 * @row: filled
 *
 * Context: process; may sleep.
 * Return: false if there are no more.
 */
bool tcplife_alerts_look(const struct tcplife_net *net, u32 *cursor,
			 struct tcplife_alert *row)
{
	struct tcplife_target *target;
	unsigned long flags;
	bool found;

	while ((target = tcplife_listeners_target(++*cursor))) {
		u64 now_ns = ktime_get_ns();

		raw_spin_lock_irqsave(&target->lock, flags);
		found = target->net == net;
		if (found)
			tcplife_flood_advance(&target->flood, now_ns);
		found = found && (target->flood.floods ||
				  target->flood.suspicions);
		if (found)
			tcplife_alerts_fill(row, target, now_ns);
		raw_spin_unlock_irqrestore(&target->lock, flags);
		cond_resched();
		if (!found)
			continue;
		row->half_open_limit = tcplife_listeners_limit(target);
		return true;
	}
	return false;
}

/**
 * tcplife_alerts_next - the next alert of a namespace, oldest first
 * @net: the namespace
 * @cursor: 0 to begin; moved behind the alert returned
 * @alert: filled
 *
 * Return: false if there is none.
 */
bool tcplife_alerts_next(const struct tcplife_net *net, u64 *cursor,
			 struct tcplife_alert *alert)
{
	struct tcplife_alerts *a = &tcplife_alerts;
	bool found = false;

	mutex_lock(&a->lock);
	if (a->next > KEPT)
		*cursor = max(*cursor, a->next - KEPT);
	while (!found && *cursor < a->next) {
		const struct tcplife_alert *kept = &a->kept[(*cursor)++ % KEPT];

		found = kept->net == net;
		if (found)
			*alert = *kept;
	}
	mutex_unlock(&a->lock);
	return found;
}

/**
 * tcplife_alerts_floods - how many addresses and ports are under a flood now
 * @net: the namespace
 */
u64 tcplife_alerts_floods(const struct tcplife_net *net)
{
	const struct tcplife_target *target;
	u64 floods = 0;
	u32 i;

	for (i = 1; (target = tcplife_listeners_target(i)); i++)
		floods += READ_ONCE(target->net) == net &&
			  READ_ONCE(target->flood.state) == TCPLIFE_FLOOD_STATE_FLOOD;
	return floods;
}

/**
 * tcplife_alerts_forget - drop all alerts of a namespace that is going away
 * @net: the namespace, whose targets are forgotten already
 */
void tcplife_alerts_forget(const struct tcplife_net *net)
{
	struct tcplife_alerts *a = &tcplife_alerts;
	unsigned int i;

	irq_work_sync(&a->kick);
	flush_delayed_work(&a->work);
	mutex_lock(&a->lock);
	for (i = 0; i < KEPT; i++)
		if (a->kept[i].net == net)
			a->kept[i].net = NULL;
	mutex_unlock(&a->lock);
}
