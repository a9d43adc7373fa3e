/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CORE_TIMELINE_H
#define TCPLIFE_CORE_TIMELINE_H

#include "life.h"

bool tcplife_timeline_add(struct tcplife_life *life, enum tcplife_event event,
			  u64 us, unsigned int reserve);
struct tcplife_timeline_entry
tcplife_timeline_get(const struct tcplife_life *life, unsigned int i);
u64 tcplife_timeline_end_us(const struct tcplife_life *life);
bool tcplife_timeline_has(const struct tcplife_life *life,
			  enum tcplife_event event);

#endif
