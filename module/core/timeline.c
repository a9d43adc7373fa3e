// SPDX-License-Identifier: GPL-2.0
/*
 * The timeline of a life: up to TCPLIFE_TIMELINE_MAX entries of (time since
 * birth, event), six bytes each.
 *
 *	bits 0-5	event
 *	bit 6		unit of the time: 0 microseconds, 1 milliseconds
 *	bits 7-47	time since birth
 *
 * So times are exact to the microsecond for the first 25 days of a life, and
 * to the millisecond for 69 years.  Entries are in the order of time.
 *
 * Pure: no locks, no kernel.  The caller holds whatever guards the life.
 */
#include "timeline.h"

#define EVENT_BITS	6
#define TIME_BITS	41
#define UNIT_MS		(1ULL << EVENT_BITS)
#define TIME_MAX	((1ULL << TIME_BITS) - 1)
#define US_PER_MS	1000

static_assert(__TCPLIFE_EVENT_MAX <= 1 << EVENT_BITS, "an event fits its field");

static u64 tcplife_timeline_pack(enum tcplife_event event, u64 us)
{
	u64 ms;

	if (us <= TIME_MAX)
		return event | us << (EVENT_BITS + 1);
	ms = us / US_PER_MS;
	if (ms > TIME_MAX)
		ms = TIME_MAX;
	return event | UNIT_MS | ms << (EVENT_BITS + 1);
}

/**
 * tcplife_timeline_get - read an entry
 * @life: the life
 * @i: which entry, less than @life->timeline_len
 *
 * Return: the entry, unpacked.
 */
struct tcplife_timeline_entry
tcplife_timeline_get(const struct tcplife_life *life, unsigned int i)
{
	struct tcplife_timeline_entry entry = { 0 };
	const u8 *p = life->timeline[i];
	u64 word = 0;
	int byte;

	for (byte = 5; byte >= 0; byte--)
		word = word << 8 | p[byte];
	entry.event = word & (UNIT_MS - 1);
	entry.us = word >> (EVENT_BITS + 1);
	if (word & UNIT_MS)
		entry.us *= US_PER_MS;
	return entry;
}

/**
 * tcplife_timeline_end_us - the time of the last entry
 * @life: the life
 *
 * Return: microseconds since birth, 0 if the timeline is empty.
 */
u64 tcplife_timeline_end_us(const struct tcplife_life *life)
{
	if (!life->timeline_len)
		return 0;
	return tcplife_timeline_get(life, life->timeline_len - 1).us;
}

/**
 * tcplife_timeline_add - append an entry
 * @life: the life
 * @event: what happened
 * @us: when, in microseconds since birth; a time before the last entry's, as
 *	two CPUs may produce, is taken for the last entry's
 * @reserve: entries that must stay free behind this one
 *
 * Return: true if there was room; otherwise the event is counted in
 * @life->timeline_omitted.
 */
bool tcplife_timeline_add(struct tcplife_life *life, enum tcplife_event event,
			  u64 us, unsigned int reserve)
{
	u64 last = tcplife_timeline_end_us(life);
	u8 *p = life->timeline[life->timeline_len];
	u64 word;
	int byte;

	if (life->timeline_len + 1 + reserve > TCPLIFE_TIMELINE_MAX) {
		if (life->timeline_omitted < 255)
			life->timeline_omitted++;
		return false;
	}
	/* Rounding to milliseconds must not go behind the last microsecond. */
	if (us < last || (us > TIME_MAX && us - us % US_PER_MS < last))
		us = last;
	word = tcplife_timeline_pack(event, us);
	for (byte = 0; byte < 6; byte++, word >>= 8)
		p[byte] = word;
	life->timeline_len++;
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
		if (tcplife_timeline_get(life, i).event == event)
			return true;
	return false;
}
