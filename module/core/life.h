/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A life: the one record of one connection of this host, from its first
 * segment to its end.  Pure data, 248 bytes, no pointer to follow.
 */
#ifndef TCPLIFE_CORE_LIFE_H
#define TCPLIFE_CORE_LIFE_H

#include "types.h"

#define TCPLIFE_TIMELINE_MAX	10
#define TCPLIFE_COMM_LEN	16
#define TCPLIFE_LISTENERS_MAX	4096	/* the largest number of a listening socket */
#define TCPLIFE_CC_NAMES_MAX	32	/* names of congestion control algorithms */
#define TCPLIFE_STATES		__TCPLIFE_STATE_MAX

/* States of congestion control, numbered as enum tcp_ca_state. */
enum {
	TCPLIFE_CA_OPEN,
	TCPLIFE_CA_DISORDER,
	TCPLIFE_CA_CWR,
	TCPLIFE_CA_RECOVERY,
	TCPLIFE_CA_LOSS,
	TCPLIFE_CA_STATES,
};

/*
 * What the recorder itself knows of a life (@known of struct tcplife_life);
 * not shown to users.
 */
enum {
	TCPLIFE_KNOWN_ISN_LOCAL		= 1 << 0,
	TCPLIFE_KNOWN_ISN_REMOTE	= 1 << 1,
	TCPLIFE_KNOWN_SAMPLE		= 1 << 2, /* @sample is valid */
	TCPLIFE_KNOWN_MINISOCK		= 1 << 3, /* now a timewait_sock */
	TCPLIFE_KNOWN_ACCEPTED		= 1 << 4,
	TCPLIFE_KNOWN_LATE_DATA		= 1 << 5, /* data after close */
	TCPLIFE_KNOWN_MIGRATING		= 1 << 6, /* its request was cloned */
	TCPLIFE_KNOWN_TOLD		= 1 << 7, /* @told_seq is valid */
	TCPLIFE_KNOWN_ANSWERED		= 1 << 8, /* the peer answered, though half open */
};

/**
 * struct tcplife_sample - figures read from the socket when it closes
 * @bytes_sent: payload sent, each byte once
 * @bytes_received: payload received in order, each byte once
 * @segments_sent: segments sent, with or without payload
 * @segments_received: segments received, likewise
 * @cwnd: congestion window, segments
 * @ssthresh: slow start threshold, segments; 0 if none was set
 * @srtt_us: smoothed round-trip time; 0 if never measured
 * @min_rtt_us: minimum round-trip time; 0 if never measured
 */
struct tcplife_sample {
	u64 bytes_sent;
	u64 bytes_received;
	u32 segments_sent;
	u32 segments_received;
	u32 cwnd;
	u32 ssthresh;
	u32 srtt_us;
	u32 min_rtt_us;
};

/**
 * struct tcplife_life - one connection
 * @id: socket cookie; 0 marks a free record
 * @birth_ns: monotonic time of birth
 * @birth_real_ns: wall-clock time of birth; 0 if adopted
 * @net: the struct tcplife_net it belongs to; opaque to the core
 * @next: index of the next record in its hash chain or in the free list; while
 *	it is live
 * @walk: low half of the number of the last walk over the kernel's hash that met it;
 *	while it is live
 * @spread: which of the chains of @id it is on (lives.h); while it is live
 * @next_id: the life that ended TIME_WAIT of this one, or 0; once it is over, and in a
 *	copy
 * @previous_id: the life between the same ends whose TIME_WAIT this one ended, or 0
 * @cgroup: cgroup v2 id of the owner
 * @local_addr: IPv4 address in the first four bytes, or IPv6 address
 * @remote_addr: likewise
 * @ca_since_ns: monotonic time at which @ca_state began, while not sampled
 * @sample: figures at close, once sampled
 * @ca_us: time in each state of congestion control but Open, saturates
 * @isn_local: initial sequence number, if known
 * @isn_remote: initial sequence number, if known
 * @told_seq: low half of the number it was first told under
 * @pid: of the owner, in the initial pid namespace
 * @uid: of the owner, in the initial user namespace
 * @retransmits: segments of data or FIN sent again
 * @comm: name of the owner, NUL-terminated
 * @timeline_time: of each entry but the first, see timeline.c
 * @timeline_event: of each entry, see timeline.c
 * @timeline_omitted: events without room on the timeline, saturates
 * @timeline_len: entries used of the timeline
 * @state: enum tcplife_state
 * @role: enum tcplife_role
 * @closer: enum tcplife_closer
 * @owner: enum tcplife_owner
 * @local_port: host order; 0 if not bound yet
 * @remote_port: host order
 * @listener: number of the listening socket (listeners.c); 0 is unknown
 * @ca_state: present state of congestion control
 * @outcome: enum tcplife_outcome
 * @family: 4 or 6, the IP version of the packets
 * @cc: index of the congestion control's name; 0 is unknown
 * @known: TCPLIFE_KNOWN_*
 * @time_wait_end: enum tcplife_time_wait_end
 * @flags: bits of enum tcplife_flag
 * @syn_retransmits: saturates at 255
 * @synack_retransmits: saturates at 255
 *
 * All guarded by the lock of the chains of @id (lives.c), but for records
 * in history, which are guarded by the lock of the arena.
 */
struct tcplife_life {
	u64 id;
	u64 birth_ns;
	u64 birth_real_ns;
	void *net;
	union {
		struct {
			u32 next;
			u16 walk;
			u16 spread;
		};
		u64 next_id;
	};
	u64 previous_id;
	u64 cgroup;
	u8 local_addr[16];
	u8 remote_addr[16];
	union {
		u64 ca_since_ns;
		struct tcplife_sample sample;
	};
	u32 ca_us[TCPLIFE_CA_STATES - 1];
	u32 isn_local;
	u32 isn_remote;
	u32 told_seq;
	u32 pid;
	u32 uid;
	u32 retransmits;
	char comm[TCPLIFE_COMM_LEN];
	u32 timeline_time[TCPLIFE_TIMELINE_MAX - 1];
	u8 timeline_event[TCPLIFE_TIMELINE_MAX];
	u8 timeline_omitted;
	u8 timeline_len;
	u8 state;
	u8 role : 3;
	u8 closer : 3;
	u8 owner : 2;
	u16 local_port;
	u16 remote_port;
	u16 listener : 13;
	u16 ca_state : 3;
	u16 outcome : 6;
	u16 family : 3;
	u16 cc : 5;
	u16 known : 12;
	u16 time_wait_end : 4;
	u16 flags;
	u8 syn_retransmits;
	u8 synack_retransmits;
};

static_assert(sizeof(struct tcplife_life) == 248, "as tcplife(4) says");
static_assert(__TCPLIFE_ROLE_MAX <= 8 && __TCPLIFE_CLOSER_MAX <= 8 &&
	      __TCPLIFE_OWNER_MAX <= 4 && __TCPLIFE_OUTCOME_MAX <= 64 &&
	      __TCPLIFE_TIME_WAIT_END_MAX <= 16 && TCPLIFE_CA_STATES <= 8 &&
	      TCPLIFE_LISTENERS_MAX < 1 << 13 && TCPLIFE_CC_NAMES_MAX <= 1 << 5 &&
	      TCPLIFE_KNOWN_ANSWERED < 1 << 12, "each fits its bits");

/**
 * tcplife_life_copy - copy a life, but for its place in the table of lives
 * @copy: filled
 * @life: the life, live
 */
static inline void tcplife_life_copy(struct tcplife_life *copy,
				     const struct tcplife_life *life)
{
	*copy = *life;
	copy->next_id = 0;
}

#endif
