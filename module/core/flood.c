// SPDX-License-Identifier: GPL-2.0
/*
 * The detector of SYN floods: are more handshakes left undone than lossy and
 * distant clients explain?  docs/flood-detection.md tells the model.
 *
 * The SYNs of each window of time are judged twice.  At the early deadline a
 * distant client has answered, and of a lossy one's SYN-ACKs most have arrived:
 * what counts is what is left undone beyond a large share.  At the late deadline,
 * after two retransmissions, hardly any is left undone: what counts is what is
 * left beyond a small share.  Both add up what exceeds the normal and subtract
 * what stays below it, never falling below 0 (CUSUM).
 *
 * Pure: no locks, no kernel.  The caller keeps calls for one detector apart.
 */
#include "flood.h"

#define SECOND_NS	1000000000ULL
#define ONE		256			/* a SYN, in units of evidence */

/*
 * Deadlines, in windows from the end of the window judged: 0.64 s, so that who is
 * 600 ms away has answered; and 3.7 s, after the SYN-ACK was sent again at 1 s
 * and 3 s.
 */
#define EARLY		20
#define LATE_SHARE	8			/* one in so many */

/* TCPLIFE_FLOOD_LATE and these are together less than TCPLIFE_FLOOD_WINDOWS. */
#define LATELY_WINDOWS	16

#define IN_WINDOWS(seconds) ((seconds) * SECOND_NS >> TCPLIFE_FLOOD_WINDOW_BITS)

/* SYNs a second in so many windows make a rate: 30 windows are 1.007 s. */
#define RATE_WINDOWS	30

/*
 * What a limit of one SYN a second allows a window, in units of evidence: 8.6.
 * Seven tenths of the smallest flood are normal, and of handshakes that the peer
 * resets, which take no place in the queue, ten times the smallest flood.
 */
#define ALLOWED(rate)		((rate) * 6)
#define ALLOWED_RESETS(rate)	((rate) * 86)

#define CALM_WINDOWS		IN_WINDOWS(4)	/* of little evidence: it is over */
#define EPOCH_WINDOWS		IN_WINDOWS(8)	/* how old counts of peace get */
#define EPOCH_WINDOWS_MAX	IN_WINDOWS(64)
/* What is usual: in so many windows; a quarter of a second of it. */
#define USUAL_WINDOWS		512
#define USUAL_PART		64

/* SYNs admitted lately: in so many windows, but so many SYNs at least. */
#define ADMITTED_WINDOWS	32
#define ADMITTED_LEAST		(16 * ONE)

static u32 tcplife_flood_add(u32 evidence, u64 more, u64 less, u32 max)
{
	u64 sum = evidence + more;

	if (sum <= less)
		return 0;
	return sum - less < max ? sum - less : max;
}

/**
 * tcplife_flood_begin - begin to watch
 * @f: the detector, filled
 * @limits: what is normal
 * @now_ns: monotonic time
 */
void tcplife_flood_begin(struct tcplife_flood *f,
			 const struct tcplife_flood_limits *limits, u64 now_ns)
{
	memset(f, 0, sizeof(*f));
	f->limits = *limits;
	f->now = now_ns >> TCPLIFE_FLOOD_WINDOW_BITS;
	f->since = f->now;
	f->epoch = f->now;
	f->sketched = f->now;
}

/* Count the sources anew. */
static void tcplife_flood_new_epoch(struct tcplife_flood *f)
{
	memset(&f->sources, 0, sizeof(f->sources));
	memset(&f->prefixes, 0, sizeof(f->prefixes));
	f->outstanding = 0;
	f->epoch = f->now;
}

/* In peace, remember the addresses of the last TCPLIFE_FLOOD_LATE windows and a few more. */
static void tcplife_flood_age_sketch(struct tcplife_flood *f)
{
	if (f->now - f->sketched < 2 * TCPLIFE_FLOOD_LATE)
		f->sketch_before = f->sketch;
	else
		memset(&f->sketch_before, 0, sizeof(f->sketch_before));
	memset(&f->sketch, 0, sizeof(f->sketch));
	f->sketched = f->now;
}

/* SYNs of the windows from @from up to now that wait for their answer. */
static u64 tcplife_flood_waiting(struct tcplife_flood *f, u64 from)
{
	u64 n, waiting = 0;

	for (n = from; n <= f->now; n++)
		waiting += tcplife_flood_at(f, n)->open +
			   tcplife_flood_at(f, n)->unproved;
	return waiting;
}

/* In peace, forget the sources now and then, but not while a flood may begin. */
static void tcplife_flood_age(struct tcplife_flood *f)
{
	u64 age = f->now - f->epoch;

	if (f->now - f->sketched >= TCPLIFE_FLOOD_LATE)
		tcplife_flood_age_sketch(f);
	if (age >= EPOCH_WINDOWS_MAX ||
	    (age >= EPOCH_WINDOWS &&
	     tcplife_flood_waiting(f, f->now - EARLY) <= TCPLIFE_FLOOD_FEW))
		tcplife_flood_new_epoch(f);
}

/* Count from @window on, with which the evidence began to rise. */
static void tcplife_flood_rise(struct tcplife_flood *f, u64 window)
{
	const struct tcplife_flood_window *w;
	u64 n;

	memset(&f->totals, 0, sizeof(f->totals));
	f->since = window;
	f->rate_peak = 0;
	for (n = window; n <= f->now; n++) {
		w = tcplife_flood_at(f, n);
		f->totals.syns += w->syns;
		f->totals.begun += w->begun + w->unseen;
		f->totals.cookies += w->cookies;
	}
}

/*
 * How much evidence makes a flood, in 1/256 SYN.  The more handshakes are usually
 * left undone, the more that number varies: allow for a quarter of a second more.
 */
static u32 tcplife_flood_enough(const struct tcplife_flood *f)
{
	return f->limits.evidence * ONE + f->usual / USUAL_PART;
}

/* How SYNs fared that were admitted; those of long ago count less and less. */
static void tcplife_flood_learn_admitted(struct tcplife_flood *f,
					 const struct tcplife_flood_window *w)
{
	if (f->admitted >= ADMITTED_LEAST) {
		f->admitted -= f->admitted / ADMITTED_WINDOWS;
		f->undone -= f->undone / ADMITTED_WINDOWS;
	}
	f->admitted += (u64)w->begun * ONE;
	f->undone += (u64)w->open * ONE;
}

static void tcplife_flood_learn(struct tcplife_flood *f,
				const struct tcplife_flood_window *w)
{
	/* Known peers do not fare as those do that were turned away. */
	if (!w->picked)
		tcplife_flood_learn_admitted(f, w);
	if (f->state == TCPLIFE_FLOOD_STATE_FLOOD)
		return;
	f->usual -= f->usual / USUAL_WINDOWS;
	f->usual += ((u64)w->open + w->unproved) * ONE;
}

static u64 tcplife_flood_due(const struct tcplife_flood_window *w, bool late)
{
	return late ? w->begun :
	       (u64)w->begun + w->cookies + w->dropped + w->unseen;
}

/*
 * What may be left undone of the SYNs of @window, in 1/256 SYN: a share of them,
 * and as much as that share has lately been short of what is always normal.
 */
static u64 tcplife_flood_normal(struct tcplife_flood *f, u64 window, bool late)
{
	u64 share = late ? ONE / LATE_SHARE : f->limits.share * ONE / 100;
	u64 always = ALLOWED((u64)f->limits.rate), lately = 0, n;

	for (n = 0; n < LATELY_WINDOWS; n++)
		lately += share * tcplife_flood_due(tcplife_flood_at(f, window - n),
						    late);
	lately /= LATELY_WINDOWS;
	return share * tcplife_flood_due(tcplife_flood_at(f, window), late) +
	       (lately < always ? always - lately : 0);
}

static void tcplife_flood_judge_early(struct tcplife_flood *f, u64 window)
{
	const struct tcplife_flood_window *w = tcplife_flood_at(f, window);
	u64 less = tcplife_flood_normal(f, window, false);
	u64 allowed_resets = ALLOWED_RESETS((u64)f->limits.rate);
	u64 more = (u64)w->open * ONE;
	u32 enough;

	tcplife_flood_learn(f, w);
	if ((u64)w->resets * ONE > allowed_resets)
		more += (u64)w->resets * ONE - allowed_resets;
	/*
	 * SYNs that were dropped would have fared as those that were not, and what
	 * is not on record fares as what is.
	 */
	if (f->admitted)
		more += ((u64)w->dropped + w->unseen) *
			(f->undone * ONE / f->admitted);
	enough = tcplife_flood_enough(f);
	f->oldest = tcplife_flood_add(f->oldest, more + (u64)w->unproved * ONE,
				      less, enough);
	f->newest = tcplife_flood_add(f->newest,
				      more + (u64)w->unproved_newest * ONE,
				      less, enough);
	f->early = f->oldest < f->newest ? f->oldest : f->newest;
}

static void tcplife_flood_judge_late(struct tcplife_flood *f, u64 window)
{
	u64 open = tcplife_flood_at(f, window)->open;

	f->late = tcplife_flood_add(f->late, open * ONE,
				    tcplife_flood_normal(f, window, true),
				    tcplife_flood_enough(f));
}

static void tcplife_flood_become(struct tcplife_flood *f, u8 state)
{
	f->state = state;
	if (state == TCPLIFE_FLOOD_STATE_FLOOD)
		f->floods++;
	if (state == TCPLIFE_FLOOD_STATE_SUSPECTED)
		f->suspicions++;
	if (state == TCPLIFE_FLOOD_STATE_FLOOD ||
	    state == TCPLIFE_FLOOD_STATE_SUSPECTED) {
		tcplife_sketch_merge(&f->sketch, &f->sketch_before);
		memset(&f->sketch_before, 0, sizeof(f->sketch_before));
	}
	if (state == TCPLIFE_FLOOD_STATE_ENDING) {
		f->early = 0;
		f->oldest = 0;
		f->newest = 0;
		f->late = 0;
	}
	if (state == TCPLIFE_FLOOD_STATE_QUIET) {
		f->since = f->now;
		memset(&f->totals, 0, sizeof(f->totals));
		f->rate_peak = 0;
		tcplife_flood_new_epoch(f);
		tcplife_flood_age_sketch(f);
	}
}

/* Nothing is left half open of the flood, or what is there is not of it. */
static bool tcplife_flood_expired(struct tcplife_flood *f)
{
	u64 recent = 0, n;

	if ((f->now - f->last_bad) << TCPLIFE_FLOOD_WINDOW_BITS >
	    f->limits.lifetime_ns + 2 * SECOND_NS)
		return true;
	for (n = 0; n < TCPLIFE_FLOOD_WINDOWS; n++)
		recent += f->windows[n].open;
	return f->unanswered <= recent + TCPLIFE_FLOOD_FEW;
}

static void tcplife_flood_decide(struct tcplife_flood *f)
{
	u32 evidence = f->early > f->late ? f->early : f->late;
	u32 enough = tcplife_flood_enough(f);
	bool calm;

	if (evidence >= enough / 3 && f->state != TCPLIFE_FLOOD_STATE_ENDING)
		f->last_bad = f->now;
	calm = f->now - f->last_bad > CALM_WINDOWS;
	if (f->state == TCPLIFE_FLOOD_STATE_FLOOD) {
		if (calm)
			tcplife_flood_become(f, TCPLIFE_FLOOD_STATE_ENDING);
	} else if (evidence >= enough) {
		tcplife_flood_become(f, TCPLIFE_FLOOD_STATE_FLOOD);
	} else if (f->state == TCPLIFE_FLOOD_STATE_ENDING) {
		if (tcplife_flood_expired(f))
			tcplife_flood_become(f, TCPLIFE_FLOOD_STATE_QUIET);
	} else if (f->state == TCPLIFE_FLOOD_STATE_SUSPECTED) {
		if (calm)
			tcplife_flood_become(f, TCPLIFE_FLOOD_STATE_QUIET);
	} else if (evidence >= enough * 2 / 3) {
		tcplife_flood_become(f, TCPLIFE_FLOOD_STATE_SUSPECTED);
	}
}

static bool tcplife_flood_is_empty(const struct tcplife_flood_window *w)
{
	return !(w->syns | w->begun | w->cookies);
}

/* Nothing is judged that is not there, as long as there is no evidence. */
static void tcplife_flood_judge(struct tcplife_flood *f)
{
	bool evidence = f->oldest || f->newest || f->late;

	if (evidence ||
	    !tcplife_flood_is_empty(tcplife_flood_at(f, f->now - EARLY)))
		tcplife_flood_judge_early(f, f->now - EARLY);
	else
		f->usual -= f->usual / USUAL_WINDOWS;
	if (evidence ||
	    !tcplife_flood_is_empty(tcplife_flood_at(f, f->now - TCPLIFE_FLOOD_LATE)))
		tcplife_flood_judge_late(f, f->now - TCPLIFE_FLOOD_LATE);
}

/* A new window begins; its place still holds the one long ago. */
static void tcplife_flood_next(struct tcplife_flood *f)
{
	bool none = !f->early && !f->late;

	f->rate += tcplife_flood_at(f, f->now)->syns -
		   tcplife_flood_at(f, f->now - RATE_WINDOWS)->syns;
	if (f->rate > f->rate_peak)
		f->rate_peak = f->rate;
	f->now++;
	tcplife_flood_judge(f);
	memset(tcplife_flood_at(f, f->now), 0, sizeof(*f->windows));
	if (f->state != TCPLIFE_FLOOD_STATE_QUIET || f->early || f->late) {
		if (none && f->state == TCPLIFE_FLOOD_STATE_QUIET)
			tcplife_flood_rise(f, f->now - (f->late ? TCPLIFE_FLOOD_LATE : EARLY));
		tcplife_flood_decide(f);
	}
}

/* Only empty windows follow, and all are alike but for deadlines. */
static void tcplife_flood_skip(struct tcplife_flood *f, u64 windows)
{
	u64 less = windows * ALLOWED((u64)f->limits.rate);

	f->now += windows;
	f->oldest = tcplife_flood_add(f->oldest, 0, less, f->oldest);
	f->newest = tcplife_flood_add(f->newest, 0, less, f->newest);
	f->late = tcplife_flood_add(f->late, 0, less, f->late);
	f->usual = 0;
}

/* Every handshake begun was answered, and nothing speaks of a flood. */
static bool tcplife_flood_is_at_rest(const struct tcplife_flood *f)
{
	return f->state == TCPLIFE_FLOOD_STATE_QUIET && !f->unanswered &&
	       !f->oldest && !f->newest && !f->late &&
	       f->now - f->last_cookie >= TCPLIFE_FLOOD_LATE;
}

/**
 * tcplife_flood_catch_up - time has gone on into another window
 * @f: the detector
 * @now_ns: monotonic time, of a later window than that it is in
 *
 * Called by tcplife_flood_advance().  At most TCPLIFE_FLOOD_WINDOWS steps: what
 * happens after so long a silence does not depend on more.
 */
void tcplife_flood_catch_up(struct tcplife_flood *f, u64 now_ns)
{
	u64 now = now_ns >> TCPLIFE_FLOOD_WINDOW_BITS;
	u64 steps = now - f->now, skipped = 0;

	if (steps >= TCPLIFE_FLOOD_WINDOWS && tcplife_flood_is_at_rest(f)) {
		memset(f->windows, 0, sizeof(f->windows));
		f->now = now;
		f->rate = 0;
		f->usual = 0;
		steps = 0;
	}
	if (steps > 2 * TCPLIFE_FLOOD_WINDOWS)
		skipped = steps - 2 * TCPLIFE_FLOOD_WINDOWS;
	/* After the leap the first step may end a flood, the second forget it. */
	for (steps -= skipped; steps > 2; steps--)
		tcplife_flood_next(f);
	if (skipped)
		tcplife_flood_skip(f, skipped);
	while (steps--)
		tcplife_flood_next(f);
	if (f->state == TCPLIFE_FLOOD_STATE_QUIET && !f->early && !f->late)
		tcplife_flood_age(f);
}

/**
 * tcplife_flood_reset - the peer of a half-open connection resets it
 * @f: the detector
 * @family: of the peer, 4 or 6
 * @addr: its address, 4 or 16 bytes
 * @birth_ns: monotonic time at which it began
 * @now_ns: monotonic time
 */
void tcplife_flood_reset(struct tcplife_flood *f, u8 family, const void *addr,
			 u64 birth_ns, u64 now_ns)
{
	struct tcplife_flood_window *w;

	tcplife_flood_advance(f, now_ns);
	w = tcplife_flood_settle(f, birth_ns);
	if (w)
		w->resets++;
	tcplife_flood_excuse(f, family, addr);
}

/**
 * tcplife_flood_gone - a half-open connection ends, and nobody answered
 * @f: the detector
 * @now_ns: monotonic time
 */
void tcplife_flood_gone(struct tcplife_flood *f, u64 now_ns)
{
	tcplife_flood_advance(f, now_ns);
	if (f->unanswered)
		f->unanswered--;
}

/* It is not to be judged.  Return: the window it began in, or NULL. */
static struct tcplife_flood_window *
tcplife_flood_unbegin(struct tcplife_flood *f, u64 birth_ns)
{
	struct tcplife_flood_window *w = tcplife_flood_settle(f, birth_ns);

	if (!w || !w->begun)
		return NULL;
	w->begun--;
	return w;
}

/**
 * tcplife_flood_unseen - a half-open connection finds no room on record
 * @f: the detector
 * @birth_ns: monotonic time at which it began
 * @now_ns: monotonic time
 *
 * Its end will not be told.
 */
void tcplife_flood_unseen(struct tcplife_flood *f, u64 birth_ns, u64 now_ns)
{
	struct tcplife_flood_window *w;

	tcplife_flood_advance(f, now_ns);
	w = tcplife_flood_unbegin(f, birth_ns);
	if (w)
		w->unseen++;
}

/**
 * tcplife_flood_forgive - a half-open connection ends by no fault of its peer's
 * @f: the detector
 * @birth_ns: monotonic time at which it began
 * @now_ns: monotonic time
 */
void tcplife_flood_forgive(struct tcplife_flood *f, u64 birth_ns, u64 now_ns)
{
	tcplife_flood_advance(f, now_ns);
	tcplife_flood_settle(f, birth_ns);
}

/**
 * tcplife_flood_not_begun - a connection told as half open was never that
 * @f: the detector
 * @birth_ns: monotonic time at which it was told
 */
void tcplife_flood_not_begun(struct tcplife_flood *f, u64 birth_ns)
{
	tcplife_flood_unbegin(f, birth_ns);
	f->totals.begun -= !!f->totals.begun;
}

/**
 * tcplife_flood_cookie_unsent - the cookie that was to answer a SYN is not sent
 * @f: the detector
 * @sent_ns: monotonic time at which it was told as sent
 */
void tcplife_flood_cookie_unsent(struct tcplife_flood *f, u64 sent_ns)
{
	struct tcplife_flood_window *w = tcplife_flood_birth(f, sent_ns);

	f->totals.cookies -= !!f->totals.cookies;
	if (!w || !w->cookies)
		return;
	w->cookies--;
	w->unproved -= !!w->unproved;
	w->unproved_newest -= !!w->unproved_newest;
}

/**
 * tcplife_flood_cookie_valid - a cookie comes back
 * @f: the detector
 * @family: of the peer, 4 or 6
 * @addr: its address, 4 or 16 bytes
 * @now_ns: monotonic time
 *
 * Nobody knows which SYN it belongs to.  If it is taken for an answer to the
 * oldest, what gets lost adds up among the newest, and looks like a flood when
 * there are fewer SYNs; if to the newest, those look so that began a rush.  So it
 * is taken for both, apart, and only what is a flood in both ways is one.
 */
void tcplife_flood_cookie_valid(struct tcplife_flood *f, u8 family, const void *addr,
				u64 now_ns)
{
	struct tcplife_flood_window *w;
	unsigned int n = EARLY - 1;

	tcplife_flood_advance(f, now_ns);
	while (n && !tcplife_flood_at(f, f->now - n)->unproved)
		n--;
	w = tcplife_flood_at(f, f->now - n);
	w->unproved -= !!w->unproved;
	for (n = 0; n < EARLY - 1; n++)
		if (tcplife_flood_at(f, f->now - n)->unproved_newest)
			break;
	w = tcplife_flood_at(f, f->now - n);
	w->unproved_newest -= !!w->unproved_newest;
	tcplife_flood_excuse(f, family, addr);
}

/* Handshakes done of those due in the two seconds before the early deadline. */
static void tcplife_flood_completion(const struct tcplife_flood *f,
				     struct tcplife_flood_report *report)
{
	const struct tcplife_flood_window *w;
	u64 due = 0, undone = 0, n;

	for (n = EARLY; n < EARLY + IN_WINDOWS(2); n++) {
		w = &f->windows[(f->now - n) % TCPLIFE_FLOOD_WINDOWS];
		due += (u64)w->begun + w->cookies + w->dropped;
		undone += (u64)w->open + w->resets + w->unproved + w->dropped;
	}
	report->has_completion = due;
	if (undone < due)
		report->completion = (due - undone) * 1000 / due;
}

/**
 * tcplife_flood_report - what the detector says now
 * @f: the detector, advanced
 * @report: filled
 */
void tcplife_flood_report(const struct tcplife_flood *f,
			  struct tcplife_flood_report *report)
{
	memset(report, 0, sizeof(*report));
	report->state = f->state;
	report->since_ns = f->since << TCPLIFE_FLOOD_WINDOW_BITS;
	report->syn_rate = f->rate;
	report->syn_rate_peak = f->rate_peak;
	report->totals = f->totals;
	if (f->totals.syns > f->totals.begun + f->totals.cookies)
		report->totals.dropped = f->totals.syns - f->totals.begun -
					 f->totals.cookies;
	report->distinct = tcplife_sketch_estimate(&f->sketch);
	tcplife_flood_completion(f, report);
	tcplife_flood_top_spread(f, report);
}
