// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline of a life: up to TCPLIFE_TIMELINE_MAX entries of (event, time
 * since birth), in the order of time.  The first is of the birth, so its time
 * needs no room.
 *
 * An event takes a byte: the event in bits 0-4, and in bits 5-7 n, which says
 * that its time is in units of 16^n microseconds; the time, 32 bits.  So times
 * are exact to the microsecond for the first 71 minutes of a life, and to less
 * than one part in 200 million after that.
 *
 * Pure: no locks, no kernel.  The caller holds whatever guards the life.
 */
#include "timeline.h"

#define UNIT_MAX	7

static_assert(__TCPLIFE_EVENT_MAX <= TCPLIFE_TIMELINE_EVENT + 1,
	      "an event fits its field");

/* Write an entry, not the first, whose time may need another unit. */
static void tcplife_timeline_put(struct tcplife_life *life, unsigned int i,
				 enum tcplife_event event, u64 us)
{
	unsigned int unit = 0;

	for (; us >> 32 && unit < UNIT_MAX; us >>= 4)
		unit++;
	if (us >> 32)
		us = ~0U;
	life->timeline_event[i] = event | unit << TCPLIFE_TIMELINE_UNIT;
	life->timeline_time[i - 1] = us;
	/* Rounded down, but not behind the entry before. */
	if (tcplife_timeline_us(life, i) >= tcplife_timeline_us(life, i - 1))
		return;
	unit = life->timeline_event[i - 1] >> TCPLIFE_TIMELINE_UNIT;
	life->timeline_event[i] = event | unit << TCPLIFE_TIMELINE_UNIT;
	life->timeline_time[i - 1] = i > 1 ? life->timeline_time[i - 2] : 0;
}

/**
 * tcplife_timeline_add - append an entry
 * @life: the life
 * @event: what happened
 * @us: when, in microseconds since birth; of the first entry taken for 0, and a
 *	time before the last entry's, as two CPUs may produce, for the last
 *	entry's
 * @reserve: entries that must stay free behind this one
 *
 * Return: true if there was room; otherwise the event is counted in
 * @life->timeline_omitted.
 */
bool tcplife_timeline_add(struct tcplife_life *life, enum tcplife_event event, u64 us,
			  unsigned int reserve)
{
	unsigned int i = life->timeline_len;

	if (i + 1 + reserve > TCPLIFE_TIMELINE_MAX) {
		if (life->timeline_omitted < 255)
			life->timeline_omitted++;
		return false;
	}
	life->timeline_len = i + 1;
	if (i)
		tcplife_timeline_put(life, i, event, us);
	else
		life->timeline_event[0] = event;
	return true;
}

/**
 * tcplife_timeline_has - is an event on the timeline?
 * @life: the life
 * @event: the event to look for
 */
bool tcplife_timeline_has(const struct tcplife_life *life,
			  enum tcplife_event event)
{
	unsigned int i;

	for (i = 0; i < life->timeline_len; i++)
		if (tcplife_timeline_event(life, i) == event)
			return true;
	return false;
}
