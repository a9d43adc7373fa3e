// SPDX-License-Identifier: GPL-2.0
/*
 * The watch over the hooks: looks every second whether kprobes still work, says
 * so in the kernel log when that changes, and remembers for how long they did
 * not.  The second is deferrable: it wakes no idle machine.
 *
 * Spells shorter than that are caught by what they leave behind: connections
 * that are established without their handshake having been seen.
 *
 * Some seconds after anything was missed the records are mended (adopt.c), and
 * every hour whatever was seen: an object that a hook just missed as the module
 * was loaded, or that the kernel let go of in a way not foreseen, must not stay
 * on record for ever.
 *
 * Context: process.  Lock: tcplife_watch.lock, a mutex, guards what follows it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "adopt.h"
#include "attach.h"
#include "canary.h"
#include "hooks.h"
#include "tally.h"
#include "watch.h"

#define MEND_AFTER_SECONDS	15
#define MEND_EVERY_SECONDS	3600
#define REMEMBER_EVERY_SECONDS	5

/**
 * struct tcplife_watch - the watch
 * @lock: guards the rest but @work
 * @active: the hooks are attached
 * @deaf: kprobes were found switched off when last tried
 * @spells: how often that began
 * @since_ns: monotonic time at which it was found
 * @total_ns: length of the spells that are over
 * @missed: what was missed, when last looked
 * @mend_in: looks until the records are mended, not 0
 * @remember_in: looks until the counters are remembered, not 0
 * @work: looks every second
 */
static struct tcplife_watch {
	struct mutex lock;
	bool active;
	bool deaf;
	u32 spells;
	u64 since_ns;
	u64 total_ns;
	u64 missed;
	u32 mend_in;
	u32 remember_in;
	struct delayed_work work;
} tcplife_watch = {
	.lock = __MUTEX_INITIALIZER(tcplife_watch.lock),
	.mend_in = MEND_EVERY_SECONDS,
	.remember_in = REMEMBER_EVERY_SECONDS,
};

/* Try the kprobes and take note of a change.  Locked. */
static void tcplife_watch_try(struct tcplife_watch *w)
{
	bool deaf = w->active && tcplife_canary_deaf(TCPLIFE_HOOK_KIND_KPROBE);
	u64 now_ns = ktime_get_ns();

	if (deaf == w->deaf)
		return;
	w->deaf = deaf;
	if (deaf) {
		w->spells++;
		w->since_ns = now_ns;
		pr_warn("kprobes were switched off from outside: half-open connections and TIME_WAIT are not seen until kernel.ftrace_enabled and debugfs kprobes/enabled are 1 again\n");
	} else {
		w->total_ns += now_ns - w->since_ns;
		pr_notice("kprobes work again; what happened meanwhile was not seen\n");
	}
}

/* Hits of hooks that the kernel did not deliver, and handshakes missed. */
static u64 tcplife_watch_missed(void)
{
	struct tcplife_attach_report hook;
	u64 missed = tcplife_hooks_handshakes_missed();
	unsigned int i;

	for (i = 0; tcplife_attach_report(i, &hook); i++)
		missed += hook.missed;
	return missed;
}

/*
 * Mend the records some time after something was missed, as connections that
 * something happened to lately are not judged.
 */
static void tcplife_watch_mend(struct tcplife_watch *w)
{
	u64 missed = tcplife_watch_missed() + w->spells;

	if (missed != w->missed) {
		w->missed = missed;
		w->mend_in = min_t(u32, w->mend_in, MEND_AFTER_SECONDS);
	}
	if (w->deaf || --w->mend_in)
		return;
	w->mend_in = MEND_EVERY_SECONDS;
	tcplife_adopt_again();
}

/* Have tallies remember the counters, by which they tell rates. */
static void tcplife_watch_remember(struct tcplife_watch *w)
{
	if (--w->remember_in)
		return;
	w->remember_in = REMEMBER_EVERY_SECONDS;
	tcplife_tally_remember();
}

static void tcplife_watch_work(struct work_struct *work)
{
	struct tcplife_watch *w = &tcplife_watch;

	mutex_lock(&w->lock);
	tcplife_watch_try(w);
	tcplife_watch_mend(w);
	tcplife_watch_remember(w);
	mutex_unlock(&w->lock);
	queue_delayed_work(system_power_efficient_wq, &w->work,
			   round_jiffies_relative(HZ));
}

static void tcplife_watch_set_active(bool active)
{
	mutex_lock(&tcplife_watch.lock);
	tcplife_watch.active = active;
	mutex_unlock(&tcplife_watch.lock);
}

/**
 * tcplife_watch_start - begin to look, once the hooks are attached
 */
void tcplife_watch_start(void)
{
	tcplife_watch_set_active(true);
	INIT_DEFERRABLE_WORK(&tcplife_watch.work, tcplife_watch_work);
	queue_delayed_work(system_power_efficient_wq, &tcplife_watch.work, HZ);
}

/**
 * tcplife_watch_stop - look no more, before the hooks are detached
 */
void tcplife_watch_stop(void)
{
	cancel_delayed_work_sync(&tcplife_watch.work);
	tcplife_watch_set_active(false);
}

/**
 * tcplife_watch_look - whether the module sees all it should
 * @report: filled
 *
 * May sleep.
 */
void tcplife_watch_look(struct tcplife_watch_report *report)
{
	struct tcplife_watch *w = &tcplife_watch;
	struct tcplife_attach_report hook;
	unsigned int i;
	u64 ns;

	memset(report, 0, sizeof(*report));
	mutex_lock(&w->lock);
	tcplife_watch_try(w);
	ns = w->total_ns + (w->deaf ? ktime_get_ns() - w->since_ns : 0);
	report->deaf = w->deaf;
	report->deaf_spells = w->spells;
	report->deaf_us = div_u64(ns, NSEC_PER_USEC);
	mutex_unlock(&w->lock);
	for (i = 0; tcplife_attach_report(i, &hook); i++) {
		report->hits_missed += hook.missed;
		report->hooks_detached +=
			hook.status == TCPLIFE_HOOK_STATUS_DETACHED;
	}
	report->handshakes_missed = tcplife_hooks_handshakes_missed();
}

/**
 * tcplife_watch_healthy - has the module seen all it should since it was loaded?
 * @report: from tcplife_watch_look()
 */
bool tcplife_watch_healthy(const struct tcplife_watch_report *report)
{
	return !report->deaf_spells && !report->hits_missed &&
	       !report->handshakes_missed && !report->hooks_detached;
}
