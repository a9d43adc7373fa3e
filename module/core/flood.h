/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector of SYN floods of one listening address and port.  See
 * docs/flood-detection.md for the model.  Constant memory, integers only.
 */
#ifndef TCPLIFE_CORE_FLOOD_H
#define TCPLIFE_CORE_FLOOD_H

#include "sketch.h"
#include "types.h"

#define TCPLIFE_FLOOD_WINDOW_BITS	25	/* a window is 2^25 ns, 33.6 ms */
#define TCPLIFE_FLOOD_WINDOWS		128	/* that are remembered: 4.3 s */
#define TCPLIFE_FLOOD_TOP		8	/* sources and prefixes kept */
#define TCPLIFE_FLOOD_FEW		8	/* half-open: as good as none */
#define TCPLIFE_FLOOD_LATE		112	/* deadline, see flood.c */

/*
 * Of more SYNs in a window, one in PICK is enough to tell what stands out; it
 * stands for as many.
 */
#define TCPLIFE_FLOOD_MANY		64
#define TCPLIFE_FLOOD_PICK		8

/**
 * struct tcplife_flood_limits - what is normal
 * @rate: SYNs a second left undone that make the smallest flood
 * @share: percent of SYNs left undone after the early deadline that lossy
 *	paths explain
 * @evidence: SYNs beyond what is normal that make a flood
 * @lifetime_ns: how long a half-open connection lives that nobody answers
 */
struct tcplife_flood_limits {
	u32 rate;
	u32 share;
	u32 evidence;
	u64 lifetime_ns;
};

/**
 * struct tcplife_flood_source - who sent a SYN
 * @hash: of the address
 * @key: that it was made with
 * @address: IPv4 address in the first four bytes, or IPv6 address
 * @family: 4 or 6
 */
struct tcplife_flood_source {
	u64 hash;
	u64 key;
	u8 address[16];
	u8 family;
};

/**
 * struct tcplife_flood_tops - the sources, or the prefixes, that may stand out
 * @hash: of each
 * @syns: SYNs from it that were not completed, or fewer, and @none; if not more than
 *	@none, the place is free; of crowded windows an estimate
 * @none: see @syns
 * @address: its address, of a prefix that of one in it
 * @family: 4 or 6
 */
struct tcplife_flood_tops {
	u64 hash[TCPLIFE_FLOOD_TOP];
	u64 syns[TCPLIFE_FLOOD_TOP];
	u64 none;
	u8 address[TCPLIFE_FLOOD_TOP][16];
	u8 family[TCPLIFE_FLOOD_TOP];
};

/**
 * struct tcplife_flood_top - a source or a prefix that stands out, for a report
 * @syns: SYNs from it that were not completed, or fewer; of crowded windows an estimate
 * @address: its address, of a prefix that of one in it
 * @family: 4 or 6
 */
struct tcplife_flood_top {
	u64 syns;
	u8 address[16];
	u8 family;
};

/**
 * struct tcplife_flood_window - the SYNs of one window of time
 * @syns: all
 * @begun: that became half-open connections
 * @open: of those, that the peer has not answered
 * @resets: of those, that the peer reset
 * @cookies: answered by a cookie
 * @unproved: of those, that no cookie came back for, if each that comes back
 *	answers the oldest SYN that it can
 * @unproved_newest: the same, if each answers the newest
 * @dropped: dropped because the SYN queue was full
 * @picked: of those, that were dropped as only known peers were let in
 * @unseen: that became half-open connections and found no room on record: nobody
 *	knows how they fare; not in @begun
 */
struct tcplife_flood_window {
	u32 syns;
	u32 begun;
	u32 open;
	u32 resets;
	u32 cookies;
	u32 unproved;
	u32 unproved_newest;
	u32 dropped;
	u32 picked;
	u32 unseen;
};

/**
 * enum tcplife_flood_drop - why the kernel drops a SYN
 * @TCPLIFE_FLOOD_TAKEN: it does not
 * @TCPLIFE_FLOOD_FULL: the SYN queue is full
 * @TCPLIFE_FLOOD_STRANGER: what is left of it is for peers that are known
 */
enum tcplife_flood_drop {
	TCPLIFE_FLOOD_TAKEN,
	TCPLIFE_FLOOD_FULL,
	TCPLIFE_FLOOD_STRANGER,
};

/**
 * struct tcplife_flood_totals - counts since the evidence began to rise
 * @syns: all SYNs, but those dropped for a full accept queue
 * @begun: that became half-open connections
 * @cookies: answered by a cookie
 * @dropped: the rest; in reports only
 */
struct tcplife_flood_totals {
	u64 syns;
	u64 begun;
	u64 cookies;
	u64 dropped;
};

/**
 * struct tcplife_flood - the detector; all zero but @limits is quiet
 * @limits: what is normal
 * @now: number of the window that time is in
 * @windows: window n is at n modulo TCPLIFE_FLOOD_WINDOWS
 * @early: evidence from SYNs at the early deadline, in 1/256 SYN: the lesser of
 *	@oldest and @newest
 * @oldest: the same, if cookies that come back answer the oldest SYNs
 * @newest: the same, if they answer the newest
 * @late: evidence from SYNs at the late deadline, in 1/256 SYN
 * @usual: SYNs left undone at the early deadline in the last nine seconds or so
 *	that were no flood, in 1/256 SYN
 * @admitted: SYNs lately that became half-open connections, in 1/256 SYN
 * @undone: of those, that were left undone at the early deadline
 * @state: enum tcplife_flood_state
 * @floods: how many there were
 * @suspicions: how often one was suspected
 * @unanswered: half-open connections that the peer has not answered
 * @since: window from which on the evidence rose, or the state began
 * @last_bad: last window in which there was much evidence, before the flood ended
 * @rate: SYNs in the last RATE_WINDOWS windows that are over
 * @rate_peak: the most since @since
 * @last_cookie: window in which the last cookie was sent
 * @epoch: window from which on @sources and @prefixes count
 * @sketched: window from which on @sketch counts
 * @totals: since @since
 * @outstanding: SYNs that were not completed since @epoch
 * @sources: addresses that may stand out
 * @prefixes: prefixes that may
 * @sketch: distinct addresses
 * @sketch_before: those of the time before @sketched, in peace
 */
struct tcplife_flood {
	struct tcplife_flood_limits limits;
	u64 now;
	struct tcplife_flood_window windows[TCPLIFE_FLOOD_WINDOWS];
	u32 early;
	u32 oldest;
	u32 newest;
	u32 late;
	u64 usual;
	u64 admitted;
	u64 undone;
	u8 state;
	u32 floods;
	u32 suspicions;
	u32 unanswered;
	u64 since;
	u64 last_bad;
	u32 rate;
	u32 rate_peak;
	u64 last_cookie;
	u64 epoch;
	u64 sketched;
	struct tcplife_flood_totals totals;
	u64 outstanding;
	struct tcplife_flood_tops sources;
	struct tcplife_flood_tops prefixes;
	struct tcplife_sketch sketch;
	struct tcplife_sketch sketch_before;
};

/**
 * struct tcplife_flood_report - what the detector says
 * @state: enum tcplife_flood_state
 * @spread: enum tcplife_spread
 * @has_completion: @completion is valid
 * @completion: handshakes completed of those due lately, in thousandths
 * @since_ns: monotonic time from which on the totals count
 * @syn_rate: SYNs in the last second
 * @syn_rate_peak: the most since then
 * @totals: since then
 * @distinct: estimated distinct sources since then
 * @tops: how many entries of @top are valid
 * @top: what stands out, most SYNs first: sources or prefixes, as @spread says
 */
struct tcplife_flood_report {
	u8 state;
	u8 spread;
	bool has_completion;
	u32 completion;
	u64 since_ns;
	u32 syn_rate;
	u32 syn_rate_peak;
	struct tcplife_flood_totals totals;
	u64 distinct;
	unsigned int tops;
	struct tcplife_flood_top top[TCPLIFE_FLOOD_TOP];
};

/* Every bit of the result depends on every bit of both (murmur3's finalizer). */
static __always_inline u64 tcplife_flood_mix(u64 x, u64 key)
{
	x ^= key;
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

/**
 * tcplife_flood_hash - the hash of who sent a SYN
 * @family: 4 or 6
 * @addr: 4 or 16 bytes
 * @key: random, so that nobody outside can choose hashes
 */
static __always_inline u64 tcplife_flood_hash(u8 family, const void *addr, u64 key)
{
	u64 high, low;
	u32 whole;

	if (family == 6) {
		memcpy(&high, addr, sizeof(high));
		memcpy(&low, (const u8 *)addr + sizeof(high), sizeof(low));
		return tcplife_flood_mix(low, tcplife_flood_mix(high, key));
	}
	memcpy(&whole, addr, sizeof(whole));
	return tcplife_flood_mix(whole, key);
}

void tcplife_flood_catch_up(struct tcplife_flood *f, u64 now_ns);

/**
 * tcplife_flood_advance - time goes on
 * @f: the detector
 * @now_ns: monotonic time; earlier than before is as before
 *
 * Every event does so first.
 * Return: true if another window began, so that windows were judged.
 */
static inline bool tcplife_flood_advance(struct tcplife_flood *f, u64 now_ns)
{
	if (likely(now_ns >> TCPLIFE_FLOOD_WINDOW_BITS <= f->now))
		return false;
	tcplife_flood_catch_up(f, now_ns);
	return true;
}

void tcplife_flood_begin(struct tcplife_flood *f,
			 const struct tcplife_flood_limits *limits, u64 now_ns);
void tcplife_flood_source(struct tcplife_flood_source *source, u8 family,
			  const void *addr, u64 key);
u64 tcplife_flood_prefix_hash(const struct tcplife_flood_source *source);
void tcplife_flood_sender(struct tcplife_flood *f,
			  const struct tcplife_flood_source *source, unsigned int syns);
void tcplife_flood_reset(struct tcplife_flood *f, u8 family, const void *addr,
			 u64 birth_ns, u64 now_ns);
void tcplife_flood_gone(struct tcplife_flood *f, u64 now_ns);
void tcplife_flood_unseen(struct tcplife_flood *f, u64 birth_ns, u64 now_ns);
void tcplife_flood_forgive(struct tcplife_flood *f, u64 birth_ns, u64 now_ns);
void tcplife_flood_not_begun(struct tcplife_flood *f, u64 birth_ns);
void tcplife_flood_cookie_unsent(struct tcplife_flood *f, u64 sent_ns);
void tcplife_flood_cookie_valid(struct tcplife_flood *f, u8 family, const void *addr,
				u64 now_ns);
void tcplife_flood_report(const struct tcplife_flood *f,
			  struct tcplife_flood_report *report);

/* Of flood_top.c, for the detector. */
void tcplife_flood_excuse(struct tcplife_flood *f, u8 family, const void *addr);

/* In line is what is done with each SYN, or each handshake that is completed. */

static inline struct tcplife_flood_window *tcplife_flood_at(struct tcplife_flood *f,
							    u64 window)
{
	return &f->windows[window % TCPLIFE_FLOOD_WINDOWS];
}

/**
 * tcplife_flood_syn - a SYN comes that belongs to no half-open connection
 * @f: the detector
 * @hash: of who sent it, see tcplife_flood_hash()
 * @drop: why the kernel drops it
 * @now_ns: monotonic time
 *
 * Return: the number of SYNs that its sender is to be counted for, by
 * tcplife_flood_sender(); 0 if it is passed over.
 */
static __always_inline unsigned int
tcplife_flood_syn(struct tcplife_flood *f, u64 hash, enum tcplife_flood_drop drop,
		  u64 now_ns)
{
	struct tcplife_flood_window *w;

	tcplife_flood_advance(f, now_ns);
	w = tcplife_flood_at(f, f->now);
	w->syns++;
	w->dropped += drop != TCPLIFE_FLOOD_TAKEN;
	w->picked += drop == TCPLIFE_FLOOD_STRANGER;
	f->totals.syns++;
	f->outstanding++;
	tcplife_sketch_add(&f->sketch, hash);
	if (w->syns <= TCPLIFE_FLOOD_MANY)
		return 1;
	return w->syns % TCPLIFE_FLOOD_PICK ? 0 : TCPLIFE_FLOOD_PICK;
}

/* The window a half-open connection began in, or NULL if it is forgotten. */
static inline struct tcplife_flood_window *
tcplife_flood_birth(struct tcplife_flood *f, u64 birth_ns)
{
	u64 window = birth_ns >> TCPLIFE_FLOOD_WINDOW_BITS;

	if (window > f->now || f->now - window >= TCPLIFE_FLOOD_WINDOWS)
		return NULL;
	return tcplife_flood_at(f, window);
}

/**
 * tcplife_flood_half_open - a connection becomes half open
 * @f: the detector
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_flood_half_open(struct tcplife_flood *f, u64 now_ns)
{
	struct tcplife_flood_window *w;

	tcplife_flood_advance(f, now_ns);
	/* Another CPU may have gone on a window meanwhile. */
	w = tcplife_flood_birth(f, now_ns);
	f->totals.begun++;
	f->unanswered++;
	if (!w)
		return;
	w->begun++;
	w->open++;
}

/* It waits no more.  Return: the window it began in, or NULL. */
static inline struct tcplife_flood_window *
tcplife_flood_settle(struct tcplife_flood *f, u64 birth_ns)
{
	struct tcplife_flood_window *w = tcplife_flood_birth(f, birth_ns);

	if (f->unanswered)
		f->unanswered--;
	if (w && w->open)
		w->open--;
	return w;
}

/**
 * tcplife_flood_answered - the peer of a half-open connection answers
 * @f: the detector
 * @family: of the peer, 4 or 6
 * @addr: its address, 4 or 16 bytes
 * @birth_ns: monotonic time at which it began
 * @now_ns: monotonic time
 *
 * Return: as tcplife_flood_advance().
 */
static inline bool tcplife_flood_answered(struct tcplife_flood *f, u8 family,
					  const void *addr, u64 birth_ns, u64 now_ns)
{
	bool later = tcplife_flood_advance(f, now_ns);

	tcplife_flood_settle(f, birth_ns);
	tcplife_flood_excuse(f, family, addr);
	return later;
}

/**
 * tcplife_flood_cookie_sent - a SYN is answered by a cookie
 * @f: the detector
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_flood_cookie_sent(struct tcplife_flood *f, u64 now_ns)
{
	struct tcplife_flood_window *w;

	tcplife_flood_advance(f, now_ns);
	w = tcplife_flood_at(f, f->now);
	w->cookies++;
	w->unproved++;
	w->unproved_newest++;
	f->last_cookie = f->now;
	f->totals.cookies++;
}

/**
 * tcplife_flood_needs_time - can time alone change what it says?
 * @f: the detector
 *
 * If so, it is to be advanced a few times a second even when no SYN comes.
 */
static inline bool tcplife_flood_needs_time(const struct tcplife_flood *f)
{
	return f->state != TCPLIFE_FLOOD_STATE_QUIET || f->early || f->late ||
	       f->unanswered >= f->limits.evidence / 2 ||
	       f->now - f->last_cookie < TCPLIFE_FLOOD_LATE;
}

/* Of flood_top.c, for flood.c. */
void tcplife_flood_top_add(struct tcplife_flood_tops *tops, u64 hash,
			   const struct tcplife_flood_source *source,
			   unsigned int syns);
void tcplife_flood_top_spread(const struct tcplife_flood *f,
			      struct tcplife_flood_report *report);

#endif
