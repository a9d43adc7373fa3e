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
/* The buckets of a histogram of 64-bit times: of 0, and of each power of two. */
#define HISTOGRAM_BUCKETS	65
#define FLOOD_SOURCES_MAX	32
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
 * struct life - one connection
 * @present: bit n is set if attribute n of enum tcplife_attr_life was given;
 *	a member whose bit is clear means nothing
 * @timeline_count: entries in @timeline
 * @timeline_cut: entries that did not fit; they are in @timeline_omitted too
 * @timeline_grown: it came in two parts, so @states were of the first
 * @timeline: the first LIFE_TIMELINE_MAX events, whose numbers a newer module
 *	may know alone.  Last, so that clearing a life
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
	uint64_t	listener_id;
	uint64_t	expires_us;
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
	uint32_t	synacks_sent;
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
	bool		timeline_grown;
	struct tcplife_timeline_entry timeline[LIFE_TIMELINE_MAX];
};

/**
 * life_is_state - is an event that a state is entered?
 * @event: of a timeline
 *
 * Return: true if so; it has the state's number then.
 */
static inline bool life_is_state(uint32_t event)
{
	return event > TCPLIFE_EVENT_NONE && event < LIFE_STATES;
}

/**
 * life_state_before - the state before an entry of the timeline
 * @life: the life
 * @index: which entry
 *
 * Return: the state, or TCPLIFE_STATE_NONE.
 */
static inline uint32_t life_state_before(const struct life *life, uint32_t index)
{
	while (index--)
		if (life_is_state(life->timeline[index].event))
			return life->timeline[index].event;
	return TCPLIFE_STATE_NONE;
}

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

/**
 * struct histogram - how often each time was seen
 * @buckets: how many of @counts were given
 * @counts: of 0 us; of 1 us; and each other of twice the times before
 */
struct histogram {
	uint32_t buckets;
	uint64_t counts[HISTOGRAM_BUCKETS];
};

/**
 * struct listener - one listening socket
 * @present: bit n is set if attribute n of enum tcplife_attr_listener was given
 *
 * The other members are the attributes of the same name in the netlink spec.
 */
struct listener {
	uint64_t	present;
	uint64_t	id;
	uint64_t	opened_at;
	uint64_t	closed_us;
	uint64_t	cgroup;
	uint64_t	syn_queue;
	uint64_t	syn_queue_peak;
	uint64_t	syn_queue_limit;
	uint64_t	accept_queue;
	uint64_t	accept_queue_peak;
	uint64_t	accept_queue_limit;
	uint64_t	syns;
	uint64_t	synacks;
	uint64_t	completed;
	uint64_t	expired;
	uint64_t	reset;
	uint64_t	failed;
	uint64_t	accepted;
	uint64_t	dropped_syn_queue;
	uint64_t	dropped_accept_queue;
	uint64_t	dropped_other;
	uint64_t	overflowed;
	uint64_t	cookies_sent;
	uint64_t	cookies_validated;
	uint64_t	cookies_failed;
	uint64_t	handshake_p50_us;
	uint64_t	handshake_p99_us;
	uint64_t	accept_wait_p50_us;
	uint64_t	accept_wait_p99_us;
	uint32_t	netns;
	uint32_t	pid;
	uint32_t	uid;
	uint16_t	local_port;
	uint8_t		family;
	uint8_t		verdict;
	uint8_t		owner;
	struct address	local_addr;
	char		comm[32];
	struct histogram handshake;
	struct histogram accept_wait;
};

/**
 * struct flood_source - a source of SYNs that stands out
 * @present: bit n is set if attribute n of enum tcplife_attr_source was given
 * @syns: SYNs from it whose handshakes were not completed, at least so many
 * @prefix_len: 32 or 128 for one address, 24 or 64 for a prefix
 * @addr: the address
 */
struct flood_source {
	uint64_t	present;
	uint64_t	syns;
	uint8_t		prefix_len;
	struct address	addr;
};

/**
 * struct flood_sources - the sources that stand out, most SYNs first
 * @count: of @at
 * @at: the first FLOOD_SOURCES_MAX; the module tells fewer
 */
struct flood_sources {
	uint32_t		count;
	struct flood_source	at[FLOOD_SOURCES_MAX];
};

/**
 * struct flood - a listening address and port that ever left quiet, or an alert
 * @present: bit n is set if attribute n of enum tcplife_attr_flood was given
 *
 * The other members are the attributes of the same name in the netlink spec.
 */
struct flood {
	uint64_t	present;
	uint64_t	seq;
	uint64_t	at;
	uint64_t	since;
	uint64_t	syn_rate;
	uint64_t	syn_rate_peak;
	uint64_t	syns;
	uint64_t	half_open;
	uint64_t	half_open_limit;
	uint64_t	distinct_sources;
	uint64_t	cookies_sent;
	uint64_t	dropped;
	uint64_t	floods;
	uint32_t	netns;
	uint32_t	completion_ratio;
	uint16_t	local_port;
	uint8_t		family;
	uint8_t		state;
	uint8_t		previous_state;
	uint8_t		spread;
	uint8_t		cookies;
	struct address	local_addr;
	char		advice[512];
	struct flood_sources top_sources;
};

/**
 * struct tally - a number of connections that have something in common
 * @present: bit n is set if attribute n of enum tcplife_attr_tally was given
 *
 * The other members are the attributes of the same name in the netlink spec.
 */
struct tally {
	uint64_t	present;
	uint64_t	count;
	uint64_t	ports_used;
	uint64_t	ports_range;
	uint64_t	ports_out_s;
	uint64_t	fin_wait2;
	uint64_t	limit;
	uint64_t	begun;
	uint64_t	expired;
	uint64_t	reused;
	uint64_t	reopened;
	uint64_t	reset;
	uint64_t	overflowed;
	uint64_t	begun_per_s;
	uint64_t	ended_per_s;
	uint64_t	reused_per_s;
	uint64_t	overflowed_per_s;
	uint32_t	age_from_s;
	uint32_t	age_to_s;
	uint16_t	port;
	uint8_t		report;
	uint8_t		by;
	uint8_t		family;
	uint8_t		prefix_len;
	struct address	addr;
};

/* True if attribute @ATTR, as in LIFE_HAS(life, PID), was given. */
#define LIFE_HAS(life, ATTR) \
	(((life)->present >> TCPLIFE_ATTR_LIFE_##ATTR) & 1)
#define SUMMARY_HAS(summary, ATTR) \
	(((summary)->present >> TCPLIFE_ATTR_SUMMARY_##ATTR) & 1)
#define HOOK_HAS(hook, ATTR) \
	(((hook)->present >> TCPLIFE_ATTR_HOOK_##ATTR) & 1)
#define LISTENER_HAS(listener, ATTR) \
	(((listener)->present >> TCPLIFE_ATTR_LISTENER_##ATTR) & 1)
#define SOURCE_HAS(source, ATTR) \
	(((source)->present >> TCPLIFE_ATTR_SOURCE_##ATTR) & 1)
#define FLOOD_HAS(flood, ATTR) \
	(((flood)->present >> TCPLIFE_ATTR_FLOOD_##ATTR) & 1)
#define TALLY_HAS(tally, ATTR) \
	(((tally)->present >> TCPLIFE_ATTR_TALLY_##ATTR) & 1)

#endif /* TCPLIFECTL_LIFE_H */
