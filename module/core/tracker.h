/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_TRACKER_H
#define TCPLIFE_CORE_TRACKER_H

#include "timeline.h"

#define TCPLIFE_NS_PER_US	1000

/* The most states that a life may still enter: from SYN_SENT by SYN_RECV on. */
#define TCPLIFE_TRACKER_AHEAD	6

/* The time of an event on the timeline. */
static inline u64 tcplife_tracker_us(const struct tcplife_life *life, u64 now_ns)
{
	return now_ns <= life->birth_ns ? 0 :
		(now_ns - life->birth_ns) / TCPLIFE_NS_PER_US;
}

/* Who closed first, as far as entering a state tells, if nothing told it before. */
static inline enum tcplife_closer tcplife_tracker_closer(enum tcplife_state state)
{
	switch (state) {
	case TCPLIFE_STATE_FIN_WAIT1:
	case TCPLIFE_STATE_FIN_WAIT2:
		return TCPLIFE_CLOSER_LOCAL;
	case TCPLIFE_STATE_CLOSE_WAIT:
	case TCPLIFE_STATE_LAST_ACK:
		return TCPLIFE_CLOSER_REMOTE;
	default:
		return TCPLIFE_CLOSER_UNKNOWN;
	}
}

void tcplife_tracker_put_odd(struct tcplife_life *life, enum tcplife_event event,
			     u64 now_ns);

/* An event that there always is room for goes on the timeline. */
static __always_inline void tcplife_tracker_put(struct tcplife_life *life,
						enum tcplife_event event, u64 now_ns)
{
	u64 age_ns = now_ns - life->birth_ns;

	if (likely(age_ns <= (u64)~0U * TCPLIFE_NS_PER_US))
		tcplife_timeline_append(life, event, (u32)(age_ns / TCPLIFE_NS_PER_US));
	else
		tcplife_tracker_put_odd(life, event, now_ns);
}

/**
 * tcplife_tracker_enter_from - the life goes from one state to another
 * @life: the life
 * @before: its state
 * @state: another
 * @now_ns: monotonic time
 *
 * In line, as most callers know both, and little is left of it then.
 */
static __always_inline void tcplife_tracker_enter_from(struct tcplife_life *life,
						       enum tcplife_state before,
						       enum tcplife_state state,
						       u64 now_ns)
{
	if (state == TCPLIFE_STATE_SYN_RECV && before == TCPLIFE_STATE_SYN_SENT)
		life->role = TCPLIFE_ROLE_SIMULTANEOUS;
	/* In FIN_WAIT1 and CLOSE_WAIT it is told already. */
	if (state == TCPLIFE_STATE_CLOSING)
		life->closer = TCPLIFE_CLOSER_BOTH;
	else if (tcplife_tracker_closer(state) != TCPLIFE_CLOSER_UNKNOWN &&
		 before != TCPLIFE_STATE_FIN_WAIT1 &&
		 before != TCPLIFE_STATE_CLOSE_WAIT &&
		 life->closer == TCPLIFE_CLOSER_UNKNOWN)
		life->closer = tcplife_tracker_closer(state);
	if (state == TCPLIFE_STATE_ESTABLISHED)
		life->ca_since_ns = now_ns;
	life->state = state;
	tcplife_tracker_put(life, (enum tcplife_event)state, now_ns);
}

/**
 * tcplife_tracker_enter - the life enters a state
 * @life: the life
 * @state: the state; if it is in it already nothing happens
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_tracker_enter(struct tcplife_life *life,
						  enum tcplife_state state, u64 now_ns)
{
	if (life->state != state)
		tcplife_tracker_enter_from(life, life->state, state, now_ns);
}

/**
 * tcplife_tracker_begin_new - start a zeroed life whose beginning is seen
 * @life: the life; @birth_ns is set here
 * @state: its first state, SYN_SENT or SYN_RECV
 * @role: how this end opens it
 * @now_ns: monotonic time
 */
static __always_inline void tcplife_tracker_begin_new(struct tcplife_life *life,
						      enum tcplife_state state,
						      enum tcplife_role role, u64 now_ns)
{
	life->birth_ns = now_ns;
	life->ca_since_ns = now_ns;
	life->role = role;
	life->state = state;
	tcplife_timeline_begin(life, (enum tcplife_event)state);
}

/**
 * tcplife_tracker_begin - start a zeroed life
 * @life: the life; @birth_ns is set here
 * @state: its first state
 * @role: how this end opens it; TCPLIFE_ROLE_UNKNOWN for an adopted life whose
 *	start nobody saw
 * @now_ns: monotonic time
 */
static inline void tcplife_tracker_begin(struct tcplife_life *life,
					 enum tcplife_state state,
					 enum tcplife_role role, u64 now_ns)
{
	life->birth_ns = now_ns;
	life->ca_since_ns = now_ns;
	life->role = role;
	if (life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED))
		tcplife_timeline_add(life, TCPLIFE_EVENT_ADOPTED, 0, 0);
	tcplife_tracker_enter(life, state, now_ns);
}

/**
 * tcplife_tracker_is_timed - was the beginning of the handshake seen?
 * @life: the life
 */
static inline bool tcplife_tracker_is_timed(const struct tcplife_life *life)
{
	return !(life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED |
				TCPLIFE_FLAG_COOKIE));
}

/**
 * tcplife_tracker_handshake - the time the handshake took
 * @life: the life
 * @us: microseconds from birth to ESTABLISHED
 *
 * Return: false if its beginning or end was not seen.
 */
static inline bool tcplife_tracker_handshake(const struct tcplife_life *life,
					     u64 *us)
{
	unsigned int i = life->timeline_len;

	if (!tcplife_tracker_is_timed(life))
		return false;
	while (i--) {
		if (tcplife_timeline_event(life, i) != TCPLIFE_EVENT_ESTABLISHED)
			continue;
		*us = tcplife_timeline_us(life, i);
		return true;
	}
	return false;
}

/**
 * tcplife_tracker_is_half_open - does a life wait for the handshake's last ACK?
 * @life: the life
 */
static inline bool tcplife_tracker_is_half_open(const struct tcplife_life *life)
{
	return life->state == TCPLIFE_STATE_SYN_RECV &&
	       life->role == TCPLIFE_ROLE_PASSIVE;
}

enum tcplife_closer tcplife_tracker_ender(enum tcplife_outcome outcome);

/**
 * tcplife_tracker_end - the connection is over for its application
 * @life: the life
 * @outcome: why; a life that has an outcome keeps it
 *
 * The state is left alone: the caller enters CLOSE or TIME_WAIT.
 */
static inline void tcplife_tracker_end(struct tcplife_life *life,
				       enum tcplife_outcome outcome)
{
	if (life->outcome != TCPLIFE_OUTCOME_OPEN)
		return;
	life->outcome = outcome;
	if (unlikely(life->closer == TCPLIFE_CLOSER_UNKNOWN))
		life->closer = tcplife_tracker_ender(outcome);
}

bool tcplife_tracker_note_late(struct tcplife_life *life, enum tcplife_event event,
			       u64 now_ns);

/**
 * tcplife_tracker_note - something happened that changes no state
 * @life: the life
 * @event: what happened
 * @now_ns: monotonic time
 *
 * Return: true if the timeline had room for it.
 */
static __always_inline bool tcplife_tracker_note(struct tcplife_life *life,
						 enum tcplife_event event, u64 now_ns)
{
	/* There is room for it, and for all states there are. */
	if (unlikely(life->timeline_len + 1 + TCPLIFE_TRACKER_AHEAD >
		     TCPLIFE_TIMELINE_MAX))
		return tcplife_tracker_note_late(life, event, now_ns);
	tcplife_tracker_put(life, event, now_ns);
	return true;
}

void tcplife_tracker_count_up(u8 *counter);
void tcplife_tracker_congestion(struct tcplife_life *life, unsigned int state,
				u64 now_ns);
u64 tcplife_tracker_duration(const struct tcplife_life *life, u64 now_ns);
void tcplife_tracker_times(const struct tcplife_life *life, u64 now_ns,
			   u64 times[TCPLIFE_STATES]);
u64 tcplife_tracker_patience(unsigned int retries);
bool tcplife_tracker_expires(const struct tcplife_life *life,
			     unsigned int retries, u64 now_ns, u64 *us);

#endif
