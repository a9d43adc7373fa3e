/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_HANDSHAKES_H
#define TCPLIFE_HANDSHAKES_H

#include <net/sock.h>

#include "core/life.h"

bool tcplife_handshakes_room(const struct sock *sk);
void tcplife_handshakes_answered(struct tcplife_life *life, u64 now_ns);

/* For tcplife_handshakes_completed(): the beginning was not seen. */
#define TCPLIFE_HANDSHAKES_UNTIMED	(-1)

void tcplife_handshakes_completed(const struct tcplife_life *life, int bucket,
				  u64 now_ns);
void tcplife_handshakes_failed(const struct tcplife_life *life, u64 now_ns);
void tcplife_handshakes_accepted(const struct tcplife_life *life, u64 now_ns);

#endif
