/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ENCODE_H
#define TCPLIFE_ENCODE_H

#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "core/life.h"
#include "net.h"

/**
 * struct tcplife_view - a life with what is worked out of it
 * @life: the record
 * @seq: the number it is or was told under; 0 if it was not told
 * @duration_us: age or length
 * @handshake_us: valid if @has_handshake
 * @listener_id: cookie of the listening socket, 0 if unknown
 * @expires_us: time until the kernel gives it up, valid if @expires
 * @has_handshake: the handshake was seen
 * @has_states: @states is valid, and the time in Open
 * @expires: it is half open, and when it began is known
 * @host_ids: the reader may see ids that are those of the whole host: process
 *	and cgroup.  Not in a network namespace of another user namespace.
 * @uid: of the owner, as its user namespace knows it
 * @states: time in each state
 * @congestion: time in each state of congestion control
 */
struct tcplife_view {
	const struct tcplife_life *life;
	u64 seq;
	u64 duration_us;
	u64 handshake_us;
	u64 listener_id;
	u64 expires_us;
	bool has_handshake;
	bool has_states;
	bool expires;
	bool host_ids;
	u32 uid;
	u64 states[TCPLIFE_STATES];
	u64 congestion[TCPLIFE_CA_STATES];
};

/*
 * Room for any life as netlink attributes: a number each, with a pad, and what
 * is longer than a number.
 */
#define TCPLIFE_ENCODE_ROOM						\
	(TCPLIFE_ATTR_LIFE_MAX * (2 * NLA_HDRLEN + sizeof(u64)) +	\
	 2 * 16 + TCPLIFE_COMM_LEN + TCP_CA_NAME_MAX +			\
	 sizeof_field(struct tcplife_view, states) +			\
	 sizeof_field(struct tcplife_view, congestion) +		\
	 TCPLIFE_TIMELINE_MAX * sizeof(struct tcplife_timeline_entry))

/* Room for what the end of TIME_WAIT adds, likewise: eight attributes. */
#define TCPLIFE_ENCODE_END_ROOM						\
	(8 * (2 * NLA_HDRLEN + sizeof(u64)) +				\
	 TCPLIFE_TIMELINE_MAX * sizeof(struct tcplife_timeline_entry))

void tcplife_encode_view_told(struct tcplife_view *view,
			      const struct tcplife_life *life, u64 seq,
			      u64 now_ns);
void tcplife_encode_view(struct tcplife_view *view,
			 const struct tcplife_life *life);
u8 *tcplife_encode_attrs(u8 *at, const struct tcplife_view *view);
u8 *tcplife_encode_end_attrs(u8 *at, const struct tcplife_life *life, u64 seq);
int tcplife_encode_netlink(struct sk_buff *skb, const struct tcplife_view *view);
void tcplife_encode_number(struct seq_file *m, bool known, u64 value);
void tcplife_encode_word(struct seq_file *m, const char * const *words,
			 unsigned int i);
void tcplife_encode_endpoint(struct seq_file *m, u8 family, const u8 *addr,
			     u16 port);
void tcplife_encode_comm(struct seq_file *m, const char *comm);
void tcplife_encode_time(struct seq_file *m, u64 ns);
void tcplife_encode_columns(struct seq_file *m);
void tcplife_encode_half_open_columns(struct seq_file *m);
void tcplife_encode_half_open_row(struct seq_file *m,
				  const struct tcplife_view *view);
void tcplife_encode_row(struct seq_file *m, const struct tcplife_view *view);

#endif
