// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the one table that says which attribute goes into which member of a
 * record, and what kind of value it is.  decode.c fills records by it, and
 * format_json.c writes them by it.  Pure.
 */
#include <string.h>

#include "fields.h"
#include "life.h"

#define MEMBER(type, member)						\
	.offset = offsetof(struct type, member),			\
	.size = sizeof(((struct type *)0)->member)

#define LIFE(ATTR, member, what)					\
	[TCPLIFE_ATTR_LIFE_##ATTR] = {					\
		.kind = FIELD_##what, MEMBER(life, member) }

#define LIFE_WORD(ATTR, member, zero)					\
	[TCPLIFE_ATTR_LIFE_##ATTR] = {					\
		.kind = FIELD_WORD, MEMBER(life, member),		\
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
		.kind = FIELD_FLAGS, MEMBER(life, flags), .words = &flag_names },
	LIFE(STATES, states, STATES),
	LIFE(TIMELINE, timeline, TIMELINE),
	LIFE(TIMELINE_OMITTED, timeline_omitted, NUMBER),
	LIFE(PREVIOUS_ID, previous_id, ID),
	LIFE(NEXT_ID, next_id, ID),
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
		.kind = FIELD_##what, MEMBER(hook, member), ##__VA_ARGS__ }

static const struct field hook_fields[TCPLIFE_ATTR_HOOK_MAX + 1] = {
	HOOK(NAME, name, TEXT),
	HOOK(KIND, kind, WORD, .words = &hook_kind_names),
	HOOK(REQUIRED, required, BOOL),
	HOOK(STATUS, status, WORD, .words = &hook_status_names),
	HOOK(MISSED, missed, NUMBER),
	HOOK(FEATURE, feature, TEXT),
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
};

const struct record_type hook_type = {
	.what = "hook",
	.names = &hook_attr_names,
	.fields = hook_fields,
	.clear = sizeof(struct hook),
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

/**
 * field_present - was the attribute given?
 * @record: struct life, summary or hook; each begins with its bits of presence
 * @attr: number of the attribute
 *
 * Return: true if its member means something.
 */
bool field_present(const void *record, unsigned int attr)
{
	return (*(const uint64_t *)record >> attr) & 1;
}

/**
 * field_at - the member of a record
 * @field: which
 * @record: the record
 *
 * Return: its address.
 */
const void *field_at(const struct field *field, const void *record)
{
	return (const char *)record + field->offset;
}

/**
 * field_number - the value of an integer member of any size
 * @field: which
 * @record: the record
 *
 * Return: its value.
 */
uint64_t field_number(const struct field *field, const void *record)
{
	const void *at = field_at(field, record);

	switch (field->size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}
