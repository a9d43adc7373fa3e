// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the columns of listeners, floods and tallies.  "?" is what nobody knows,
 * "-" what is not.
 */
#include <arpa/inet.h>

#include "columns.h"
#include "life.h"
#include "text.h"

/* Counts that belong together stand in one cell: 0/12/511. */
#define PARTS_MAX	3
#define PART_SIZE	24

static void put_parts(char *to, size_t size, const char parts[][PART_SIZE],
		      unsigned int count)
{
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < count && used < size; i++)
		used += snprintf(to + used, size - used, "%s%s", i ? "/" : "",
				 parts[i]);
}

/* The numbers of attributes of a listener, divided by slashes. */
static void put_numbers(char *to, size_t size, const struct listener *listener,
			const unsigned int *attrs, unsigned int count)
{
	char parts[PARTS_MAX][PART_SIZE];
	unsigned int i;

	for (i = 0; i < count; i++)
		cell_put_number(parts[i], PART_SIZE,
				field_present(listener, attrs[i]),
				field_number(&listener_type.fields[attrs[i]],
					     listener));
	put_parts(to, size, parts, count);
}

static void put_percentiles(char *to, size_t size,
			    const struct listener *listener, unsigned int p50,
			    unsigned int p99)
{
	const struct field *fields = listener_type.fields;
	char parts[2][PART_SIZE];

	if (!field_present(listener, p50) || !field_present(listener, p99)) {
		snprintf(to, size, TEXT_NONE);
		return;
	}
	text_short_duration(parts[0], PART_SIZE,
			    field_number(&fields[p50], listener));
	text_short_duration(parts[1], PART_SIZE,
			    field_number(&fields[p99], listener));
	put_parts(to, size, parts, 2);
}

static void put_endpoint(char *to, size_t size, const struct address *addr,
			 bool known, uint16_t port)
{
	char text[8] = TEXT_UNKNOWN;

	if (known)
		snprintf(text, sizeof(text), "%u", port);
	text_address_port(to, size, addr, text);
}

static void cell_verdict(const void *record, char *to, size_t size)
{
	const struct listener *listener = record;

	if (LISTENER_HAS(listener, VERDICT))
		cell_put_word(to, size, &verdict_names, listener->verdict);
	else
		snprintf(to, size, TEXT_UNKNOWN);
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

static void cell_listener_local(const void *record, char *to, size_t size)
{
	const struct listener *listener = record;

	put_endpoint(to, size, &listener->local_addr,
		     LISTENER_HAS(listener, LOCAL_PORT), listener->local_port);
}

static void cell_listener_pid(const void *record, char *to, size_t size)
{
	const struct listener *listener = record;

	cell_put_number(to, size, LISTENER_HAS(listener, PID), listener->pid);
}

static void cell_listener_comm(const void *record, char *to, size_t size)
{
	const struct listener *listener = record;

	text_safe(to, size, LISTENER_HAS(listener, COMM) ? listener->comm :
							   TEXT_UNKNOWN);
}

/* A cell of one to PARTS_MAX numbers of a listener. */
#define LISTENER_CELL(var, ...)						\
	static void cell_##var(const void *record, char *to, size_t size) \
	{								\
		static const unsigned int attrs[] = { __VA_ARGS__ };	\
									\
		put_numbers(to, size, record, attrs,			\
			    sizeof(attrs) / sizeof(attrs[0]));		\
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
static void cell_dropped(const void *record, char *to, size_t size)
{
	const struct listener *listener = record;

	cell_put_number(to, size, LISTENER_HAS(listener, DROPPED_SYN_QUEUE) &&
			LISTENER_HAS(listener, DROPPED_ACCEPT_QUEUE) &&
			LISTENER_HAS(listener, DROPPED_OTHER),
			listener->dropped_syn_queue +
			listener->dropped_accept_queue +
			listener->dropped_other);
}

static void cell_listener_handshake(const void *record, char *to, size_t size)
{
	put_percentiles(to, size, record, ATTR(HANDSHAKE_P50_US),
			ATTR(HANDSHAKE_P99_US));
}

static void cell_accept_wait(const void *record, char *to, size_t size)
{
	put_percentiles(to, size, record, ATTR(ACCEPT_WAIT_P50_US),
			ATTR(ACCEPT_WAIT_P99_US));
}

COLUMN(verdict, "VERDICT", -7, .color = color_verdict);
COLUMN(listener_local, "LOCAL", -21);
COLUMN(listener_pid, "PID", 7);
COLUMN(listener_comm, "COMM", -15);
COLUMN(syn_queue, "SYN_QUEUE", 9);
COLUMN(accept_queue, "ACCEPT_QUEUE", 12);
COLUMN(syns, "SYNS", 6);
COLUMN(completed, "COMPLETED", 9);
COLUMN(expired, "EXPIRED", 7);
COLUMN(reset, "RESET", 5);
COLUMN(dropped, "DROPPED", 7);
COLUMN(overflowed, "OVERFLOWED", 10);
COLUMN(cookies, "COOKIES", 7);
COLUMN(listener_handshake, "HANDSHAKE", 11);
COLUMN(accept_wait, "ACCEPT_WAIT", 11);

VIEW(listeners, listener_type, &verdict, &listener_local, &listener_pid,
     &listener_comm, &syn_queue, &accept_queue, &syns, &completed, &expired,
     &reset, &dropped, &overflowed, &cookies, &listener_handshake,
     &accept_wait);

/* --- floods and alerts --- */

static void cell_state(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, STATE))
		cell_put_word(to, size, &flood_state_names, flood->state);
	else
		snprintf(to, size, TEXT_UNKNOWN);
}

static const char *color_state(const void *record)
{
	const struct flood *flood = record;

	if (flood->state == TCPLIFE_FLOOD_STATE_QUIET)
		return NULL;
	return flood->state == TCPLIFE_FLOOD_STATE_FLOOD ? "red" : "yellow";
}

static void cell_previous_state(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, PREVIOUS_STATE))
		cell_put_word(to, size, &flood_state_names,
			      flood->previous_state);
	else
		snprintf(to, size, TEXT_NONE);
}

static void cell_flood_local(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	put_endpoint(to, size, &flood->local_addr, FLOOD_HAS(flood, LOCAL_PORT),
		     flood->local_port);
}

static void cell_at(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, AT))
		text_clock(to, size, flood->at, true);
	else
		snprintf(to, size, TEXT_NONE);
}

static void cell_since(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, SINCE))
		text_clock(to, size, flood->since, true);
	else
		snprintf(to, size, TEXT_UNKNOWN);
}

static void cell_syn_rate(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;
	char parts[2][PART_SIZE];

	cell_put_number(parts[0], PART_SIZE, FLOOD_HAS(flood, SYN_RATE),
			flood->syn_rate);
	cell_put_number(parts[1], PART_SIZE, FLOOD_HAS(flood, SYN_RATE_PEAK),
			flood->syn_rate_peak);
	put_parts(to, size, parts, 2);
}

static void cell_completion_ratio(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, COMPLETION_RATIO))
		text_share(to, size, flood->completion_ratio);
	else
		snprintf(to, size, TEXT_NONE);
}

static void cell_half_open(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;
	char parts[2][PART_SIZE];

	cell_put_number(parts[0], PART_SIZE, FLOOD_HAS(flood, HALF_OPEN),
			flood->half_open);
	cell_put_number(parts[1], PART_SIZE, FLOOD_HAS(flood, HALF_OPEN_LIMIT),
			flood->half_open_limit);
	put_parts(to, size, parts, 2);
}

static void cell_distinct_sources(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	cell_put_number(to, size, FLOOD_HAS(flood, DISTINCT_SOURCES),
			flood->distinct_sources);
}

static void cell_spread(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (flood->spread == TCPLIFE_SPREAD_UNKNOWN)
		snprintf(to, size, TEXT_UNKNOWN);
	else
		cell_put_word(to, size, &spread_names, flood->spread);
}

static void cell_flood_cookies(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	if (FLOOD_HAS(flood, COOKIES))
		cell_put_word(to, size, &cookies_names, flood->cookies);
	else
		snprintf(to, size, TEXT_UNKNOWN);
}

static void cell_flood_dropped(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	cell_put_number(to, size, FLOOD_HAS(flood, DROPPED), flood->dropped);
}

static void cell_floods(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	cell_put_number(to, size, FLOOD_HAS(flood, FLOODS), flood->floods);
}

static void cell_advice(const void *record, char *to, size_t size)
{
	const struct flood *flood = record;

	text_safe(to, size, FLOOD_HAS(flood, ADVICE) ? flood->advice :
						       TEXT_NONE);
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
COLUMN(advice, "ADVICE", -1);

VIEW(floods, flood_type, &state, &flood_local, &since, &syn_rate,
     &completion_ratio, &half_open, &distinct_sources, &spread, &flood_cookies,
     &flood_dropped, &floods);
VIEW(alerts, flood_type, &at, &flood_local, &previous_state, &state, &syn_rate,
     &completion_ratio, &half_open, &distinct_sources, &spread, &flood_cookies,
     &flood_dropped, &advice);

/* --- tallies --- */

static void cell_by(const void *record, char *to, size_t size)
{
	const struct tally *tally = record;

	if (TALLY_HAS(tally, BY))
		cell_put_word(to, size, &tally_by_names, tally->by);
	else
		snprintf(to, size, TEXT_UNKNOWN);
}

static void put_age(const struct tally *tally, char *to, size_t size)
{
	if (!TALLY_HAS(tally, AGE_FROM_S))
		snprintf(to, size, TEXT_UNKNOWN);
	else if (TALLY_HAS(tally, AGE_TO_S))
		snprintf(to, size, "%u-%us", tally->age_from_s,
			 tally->age_to_s);
	else
		snprintf(to, size, "%us-", tally->age_from_s);
}

static void put_prefix(const struct tally *tally, char *to, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	text_address(text, sizeof(text), &tally->addr);
	snprintf(to, size, TALLY_HAS(tally, PREFIX_LEN) ? "%s/%u" : "%s", text,
		 tally->prefix_len);
}

/* What the connections have in common. */
static void cell_what(const void *record, char *to, size_t size)
{
	const struct tally *tally = record;

	switch (tally->by) {
	case TCPLIFE_TALLY_BY_TOTAL:
		snprintf(to, size, TEXT_NONE);
		break;
	case TCPLIFE_TALLY_BY_AGE:
		put_age(tally, to, size);
		break;
	case TCPLIFE_TALLY_BY_PREFIX:
		put_prefix(tally, to, size);
		break;
	case TCPLIFE_TALLY_BY_LOCAL_PORT:
		cell_put_number(to, size, TALLY_HAS(tally, PORT), tally->port);
		break;
	default:
		put_endpoint(to, size, &tally->addr, TALLY_HAS(tally, PORT),
			     tally->port);
	}
}

static void cell_count(const void *record, char *to, size_t size)
{
	const struct tally *tally = record;

	cell_put_number(to, size, TALLY_HAS(tally, COUNT), tally->count);
}

/* Of the range, and as a share of it. */
static void cell_ports_used(const void *record, char *to, size_t size)
{
	const struct tally *tally = record;
	unsigned long long used = tally->ports_used;
	char share[16];

	if (!TALLY_HAS(tally, PORTS_USED)) {
		snprintf(to, size, TEXT_NONE);
		return;
	}
	/* A port is 16 bits; what is beyond that makes no sense. */
	if (!TALLY_HAS(tally, PORTS_RANGE) || !tally->ports_range ||
	    tally->ports_range > UINT16_MAX + 1 || used > UINT16_MAX + 1) {
		snprintf(to, size, "%llu", used);
		return;
	}
	text_share(share, sizeof(share), used * 1000 / tally->ports_range);
	snprintf(to, size, "%llu/%llu=%s", used,
		 (unsigned long long)tally->ports_range, share);
}

static void cell_ports_out_s(const void *record, char *to, size_t size)
{
	const struct tally *tally = record;

	if (TALLY_HAS(tally, PORTS_OUT_S))
		cell_put_number(to, size, true, tally->ports_out_s);
	else
		snprintf(to, size, TEXT_NONE);
}

COLUMN(by, "BY", -10);
COLUMN(what, "WHAT", -21);
COLUMN(count, "COUNT", 8);
COLUMN(ports_used, "PORTS_USED", 17);
COLUMN(ports_out_s, "PORTS_OUT_S", 6);

VIEW(tallies, tally_type, &by, &what, &count);
VIEW(time_wait, tally_type, &by, &what, &count, &ports_used, &ports_out_s);

const struct view view_total = { .type = &tally_type };
