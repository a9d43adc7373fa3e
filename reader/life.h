/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reader's own plain records.  decode.c fills them from bytes; whatever
 * prints, filters or draws sees these and never netlink.
 */
#ifndef TCPLIFECTL_LIFE_H
#define TCPLIFECTL_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/tcplife.h>

#define LIFE_TIMELINE_MAX	256
#define LIFE_STATES		(TCPLIFE_STATE_MAX + 1)
#define LIFE_CONGESTIONS \
	(sizeof(struct tcplife_congestion_times) / sizeof(__u64))

/**
 * struct address - an IP address
 * @len: 4 or 16
 * @bytes: in network order
 */
struct address {
	uint8_t	len;
	uint8_t	bytes[16];
};

/**
 * struct timeline_entry - one event of a life
 * @us: microseconds since the life began
 * @event: enum tcplife_event, or a number that a newer module knows
 */
struct timeline_entry {
	uint64_t us;
	uint32_t event;
};

/**
 * struct life - one connection
 * @present: bit n is set if attribute n of enum tcplife_attr_life was given;
 *	a member whose bit is clear means nothing
 * @timeline_count: entries in @timeline
 * @timeline_cut: entries that did not fit; they are in @timeline_omitted too
 * @timeline: the first LIFE_TIMELINE_MAX events.  Last, so that clearing a life
 *	need not touch it.
 *
 * The other members are the attributes of the same name in the netlink spec.
 */
struct life {
	uint64_t	present;
	uint64_t	id;
	uint64_t	seq;
	uint64_t	opened_at;
	uint64_t	duration_us;
	uint64_t	handshake_us;
	uint64_t	bytes_sent;
	uint64_t	bytes_received;
	uint64_t	cgroup;
	uint64_t	previous_id;
	uint64_t	next_id;
	uint64_t	states[LIFE_STATES];
	uint64_t	congestion[LIFE_CONGESTIONS];
	uint32_t	netns;
	uint32_t	syn_retransmits;
	uint32_t	synack_retransmits;
	uint32_t	retransmits;
	uint32_t	segments_sent;
	uint32_t	segments_received;
	uint32_t	isn_local;
	uint32_t	isn_remote;
	uint32_t	pid;
	uint32_t	uid;
	uint32_t	cwnd;
	uint32_t	ssthresh;
	uint32_t	srtt_us;
	uint32_t	min_rtt_us;
	uint32_t	flags;
	uint32_t	timeline_omitted;
	uint16_t	local_port;
	uint16_t	remote_port;
	uint8_t		family;
	uint8_t		role;
	uint8_t		state;
	uint8_t		outcome;
	uint8_t		closer;
	uint8_t		time_wait_end;
	uint8_t		owner;
	struct address	local_addr;
	struct address	remote_addr;
	char		comm[32];
	char		cc[32];
	uint32_t	timeline_count;
	uint32_t	timeline_cut;
	struct timeline_entry timeline[LIFE_TIMELINE_MAX];
};

/**
 * struct summary - totals of a network namespace
 * @present: bit n is set if attribute n of enum tcplife_attr_summary was given
 * @value: totals by attribute
 * @netns: inode number of the namespace
 * @version: of the module
 */
struct summary {
	uint64_t	present;
	uint64_t	value[TCPLIFE_ATTR_SUMMARY_MAX + 1];
	uint32_t	netns;
	char		version[64];
};

/**
 * struct hook - one hook of the module into the kernel
 * @present: bit n is set if attribute n of enum tcplife_attr_hook was given
 * @missed: hits that the kernel did not deliver
 * @kind: enum tcplife_hook_kind
 * @required: 1 if the module does not load without it
 * @status: enum tcplife_hook_status
 * @name: tracepoint or function
 * @feature: what it is for
 */
struct hook {
	uint64_t	present;
	uint64_t	missed;
	uint8_t		kind;
	uint8_t		required;
	uint8_t		status;
	char		name[128];
	char		feature[256];
};

/* True if attribute @ATTR, as in LIFE_HAS(life, PID), was given. */
#define LIFE_HAS(life, ATTR) \
	(((life)->present >> TCPLIFE_ATTR_LIFE_##ATTR) & 1)
#define SUMMARY_HAS(summary, ATTR) \
	(((summary)->present >> TCPLIFE_ATTR_SUMMARY_##ATTR) & 1)
#define HOOK_HAS(hook, ATTR) \
	(((hook)->present >> TCPLIFE_ATTR_HOOK_##ATTR) & 1)

#endif /* TCPLIFECTL_LIFE_H */
