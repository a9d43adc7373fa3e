/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_LIVES_H
#define TCPLIFE_LIVES_H

#include <net/sock.h>

#include "core/life.h"
#include "net.h"

int tcplife_lives_start(void);
void tcplife_lives_free(void);
/**
 * enum tcplife_lives_kind - what a connection is when it is put on record
 * @TCPLIFE_LIVES_NEW: a socket or request that is not established and had no cookie,
 *	so that nothing can be on record under it
 * @TCPLIFE_LIVES_EMBRYO: a socket or request that is not established
 * @TCPLIFE_LIVES_SOCKET: a socket that is
 * @TCPLIFE_LIVES_MINISOCK: a timewait_sock
 */
enum tcplife_lives_kind {
	TCPLIFE_LIVES_NEW,
	TCPLIFE_LIVES_EMBRYO,
	TCPLIFE_LIVES_SOCKET,
	TCPLIFE_LIVES_MINISOCK,
};

struct tcplife_life *tcplife_lives_find(u64 id);
struct tcplife_life *tcplife_lives_find_minisock(const struct sock *tw);
void tcplife_lives_turn_minisock(struct tcplife_life *life);
struct tcplife_life *tcplife_lives_add(struct tcplife_net *net, u64 id,
				       enum tcplife_lives_kind kind);
struct tcplife_life *tcplife_lives_open(const struct sock *sk,
					enum tcplife_role role, u64 now_ns);
void tcplife_lives_unlock(const struct tcplife_life *life);
void tcplife_lives_begin(struct tcplife_life *life, enum tcplife_state state,
			 enum tcplife_role role, u64 now_ns);
void tcplife_lives_enter(struct tcplife_life *life, enum tcplife_state state,
			 u64 now_ns);
void tcplife_lives_note(struct tcplife_life *life, enum tcplife_event event,
			u64 now_ns);
void tcplife_lives_note_reset(struct tcplife_life *life, u64 now_ns);
void tcplife_lives_link(struct tcplife_life *life);
void tcplife_lives_retire(struct tcplife_life *life, u64 now_ns);
bool tcplife_lives_mark(const struct sock *sk, u32 walk);
void tcplife_lives_sweep(u32 walk, u64 idle_since_ns);
bool tcplife_lives_next(const struct tcplife_net *net, u32 *cursor,
			struct tcplife_life *copy);
bool tcplife_lives_get(const struct tcplife_net *net, u64 id,
		       struct tcplife_life *copy);
void tcplife_lives_forget(void);
u64 tcplife_lives_bytes(void);

#endif
