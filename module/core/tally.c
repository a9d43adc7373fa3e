// SPDX-License-Identifier: GPL-2.0
/*
 * Tallies: how many lives have something in common.  Keys that were sorted by
 * it are counted run by run, and the longest runs are kept.
 *
 * Pure: no locks, no kernel.  Works on keys of its caller's.
 */
#include "tally.h"
#include "timeline.h"
#include "tracker.h"

#define US_PER_S	1000000
#define PREFIX_BITS_V4	24
#define PREFIX_BITS_V6	64

/**
 * tcplife_tally_ports - how many ports are in a range
 * @range: the range
 */
u32 tcplife_tally_ports(const struct tcplife_tally_range *range)
{
	return range->high < range->low ? 0 : range->high - range->low + 1;
}

/*
 * When did the state begin that the life is in, or TIME_WAIT begin anew?  Only
 * the first new beginning is on the timeline.  Microseconds since birth.
 * Return: false if it had begun when the life was adopted.
 */
static bool tcplife_tally_since(const struct tcplife_life *life, u64 *us)
{
	u32 before = TCPLIFE_EVENT_NONE;
	bool known = false;
	unsigned int i;

	for (i = 0; i < life->timeline_len; i++) {
		struct tcplife_timeline_entry e = tcplife_timeline_get(life, i);

		if (e.event == life->state) {
			known = before != TCPLIFE_EVENT_ADOPTED;
			*us = e.us;
		} else if (e.event == TCPLIFE_EVENT_TIME_WAIT_RESTART) {
			known = true;
			*us = e.us;
		}
		before = e.event;
	}
	return known;
}

/**
 * tcplife_tally_age_s - for how long a life is in its state, or was half open
 * @life: the life: in TIME_WAIT, half open, or over after it was half open
 * @now_ns: monotonic time, for one that is not over
 *
 * Return: whole seconds, or TCPLIFE_TALLY_AGE_UNKNOWN if it was adopted so.
 */
u32 tcplife_tally_age_s(const struct tcplife_life *life, u64 now_ns)
{
	u64 since_us = 0, now_us;

	if (life->state == TCPLIFE_STATE_CLOSE) {
		if (life->flags & TCPLIFE_FLAG_ADOPTED)
			return TCPLIFE_TALLY_AGE_UNKNOWN;
		return tcplife_timeline_end_us(life) / US_PER_S;
	}
	if (!tcplife_tally_since(life, &since_us))
		return TCPLIFE_TALLY_AGE_UNKNOWN;
	now_us = tcplife_tracker_us(life, now_ns);
	return now_us > since_us ? (now_us - since_us) / US_PER_S : 0;
}

/**
 * tcplife_tally_key - what is kept of a life while it is tallied
 * @key: filled, as one that is counted
 * @life: the life
 * @now_ns: monotonic time
 */
void tcplife_tally_key(struct tcplife_tally_key *key,
		       const struct tcplife_life *life, u64 now_ns)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->local_addr, life->local_addr, sizeof(key->local_addr));
	memcpy(key->remote_addr, life->remote_addr, sizeof(key->remote_addr));
	key->local_port = life->local_port;
	key->remote_port = life->remote_port;
	key->family = life->family;
	key->age_s = tcplife_tally_age_s(life, now_ns);
	key->counted = true;
}

static unsigned int tcplife_tally_prefix_len(const struct tcplife_tally_key *key)
{
	return key->family == 6 ? PREFIX_BITS_V6 : PREFIX_BITS_V4;
}

/* Compare what makes up a run. */
static int tcplife_tally_compare_run(enum tcplife_tally_by by,
				     const struct tcplife_tally_key *a,
				     const struct tcplife_tally_key *b)
{
	if (by == TCPLIFE_TALLY_BY_LOCAL_PORT)
		return (int)a->local_port - b->local_port;
	if (a->family != b->family)
		return (int)a->family - b->family;
	if (by == TCPLIFE_TALLY_BY_LISTENER)
		return memcmp(a->local_addr, b->local_addr,
			      sizeof(a->local_addr)) ?:
		       (int)a->local_port - b->local_port;
	if (by == TCPLIFE_TALLY_BY_PREFIX)
		return memcmp(a->remote_addr, b->remote_addr,
			      tcplife_tally_prefix_len(a) / 8);
	return memcmp(a->remote_addr, b->remote_addr, sizeof(a->remote_addr)) ?:
	       (int)a->remote_port - b->remote_port;
}

/**
 * tcplife_tally_compare - the order that tcplife_tally_top() wants
 * @by: by what: listener, prefix, local port or remote
 * @a: a key
 * @b: another
 *
 * Return: below 0, 0, above 0 if @a comes before, with or after @b.
 */
int tcplife_tally_compare(enum tcplife_tally_by by,
			  const struct tcplife_tally_key *a,
			  const struct tcplife_tally_key *b)
{
	int order = tcplife_tally_compare_run(by, a, b);

	if (order || by != TCPLIFE_TALLY_BY_REMOTE)
		return order;
	return memcmp(a->local_addr, b->local_addr, sizeof(a->local_addr)) ?:
	       (int)a->local_port - b->local_port;
}

/**
 * tcplife_tally_ages - rows by age, in steps, the last of all that is older
 * @keys: in any order
 * @count: how many there are
 * @rows: TCPLIFE_TALLY_STEPS + 1, filled
 *
 * Those of unknown age are in no row.
 */
void tcplife_tally_ages(const struct tcplife_tally_key *keys, u32 count,
			struct tcplife_tally_row *rows)
{
	u32 i, step;

	memset(rows, 0, (TCPLIFE_TALLY_STEPS + 1) * sizeof(*rows));
	for (i = 0; i <= TCPLIFE_TALLY_STEPS; i++) {
		rows[i].by = TCPLIFE_TALLY_BY_AGE;
		rows[i].age_from_s = i * TCPLIFE_TALLY_STEP_S;
	}
	for (i = 0; i < count; i++) {
		if (!keys[i].counted ||
		    keys[i].age_s == TCPLIFE_TALLY_AGE_UNKNOWN)
			continue;
		step = keys[i].age_s / TCPLIFE_TALLY_STEP_S;
		rows[step < TCPLIFE_TALLY_STEPS ? step : TCPLIFE_TALLY_STEPS].count++;
	}
}

/*
 * Ports in use from one local address, and when they run out: by as many each
 * second as went into TIME_WAIT in the last step, less those that leave it in
 * the next.
 */
static void tcplife_tally_use(struct tcplife_tally_row *row,
			      const struct tcplife_tally_key *keys, u32 count,
			      const struct tcplife_tally_range *range)
{
	u32 i, used = 0, begun = 0, due = 0, ports = tcplife_tally_ports(range);

	for (i = 0; i < count; i++) {
		const struct tcplife_tally_key *key = &keys[i];

		if (key->local_port < range->low || key->local_port > range->high)
			continue;
		if (!i || key->local_port != keys[i - 1].local_port)
			used++;
		if (!key->counted || key->age_s == TCPLIFE_TALLY_AGE_UNKNOWN)
			continue;
		begun += key->age_s / TCPLIFE_TALLY_STEP_S == 0;
		due += key->age_s / TCPLIFE_TALLY_STEP_S ==
			TCPLIFE_TALLY_STEPS - 1;
	}
	if (used <= row->ports_used)
		return;
	row->ports_used = used;
	row->runs_out = used >= ports || begun > due;
	row->ports_out_s = 0;
	if (used < ports && begun > due)
		row->ports_out_s = (ports - used) * TCPLIFE_TALLY_STEP_S /
				   (begun - due);
}

/* The local address from which most ports are in use towards a remote. */
static void tcplife_tally_use_most(struct tcplife_tally_row *row,
				   const struct tcplife_tally_key *keys, u32 count,
				   const struct tcplife_tally_range *range)
{
	u32 first, next;

	for (first = 0; first < count; first = next) {
		for (next = first + 1; next < count; next++)
			if (memcmp(keys[next].local_addr, keys[first].local_addr,
				   sizeof(keys[next].local_addr)))
				break;
		tcplife_tally_use(row, keys + first, next - first, range);
	}
}

/* What the keys of a run have in common. */
static void tcplife_tally_describe(struct tcplife_tally_row *row,
				   enum tcplife_tally_by by,
				   const struct tcplife_tally_key *key)
{
	unsigned int bytes = sizeof(row->address);
	const u8 *addr = key->remote_addr;

	memset(row, 0, sizeof(*row));
	row->by = by;
	if (by == TCPLIFE_TALLY_BY_LOCAL_PORT) {
		row->port = key->local_port;
		return;
	}
	row->family = key->family;
	if (by == TCPLIFE_TALLY_BY_PREFIX) {
		row->prefix_len = tcplife_tally_prefix_len(key);
		bytes = row->prefix_len / 8;
	} else if (by == TCPLIFE_TALLY_BY_LISTENER) {
		addr = key->local_addr;
		row->port = key->local_port;
	} else {
		row->port = key->remote_port;
	}
	memcpy(row->address, addr, bytes);
}

/* Where among @rows a run of @count stands, behind those as numerous. */
static u32 tcplife_tally_place(const struct tcplife_tally_row *rows, u32 filled,
			       u64 count)
{
	while (filled && rows[filled - 1].count < count)
		filled--;
	return filled;
}

/**
 * tcplife_tally_top - the most numerous rows by one thing, most first
 * @by: by what: listener, prefix, local port or remote
 * @keys: sorted by tcplife_tally_compare()
 * @count: how many there are
 * @range: the local ports that connect() chooses from
 * @rows: filled; rows as numerous are in the order of the keys
 *
 * Return: how many rows there are.
 */
u32 tcplife_tally_top(enum tcplife_tally_by by,
		      const struct tcplife_tally_key *keys, u32 count,
		      const struct tcplife_tally_range *range,
		      struct tcplife_tally_row rows[TCPLIFE_TALLY_TOP])
{
	u32 first, next, place, filled = 0;
	u64 counted;

	for (first = 0; first < count; first = next) {
		counted = 0;
		for (next = first; next < count; next++) {
			if (tcplife_tally_compare_run(by, &keys[first], &keys[next]))
				break;
			counted += keys[next].counted;
		}
		place = tcplife_tally_place(rows, filled, counted);
		if (!counted || place == TCPLIFE_TALLY_TOP)
			continue;
		if (filled < TCPLIFE_TALLY_TOP)
			filled++;
		memmove(&rows[place + 1], &rows[place],
			(filled - place - 1) * sizeof(*rows));
		tcplife_tally_describe(&rows[place], by, &keys[first]);
		rows[place].count = counted;
		if (by == TCPLIFE_TALLY_BY_REMOTE)
			tcplife_tally_use_most(&rows[place], keys + first,
					       next - first, range);
	}
	return filled;
}
