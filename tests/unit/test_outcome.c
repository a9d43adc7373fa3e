// SPDX-License-Identifier: GPL-2.0
/*
 * Why a connection ended, for each of the three objects that it can end as,
 * and what ended TIME_WAIT.  Each outcome that the core decides has a row.
 */
#include "unit.h"
#include "outcome.h"

#define ACTIVE		TCPLIFE_ROLE_ACTIVE
#define PASSIVE		TCPLIFE_ROLE_PASSIVE
#define UNKNOWN		TCPLIFE_ROLE_UNKNOWN
#define OUTCOME(name)	TCPLIFE_OUTCOME_##name
#define END(name)	TCPLIFE_TIME_WAIT_END_##name
#define ENDS(name)	.expected = TCPLIFE_OUTCOME_##name
#define NO_ROOM		.end = TCPLIFE_TIME_WAIT_END_OVERFLOW
#define RST		.flags = TCPLIFE_FLAG_RST_RECEIVED
#define ACCEPTED	.known = TCPLIFE_KNOWN_ACCEPTED
#define FAST_OPEN	.flags = TCPLIFE_FLAG_FASTOPEN
#define LATE_DATA	.known = TCPLIFE_KNOWN_LATE_DATA

/* The facts about a request that come behind the end of its time. */
#define LATER		.in_task = true, .icmp = true, .acked = true, \
			.reset = true, .syn = true

static const struct close_row {
	const char *name;
	u8 role;
	u8 path[UNIT_PATH];
	struct tcplife_close close;
	u8 expected;
	bool late_data;
	u16 flags;
	u8 known;
	u8 end;
	bool rst_after;
} closes[] = {
	/* The attempt to connect. */
	{ "SYN answered by RST", ACTIVE, { SYN_SENT },
	  { .error = ECONNREFUSED }, ENDS(REFUSED), RST },
	{ "SYN answered by RST, error not set yet", ACTIVE, { SYN_SENT },
	  { .error = 0 }, ENDS(REFUSED), RST },
	{ "port unreachable", ACTIVE, { SYN_SENT },
	  { .error = ECONNREFUSED }, ENDS(UNREACHABLE) },
	{ "host unreachable", ACTIVE, { SYN_SENT },
	  { .error = EHOSTUNREACH }, ENDS(UNREACHABLE) },
	{ "SYN unanswered", ACTIVE, { SYN_SENT },
	  { .error = ETIMEDOUT, .unacked = true }, ENDS(CONNECT_TIMEOUT) },
	{ "connect() given up", ACTIVE, { SYN_SENT },
	  { .orphan = true, .unacked = true }, ENDS(CONNECT_ABORTED) },
	{ "killed in SYN_SENT", ACTIVE, { SYN_SENT },
	  { .error = ECONNABORTED }, ENDS(KILLED) },

	/* The same where SYNs crossed. */
	{ "RST in simultaneous open", ACTIVE, { SYN_SENT, SYN_RECV },
	  { .error = ECONNREFUSED }, ENDS(REFUSED), RST },
	{ "host unreachable in simultaneous open", ACTIVE,
	  { SYN_SENT, SYN_RECV },
	  { .error = EHOSTUNREACH }, ENDS(UNREACHABLE) },
	{ "no answer in simultaneous open", ACTIVE, { SYN_SENT, SYN_RECV },
	  { .error = ETIMEDOUT }, ENDS(CONNECT_TIMEOUT) },
	{ "given up in simultaneous open", ACTIVE, { SYN_SENT, SYN_RECV },
	  { .error = 0 }, ENDS(CONNECT_ABORTED) },
	{ "killed in simultaneous open", ACTIVE, { SYN_SENT, SYN_RECV },
	  { .error = ECONNABORTED }, ENDS(KILLED) },

	/* A child in SYN_RECV. */
	{ "RST to a child in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = ECONNRESET }, ENDS(HALF_OPEN_RESET), RST },
	{ "no ACK for a child in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = ETIMEDOUT }, ENDS(HALF_OPEN_EXPIRED) },
	{ "unreachable child in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = EHOSTUNREACH }, ENDS(HALF_OPEN_UNREACHABLE) },
	{ "no room for a child in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = 0 }, ENDS(HALF_OPEN_DROPPED) },
	{ "killed child in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = ECONNABORTED }, ENDS(KILLED) },
	{ "child of Fast Open aborted in SYN_RECV", PASSIVE, { SYN_RECV },
	  { .error = 0 }, ENDS(RESET_LOCAL), FAST_OPEN },
	{ "adopted child in SYN_RECV", UNKNOWN, { SYN_RECV },
	  { .error = ETIMEDOUT }, ENDS(HALF_OPEN_EXPIRED),
	  .flags = TCPLIFE_FLAG_ADOPTED },

	/* Aborted here. */
	{ "aborted, active", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .unacked = true, .unsent = true }, ENDS(RESET_LOCAL) },
	{ "aborted, simultaneous", ACTIVE, { SYN_SENT, SYN_RECV, ESTABLISHED },
	  { .orphan = true }, ENDS(RESET_LOCAL) },
	{ "aborted, accepted", PASSIVE, { SYN_RECV, ESTABLISHED },
	  { .error = 0 }, ENDS(RESET_LOCAL), ACCEPTED },
	{ "aborted after the peer's FIN", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT }, { .fin_received = true },
	  ENDS(RESET_LOCAL), ACCEPTED },
	{ "not accepted", PASSIVE, { SYN_RECV, ESTABLISHED },
	  { .error = 0 }, ENDS(NOT_ACCEPTED) },
	{ "not accepted after the peer's FIN", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT }, { .fin_received = true },
	  ENDS(NOT_ACCEPTED) },
	{ "Fast Open, perhaps accepted early", PASSIVE,
	  { SYN_RECV, ESTABLISHED }, { .error = 0 }, ENDS(RESET_LOCAL),
	  FAST_OPEN },
	{ "adopted, perhaps accepted before", PASSIVE, { ESTABLISHED },
	  { .error = 0 }, ENDS(RESET_LOCAL),
	  .flags = TCPLIFE_FLAG_ADOPTED },
	{ "recovered, perhaps accepted before", PASSIVE, { ESTABLISHED },
	  { .error = 0 }, ENDS(RESET_LOCAL),
	  .flags = TCPLIFE_FLAG_RECOVERED },
	{ "adopted and aborted", UNKNOWN, { ESTABLISHED },
	  { .error = 0 }, ENDS(RESET_LOCAL),
	  .flags = TCPLIFE_FLAG_ADOPTED },

	/* Errors. */
	{ "killed", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = ECONNABORTED, .unacked = true }, ENDS(KILLED) },
	{ "killed in FIN_WAIT1", ACTIVE, { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .error = ECONNABORTED, .orphan = true }, ENDS(KILLED) },
	{ "killed, not accepted", PASSIVE, { SYN_RECV, ESTABLISHED },
	  { .error = ECONNABORTED }, ENDS(KILLED) },
	{ "reset", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = ECONNRESET, .unacked = true }, ENDS(RESET_REMOTE),
	  RST },
	{ "reset after the peer's FIN", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT },
	  { .error = EPIPE, .fin_received = true }, ENDS(RESET_REMOTE),
	  RST },
	{ "reset, not accepted", PASSIVE, { SYN_RECV, ESTABLISHED },
	  { .error = ECONNRESET }, ENDS(RESET_REMOTE), RST },
	{ "reset in LAST_ACK", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .error = ECONNRESET, .fin_received = true, .unacked = true },
	  ENDS(RESET_REMOTE), RST },
	{ "reset in LAST_ACK, FIN unsent", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .error = ECONNRESET, .fin_received = true, .unsent = true },
	  ENDS(RESET_REMOTE), RST },
	{ "as if reset, by nobody", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = EPIPE }, ENDS(RESET_LOCAL) },
	{ "what came was no record", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = EBADMSG }, ENDS(RESET_LOCAL) },
	{ "aborted, with a soft error left", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = EHOSTUNREACH, .unacked = true, .in_task = true, .called = true },
	  ENDS(RESET_LOCAL) },
	{ "data after close", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .error = ECONNRESET, .orphan = true }, ENDS(DATA_AFTER_CLOSE),
	  LATE_DATA },
	{ "data after close, EPIPE", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .error = EPIPE, .orphan = true }, ENDS(DATA_AFTER_CLOSE),
	  LATE_DATA },
	{ "data unacknowledged", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = ETIMEDOUT, .unacked = true },
	  ENDS(RETRANSMIT_TIMEOUT) },
	{ "data unacknowledged, more unsent", ACTIVE,
	  { SYN_SENT, ESTABLISHED },
	  { .error = ETIMEDOUT, .unacked = true, .unsent = true },
	  ENDS(RETRANSMIT_TIMEOUT) },
	{ "data unacknowledged, with a soft error", ACTIVE,
	  { SYN_SENT, ESTABLISHED },
	  { .error = EHOSTUNREACH, .unacked = true },
	  ENDS(RETRANSMIT_TIMEOUT) },
	{ "FIN unacknowledged", ACTIVE, { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .error = ETIMEDOUT, .orphan = true, .unacked = true },
	  ENDS(RETRANSMIT_TIMEOUT) },
	{ "FIN unacknowledged in LAST_ACK", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .error = ETIMEDOUT, .orphan = true, .fin_received = true,
	    .unacked = true }, ENDS(RETRANSMIT_TIMEOUT) },
	{ "window stayed shut in LAST_ACK", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .error = ETIMEDOUT, .orphan = true, .fin_received = true,
	    .unsent = true }, ENDS(ZERO_WINDOW_TIMEOUT) },
	{ "window stayed shut", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = ETIMEDOUT, .unsent = true },
	  ENDS(ZERO_WINDOW_TIMEOUT) },
	{ "keepalive unanswered", ACTIVE, { SYN_SENT, ESTABLISHED },
	  { .error = ETIMEDOUT }, ENDS(KEEPALIVE_TIMEOUT) },

	/* FINs, and no error. */
	{ "both closed, the peer first", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .orphan = true, .fin_received = true }, ENDS(CLOSED), ACCEPTED },
	{ "both closed, never accepted", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .fin_received = true }, ENDS(CLOSED) },
	{ "both closed, with a soft error left", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .error = EHOSTUNREACH, .orphan = true, .fin_received = true },
	  ENDS(CLOSED), ACCEPTED },
	{ "both closed at once, with a soft error left", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING },
	  { .error = EHOSTUNREACH, .fin_received = true }, ENDS(CLOSED),
	  NO_ROOM },
	{ "aborted in LAST_ACK", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .fin_received = true, .unacked = true }, ENDS(RESET_LOCAL) },
	{ "orphan dropped in LAST_ACK", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .orphan = true, .fin_received = true, .unacked = true },
	  ENDS(ORPHAN_KILLED) },
	{ "aborted in LAST_ACK, FIN unsent", PASSIVE,
	  { SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK },
	  { .fin_received = true, .unsent = true }, ENDS(RESET_LOCAL) },
	{ "no room for TIME_WAIT after CLOSING", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING },
	  { .orphan = true, .fin_received = true }, ENDS(CLOSED), NO_ROOM },
	{ "aborted in CLOSING", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING },
	  { .fin_received = true, .unacked = true }, ENDS(RESET_LOCAL) },
	{ "orphan dropped in CLOSING", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, CLOSING },
	  { .orphan = true, .fin_received = true, .unacked = true },
	  ENDS(ORPHAN_KILLED) },
	{ "no room for TIME_WAIT after FIN_WAIT1", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .fin_received = true }, ENDS(CLOSED), NO_ROOM },
	{ "no room for TIME_WAIT after FIN_WAIT2", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true, .fin_received = true }, ENDS(CLOSED), NO_ROOM },
	{ "orphan dropped in FIN_WAIT1", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .orphan = true, .unacked = true }, ENDS(ORPHAN_KILLED) },
	{ "orphan dropped in FIN_WAIT1, FIN unacknowledged", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .orphan = true, .fin_received = true, .unacked = true },
	  ENDS(ORPHAN_KILLED) },
	{ "no room for an orphan in FIN_WAIT2", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true }, ENDS(ORPHAN_KILLED), NO_ROOM },
	{ "orphan that may not linger", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true, .no_linger = true }, ENDS(ORPHAN_KILLED) },
	{ "orphan dropped in FIN_WAIT2, after a RST", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true }, ENDS(ORPHAN_KILLED),
	  .flags = TCPLIFE_FLAG_RST_SENT, .rst_after = true },
	{ "data that acknowledges an orphan's FIN, long after a RST", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true }, ENDS(DATA_AFTER_CLOSE), .late_data = true,
	  .flags = TCPLIFE_FLAG_RST_SENT },
	{ "data that acknowledges an orphan's FIN", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .orphan = true }, ENDS(DATA_AFTER_CLOSE), .late_data = true },
	{ "aborted in FIN_WAIT1", ACTIVE, { SYN_SENT, ESTABLISHED, FIN_WAIT1 },
	  { .unacked = true }, ENDS(RESET_LOCAL) },
	{ "aborted in FIN_WAIT2", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .error = 0 }, ENDS(RESET_LOCAL) },

	/* No TIME_WAIT was due. */
	{ "error after both FINs", ACTIVE,
	  { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2 },
	  { .error = ECONNRESET, .fin_received = true },
	  ENDS(RESET_REMOTE), RST },
};

static void test_close(void **state)
{
	const struct close_row *row = *state;
	struct tcplife_life life = { .flags = row->flags, .known = row->known };

	unit_walk(&life, row->role, row->path);
	if (row->rst_after)
		tcplife_timeline_add(&life, TCPLIFE_EVENT_RST_SENT,
				     tcplife_timeline_end_us(&life), 0);
	life.time_wait_end = row->end;
	assert_int_equal(tcplife_outcome_close(&life, &row->close),
			 row->expected);
	assert_int_equal(tcplife_outcome_late_data(&life, &row->close),
			 row->late_data);
}

/* The first fact that holds decides: the others are none, or all. */
static const struct drop_row {
	const char *name;
	struct tcplife_drop drop;
	u8 expected;
} drops[] = {
	{ "netns deleted, listening",
	  { .netns_dying = true, .listening = true }, OUTCOME(NETNS_DELETED) },
	{ "netns deleted and all else",
	  { .netns_dying = true, .cookie = true, .timed_out = true, LATER },
	  OUTCOME(NETNS_DELETED) },
	{ "cookie without room", { .listening = true, .cookie = true },
	  OUTCOME(HALF_OPEN_DROPPED) },
	{ "cookie without room and all else",
	  { .cookie = true, .timed_out = true, LATER },
	  OUTCOME(HALF_OPEN_DROPPED) },
	{ "listener closed", { .listening = false }, OUTCOME(LISTENER_CLOSED) },
	{ "listener closed and all else", { .timed_out = true, LATER },
	  OUTCOME(LISTENER_CLOSED) },
	{ "request expired", { .listening = true, .timed_out = true },
	  OUTCOME(HALF_OPEN_EXPIRED) },
	{ "request expired and all else",
	  { .listening = true, .timed_out = true, .in_task = true,
	    .icmp = true, .reset = true, .syn = true },
	  OUTCOME(HALF_OPEN_EXPIRED) },
	{ "accept queue stayed full",
	  { .listening = true, .timed_out = true, .acked = true },
	  OUTCOME(HALF_OPEN_DROPPED) },
	{ "accept queue stayed full and all else",
	  { .listening = true, .timed_out = true, LATER },
	  OUTCOME(HALF_OPEN_DROPPED) },
	{ "request killed", { .listening = true, .in_task = true },
	  OUTCOME(KILLED) },
	{ "request killed and all else", { .listening = true, LATER },
	  OUTCOME(KILLED) },
	{ "request unreachable", { .listening = true, .icmp = true },
	  OUTCOME(HALF_OPEN_UNREACHABLE) },
	{ "request unreachable and all else",
	  { .listening = true, .icmp = true, .acked = true, .reset = true },
	  OUTCOME(HALF_OPEN_UNREACHABLE) },
	{ "request answered by RST", { .listening = true },
	  OUTCOME(HALF_OPEN_RESET) },
	{ "request answered by RST, after its ACK",
	  { .listening = true, .acked = true }, OUTCOME(HALF_OPEN_RESET) },
	{ "request disowned", { .listening = true, .disowned = true },
	  OUTCOME(STALE_SYN) },
	{ "request disowned, after its ACK",
	  { .listening = true, .acked = true, .disowned = true },
	  OUTCOME(STALE_SYN) },
	{ "request expired in the moment it is disowned",
	  { .listening = true, .timed_out = true, .disowned = true },
	  OUTCOME(HALF_OPEN_EXPIRED) },
	{ "request answered by a SYN that does not fit",
	  { .listening = true, .reset = true, .syn = true },
	  OUTCOME(HALF_OPEN_RESET) },
	{ "accept queue full, and a RST says so",
	  { .listening = true, .reset = true }, OUTCOME(HALF_OPEN_DROPPED) },
};

static void test_drop(void **state)
{
	const struct drop_row *row = *state;

	assert_int_equal(tcplife_outcome_drop(&row->drop), row->expected);
}

/* Likewise: what ended a timewait_sock, in FIN_WAIT2 and in TIME_WAIT. */
static const struct kill_row {
	const char *name;
	struct tcplife_kill kill;
	u8 outcome;
	u8 end;
} kills[] = {
	{ "minisock: netns deleted", { .netns_dying = true },
	  OUTCOME(NETNS_DELETED), END(NETNS_DELETED) },
	{ "minisock: netns deleted and all else",
	  { true, true, true, true, true, true },
	  OUTCOME(NETNS_DELETED), END(NETNS_DELETED) },
	{ "minisock: time ran out", { .timed_out = true },
	  OUTCOME(FIN_WAIT2_TIMEOUT), END(EXPIRED) },
	{ "minisock: time ran out and all else",
	  { false, true, true, true, true, true },
	  OUTCOME(FIN_WAIT2_TIMEOUT), END(EXPIRED) },
	{ "minisock: by a process", { .in_task = true },
	  OUTCOME(KILLED), END(REUSED) },
	{ "minisock: by a process, after a segment",
	  { .in_task = true, .segment = true },
	  OUTCOME(DATA_AFTER_CLOSE), END(REUSED) },
	{ "minisock: SYN, taken in by a process",
	  { .in_task = true, .segment = true, .syn = true },
	  OUTCOME(DATA_AFTER_CLOSE), END(REOPENED) },
	{ "minisock: RST, taken in by a process",
	  { .in_task = true, .segment = true, .rst = true },
	  OUTCOME(RESET_REMOTE), END(RESET) },
	{ "minisock: SYN", { .syn = true },
	  OUTCOME(DATA_AFTER_CLOSE), END(REOPENED) },
	{ "minisock: RST", { .rst = true },
	  OUTCOME(RESET_REMOTE), END(RESET) },
	{ "minisock: SYN and RST", { .syn = true, .rst = true },
	  OUTCOME(RESET_REMOTE), END(RESET) },
	{ "minisock: data", { .rst = false },
	  OUTCOME(DATA_AFTER_CLOSE), END(RESET) },
};

static void test_kill(void **state)
{
	const struct kill_row *row = *state;

	assert_int_equal(tcplife_outcome_kill(&row->kill), row->outcome);
	assert_int_equal(tcplife_outcome_time_wait(&row->kill), row->end);
}

static const struct reset_row {
	const char *name;
	u8 outcome;
	u8 from;
	struct tcplife_close close;
	bool expected;
	u8 end;
} resets[] = {
	{ "RST: data after close", OUTCOME(DATA_AFTER_CLOSE), FIN_WAIT2,
	  { .repair = true }, .expected = true },
	{ "RST: orphan that may not linger", OUTCOME(ORPHAN_KILLED), FIN_WAIT2,
	  { .no_linger = true }, .expected = true },
	{ "no RST: orphan that may", OUTCOME(ORPHAN_KILLED), FIN_WAIT2,
	  { .no_linger = false }, .expected = false },
	{ "no RST: orphan without room to wait", OUTCOME(ORPHAN_KILLED),
	  FIN_WAIT2, { .in_task = true, .no_linger = true }, NO_ROOM },
	{ "RST: orphan dropped by close()", OUTCOME(ORPHAN_KILLED), FIN_WAIT1,
	  { .in_task = true }, .expected = true },
	{ "no RST: orphan in FIN_WAIT1", OUTCOME(ORPHAN_KILLED), FIN_WAIT1,
	  { .no_linger = true }, .expected = false },
	{ "RST: given up in SYN_RECV", OUTCOME(CONNECT_ABORTED), SYN_RECV,
	  { .repair = false }, .expected = true },
	{ "no RST: given up in SYN_RECV, repair", OUTCOME(CONNECT_ABORTED),
	  SYN_RECV, { .repair = true }, .expected = false },
	{ "no RST: given up in SYN_SENT", OUTCOME(CONNECT_ABORTED), SYN_SENT,
	  { .repair = false }, .expected = false },
	{ "RST: not accepted", OUTCOME(NOT_ACCEPTED), CLOSE_WAIT,
	  { .unsent = false }, .expected = true },
	{ "no RST: not accepted, repair", OUTCOME(NOT_ACCEPTED), ESTABLISHED,
	  { .repair = true }, .expected = false },
	{ "RST: aborted in ESTABLISHED", OUTCOME(RESET_LOCAL), ESTABLISHED,
	  { .unsent = false }, .expected = true },
	{ "no RST: aborted, repair", OUTCOME(RESET_LOCAL), ESTABLISHED,
	  { .unsent = true, .repair = true }, .expected = false },
	{ "RST: aborted in FIN_WAIT2", OUTCOME(RESET_LOCAL), FIN_WAIT2,
	  { .unsent = false }, .expected = true },
	{ "RST: aborted in LAST_ACK, FIN unsent", OUTCOME(RESET_LOCAL),
	  LAST_ACK, { .unsent = true }, .expected = true },
	{ "no RST: aborted in LAST_ACK, FIN sent", OUTCOME(RESET_LOCAL),
	  LAST_ACK, { .unacked = true }, .expected = false },
	{ "RST: aborted in LAST_ACK, data unread", OUTCOME(RESET_LOCAL),
	  LAST_ACK, { .unread = true }, .expected = true },
	{ "no RST: aborted in LAST_ACK, data unread, repair", OUTCOME(RESET_LOCAL),
	  LAST_ACK, { .unread = true, .repair = true }, .expected = false },
	{ "no RST: aborted in LAST_ACK, repair", OUTCOME(RESET_LOCAL),
	  LAST_ACK, { .unsent = true, .repair = true }, .expected = false },
	{ "RST: aborted in CLOSING, FIN unsent", OUTCOME(RESET_LOCAL),
	  CLOSING, { .unsent = true }, .expected = true },
	{ "no RST: aborted in CLOSING, FIN sent", OUTCOME(RESET_LOCAL),
	  CLOSING, { .unacked = true }, .expected = false },
};

static void test_resets(void **state)
{
	const struct reset_row *row = *state;
	struct tcplife_life life = {
		.state = row->from,
		.outcome = row->outcome,
		.time_wait_end = row->end,
	};

	assert_int_equal(tcplife_outcome_resets(&life, &row->close),
			 row->expected);
}

/* An outcome without a row above goes with no RST of this end at the close. */
static void test_resets_no_other(void **state)
{
	const struct tcplife_close close = { .no_linger = true };
	bool may[__TCPLIFE_OUTCOME_MAX] = { 0 };
	struct tcplife_life life = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(resets); i++)
		may[resets[i].outcome] = true;
	for (; life.outcome < __TCPLIFE_OUTCOME_MAX; life.outcome++)
		for (life.state = 1; life.state < TCPLIFE_STATES; life.state++)
			if (!may[life.outcome])
				assert_false(tcplife_outcome_resets(&life,
								    &close));
}

/* The tables above have every outcome and every end that the core decides. */
static void test_tables_are_complete(void **state)
{
	bool outcome[__TCPLIFE_OUTCOME_MAX] = { 0 };
	bool end[__TCPLIFE_TIME_WAIT_END_MAX] = { 0 };
	size_t i;

	(void)state;
	outcome[OUTCOME(OPEN)] = outcome[OUTCOME(MISSED)] = true;
	end[END(NONE)] = end[END(MISSED)] = end[END(OVERFLOW)] = true;
	for (i = 0; i < ARRAY_SIZE(closes); i++)
		outcome[closes[i].expected] = true;
	for (i = 0; i < ARRAY_SIZE(drops); i++)
		outcome[drops[i].expected] = true;
	for (i = 0; i < ARRAY_SIZE(kills); i++) {
		outcome[kills[i].outcome] = true;
		end[kills[i].end] = true;
	}
	for (i = 0; i < ARRAY_SIZE(outcome); i++)
		assert_true(outcome[i]);
	for (i = 0; i < ARRAY_SIZE(end); i++)
		assert_true(end[i]);
}

static const struct accept_row {
	const char *name;
	u8 role;
	u16 flags;
	u8 known;
	bool unaccepted;
} accepts[] = {
	{ "unaccepted: passive", PASSIVE, .unaccepted = true },
	{ "accepted", PASSIVE, ACCEPTED },
	{ "active", .role = ACTIVE },
	{ "simultaneous", .role = TCPLIFE_ROLE_SIMULTANEOUS },
	{ "passive, adopted", PASSIVE, .flags = TCPLIFE_FLAG_ADOPTED },
	{ "passive, recovered", PASSIVE, .flags = TCPLIFE_FLAG_RECOVERED },
	{ "passive, Fast Open", PASSIVE, FAST_OPEN },
	{ "unaccepted: passive, from a cookie", PASSIVE,
	  .flags = TCPLIFE_FLAG_COOKIE, .unaccepted = true },
};

static void test_accept(void **state)
{
	const struct accept_row *row = *state;
	struct tcplife_life life = {
		.role = row->role, .flags = row->flags, .known = row->known,
	};

	assert_int_equal(tcplife_outcome_unaccepted(&life), row->unaccepted);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_tables_are_complete),
		cmocka_unit_test(test_resets_no_other),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(closes) +
				ARRAY_SIZE(drops) + ARRAY_SIZE(kills) +
				ARRAY_SIZE(resets) + ARRAY_SIZE(accepts)];
	struct CMUnitTest *next = tests + ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	next += UNIT_ROWS(next, closes, test_close);
	next += UNIT_ROWS(next, drops, test_drop);
	next += UNIT_ROWS(next, kills, test_kill);
	next += UNIT_ROWS(next, resets, test_resets);
	UNIT_ROWS(next, accepts, test_accept);
	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
