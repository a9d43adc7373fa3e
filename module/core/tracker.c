// SPDX-License-Identifier: GPL-2.0
/*
 * The tracker: how events change a life.  It keeps the state, the timeline,
 * who closed first, and the time in each state of congestion control.
 *
 * A life walks along RFC 9293 figure 5.  States are never left out of the
 * timeline: an event that is no state is kept only where the longest way to
 * CLOSE would still fit behind it.
 *
 * Pure: no locks, no kernel.  The caller holds whatever guards the life.
 */
#include "timeline.h"
#include "tracker.h"

/* How long the kernel waits for the answer to a SYN-ACK: first, and at most. */
#define SYNACK_FIRST_US	1000000ULL
#define SYNACK_MOST_US	120000000ULL

/* The most that net.ipv4.tcp_synack_retries may be; on old kernels, any number. */
#define SYNACK_MOST_RETRIES	255

/* Entering a state is the event of the same number. */
static_assert((int)TCPLIFE_EVENT_CLOSING == (int)TCPLIFE_STATE_CLOSING &&
	      (int)TCPLIFE_EVENT_SYN_SENT == (int)TCPLIFE_STATE_SYN_SENT &&
	      (int)TCPLIFE_EVENT_TIME_WAIT == (int)TCPLIFE_STATE_TIME_WAIT,
	      "the first events are the states");

/* The most states a life may still enter from here, CLOSE included. */
static unsigned int tcplife_tracker_ahead(enum tcplife_state state)
{
	switch (state) {
	case TCPLIFE_STATE_SYN_SENT:
		return TCPLIFE_TRACKER_AHEAD;	/* SYN_RECV and on */
	case TCPLIFE_STATE_SYN_RECV:
		return 5;	/* ESTABLISHED and on */
	case TCPLIFE_STATE_ESTABLISHED:
		return 4;	/* FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE */
	case TCPLIFE_STATE_FIN_WAIT1:
		return 3;
	case TCPLIFE_STATE_FIN_WAIT2:
	case TCPLIFE_STATE_CLOSING:
	case TCPLIFE_STATE_CLOSE_WAIT:
		return 2;
	case TCPLIFE_STATE_TIME_WAIT:
	case TCPLIFE_STATE_LAST_ACK:
		return 1;
	default:
		return 0;
	}
}

/**
 * tcplife_tracker_note_late - something happened to a life with much on its timeline
 * @life: the life
 * @event: what happened
 * @now_ns: monotonic time
 *
 * Called by tcplife_tracker_note().
 * Return: true if the timeline had room for it.
 */
bool tcplife_tracker_note_late(struct tcplife_life *life, enum tcplife_event event,
			       u64 now_ns)
{
	return tcplife_timeline_add(life, event,
				    tcplife_tracker_us(life, now_ns),
				    tcplife_tracker_ahead(life->state));
}

/**
 * tcplife_tracker_put_odd - an event from before birth, or of 71 minutes later
 * @life: the life
 * @event: what happened
 * @now_ns: monotonic time
 *
 * Called by tcplife_tracker_put().
 */
void tcplife_tracker_put_odd(struct tcplife_life *life, enum tcplife_event event,
			     u64 now_ns)
{
	tcplife_timeline_add(life, event, tcplife_tracker_us(life, now_ns), 0);
}

/**
 * tcplife_tracker_ender - who closed a connection of which no FIN told it
 * @outcome: why it ended
 */
enum tcplife_closer tcplife_tracker_ender(enum tcplife_outcome outcome)
{
	switch (outcome) {
	case TCPLIFE_OUTCOME_REFUSED:
	case TCPLIFE_OUTCOME_RESET_REMOTE:
	case TCPLIFE_OUTCOME_HALF_OPEN_RESET:
	case TCPLIFE_OUTCOME_STALE_SYN:
		return TCPLIFE_CLOSER_REMOTE;
	case TCPLIFE_OUTCOME_CONNECT_ABORTED:
	case TCPLIFE_OUTCOME_RESET_LOCAL:
	case TCPLIFE_OUTCOME_DATA_AFTER_CLOSE:
	case TCPLIFE_OUTCOME_NOT_ACCEPTED:
	case TCPLIFE_OUTCOME_ORPHAN_KILLED:
	case TCPLIFE_OUTCOME_KILLED:
	case TCPLIFE_OUTCOME_HALF_OPEN_DROPPED:
	case TCPLIFE_OUTCOME_LISTENER_CLOSED:
		return TCPLIFE_CLOSER_LOCAL;
	case TCPLIFE_OUTCOME_CLOSED:
	case TCPLIFE_OUTCOME_MISSED:
		return TCPLIFE_CLOSER_UNKNOWN;
	default:
		return TCPLIFE_CLOSER_NONE;
	}
}

/**
 * tcplife_tracker_count_up - count one more
 * @counter: saturates at 255
 */
void tcplife_tracker_count_up(u8 *counter)
{
	if (*counter < 255)
		(*counter)++;
}

/**
 * tcplife_tracker_congestion - congestion control changes its state
 * @life: the life; time is counted from ESTABLISHED until figures are sampled
 * @state: the new state, TCPLIFE_CA_*
 * @now_ns: monotonic time
 */
void tcplife_tracker_congestion(struct tcplife_life *life, unsigned int state,
				u64 now_ns)
{
	u64 us;

	if (life->known & TCPLIFE_KNOWN_SAMPLE || state >= TCPLIFE_CA_STATES)
		return;
	if (life->ca_state != TCPLIFE_CA_OPEN && now_ns > life->ca_since_ns &&
	    life->state != TCPLIFE_STATE_SYN_SENT &&
	    life->state != TCPLIFE_STATE_SYN_RECV) {
		u32 *sum = &life->ca_us[life->ca_state - 1];

		us = (now_ns - life->ca_since_ns) / TCPLIFE_NS_PER_US + *sum;
		*sum = us > ~0U ? ~0U : us;
	}
	life->ca_state = state;
	life->ca_since_ns = now_ns;
}

/**
 * tcplife_tracker_duration - the length of a life
 * @life: the life
 * @now_ns: monotonic time, for a life that is not over
 *
 * Return: microseconds.
 */
u64 tcplife_tracker_duration(const struct tcplife_life *life, u64 now_ns)
{
	u64 now_us, end_us = tcplife_timeline_end_us(life);
	unsigned int i = life->timeline_len;

	if (life->state != TCPLIFE_STATE_CLOSE) {
		now_us = tcplife_tracker_us(life, now_ns);
		return now_us > end_us ? now_us : end_us;
	}
	while (i--)
		if (tcplife_timeline_event(life, i) == TCPLIFE_EVENT_CLOSE)
			return tcplife_timeline_us(life, i);
	return end_us;
}

/**
 * tcplife_tracker_times - the time spent in each state
 * @life: the life
 * @now_ns: monotonic time, for a life that is not over
 * @times: filled with microseconds, indexed by enum tcplife_state
 *
 * Their sum is the length of the life exactly.
 */
void tcplife_tracker_times(const struct tcplife_life *life, u64 now_ns,
			   u64 times[TCPLIFE_STATES])
{
	unsigned int i, event, state = TCPLIFE_STATE_NONE;
	u64 since = 0, us;

	memset(times, 0, TCPLIFE_STATES * sizeof(*times));
	for (i = 0; i < life->timeline_len; i++) {
		event = tcplife_timeline_event(life, i);
		if (event >= TCPLIFE_STATES)
			continue;
		us = tcplife_timeline_us(life, i);
		times[state] += us - since;
		since = us;
		state = event;
	}
	times[state] += tcplife_tracker_duration(life, now_ns) - since;
}

/**
 * tcplife_tracker_patience - how long the kernel waits for a handshake's last ACK
 * @retries: net.ipv4.tcp_synack_retries, how often the SYN-ACK is sent again
 *
 * Return: in microseconds, where the listener's queue has room.
 */
u64 tcplife_tracker_patience(unsigned int retries)
{
	u64 wait_us = SYNACK_FIRST_US, all_us = wait_us;

	if (retries > SYNACK_MOST_RETRIES)
		retries = SYNACK_MOST_RETRIES;
	while (retries--) {
		wait_us = wait_us * 2 < SYNACK_MOST_US ? wait_us * 2 :
							 SYNACK_MOST_US;
		all_us += wait_us;
	}
	return all_us;
}

/**
 * tcplife_tracker_expires - when the kernel gives a half-open life up
 * @life: the life
 * @retries: net.ipv4.tcp_synack_retries, how often the SYN-ACK is sent again
 * @now_ns: monotonic time
 * @us: microseconds from now, 0 if it is due
 *
 * Return: false if it is not half open, or when it began is unknown.
 */
bool tcplife_tracker_expires(const struct tcplife_life *life,
			     unsigned int retries, u64 now_ns, u64 *us)
{
	u64 end_us, age_us;

	if (!tcplife_tracker_is_half_open(life) ||
	    life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED))
		return false;
	if (life->flags & TCPLIFE_FLAG_FASTOPEN)	/* tried once more */
		retries++;
	end_us = tcplife_tracker_patience(retries);
	age_us = tcplife_tracker_us(life, now_ns);
	*us = end_us > age_us ? end_us - age_us : 0;
	return true;
}
