/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ARENA_H
#define TCPLIFE_ARENA_H

#include "core/life.h"

#define TCPLIFE_ARENA_NIL	0

int tcplife_arena_start(void);
void tcplife_arena_stop(void);
void tcplife_arena_free_all(void);
u32 tcplife_arena_take(bool embryonic);
void tcplife_arena_give(u32 index);
struct tcplife_life *tcplife_arena_at(u32 index);
u32 tcplife_arena_allocated(void);
u64 tcplife_arena_bytes(void);

#endif
