// SPDX-License-Identifier: GPL-2.0
/*
 * The tracker: every way through RFC 9293 figure 5, who closed first, the time
 * in each state, and what else the events of a life change.
 */
#include "unit.h"
#include "timeline.h"

#define ADOPTED		TCPLIFE_FLAG_ADOPTED
#define RECOVERED	TCPLIFE_FLAG_RECOVERED
#define ROLE(name)	TCPLIFE_ROLE_##name
#define CLOSER(name)	TCPLIFE_CLOSER_##name

/*
 * Figure 5, but for the three arrows that no life walks (CLOSED to LISTEN and
 * back, LISTEN to SYN-SENT).  A life that goes back to LISTEN is over.
 */
static const u8 arrows[][2] = {
	{ CLOSE, SYN_SENT },		/* active OPEN */
	{ LISTEN, SYN_RECV },		/* SYN, in LISTEN */
	{ SYN_SENT, SYN_RECV },		/* SYN: simultaneous open */
	{ SYN_SENT, ESTABLISHED },	/* SYN,ACK */
	{ SYN_SENT, CLOSE },		/* CLOSE */
	{ SYN_RECV, ESTABLISHED },	/* ACK of SYN */
	{ SYN_RECV, FIN_WAIT1 },	/* CLOSE */
	{ SYN_RECV, CLOSE },		/* RST, note 1: to LISTEN */
	{ ESTABLISHED, FIN_WAIT1 },	/* CLOSE */
	{ ESTABLISHED, CLOSE_WAIT },	/* FIN */
	{ FIN_WAIT1, FIN_WAIT2 },	/* ACK of FIN */
	{ FIN_WAIT1, CLOSING },		/* FIN */
	{ FIN_WAIT1, TIME_WAIT },	/* FIN,ACK of FIN, note 2 */
	{ FIN_WAIT2, TIME_WAIT },	/* FIN */
	{ CLOSING, TIME_WAIT },		/* ACK of FIN */
	{ CLOSE_WAIT, LAST_ACK },	/* CLOSE */
	{ LAST_ACK, CLOSE },		/* ACK of FIN */
	{ TIME_WAIT, CLOSE },		/* 2 MSL */
	/* RST, note 3; a timer; or this end aborts */
	{ ESTABLISHED, CLOSE },
	{ FIN_WAIT1, CLOSE },
	{ FIN_WAIT2, CLOSE },
	{ CLOSING, CLOSE },
	{ CLOSE_WAIT, CLOSE },
	/* FIN, section 3.10.7.4: with the ACK of SYN, or with Fast Open */
	{ SYN_RECV, CLOSE_WAIT },
};

static const struct walk {
	const char *name;
	u8 role;		/* at the beginning */
	u8 path[UNIT_PATH];
	u8 role_told;
	u8 closer;
	u8 flags;
} walks[] = {
	{ "active, we close", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE },
	  ROLE(ACTIVE), CLOSER(LOCAL), 0 },
	{ "active, the peer closes", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(ACTIVE), CLOSER(REMOTE), 0 },
	{ "passive, we close", ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE },
	  ROLE(PASSIVE), CLOSER(LOCAL), 0 },
	{ "passive, the peer closes", ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(PASSIVE), CLOSER(REMOTE), 0 },
	{ "the FINs cross", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING, TIME_WAIT, CLOSE },
	  ROLE(ACTIVE), CLOSER(BOTH), 0 },
	{ "FIN and ACK of FIN in one", ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED, FIN_WAIT1, TIME_WAIT, CLOSE },
	  ROLE(PASSIVE), CLOSER(LOCAL), 0 },
	{ "simultaneous open, the longest way", ROLE(ACTIVE),
	  { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT,
	    CLOSE },
	  ROLE(SIMULTANEOUS), CLOSER(LOCAL), 0 },
	{ "simultaneous open and close", ROLE(ACTIVE),
	  { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, CLOSING, TIME_WAIT,
	    CLOSE },
	  ROLE(SIMULTANEOUS), CLOSER(BOTH), 0 },
	{ "closed in SYN_RECV", ROLE(PASSIVE),
	  { SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE },
	  ROLE(PASSIVE), CLOSER(LOCAL), 0 },
	{ "FIN in SYN_RECV", ROLE(PASSIVE),
	  { SYN_RECV, CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(PASSIVE), CLOSER(REMOTE), 0 },
	{ "gone in SYN_SENT", ROLE(ACTIVE), { SYN_SENT, CLOSE },
	  ROLE(ACTIVE), CLOSER(UNKNOWN), 0 },
	{ "gone in SYN_RECV", ROLE(PASSIVE), { SYN_RECV, CLOSE },
	  ROLE(PASSIVE), CLOSER(UNKNOWN), 0 },
	{ "adopted in SYN_RECV, and gone", ROLE(PASSIVE), { SYN_RECV, CLOSE },
	  ROLE(PASSIVE), CLOSER(UNKNOWN), ADOPTED },
	{ "gone in SYN_RECV of a simultaneous open", ROLE(ACTIVE),
	  { SYN_SENT, SYN_RECV, CLOSE },
	  ROLE(SIMULTANEOUS), CLOSER(UNKNOWN), 0 },
	{ "gone in ESTABLISHED", ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED, CLOSE },
	  ROLE(PASSIVE), CLOSER(UNKNOWN), 0 },
	{ "gone in FIN_WAIT1", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSE },
	  ROLE(ACTIVE), CLOSER(LOCAL), 0 },
	{ "gone in FIN_WAIT2", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE },
	  ROLE(ACTIVE), CLOSER(LOCAL), 0 },
	{ "gone in CLOSING", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING, CLOSE },
	  ROLE(ACTIVE), CLOSER(BOTH), 0 },
	{ "gone in CLOSE_WAIT", ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, CLOSE_WAIT, CLOSE },
	  ROLE(ACTIVE), CLOSER(REMOTE), 0 },
	{ "adopted in SYN_SENT, the longest way", ROLE(ACTIVE),
	  { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT,
	    CLOSE },
	  ROLE(SIMULTANEOUS), CLOSER(LOCAL), ADOPTED },
	{ "adopted in SYN_RECV", ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(PASSIVE), CLOSER(REMOTE), ADOPTED },
	{ "adopted in ESTABLISHED", ROLE(UNKNOWN),
	  { ESTABLISHED, FIN_WAIT1, CLOSING, TIME_WAIT, CLOSE },
	  ROLE(UNKNOWN), CLOSER(BOTH), ADOPTED },
	{ "adopted in FIN_WAIT1", ROLE(UNKNOWN),
	  { FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE },
	  ROLE(UNKNOWN), CLOSER(LOCAL), ADOPTED },
	{ "adopted in FIN_WAIT2", ROLE(UNKNOWN),
	  { FIN_WAIT2, TIME_WAIT, CLOSE },
	  ROLE(UNKNOWN), CLOSER(LOCAL), ADOPTED },
	{ "adopted in CLOSING", ROLE(UNKNOWN), { CLOSING, TIME_WAIT, CLOSE },
	  ROLE(UNKNOWN), CLOSER(BOTH), ADOPTED },
	{ "adopted in TIME_WAIT", ROLE(UNKNOWN), { TIME_WAIT, CLOSE },
	  ROLE(UNKNOWN), CLOSER(UNKNOWN), ADOPTED },
	{ "adopted in CLOSE_WAIT", ROLE(UNKNOWN),
	  { CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(UNKNOWN), CLOSER(REMOTE), ADOPTED },
	{ "adopted in LAST_ACK", ROLE(UNKNOWN), { LAST_ACK, CLOSE },
	  ROLE(UNKNOWN), CLOSER(REMOTE), ADOPTED },
	{ "recovered", ROLE(PASSIVE),
	  { ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE },
	  ROLE(PASSIVE), CLOSER(REMOTE), RECOVERED },
};

/* The states of a timeline are those of a path, none more and none less. */
static void assert_path(const struct tcplife_life *life, const u8 *path)
{
	int i;

	for (i = 0; i < life->timeline_len; i++) {
		u32 event = tcplife_timeline_get(life, i).event;

		if (event < TCPLIFE_STATES)
			assert_int_equal(event, *path++);
	}
	assert_int_equal(*path, NONE);
}

/* Times that add up to the duration.  Return: the duration. */
static u64 assert_times(const struct tcplife_life *life, u64 now_ns,
			u64 times[TCPLIFE_STATES])
{
	u64 duration = tcplife_tracker_duration(life, now_ns), left = duration;
	int i;

	tcplife_tracker_times(life, now_ns, times);
	for (i = 0; i < TCPLIFE_STATES; i++) {
		assert_true(times[i] <= left);
		left -= times[i];
	}
	assert_int_equal(left, 0);
	return duration;
}

/*
 * State number i of a path lasts 10^i microseconds.  Each is entered some
 * nanoseconds late, which the timeline does not show.
 */
static void test_walk(void **state)
{
	const struct walk *row = *state;
	struct tcplife_life life = { .flags = row->flags };
	u64 times[TCPLIFE_STATES], expected[TCPLIFE_STATES] = { 0 };
	u64 birth_ns = 777777, us = 0, step = 1;
	bool adopted = row->flags != 0;
	int i;

	tcplife_tracker_begin(&life, row->path[0], row->role, birth_ns);
	assert_int_equal(life.birth_ns, birth_ns);
	for (i = 1; row->path[i]; i++, step *= 10) {
		expected[row->path[i - 1]] = step;
		us += step;
		tcplife_tracker_enter(&life, row->path[i],
				      birth_ns + us * US + 100 * i);
		assert_int_equal(life.state, row->path[i]);
		assert_int_equal(tcplife_timeline_end_us(&life), us);
	}
	assert_int_equal(life.role, row->role_told);
	assert_int_equal(life.closer, row->closer);
	assert_int_equal(life.timeline_len, i + adopted);
	assert_int_equal(life.timeline_omitted, 0);
	assert_path(&life, row->path);
	assert_int_equal(assert_times(&life, ~0ULL, times), us);
	assert_memory_equal(times, expected, sizeof(times));
	assert_int_equal(tcplife_timeline_has(&life, TCPLIFE_EVENT_ADOPTED),
			 adopted);
}

/* The walks go along every arrow of the figure, and along no other. */
static void test_walks_are_figure_5(void **state)
{
	bool walked[TCPLIFE_STATES][TCPLIFE_STATES] = { 0 };
	bool drawn[TCPLIFE_STATES][TCPLIFE_STATES] = { 0 };
	const u8 *path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(arrows); i++)
		drawn[arrows[i][0]][arrows[i][1]] = true;
	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		path = walks[i].path;
		if (!walks[i].flags)
			walked[walks[i].role == ROLE(ACTIVE) ?
			       CLOSE : LISTEN][path[0]] = true;
		for (; path[1]; path++)
			walked[path[0]][path[1]] = true;
	}
	assert_memory_equal(walked, drawn, sizeof(walked));
}

/* The most arrows from a state to the end of a life. */
static int longest(u8 from)
{
	int most = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arrows) && from != CLOSE; i++)
		if (arrows[i][0] == from && longest(arrows[i][1]) >= most)
			most = longest(arrows[i][1]) + 1;
	return most;
}

/* Notes until there is no more room.  Return: how many there was room for. */
static int crowd(struct tcplife_life *life, u64 now_ns)
{
	int notes = 0;

	while (tcplife_tracker_note(life, TCPLIFE_EVENT_SYNACK_RETRANSMIT,
				    now_ns))
		notes++;
	return notes;
}

/* In each state, notes leave just the room that the longest way needs. */
static void test_notes_leave_room(void **state)
{
	u8 from;

	(void)state;
	for (from = ESTABLISHED; from < TCPLIFE_STATES; from++) {
		struct tcplife_life life = { .flags = ADOPTED };
		int ahead = longest(from);

		if (from == LISTEN)
			continue;
		tcplife_tracker_begin(&life, from, ROLE(UNKNOWN), 0);
		assert_int_equal(crowd(&life, 0),
				 TCPLIFE_TIMELINE_MAX - 2 - ahead);
		assert_int_equal(life.timeline_omitted, 1);
	}
}

/*
 * All states of all walks are kept though there are as many notes as fit, in
 * each state or only in some.
 */
static void test_states_always_fit(void **state)
{
	unsigned int moments, k;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		const u8 *path = walks[i].path;

		for (moments = 0; moments < 1 << (UNIT_PATH - 1); moments++) {
			struct tcplife_life life = { .flags = walks[i].flags };

			tcplife_tracker_begin(&life, path[0], walks[i].role, 0);
			for (k = 0; path[k]; k++) {
				tcplife_tracker_enter(&life, path[k], k * US);
				if (moments & 1 << k)
					crowd(&life, k * US);
			}
			assert_path(&life, path);
			assert_true(life.timeline_len <= TCPLIFE_TIMELINE_MAX);
		}
	}
}

/* On the longest way nothing of the timeline is left unused. */
static void test_longest_way_is_full(void **state)
{
	static const u8 path[UNIT_PATH] = {
		SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2,
		TIME_WAIT, CLOSE };
	struct tcplife_life life = { 0 };
	int i;

	(void)state;
	tcplife_tracker_begin(&life, path[0], ROLE(ACTIVE), 0);
	assert_int_equal(crowd(&life, 0), 3);
	for (i = 1; path[i]; i++) {
		tcplife_tracker_enter(&life, path[i], i * US);
		assert_int_equal(crowd(&life, i * US), 0);
	}
	assert_int_equal(life.timeline_len, TCPLIFE_TIMELINE_MAX);
	assert_int_equal(life.timeline_omitted, 7);
	assert_path(&life, path);
	for (i = 0; i < 300; i++)
		tcplife_tracker_note(&life, TCPLIFE_EVENT_RETRANSMIT, US);
	assert_int_equal(life.timeline_omitted, 255);
}

static void test_same_state_again(void **state)
{
	struct tcplife_life life = { 0 }, before;

	(void)state;
	tcplife_tracker_begin(&life, SYN_RECV, ROLE(PASSIVE), 0);
	before = life;
	tcplife_tracker_enter(&life, SYN_RECV, 5 * US);
	assert_memory_equal(&life, &before, sizeof(life));
}

/* An adopted life says so first, at the time of its first state. */
static void test_adopted(void **state)
{
	static const u16 flags[] = { ADOPTED, RECOVERED, ADOPTED | RECOVERED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct tcplife_life life = { .flags = flags[i] };

		tcplife_tracker_begin(&life, ESTABLISHED, ROLE(UNKNOWN), US);
		assert_int_equal(life.timeline_len, 2);
		assert_int_equal(tcplife_timeline_get(&life, 0).event,
				 TCPLIFE_EVENT_ADOPTED);
		assert_int_equal(tcplife_timeline_get(&life, 1).event,
				 ESTABLISHED);
		assert_int_equal(tcplife_timeline_end_us(&life), 0);
		assert_int_equal(life.role, ROLE(UNKNOWN));
		assert_int_equal(life.flags, flags[i]);
	}
}

/* A CPU whose clock is behind: before birth there is nothing. */
static void test_before_birth(void **state)
{
	struct tcplife_life life = { 0 };
	u64 times[TCPLIFE_STATES];

	(void)state;
	tcplife_tracker_begin(&life, SYN_SENT, ROLE(ACTIVE), 9 * US);
	assert_int_equal(assert_times(&life, 0, times), 0);
	assert_true(tcplife_tracker_note(&life, TCPLIFE_EVENT_SYN_RETRANSMIT,
					 8 * US));
	tcplife_tracker_enter(&life, ESTABLISHED, 0);
	assert_int_equal(tcplife_timeline_end_us(&life), 0);
	assert_int_equal(assert_times(&life, 0, times), 0);
}

/* The present state lasts until now, and at least until the last event. */
static void test_times_of_the_living(void **state)
{
	struct tcplife_life life = { 0 };
	u64 times[TCPLIFE_STATES];

	(void)state;
	assert_int_equal(assert_times(&life, 7 * US, times), 7);
	assert_int_equal(times[NONE], 7);
	tcplife_tracker_begin(&life, SYN_SENT, ROLE(ACTIVE), 0);
	assert_int_equal(assert_times(&life, 7 * US + 999, times), 7);
	assert_int_equal(times[SYN_SENT], 7);
	tcplife_tracker_enter(&life, ESTABLISHED, 10 * US);
	tcplife_tracker_note(&life, TCPLIFE_EVENT_RETRANSMIT, 30 * US);
	assert_int_equal(assert_times(&life, 100 * US, times), 100);
	assert_int_equal(times[SYN_SENT], 10);
	assert_int_equal(times[ESTABLISHED], 90);
	assert_int_equal(assert_times(&life, 20 * US, times), 30);
	assert_int_equal(times[ESTABLISHED], 20);
}

/* What comes after CLOSE, as a listener's accept() may, lengthens nothing. */
static void test_times_of_the_dead(void **state)
{
	struct tcplife_life life = { 0 };
	u64 times[TCPLIFE_STATES];

	(void)state;
	tcplife_tracker_begin(&life, SYN_RECV, ROLE(PASSIVE), 0);
	tcplife_tracker_enter(&life, CLOSE, 10 * US);
	assert_true(tcplife_tracker_note(&life, TCPLIFE_EVENT_ACCEPTED,
					 50 * US));
	assert_int_equal(tcplife_timeline_end_us(&life), 50);
	assert_int_equal(assert_times(&life, 100 * US, times), 10);
	assert_int_equal(times[SYN_RECV], 10);
	assert_int_equal(times[CLOSE], 0);
}

/* Where times are kept in units of 16 us, states still sum to the whole. */
static void test_times_in_long_units(void **state)
{
	const u64 us = 1ULL << 32;
	struct tcplife_life life = { 0 };
	u64 times[TCPLIFE_STATES];

	(void)state;
	tcplife_tracker_begin(&life, SYN_SENT, ROLE(ACTIVE), 0);
	tcplife_tracker_enter(&life, ESTABLISHED, (us - 1) * US);
	tcplife_tracker_enter(&life, FIN_WAIT1, (us + 20) * US);
	tcplife_tracker_enter(&life, CLOSE, (us + 25) * US);
	assert_int_equal(assert_times(&life, ~0ULL, times), us + 16);
	assert_int_equal(times[SYN_SENT], us - 1);
	assert_int_equal(times[ESTABLISHED], 17);
	assert_int_equal(times[FIN_WAIT1], 0);
}

static const struct ender {
	const char *name;
	u8 outcome;
	u8 closer;
} enders[] = {
	{ "who closed: closed", TCPLIFE_OUTCOME_CLOSED, CLOSER(UNKNOWN) },
	{ "who closed: refused", TCPLIFE_OUTCOME_REFUSED, CLOSER(REMOTE) },
	{ "who closed: unreachable", TCPLIFE_OUTCOME_UNREACHABLE,
	  CLOSER(NONE) },
	{ "who closed: connect_timeout", TCPLIFE_OUTCOME_CONNECT_TIMEOUT,
	  CLOSER(NONE) },
	{ "who closed: connect_aborted", TCPLIFE_OUTCOME_CONNECT_ABORTED,
	  CLOSER(LOCAL) },
	{ "who closed: reset_remote", TCPLIFE_OUTCOME_RESET_REMOTE,
	  CLOSER(REMOTE) },
	{ "who closed: reset_local", TCPLIFE_OUTCOME_RESET_LOCAL,
	  CLOSER(LOCAL) },
	{ "who closed: data_after_close", TCPLIFE_OUTCOME_DATA_AFTER_CLOSE,
	  CLOSER(LOCAL) },
	{ "who closed: not_accepted", TCPLIFE_OUTCOME_NOT_ACCEPTED,
	  CLOSER(LOCAL) },
	{ "who closed: retransmit_timeout", TCPLIFE_OUTCOME_RETRANSMIT_TIMEOUT,
	  CLOSER(NONE) },
	{ "who closed: zero_window_timeout",
	  TCPLIFE_OUTCOME_ZERO_WINDOW_TIMEOUT, CLOSER(NONE) },
	{ "who closed: keepalive_timeout", TCPLIFE_OUTCOME_KEEPALIVE_TIMEOUT,
	  CLOSER(NONE) },
	{ "who closed: fin_wait2_timeout", TCPLIFE_OUTCOME_FIN_WAIT2_TIMEOUT,
	  CLOSER(NONE) },
	{ "who closed: orphan_killed", TCPLIFE_OUTCOME_ORPHAN_KILLED,
	  CLOSER(LOCAL) },
	{ "who closed: killed", TCPLIFE_OUTCOME_KILLED, CLOSER(LOCAL) },
	{ "who closed: half_open_expired", TCPLIFE_OUTCOME_HALF_OPEN_EXPIRED,
	  CLOSER(NONE) },
	{ "who closed: half_open_reset", TCPLIFE_OUTCOME_HALF_OPEN_RESET,
	  CLOSER(REMOTE) },
	{ "who closed: half_open_unreachable",
	  TCPLIFE_OUTCOME_HALF_OPEN_UNREACHABLE, CLOSER(NONE) },
	{ "who closed: half_open_dropped", TCPLIFE_OUTCOME_HALF_OPEN_DROPPED,
	  CLOSER(LOCAL) },
	{ "who closed: listener_closed", TCPLIFE_OUTCOME_LISTENER_CLOSED,
	  CLOSER(LOCAL) },
	{ "who closed: netns_deleted", TCPLIFE_OUTCOME_NETNS_DELETED,
	  CLOSER(NONE) },
	{ "who closed: missed", TCPLIFE_OUTCOME_MISSED, CLOSER(UNKNOWN) },
	{ "who closed: stale_syn", TCPLIFE_OUTCOME_STALE_SYN, CLOSER(REMOTE) },
};

static_assert(ARRAY_SIZE(enders) == TCPLIFE_OUTCOME_MAX,
	      "every outcome but open");

/* An outcome tells who closed only if no FIN did, and is never changed. */
static void test_ender(void **state)
{
	const struct ender *row = *state;
	struct tcplife_life life = { 0 };
	u8 closer;

	tcplife_tracker_end(&life, row->outcome);
	assert_int_equal(life.outcome, row->outcome);
	assert_int_equal(life.closer, row->closer);
	assert_int_equal(life.state, NONE);
	tcplife_tracker_end(&life, TCPLIFE_OUTCOME_RESET_LOCAL);
	tcplife_tracker_end(&life, TCPLIFE_OUTCOME_RESET_REMOTE);
	assert_int_equal(life.outcome, row->outcome);
	assert_int_equal(life.closer, row->closer);
	for (closer = CLOSER(LOCAL); closer < __TCPLIFE_CLOSER_MAX; closer++) {
		struct tcplife_life told = { .closer = closer };

		tcplife_tracker_end(&told, row->outcome);
		assert_int_equal(told.outcome, row->outcome);
		assert_int_equal(told.closer, closer);
	}
}

/* Who closed first does not change, whatever else comes, but FINs may cross. */
static void test_first_closer_stays(void **state)
{
	struct tcplife_life local = { 0 }, remote = { 0 };

	(void)state;
	tcplife_tracker_begin(&local, FIN_WAIT1, ROLE(UNKNOWN), 0);
	tcplife_tracker_enter(&local, LAST_ACK, 0);
	assert_int_equal(local.closer, CLOSER(LOCAL));
	tcplife_tracker_enter(&local, CLOSING, 0);
	assert_int_equal(local.closer, CLOSER(BOTH));
	tcplife_tracker_begin(&remote, CLOSE_WAIT, ROLE(UNKNOWN), 0);
	tcplife_tracker_enter(&remote, FIN_WAIT2, 0);
	assert_int_equal(remote.closer, CLOSER(REMOTE));
}

/* Before CLOSE, only a passive life that never left SYN_RECV, whatever it noted. */
static void test_half_open_to_the_end(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		const struct walk *row = &walks[i];
		struct tcplife_life life = { .flags = row->flags };
		u8 path[UNIT_PATH] = { 0 };
		unsigned int n = 0;

		for (; row->path[n] && row->path[n] != CLOSE; n++)
			path[n] = row->path[n];
		unit_walk(&life, row->role, path);
		tcplife_tracker_note(&life, TCPLIFE_EVENT_RST_RECEIVED, 0);
		assert_int_equal(tcplife_tracker_is_half_open(&life),
				 row->role_told == ROLE(PASSIVE) &&
				 row->path[0] == SYN_RECV && n == 1);
	}
}

/* The first entry counts as any other. */
static void test_begun_established(void **state)
{
	static const u8 path[UNIT_PATH] = { ESTABLISHED, CLOSE };
	struct tcplife_life life = { 0 };
	u64 us = 4711;

	(void)state;
	unit_walk(&life, ROLE(PASSIVE), path);
	assert_true(tcplife_tracker_handshake(&life, &us));
	assert_int_equal(us, 0);
}

static void test_count_up(void **state)
{
	u8 counter = 0;
	int i;

	(void)state;
	for (i = 1; i <= 600; i++) {
		tcplife_tracker_count_up(&counter);
		assert_int_equal(counter, i < 255 ? i : 255);
	}
}

static const struct handshake {
	const char *name;
	u16 flags;
	u8 role;
	u8 path[UNIT_PATH];
	u64 us;			/* 0: not known */
} handshakes[] = {
	{ "handshake: active", 0, ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED, CLOSE_WAIT }, 1000 },
	{ "handshake: passive", 0, ROLE(PASSIVE), { SYN_RECV, ESTABLISHED },
	  1000 },
	{ "handshake: simultaneous", 0, ROLE(ACTIVE),
	  { SYN_SENT, SYN_RECV, ESTABLISHED, CLOSE }, 2000 },
	{ "handshake: other flags", (u16)~(ADOPTED | RECOVERED |
					   TCPLIFE_FLAG_COOKIE),
	  ROLE(PASSIVE), { SYN_RECV, ESTABLISHED }, 1000 },
	{ "handshake: not over", 0, ROLE(ACTIVE), { SYN_SENT }, 0 },
	{ "handshake: failed", 0, ROLE(ACTIVE), { SYN_SENT, CLOSE }, 0 },
	{ "handshake: skipped", 0, ROLE(PASSIVE), { SYN_RECV, FIN_WAIT1 }, 0 },
	{ "handshake: adopted", ADOPTED, ROLE(ACTIVE),
	  { SYN_SENT, ESTABLISHED }, 0 },
	{ "handshake: recovered", RECOVERED, ROLE(PASSIVE), { ESTABLISHED },
	  0 },
	{ "handshake: cookie", TCPLIFE_FLAG_COOKIE, ROLE(PASSIVE),
	  { SYN_RECV, ESTABLISHED }, 0 },
};

static void test_handshake(void **state)
{
	const struct handshake *row = *state;
	struct tcplife_life life = { .flags = row->flags };
	u64 us = 4711;

	/* What is past the last entry looks like ESTABLISHED. */
	memset(life.timeline_event, TCPLIFE_EVENT_ESTABLISHED,
	       sizeof(life.timeline_event));
	unit_walk(&life, row->role, row->path);
	assert_int_equal(tcplife_tracker_handshake(&life, &us), row->us != 0);
	assert_int_equal(us, row->us ? row->us : 4711);
}

/* On by up to years, or now and then back by up to a millisecond. */
static u64 random_time(u64 *seed, u64 now_ns)
{
	u64 step = unit_random(seed);

	if (!(step % 8))
		return now_ns - (step >> 44);
	return now_ns + (step >> (7 + step % 57));
}

static u8 random_successor(u64 *seed, u8 from)
{
	u8 choice[ARRAY_SIZE(arrows)];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(arrows); i++)
		if (arrows[i][0] == from)
			choice[n++] = arrows[i][1];
	return choice[unit_random(seed) % n];
}

static void random_life(u64 *seed)
{
	static const u8 first[] = {
		SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSING,
		CLOSE_WAIT, LAST_ACK, TIME_WAIT };
	u64 times[TCPLIFE_STATES], last = 0, now_ns = unit_random(seed) >> 2;
	struct tcplife_life life = { .flags = unit_random(seed) };
	u8 path[UNIT_PATH] = { first[unit_random(seed) % ARRAY_SIZE(first)] };
	int i = 0;

	tcplife_tracker_begin(&life, path[0], ROLE(UNKNOWN), now_ns);
	while (life.state != CLOSE && unit_random(seed) % 64) {
		now_ns = random_time(seed, now_ns);
		if (unit_random(seed) % 2) {
			tcplife_tracker_note(&life, TCPLIFE_EVENT_ACCEPTED +
					     unit_random(seed) % 8, now_ns);
			continue;
		}
		path[++i] = random_successor(seed, life.state);
		tcplife_tracker_enter(&life, path[i], now_ns);
	}
	assert_path(&life, path);
	assert_times(&life, random_time(seed, now_ns), times);
	for (i = 0; i < life.timeline_len; i++) {
		u64 us = tcplife_timeline_get(&life, i).us;

		assert_true(us >= last);
		last = us;
	}
	for (i = 1; i < TCPLIFE_STATES; i++)
		if (times[i])
			assert_true(tcplife_timeline_has(&life, i));
	assert_int_equal(times[NONE], 0);
}

static void test_million_random_lives(void **state)
{
	u64 seed = 9293;
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++)
		random_life(&seed);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_walks_are_figure_5),
		cmocka_unit_test(test_notes_leave_room),
		cmocka_unit_test(test_states_always_fit),
		cmocka_unit_test(test_longest_way_is_full),
		cmocka_unit_test(test_same_state_again),
		cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_before_birth),
		cmocka_unit_test(test_times_of_the_living),
		cmocka_unit_test(test_times_of_the_dead),
		cmocka_unit_test(test_times_in_long_units),
		cmocka_unit_test(test_first_closer_stays),
		cmocka_unit_test(test_half_open_to_the_end),
		cmocka_unit_test(test_begun_established),
		cmocka_unit_test(test_count_up),
		cmocka_unit_test(test_million_random_lives),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(walks) +
				ARRAY_SIZE(enders) + ARRAY_SIZE(handshakes)];
	struct CMUnitTest *next = tests + ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	next += UNIT_ROWS(next, walks, test_walk);
	next += UNIT_ROWS(next, enders, test_ender);
	UNIT_ROWS(next, handshakes, test_handshake);
	return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
