// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the one table that says which attribute goes into which member of a
 * record, and what kind of value it is.  decode.c fills records by it, and
 * format_json.c writes them by it.  Pure.
 */
#include <linux/netlink.h>

#include "fields.h"
#include "life.h"

#define MEMBER(what, type, member)					\
	.kind = FIELD_##what, .offset = offsetof(struct type, member),	\
	.size = sizeof(((struct type *)0)->member),			\
	.attr_len = FIELD_##what > FIELD_TIME ? 0 :			\
		NLA_HDRLEN + sizeof(((struct type *)0)->member)

#define LIFE(ATTR, member, what)					\
	[TCPLIFE_ATTR_LIFE_##ATTR] = {					\
		MEMBER(what, life, member) }

#define LIFE_WORD(ATTR, member, zero)					\
	[TCPLIFE_ATTR_LIFE_##ATTR] = {					\
		MEMBER(WORD, life, member),				\
		.zero_is_unknown = zero, .words = &member##_names }

static const struct field life_fields[TCPLIFE_ATTR_LIFE_MAX + 1] = {
	LIFE(ID, id, ID),
	LIFE(SEQ, seq, ID),
	LIFE(NETNS, netns, NUMBER),
	LIFE(FAMILY, family, FAMILY),
	LIFE(LOCAL_ADDR, local_addr, ADDRESS),
	LIFE(LOCAL_PORT, local_port, NUMBER),
	LIFE(REMOTE_ADDR, remote_addr, ADDRESS),
	LIFE(REMOTE_PORT, remote_port, NUMBER),
	LIFE_WORD(ROLE, role, true),
	LIFE_WORD(STATE, state, true),
	LIFE_WORD(OUTCOME, outcome, false),
	LIFE_WORD(CLOSER, closer, true),
	LIFE_WORD(TIME_WAIT_END, time_wait_end, true),
	LIFE(OPENED_AT, opened_at, TIME),
	LIFE(DURATION_US, duration_us, NUMBER),
	LIFE(HANDSHAKE_US, handshake_us, NUMBER),
	LIFE(SYN_RETRANSMITS, syn_retransmits, NUMBER),
	LIFE(SYNACK_RETRANSMITS, synack_retransmits, NUMBER),
	LIFE(RETRANSMITS, retransmits, NUMBER),
	LIFE(BYTES_SENT, bytes_sent, NUMBER),
	LIFE(BYTES_RECEIVED, bytes_received, NUMBER),
	LIFE(SEGMENTS_SENT, segments_sent, NUMBER),
	LIFE(SEGMENTS_RECEIVED, segments_received, NUMBER),
	LIFE(ISN_LOCAL, isn_local, NUMBER),
	LIFE(ISN_REMOTE, isn_remote, NUMBER),
	LIFE_WORD(OWNER, owner, true),
	LIFE(PID, pid, NUMBER),
	LIFE(COMM, comm, TEXT),
	LIFE(UID, uid, NUMBER),
	LIFE(CGROUP, cgroup, ID),
	LIFE(CC, cc, TEXT),
	LIFE(CWND, cwnd, NUMBER),
	LIFE(SSTHRESH, ssthresh, NUMBER),
	LIFE(SRTT_US, srtt_us, NUMBER),
	LIFE(MIN_RTT_US, min_rtt_us, NUMBER),
	LIFE(CONGESTION, congestion, CONGESTION),
	[TCPLIFE_ATTR_LIFE_FLAGS] = {
		MEMBER(FLAGS, life, flags), .words = &flag_names },
	LIFE(STATES, states, STATES),
	LIFE(TIMELINE, timeline, TIMELINE),
	LIFE(TIMELINE_OMITTED, timeline_omitted, NUMBER),
	LIFE(PREVIOUS_ID, previous_id, ID),
	LIFE(NEXT_ID, next_id, ID),
	LIFE(LISTENER_ID, listener_id, ID),
	LIFE(SYNACKS_SENT, synacks_sent, NUMBER),
	LIFE(EXPIRES_US, expires_us, NUMBER),
};

/* All are totals but the few at the start. */
#define SUMMARY(ATTR, attr) \
	[TCPLIFE_ATTR_SUMMARY_##ATTR] = SUMMARY_FIELD(TCPLIFE_ATTR_SUMMARY_##ATTR),
#define SUMMARY_FIELD(attr) {						\
	.kind = (attr) <= TCPLIFE_ATTR_SUMMARY_PAD ? FIELD_NONE :	\
		(attr) == TCPLIFE_ATTR_SUMMARY_VERSION ? FIELD_TEXT :	\
		FIELD_NUMBER,						\
	.offset = (attr) == TCPLIFE_ATTR_SUMMARY_VERSION ?		\
		offsetof(struct summary, version) :			\
		(attr) == TCPLIFE_ATTR_SUMMARY_NETNS ?			\
		offsetof(struct summary, netns) :			\
		offsetof(struct summary, value) + (attr) * sizeof(uint64_t), \
	.size = (attr) == TCPLIFE_ATTR_SUMMARY_VERSION ?		\
		sizeof(((struct summary *)0)->version) :		\
		(attr) == TCPLIFE_ATTR_SUMMARY_NETNS ?			\
		sizeof(uint32_t) : sizeof(uint64_t) }

static const struct field summary_fields[] = {
	TCPLIFE_ATTR_SUMMARY_LIST(SUMMARY)
};

#define HOOK(ATTR, member, what, ...)					\
	[TCPLIFE_ATTR_HOOK_##ATTR] = {					\
		MEMBER(what, hook, member), ##__VA_ARGS__ }

static const struct field hook_fields[TCPLIFE_ATTR_HOOK_MAX + 1] = {
	HOOK(NAME, name, TEXT),
	HOOK(KIND, kind, WORD, .words = &hook_kind_names),
	HOOK(REQUIRED, required, BOOL),
	HOOK(STATUS, status, WORD, .words = &hook_status_names),
	HOOK(MISSED, missed, NUMBER),
	HOOK(FEATURE, feature, TEXT),
};

#define LISTENER(ATTR, member, what, ...)				\
	[TCPLIFE_ATTR_LISTENER_##ATTR] = {				\
		MEMBER(what, listener, member), ##__VA_ARGS__ }

static const struct field listener_fields[TCPLIFE_ATTR_LISTENER_MAX + 1] = {
	LISTENER(ID, id, ID),
	LISTENER(NETNS, netns, NUMBER),
	LISTENER(FAMILY, family, FAMILY),
	LISTENER(LOCAL_ADDR, local_addr, ADDRESS),
	LISTENER(LOCAL_PORT, local_port, NUMBER),
	LISTENER(VERDICT, verdict, WORD, .words = &verdict_names),
	LISTENER(OPENED_AT, opened_at, TIME),
	LISTENER(CLOSED_US, closed_us, NUMBER),
	LISTENER(OWNER, owner, WORD, .zero_is_unknown = true,
		 .words = &owner_names),
	LISTENER(PID, pid, NUMBER),
	LISTENER(COMM, comm, TEXT),
	LISTENER(UID, uid, NUMBER),
	LISTENER(CGROUP, cgroup, ID),
	LISTENER(SYN_QUEUE, syn_queue, NUMBER),
	LISTENER(SYN_QUEUE_PEAK, syn_queue_peak, NUMBER),
	LISTENER(SYN_QUEUE_LIMIT, syn_queue_limit, NUMBER),
	LISTENER(ACCEPT_QUEUE, accept_queue, NUMBER),
	LISTENER(ACCEPT_QUEUE_PEAK, accept_queue_peak, NUMBER),
	LISTENER(ACCEPT_QUEUE_LIMIT, accept_queue_limit, NUMBER),
	LISTENER(SYNS, syns, NUMBER),
	LISTENER(SYNACKS, synacks, NUMBER),
	LISTENER(COMPLETED, completed, NUMBER),
	LISTENER(EXPIRED, expired, NUMBER),
	LISTENER(RESET, reset, NUMBER),
	LISTENER(FAILED, failed, NUMBER),
	LISTENER(ACCEPTED, accepted, NUMBER),
	LISTENER(DROPPED_SYN_QUEUE, dropped_syn_queue, NUMBER),
	LISTENER(DROPPED_ACCEPT_QUEUE, dropped_accept_queue, NUMBER),
	LISTENER(DROPPED_OTHER, dropped_other, NUMBER),
	LISTENER(OVERFLOWED, overflowed, NUMBER),
	LISTENER(COOKIES_SENT, cookies_sent, NUMBER),
	LISTENER(COOKIES_VALIDATED, cookies_validated, NUMBER),
	LISTENER(COOKIES_FAILED, cookies_failed, NUMBER),
	LISTENER(HANDSHAKE, handshake, HISTOGRAM),
	LISTENER(HANDSHAKE_P50_US, handshake_p50_us, NUMBER),
	LISTENER(HANDSHAKE_P99_US, handshake_p99_us, NUMBER),
	LISTENER(ACCEPT_WAIT, accept_wait, HISTOGRAM),
	LISTENER(ACCEPT_WAIT_P50_US, accept_wait_p50_us, NUMBER),
	LISTENER(ACCEPT_WAIT_P99_US, accept_wait_p99_us, NUMBER),
};

#define SOURCE(ATTR, member, what, ...)					\
	[TCPLIFE_ATTR_SOURCE_##ATTR] = {				\
		MEMBER(what, flood_source, member),	\
		##__VA_ARGS__ }

static const struct field source_fields[TCPLIFE_ATTR_SOURCE_MAX + 1] = {
	SOURCE(ADDR, addr, ADDRESS),
	SOURCE(PREFIX_LEN, prefix_len, NUMBER),
	SOURCE(SYNS, syns, NUMBER),
};

#define FLOOD(ATTR, member, what, ...)					\
	[TCPLIFE_ATTR_FLOOD_##ATTR] = {				\
		MEMBER(what, flood, member), ##__VA_ARGS__ }

static const struct field flood_fields[TCPLIFE_ATTR_FLOOD_MAX + 1] = {
	FLOOD(SEQ, seq, ID),
	FLOOD(NETNS, netns, NUMBER),
	FLOOD(FAMILY, family, FAMILY),
	FLOOD(LOCAL_ADDR, local_addr, ADDRESS),
	FLOOD(LOCAL_PORT, local_port, NUMBER),
	FLOOD(STATE, state, WORD, .words = &flood_state_names),
	FLOOD(PREVIOUS_STATE, previous_state, WORD,
	      .words = &flood_state_names),
	FLOOD(AT, at, TIME),
	FLOOD(SINCE, since, TIME),
	FLOOD(SYN_RATE, syn_rate, NUMBER),
	FLOOD(SYN_RATE_PEAK, syn_rate_peak, NUMBER),
	FLOOD(COMPLETION_RATIO, completion_ratio, THOUSANDTHS),
	FLOOD(SYNS, syns, NUMBER),
	FLOOD(HALF_OPEN, half_open, NUMBER),
	FLOOD(HALF_OPEN_LIMIT, half_open_limit, NUMBER),
	FLOOD(DISTINCT_SOURCES, distinct_sources, NUMBER),
	FLOOD(SPREAD, spread, WORD, .zero_is_unknown = true,
	      .words = &spread_names),
	FLOOD(TOP_SOURCES, top_sources, SOURCES),
	FLOOD(COOKIES, cookies, WORD, .words = &cookies_names),
	FLOOD(COOKIES_SENT, cookies_sent, NUMBER),
	FLOOD(DROPPED, dropped, NUMBER),
	FLOOD(FLOODS, floods, NUMBER),
	FLOOD(ADVICE, advice, TEXT),
};

#define TALLY(ATTR, member, what, ...)					\
	[TCPLIFE_ATTR_TALLY_##ATTR] = {				\
		MEMBER(what, tally, member), ##__VA_ARGS__ }

static const struct field tally_fields[TCPLIFE_ATTR_TALLY_MAX + 1] = {
	TALLY(REPORT, report, WORD, .words = &report_names),
	TALLY(BY, by, WORD, .words = &tally_by_names),
	TALLY(AGE_FROM_S, age_from_s, NUMBER),
	TALLY(AGE_TO_S, age_to_s, NUMBER),
	TALLY(FAMILY, family, FAMILY),
	TALLY(ADDR, addr, ADDRESS),
	TALLY(PREFIX_LEN, prefix_len, NUMBER),
	TALLY(PORT, port, NUMBER),
	TALLY(COUNT, count, NUMBER),
	TALLY(PORTS_USED, ports_used, NUMBER),
	TALLY(PORTS_RANGE, ports_range, NUMBER),
	TALLY(PORTS_OUT_S, ports_out_s, NUMBER),
	TALLY(FIN_WAIT2, fin_wait2, NUMBER),
	TALLY(LIMIT, limit, NUMBER),
	TALLY(BEGUN, begun, NUMBER),
	TALLY(EXPIRED, expired, NUMBER),
	TALLY(REUSED, reused, NUMBER),
	TALLY(REOPENED, reopened, NUMBER),
	TALLY(RESET, reset, NUMBER),
	TALLY(OVERFLOWED, overflowed, NUMBER),
	TALLY(BEGUN_PER_S, begun_per_s, NUMBER),
	TALLY(ENDED_PER_S, ended_per_s, NUMBER),
	TALLY(REUSED_PER_S, reused_per_s, NUMBER),
	TALLY(OVERFLOWED_PER_S, overflowed_per_s, NUMBER),
};

const struct record_type life_type = {
	.what = "life",
	.names = &life_attr_names,
	.fields = life_fields,
	.clear = offsetof(struct life, timeline),
};

const struct record_type summary_type = {
	.what = "summary",
	.names = &summary_attr_names,
	.fields = summary_fields,
	.clear = sizeof(struct summary),
	.has_version = true,
};

const struct record_type hook_type = {
	.what = "hook",
	.names = &hook_attr_names,
	.fields = hook_fields,
	.clear = sizeof(struct hook),
};

const struct record_type listener_type = {
	.what = "listener",
	.names = &listener_attr_names,
	.fields = listener_fields,
	.clear = sizeof(struct listener),
};

const struct record_type source_type = {
	.what = "source",
	.names = &source_attr_names,
	.fields = source_fields,
	.clear = sizeof(struct flood_source),
};

const struct record_type flood_type = {
	.what = "flood",
	.names = &flood_attr_names,
	.fields = flood_fields,
	.clear = offsetof(struct flood, top_sources.at),
};

const struct record_type tally_type = {
	.what = "tally",
	.names = &tally_attr_names,
	.fields = tally_fields,
	.clear = sizeof(struct tally),
};

/* The compiler checks each word against the member of that name. */
#define CONGESTION(member) \
	[offsetof(struct tcplife_congestion_times, member) / sizeof(__u64)] = #member

const char *const congestion_words[LIFE_CONGESTIONS] = {
	CONGESTION(open),
	CONGESTION(disorder),
	CONGESTION(cwr),
	CONGESTION(recovery),
	CONGESTION(loss),
};
