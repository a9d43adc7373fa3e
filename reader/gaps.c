// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the books of what a stream lost.  The module numbers its messages; a
 * number that does not come is missing.  What is missing may be found in the
 * module's tables, under the number it was told under.  Pure.
 */
#include "gaps.h"

/**
 * gaps_seen - a message has come
 * @gaps: the books
 * @seq: its number
 *
 * There must be room: see gaps_full().
 *
 * Return: false if it is on the books already, found by a repair.
 */
bool gaps_seen(struct gaps *gaps, uint64_t seq)
{
	if (gaps->next && seq < gaps->next)
		return false;
	if (gaps->next && seq > gaps->next) {
		gaps->open[gaps->count++] = (struct gap){ gaps->next, seq };
		gaps->missing += seq - gaps->next;
	}
	gaps->next = seq + 1;
	return true;
}

/**
 * gaps_overrun - the socket's buffer overflowed
 * @gaps: the books
 *
 * The kernel says so before it gives what it had queued until then.  So what
 * was lost comes behind an unknown number of messages, and shows in the number
 * of the next message after those, if one comes.
 */
void gaps_overrun(struct gaps *gaps)
{
	gaps->overruns++;
	gaps->overrun = true;
}

/**
 * gaps_full - is there no room for one more gap?
 * @gaps: the books
 *
 * Return: true if a repair must come first.
 */
bool gaps_full(const struct gaps *gaps)
{
	return gaps->count == GAPS_MAX;
}

/**
 * gaps_pending - is there something to repair?
 * @gaps: the books
 *
 * Return: true if so.
 */
bool gaps_pending(const struct gaps *gaps)
{
	return gaps->count || (gaps->overrun && gaps->next);
}

/**
 * gaps_lost - is something lost for good, as far as is known?
 * @gaps: the books
 *
 * An overrun is a loss, even if no number shows it.
 *
 * Return: true if so.
 */
bool gaps_lost(const struct gaps *gaps)
{
	return gaps->missing > gaps->recovered ||
	       (gaps->overruns && !gaps->missing);
}

/**
 * gaps_wanted - does a number lie in a gap?
 * @gaps: the books
 * @seq: the number
 * @beyond: after an overrun, the gap has no end yet: nothing more is coming
 *	that would show it
 *
 * Return: true if so.
 */
bool gaps_wanted(const struct gaps *gaps, uint64_t seq, bool beyond)
{
	unsigned int i;

	if (beyond && gaps->overrun && gaps->next && seq >= gaps->next)
		return true;
	for (i = 0; i < gaps->count; i++)
		if (seq >= gaps->open[i].from && seq < gaps->open[i].to)
			return true;
	return false;
}

/**
 * gaps_repaired - a repair was made: close all gaps
 * @gaps: the books
 * @recovered: how many numbers it found
 * @last: the highest of them
 * @beyond: as gaps_wanted() was told
 */
void gaps_repaired(struct gaps *gaps, uint64_t recovered, uint64_t last,
		   bool beyond)
{
	if (beyond && gaps->overrun && gaps->next && last >= gaps->next) {
		gaps->missing += last + 1 - gaps->next;
		gaps->next = last + 1;
	}
	if (beyond)
		gaps->overrun = false;
	gaps->recovered += recovered;
	gaps->count = 0;
}
