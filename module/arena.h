/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ARENA_H
#define TCPLIFE_ARENA_H

#include "core/life.h"

#define TCPLIFE_ARENA_NIL	0

/*
 * Chunks of 2^TCPLIFE_ARENA_SHIFT records each, the last one may be shorter; a
 * pointer is written once, before any index into it is given out.
 */
#define TCPLIFE_ARENA_SHIFT	10
extern struct tcplife_life **tcplife_arena_chunks;

/**
 * tcplife_arena_at - the record with an index
 * @index: 1 to tcplife_arena_allocated()
 */
static inline struct tcplife_life *tcplife_arena_at(u32 index)
{
	return &tcplife_arena_chunks[index >> TCPLIFE_ARENA_SHIFT]
				    [index & ((1U << TCPLIFE_ARENA_SHIFT) - 1)];
}

/**
 * struct tcplife_arena_place - a record that was taken
 * @life: the record; NULL if there is no room
 * @index: its index
 */
struct tcplife_arena_place {
	struct tcplife_life *life;
	u32 index;
};

int tcplife_arena_start(void);
bool tcplife_arena_make_room(void);
void tcplife_arena_stop(void);
void tcplife_arena_free_all(void);
struct tcplife_arena_place tcplife_arena_take(bool embryonic);
void tcplife_arena_give(u32 index);
u32 tcplife_arena_allocated(void);
u64 tcplife_arena_bytes(void);

#endif
