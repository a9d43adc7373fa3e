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

/**
 * tcplife_timeline_after_us - a time by which the last entry's event was over
 * @life: the life; its timeline is not empty
 *
 * Times are rounded down to their unit.
 * Return: microseconds since birth.
 */
static inline u64 tcplife_timeline_after_us(const struct tcplife_life *life)
{
	unsigned int unit = life->timeline_event[life->timeline_len - 1] >>
			    TCPLIFE_TIMELINE_UNIT;

	return tcplife_timeline_end_us(life) + (1ULL << (4 * unit));
}

bool tcplife_timeline_add(struct tcplife_life *life, enum tcplife_event event, u64 us,
			  unsigned int reserve);

/**
 * tcplife_timeline_begin - the first entry of an empty timeline
 * @life: the life
 * @event: what happened, at its birth
 */
static inline void tcplife_timeline_begin(struct tcplife_life *life,
					  enum tcplife_event event)
{
	life->timeline_event[0] = event;
	life->timeline_len = 1;
}

/**
 * tcplife_timeline_append - append an entry whose time needs no unit
 * @life: the life
 * @event: what happened
 * @us: when, as for tcplife_timeline_add()
 *
 * The same as tcplife_timeline_add(), for what hooks do most.
 */
static __always_inline void tcplife_timeline_append(struct tcplife_life *life,
						    enum tcplife_event event, u32 us)
{
	unsigned int i = life->timeline_len;

	/* The first one, one without room, or one behind one with a unit. */
	if (unlikely(i - 1 >= TCPLIFE_TIMELINE_MAX - 1 ||
		     life->timeline_event[i - 1] & ~TCPLIFE_TIMELINE_EVENT)) {
		tcplife_timeline_add(life, event, us, 0);
		return;
	}
	if (i > 1 && unlikely(us < life->timeline_time[i - 2]))
		us = life->timeline_time[i - 2];
	life->timeline_event[i] = event;
	life->timeline_time[i - 1] = us;
	life->timeline_len = i + 1;
}

bool tcplife_timeline_has(const struct tcplife_life *life,
			  enum tcplife_event event);

#endif
