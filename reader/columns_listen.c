// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the columns of listeners, floods and tallies.  "?" is what nobody knows,
 * "-" what is not.
 */
#include "columns.h"
#include "life.h"
#include "put.h"
#include "text.h"

/* Counts that belong together stand in one cell: 0/12/511. */
static char *put_part(char *to, unsigned int i, bool known, uint64_t number)
{
	if (i)
		*to++ = '/';
	return cell_put_number(to, known, number);
}

/* The numbers of attributes of a listener, divided by slashes. */
static char *put_numbers(char *to, const struct listener *listener,
			 const unsigned int *attrs, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		to = put_part(to, i, field_present(listener, attrs[i]),
			      field_number(&listener_type.fields[attrs[i]],
					   listener));
	return to;
}

static char *put_percentiles(char *to, const struct listener *listener,
			     unsigned int p50, unsigned int p99)
{
	const struct field *fields = listener_type.fields;

	if (!field_present(listener, p50) || !field_present(listener, p99))
		return put_text(to, TEXT_NONE);
	to = text_short_duration(to, field_number(&fields[p50], listener));
	*to++ = '/';
	return text_short_duration(to, field_number(&fields[p99], listener));
}

static char *cell_verdict(const void *record, char *to)
{
	const struct listener *listener = record;

	if (LISTENER_HAS(listener, VERDICT))
		return cell_put_word(to, &verdict_names, listener->verdict);
	return put_text(to, TEXT_UNKNOWN);
}

static const char *color_verdict(const void *record)
{
	const struct listener *listener = record;

	switch (listener->verdict) {
	case TCPLIFE_VERDICT_FINE:
	case TCPLIFE_VERDICT_CLOSED:
		return NULL;
	case TCPLIFE_VERDICT_COOKIES:
	case TCPLIFE_VERDICT_SUSPECTED:
		return "yellow";
	default:
		return "red";
	}
}

static char *cell_listener_local(const void *record, char *to)
{
	const struct listener *listener = record;

	return text_address_port(to, &listener->local_addr,
				 LISTENER_HAS(listener, LOCAL_PORT), listener->local_port);
}

static char *cell_listener_pid(const void *record, char *to)
{
	const struct listener *listener = record;

	return cell_put_number(to, LISTENER_HAS(listener, PID), listener->pid);
}

static char *cell_listener_comm(const void *record, char *to)
{
	const struct listener *listener = record;

	return text_safe(to, TEXT_CELL, LISTENER_HAS(listener, COMM) ?
			 listener->comm : TEXT_UNKNOWN);
}

/* A cell of some numbers of a listener. */
#define LISTENER_CELL(var, ...)						\
	static char *cell_##var(const void *record, char *to)		\
	{								\
		static const unsigned int attrs[] = { __VA_ARGS__ };	\
									\
		return put_numbers(to, record, attrs,			\
				   sizeof(attrs) / sizeof(attrs[0]));	\
	}
#define ATTR(name)	TCPLIFE_ATTR_LISTENER_##name

LISTENER_CELL(syn_queue, ATTR(SYN_QUEUE), ATTR(SYN_QUEUE_PEAK),
	      ATTR(SYN_QUEUE_LIMIT))
LISTENER_CELL(accept_queue, ATTR(ACCEPT_QUEUE), ATTR(ACCEPT_QUEUE_PEAK),
	      ATTR(ACCEPT_QUEUE_LIMIT))
LISTENER_CELL(syns, ATTR(SYNS))
LISTENER_CELL(completed, ATTR(COMPLETED))
LISTENER_CELL(expired, ATTR(EXPIRED))
LISTENER_CELL(reset, ATTR(RESET))
LISTENER_CELL(overflowed, ATTR(OVERFLOWED))
LISTENER_CELL(cookies, ATTR(COOKIES_SENT), ATTR(COOKIES_VALIDATED),
	      ATTR(COOKIES_FAILED))

/* The three reasons together; --json has each. */
static char *cell_dropped(const void *record, char *to)
{
	const struct listener *listener = record;

	return cell_put_number(to, LISTENER_HAS(listener, DROPPED_SYN_QUEUE) &&
			       LISTENER_HAS(listener, DROPPED_ACCEPT_QUEUE) &&
			       LISTENER_HAS(listener, DROPPED_OTHER),
			       listener->dropped_syn_queue +
			       listener->dropped_accept_queue +
			       listener->dropped_other);
}

static char *cell_listener_handshake(const void *record, char *to)
{
	return put_percentiles(to, record, ATTR(HANDSHAKE_P50_US),
			       ATTR(HANDSHAKE_P99_US));
}

static char *cell_accept_wait(const void *record, char *to)
{
	return put_percentiles(to, record, ATTR(ACCEPT_WAIT_P50_US),
			       ATTR(ACCEPT_WAIT_P99_US));
}

COLUMN(verdict, "VERDICT", -7, .color = color_verdict);
COLUMN(listener_local, "LOCAL", -21);
COLUMN(listener_pid, "PID", 7);
COLUMN(listener_comm, "COMM", -15, .wide = true);
COLUMN(syn_queue, "SYN_QUEUE", 9);
COLUMN(accept_queue, "ACCEPT_QUEUE", 12);
COLUMN(syns, "SYNS", 6);
COLUMN(completed, "COMPLETED", 9);
COLUMN(expired, "EXPIRED", 7);
COLUMN(reset, "RESET", 5);
COLUMN(dropped, "DROPPED", 7);
COLUMN(overflowed, "OVERFLOWED", 10);
COLUMN(cookies, "COOKIES", 7);
COLUMN(listener_handshake, "HANDSHAKE", 11, .wide = true);
COLUMN(accept_wait, "ACCEPT_WAIT", 11, .wide = true);

VIEW(listeners, listener_type, &verdict, &listener_local, &listener_pid,
     &listener_comm, &syn_queue, &accept_queue, &syns, &completed, &expired,
     &reset, &dropped, &overflowed, &cookies, &listener_handshake,
     &accept_wait);

/* --- floods and alerts --- */

static char *cell_state(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, STATE))
		return cell_put_word(to, &flood_state_names, flood->state);
	return put_text(to, TEXT_UNKNOWN);
}

static const char *color_state(const void *record)
{
	const struct flood *flood = record;

	if (flood->state == TCPLIFE_FLOOD_STATE_QUIET)
		return NULL;
	return flood->state == TCPLIFE_FLOOD_STATE_FLOOD ? "red" : "yellow";
}

static char *cell_previous_state(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, PREVIOUS_STATE))
		return cell_put_word(to, &flood_state_names,
				     flood->previous_state);
	return put_text(to, TEXT_NONE);
}

static char *cell_flood_local(const void *record, char *to)
{
	const struct flood *flood = record;

	return text_address_port(to, &flood->local_addr, FLOOD_HAS(flood, LOCAL_PORT),
				 flood->local_port);
}

static char *cell_at(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, AT))
		return text_clock(to, flood->at, true);
	return put_text(to, TEXT_NONE);
}

static char *cell_since(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, SINCE))
		return text_clock(to, flood->since, true);
	return put_text(to, TEXT_UNKNOWN);
}

static char *cell_syn_rate(const void *record, char *to)
{
	const struct flood *flood = record;

	to = put_part(to, 0, FLOOD_HAS(flood, SYN_RATE), flood->syn_rate);
	return put_part(to, 1, FLOOD_HAS(flood, SYN_RATE_PEAK),
			flood->syn_rate_peak);
}

static char *cell_completion_ratio(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, COMPLETION_RATIO))
		return text_share(to, flood->completion_ratio);
	return put_text(to, TEXT_NONE);
}

static char *cell_half_open(const void *record, char *to)
{
	const struct flood *flood = record;

	to = put_part(to, 0, FLOOD_HAS(flood, HALF_OPEN), flood->half_open);
	return put_part(to, 1, FLOOD_HAS(flood, HALF_OPEN_LIMIT),
			flood->half_open_limit);
}

static char *cell_distinct_sources(const void *record, char *to)
{
	const struct flood *flood = record;

	return cell_put_number(to, FLOOD_HAS(flood, DISTINCT_SOURCES),
			       flood->distinct_sources);
}

static char *cell_spread(const void *record, char *to)
{
	const struct flood *flood = record;

	if (flood->spread == TCPLIFE_SPREAD_UNKNOWN)
		return put_text(to, TEXT_UNKNOWN);
	return cell_put_word(to, &spread_names, flood->spread);
}

static char *cell_flood_cookies(const void *record, char *to)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, COOKIES))
		return cell_put_word(to, &cookies_names, flood->cookies);
	return put_text(to, TEXT_UNKNOWN);
}

static char *cell_flood_dropped(const void *record, char *to)
{
	const struct flood *flood = record;

	return cell_put_number(to, FLOOD_HAS(flood, DROPPED), flood->dropped);
}

static char *cell_floods(const void *record, char *to)
{
	const struct flood *flood = record;

	return cell_put_number(to, FLOOD_HAS(flood, FLOODS), flood->floods);
}

static char *cell_advice(const void *record, char *to)
{
	const struct flood *flood = record;

	return text_safe(to, TEXT_CELL, FLOOD_HAS(flood, ADVICE) ?
			 flood->advice : TEXT_NONE);
}

COLUMN(state, "STATE", -9, .color = color_state);
COLUMN(previous_state, "PREVIOUS_STATE", -14);
COLUMN(flood_local, "LOCAL", -21);
COLUMN(at, "AT", -23);
COLUMN(since, "SINCE", -23);
COLUMN(syn_rate, "SYN_RATE", 11);
COLUMN(completion_ratio, "COMPLETION_RATIO", 5);
COLUMN(half_open, "HALF_OPEN", 9);
COLUMN(distinct_sources, "DISTINCT_SOURCES", 8);
COLUMN(spread, "SPREAD", -7);
COLUMN(flood_cookies, "COOKIES", -7);
COLUMN(flood_dropped, "DROPPED", 8);
COLUMN(floods, "FLOODS", 3);
COLUMN(advice, "ADVICE", -1, .wide = true);

VIEW(floods, flood_type, &state, &flood_local, &since, &syn_rate,
     &completion_ratio, &half_open, &distinct_sources, &spread, &flood_cookies,
     &flood_dropped, &floods);
VIEW(alerts, flood_type, &at, &flood_local, &previous_state, &state, &syn_rate,
     &completion_ratio, &half_open, &distinct_sources, &spread, &flood_cookies,
     &flood_dropped, &advice);

/* --- tallies --- */

static char *cell_by(const void *record, char *to)
{
	const struct tally *tally = record;

	if (TALLY_HAS(tally, BY))
		return cell_put_word(to, &tally_by_names, tally->by);
	return put_text(to, TEXT_UNKNOWN);
}

static char *put_age(char *to, const struct tally *tally)
{
	if (!TALLY_HAS(tally, AGE_FROM_S))
		return put_text(to, TEXT_UNKNOWN);
	to = put_number(to, tally->age_from_s);
	if (!TALLY_HAS(tally, AGE_TO_S))
		return put_text(to, "s-");
	*to++ = '-';
	return put_text(put_number(to, tally->age_to_s), "s");
}

static char *put_prefix(char *to, const struct tally *tally)
{
	to = text_address(to, &tally->addr);
	if (!TALLY_HAS(tally, PREFIX_LEN))
		return to;
	*to++ = '/';
	return put_number(to, tally->prefix_len);
}

/* What the connections have in common. */
static char *cell_what(const void *record, char *to)
{
	const struct tally *tally = record;

	switch (tally->by) {
	case TCPLIFE_TALLY_BY_TOTAL:
		return put_text(to, TEXT_NONE);
	case TCPLIFE_TALLY_BY_AGE:
		return put_age(to, tally);
	case TCPLIFE_TALLY_BY_PREFIX:
		return put_prefix(to, tally);
	case TCPLIFE_TALLY_BY_LOCAL_PORT:
		return cell_put_number(to, TALLY_HAS(tally, PORT), tally->port);
	default:
		return text_address_port(to, &tally->addr, TALLY_HAS(tally, PORT),
					 tally->port);
	}
}

static char *cell_count(const void *record, char *to)
{
	const struct tally *tally = record;

	return cell_put_number(to, TALLY_HAS(tally, COUNT), tally->count);
}

/* Of the range, and as a share of it. */
static char *cell_ports_used(const void *record, char *to)
{
	const struct tally *tally = record;
	uint64_t used = tally->ports_used;

	if (!TALLY_HAS(tally, PORTS_USED))
		return put_text(to, TEXT_NONE);
	to = put_number(to, used);
	/* A port is 16 bits; what is beyond that makes no sense. */
	if (!TALLY_HAS(tally, PORTS_RANGE) || !tally->ports_range ||
	    tally->ports_range > UINT16_MAX + 1 || used > UINT16_MAX + 1)
		return to;
	*to++ = '/';
	to = put_number(to, tally->ports_range);
	*to++ = '=';
	return text_share(to, used * 1000 / tally->ports_range);
}

static char *cell_ports_out_s(const void *record, char *to)
{
	const struct tally *tally = record;

	if (TALLY_HAS(tally, PORTS_OUT_S))
		return cell_put_number(to, true, tally->ports_out_s);
	return put_text(to, TEXT_NONE);
}

COLUMN(by, "BY", -10);
COLUMN(what, "WHAT", -21);
COLUMN(count, "COUNT", 8);
COLUMN(ports_used, "PORTS_USED", 17);
COLUMN(ports_out_s, "PORTS_OUT_S", 6);

VIEW(tallies, tally_type, &by, &what, &count);
VIEW(time_wait, tally_type, &by, &what, &count, &ports_used, &ports_out_s);

const struct view view_total = { .type = &tally_type };
