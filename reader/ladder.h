/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_LADDER_H
#define TCPLIFECTL_LADDER_H

#include <stdio.h>

#include "life.h"

#define RUNG_ARROWS	2

/**
 * enum arrow - which way a segment went
 * @ARROW_NONE: there was none
 * @ARROW_OUT: from this end to the other
 * @ARROW_IN: from the other end to this one
 */
enum arrow {
	ARROW_NONE = 0,
	ARROW_OUT,
	ARROW_IN,
};

/**
 * struct segment - a segment that an event implies
 * @arrow: its way
 * @label: what it was
 */
struct segment {
	enum arrow	arrow;
	const char	*label;
};

/**
 * struct rung - one event, ready to be drawn
 * @us: when, since birth
 * @event: enum tcplife_event
 * @lasted: microseconds in the state entered
 * @is_state: a state is entered
 * @has_lasted: @lasted is known
 * @segments: the segments it implies, in order
 * @note: what else there is to say
 */
struct rung {
	uint64_t	us;
	uint32_t	event;
	uint64_t	lasted;
	bool		is_state;
	bool		has_lasted;
	struct segment	segments[RUNG_ARROWS];
	char		note[96];
};

void ladder_plan(const struct life *life, unsigned int index,
		 struct rung *rung);
void ladder_head(const struct life *life, FILE *out);

#endif /* TCPLIFECTL_LADDER_H */
