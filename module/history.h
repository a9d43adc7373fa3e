/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_HISTORY_H
#define TCPLIFE_HISTORY_H

#include "core/life.h"

int tcplife_history_start(void);
void tcplife_history_free(void);
u64 tcplife_history_add(u32 index, bool half_open);
u64 tcplife_history_succeed(u64 number, const struct tcplife_life *life);
bool tcplife_history_next(enum tcplife_scope scope, const void *net,
			  u64 *cursor, struct tcplife_life *life);
void tcplife_history_forget(void);
u64 tcplife_history_count(enum tcplife_scope scope);
u64 tcplife_history_bytes(void);

#endif
