// SPDX-License-Identifier: GPL-2.0
/*
 * Owns what the drawing of a life says: which segments an event implies, how
 * long a state lasted, and what to note.  The rule: no segment that the record
 * does not imply.  So CLOSE_WAIT draws no ACK, which Linux may delay and send
 * with our FIN; a state that an adopted or cookie-validated life begins in
 * draws no segments that nobody saw; and an ICMP error draws none at all.
 * Pure, but for the names it writes.
 */
#include <string.h>

#include "ladder.h"
#include "names.h"
#include "text.h"

#define FROM(STATE)	(1u << TCPLIFE_STATE_##STATE)
#define FROM_ANY	(~0u)
#define OUT(text)	{ ARROW_OUT, text }
#define IN(text)	{ ARROW_IN, text }

/**
 * struct rule - the segments that an event implies
 * @event: the event
 * @from: bits of the states that it may come in
 * @segments: the segments
 */
struct rule {
	uint32_t	event;
	uint32_t	from;
	struct segment	segments[RUNG_ARROWS];
};

#define RULE(EVENT, from_states, ...) \
	{ TCPLIFE_EVENT_##EVENT, from_states, { __VA_ARGS__ } }

/* RFC 9293, figures 5 to 14; the first that fits. */
static const struct rule rules[] = {
	RULE(SYN_SENT, FROM_ANY, OUT("SYN")),
	RULE(SYN_RECV, FROM(NONE) | FROM(SYN_SENT), IN("SYN"), OUT("SYN-ACK")),
	RULE(ESTABLISHED, FROM(SYN_SENT), IN("SYN-ACK"), OUT("ACK")),
	RULE(ESTABLISHED, FROM(SYN_RECV), IN("ACK")),
	RULE(FIN_WAIT1, FROM_ANY, OUT("FIN")),
	RULE(FIN_WAIT2, FROM(FIN_WAIT1), IN("ACK")),
	RULE(CLOSING, FROM(FIN_WAIT1), IN("FIN"), OUT("ACK")),
	RULE(TIME_WAIT, FROM(FIN_WAIT1) | FROM(FIN_WAIT2), IN("FIN"), OUT("ACK")),
	RULE(TIME_WAIT, FROM(CLOSING), IN("ACK")),
	RULE(CLOSE_WAIT, FROM_ANY, IN("FIN")),
	RULE(LAST_ACK, FROM_ANY, OUT("FIN")),
	RULE(SYN_RETRANSMIT, FROM_ANY, OUT("SYN again")),
	RULE(SYNACK_RETRANSMIT, FROM_ANY, OUT("SYN-ACK again")),
	RULE(RETRANSMIT, FROM(FIN_WAIT1) | FROM(LAST_ACK) | FROM(CLOSING),
	     OUT("data or FIN again")),
	RULE(RETRANSMIT, FROM_ANY, OUT("data again")),
	RULE(RST_SENT, FROM_ANY, OUT("RST")),
	RULE(RST_RECEIVED, FROM_ANY, IN("RST")),
	RULE(LATE_DATA, FROM_ANY, IN("data")),
	RULE(TIME_WAIT_RESTART, FROM_ANY, IN("segment")),
};

#define RULES	(sizeof(rules) / sizeof(rules[0]))

static bool on_timeline(const struct life *life, uint32_t event)
{
	unsigned int i;

	for (i = 0; i < life->timeline_count; i++)
		if (life->timeline[i].event == event)
			return true;
	return false;
}

/* The record began in the middle, so its first state tells of no segment. */
static bool began_late(const struct life *life)
{
	return life->flags & (TCPLIFE_FLAG_ADOPTED | TCPLIFE_FLAG_COOKIE |
			      TCPLIFE_FLAG_RECOVERED);
}

static void add(struct rung *rung, enum arrow arrow, const char *label)
{
	unsigned int i;

	for (i = 0; i < RUNG_ARROWS; i++) {
		if (rung->segments[i].arrow != ARROW_NONE)
			continue;
		rung->segments[i] = (struct segment){ arrow, label };
		return;
	}
}

static void plan_rule(struct rung *rung, uint32_t from)
{
	size_t i;

	for (i = 0; i < RULES; i++) {
		if (rules[i].event != rung->event ||
		    !(rules[i].from >> from & 1))
			continue;
		memcpy(rung->segments, rules[i].segments,
		       sizeof(rung->segments));
		return;
	}
}

/* The first state of a life whose beginning left no trace. */
static void plan_late(const struct life *life, struct rung *rung)
{
	if (life->flags & TCPLIFE_FLAG_ADOPTED)
		return;
	if (rung->event == TCPLIFE_EVENT_ESTABLISHED)
		add(rung, ARROW_IN, "ACK");
	if (life->flags & TCPLIFE_FLAG_COOKIE)
		snprintf(rung->note, sizeof(rung->note),
			 "validated by a SYN cookie");
}

/* The FIN exchange ended, but there was no room for TIME_WAIT. */
static void plan_overflow(struct rung *rung, uint32_t from)
{
	if (from == TCPLIFE_STATE_FIN_WAIT1 || from == TCPLIFE_STATE_FIN_WAIT2) {
		add(rung, ARROW_IN, "FIN");
		add(rung, ARROW_OUT, "ACK");
	} else if (from == TCPLIFE_STATE_CLOSING) {
		add(rung, ARROW_IN, "ACK");
	}
}

/* What the outcome implies, unless the timeline has it already. */
static void plan_outcome(const struct life *life, struct rung *rung,
			 uint32_t from)
{
	bool rst = on_timeline(life, TCPLIFE_EVENT_RST_RECEIVED);

	switch (life->outcome) {
	case TCPLIFE_OUTCOME_CLOSED:
		if (from == TCPLIFE_STATE_LAST_ACK)
			add(rung, ARROW_IN, "ACK");
		else if (life->time_wait_end == TCPLIFE_TIME_WAIT_END_OVERFLOW)
			plan_overflow(rung, from);
		break;
	case TCPLIFE_OUTCOME_REFUSED:
	case TCPLIFE_OUTCOME_RESET_REMOTE:
		if (!rst)
			add(rung, ARROW_IN, "RST");
		break;
	case TCPLIFE_OUTCOME_DATA_AFTER_CLOSE:
		if (!on_timeline(life, TCPLIFE_EVENT_LATE_DATA))
			add(rung, ARROW_IN, "data");
		if (!on_timeline(life, TCPLIFE_EVENT_RST_SENT))
			add(rung, ARROW_OUT, "RST");
		break;
	}
}

static void plan_close(const struct life *life, struct rung *rung,
		       uint32_t from)
{
	const char *word = NULL;

	if (from == TCPLIFE_STATE_TIME_WAIT) {
		if (life->time_wait_end == TCPLIFE_TIME_WAIT_END_REOPENED)
			add(rung, ARROW_IN, "new SYN");
		if (life->time_wait_end != TCPLIFE_TIME_WAIT_END_NONE)
			word = names_word(&time_wait_end_names,
					  life->time_wait_end);
	} else if (LIFE_HAS(life, OUTCOME)) {
		plan_outcome(life, rung, from);
		word = names_word(&outcome_names, life->outcome);
	}
	snprintf(rung->note, sizeof(rung->note), "%s",
		 word ? word : TEXT_UNKNOWN);
}

static void note_owner(const struct life *life, struct rung *rung)
{
	char comm[4 * sizeof(life->comm) + 1] = TEXT_UNKNOWN;

	if (life->owner != TCPLIFE_OWNER_ACCEPT || !LIFE_HAS(life, PID))
		return;
	if (LIFE_HAS(life, COMM))
		text_safe(comm, sizeof(comm), life->comm);
	snprintf(rung->note, sizeof(rung->note), "by %.70s, pid %u", comm,
		 life->pid);
}

static bool only_once(const struct life *life, uint32_t event)
{
	unsigned int i, times = 0;

	for (i = 0; i < life->timeline_count; i++)
		times += life->timeline[i].event == event;
	return times == 1;
}

/*
 * A state visited once has its time in the totals.  One visited again ends
 * with the next state on the timeline, if nothing is missing there.
 */
static void plan_lasted(const struct life *life, unsigned int index,
			struct rung *rung)
{
	unsigned int i;
	uint64_t end;

	if (!rung->is_state || rung->event == TCPLIFE_EVENT_CLOSE)
		return;
	if (LIFE_HAS(life, STATES) && only_once(life, rung->event)) {
		rung->lasted = life->states[rung->event];
		rung->has_lasted = true;
		return;
	}
	if (life->timeline_omitted)
		return;
	for (i = index + 1; i < life->timeline_count; i++)
		if (life_is_state(life->timeline[i].event))
			break;
	if (i == life->timeline_count && !LIFE_HAS(life, DURATION_US))
		return;
	end = i < life->timeline_count ? life->timeline[i].us :
					 life->duration_us;
	rung->lasted = end > rung->us ? end - rung->us : 0;
	rung->has_lasted = true;
}

static const char *with_data(const struct life *life, const char *label)
{
	return life->flags & TCPLIFE_FLAG_FASTOPEN ? "SYN with data" : label;
}

/**
 * ladder_plan - what to draw for an entry of the timeline
 * @life: the life
 * @index: of the entry
 * @rung: filled
 */
void ladder_plan(const struct life *life, unsigned int index, struct rung *rung)
{
	uint32_t from = life_state_before(life, index);

	*rung = (struct rung){
		.us = life->timeline[index].us,
		.event = life->timeline[index].event,
		.is_state = life_is_state(life->timeline[index].event),
	};
	if (rung->is_state && from == TCPLIFE_STATE_NONE && began_late(life))
		plan_late(life, rung);
	else
		plan_rule(rung, from);
	if (rung->event == TCPLIFE_EVENT_SYN_SENT ||
	    (rung->event == TCPLIFE_EVENT_SYN_RECV && rung->segments[0].label))
		rung->segments[0].label = with_data(life,
						    rung->segments[0].label);
	if (rung->event == TCPLIFE_EVENT_CLOSE)
		plan_close(life, rung, from);
	else if (rung->event == TCPLIFE_EVENT_ACCEPTED)
		note_owner(life, rung);
	else if (rung->event == TCPLIFE_EVENT_ADOPTED)
		snprintf(rung->note, sizeof(rung->note), "%s",
			 life->flags & TCPLIFE_FLAG_RECOVERED ?
			 "its half-open phase found no room" : "already open");
	plan_lasted(life, index, rung);
}
