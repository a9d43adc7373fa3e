/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_BOOKS_H
#define TCPLIFE_BOOKS_H

#include "core/life.h"
#include "stats.h"

bool tcplife_books_is_orphan(const struct tcplife_life *life);
void tcplife_books_begin(struct tcplife_stats *s, const struct tcplife_life *life);
void tcplife_books_enter(struct tcplife_stats *s, const struct tcplife_life *life,
			 enum tcplife_state state);
void tcplife_books_end(struct tcplife_stats *s, const struct tcplife_life *life);

#endif
