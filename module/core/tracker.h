/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_TRACKER_H
#define TCPLIFE_CORE_TRACKER_H

#include "timeline.h"

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
	unsigned int i;

	if (life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_RECOVERED |
			   TCPLIFE_FLAG_COOKIE))
		return false;
	for (i = 0; i < life->timeline_len; i++) {
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

void tcplife_tracker_begin(struct tcplife_life *life, enum tcplife_state state,
			   enum tcplife_role role, u64 now_ns);
void tcplife_tracker_enter(struct tcplife_life *life, enum tcplife_state state,
			   u64 now_ns);
bool tcplife_tracker_note(struct tcplife_life *life, enum tcplife_event event,
			  u64 now_ns);
void tcplife_tracker_end(struct tcplife_life *life,
			 enum tcplife_outcome outcome);
void tcplife_tracker_count_up(u8 *counter);
void tcplife_tracker_congestion(struct tcplife_life *life, unsigned int state,
				u64 now_ns);
u64 tcplife_tracker_duration(const struct tcplife_life *life, u64 now_ns);
void tcplife_tracker_times(const struct tcplife_life *life, u64 now_ns,
			   u64 times[TCPLIFE_STATES]);
u64 tcplife_tracker_patience(unsigned int retries);
bool tcplife_tracker_expires(const struct tcplife_life *life,
			     unsigned int retries, u64 now_ns, u64 *us);
bool tcplife_tracker_stayed_half_open(const struct tcplife_life *life);

#endif
