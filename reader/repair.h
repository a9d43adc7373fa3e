/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_REPAIR_H
#define TCPLIFECTL_REPAIR_H

#include "gaps.h"
#include "source.h"

/**
 * struct repair - the search for lives that a stream lost
 * @source: where to look
 * @gaps: which are missing
 * @beyond: no more is coming, so look beyond the last number too
 * @tell: called for each that is found, in the order of their numbers; returns
 *	false if it wants no more
 * @context: for @tell
 */
struct repair {
	struct source	*source;
	struct gaps	*gaps;
	bool		beyond;
	bool		(*tell)(void *context, const struct life *life);
	void		*context;
};

int repair_stream(const struct repair *repair);

#endif /* TCPLIFECTL_REPAIR_H */
