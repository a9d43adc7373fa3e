/* SPDX-License-Identifier: GPL-2.0 */
/* A SYN for the detector of SYN floods, as the module tells it. */
#ifndef TCPLIFE_UNIT_FLOOD_SYN_H
#define TCPLIFE_UNIT_FLOOD_SYN_H

#include "flood.h"

/* A SYN comes, and its sender is counted if it is to be. */
static inline void flood_syn(struct tcplife_flood *f,
			     const struct tcplife_flood_source *source,
			     enum tcplife_flood_drop drop, u64 now_ns)
{
	unsigned int syns = tcplife_flood_syn(f, source->hash, drop, now_ns);

	if (syns)
		tcplife_flood_sender(f, source, syns);
}

#endif
