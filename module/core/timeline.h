/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_TIMELINE_H
#define TCPLIFE_CORE_TIMELINE_H

#include "life.h"

/* What stands in life->timeline_event: the event, and the unit of its time. */
#define TCPLIFE_TIMELINE_EVENT	31	/* mask */
#define TCPLIFE_TIMELINE_UNIT	5	/* shift */

/**
 * tcplife_timeline_event - what an entry of a timeline tells
 * @life: the life
 * @i: which entry, less than @life->timeline_len
 *
 * Return: the event.
 */
static inline enum tcplife_event
tcplife_timeline_event(const struct tcplife_life *life, unsigned int i)
{
	return (enum tcplife_event)(life->timeline_event[i] &
				    TCPLIFE_TIMELINE_EVENT);
}

/**
 * tcplife_timeline_us - the time of an entry of a timeline
 * @life: the life
 * @i: which entry, less than @life->timeline_len
 *
 * Return: microseconds since birth.
 */
static inline u64 tcplife_timeline_us(const struct tcplife_life *life,
				      unsigned int i)
{
	unsigned int unit = life->timeline_event[i] >> TCPLIFE_TIMELINE_UNIT;

	return i ? (u64)life->timeline_time[i - 1] << (4 * unit) : 0;
}

/**
 * tcplife_timeline_get - read an entry
 * @life: the life
 * @i: which entry, less than @life->timeline_len
 *
 * Return: the entry, unpacked.
 */
static inline struct tcplife_timeline_entry
tcplife_timeline_get(const struct tcplife_life *life, unsigned int i)
{
	struct tcplife_timeline_entry entry = {
		.us = tcplife_timeline_us(life, i),
		.event = tcplife_timeline_event(life, i),
	};

	return entry;
}

/**
 * tcplife_timeline_end_us - the time of the last entry
 * @life: the life
 *
 * Return: microseconds since birth, 0 if the timeline is empty.
 */
static inline u64 tcplife_timeline_end_us(const struct tcplife_life *life)
{
	return life->timeline_len ?
		tcplife_timeline_us(life, life->timeline_len - 1) : 0;
}

bool tcplife_timeline_add(struct tcplife_life *life, enum tcplife_event event,
			  u64 us, unsigned int reserve);
bool tcplife_timeline_has(const struct tcplife_life *life,
			  enum tcplife_event event);

#endif
