// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the way from netlink bytes to plain records.  No I/O and no memory of
 * its own, so that a fuzzer can run it millions of times.  Every length is
 * checked; 64-bit values are read by memcpy, as netlink aligns to 4 bytes only.
 * Unknown attributes are ignored; one of a wrong length spoils its message.
 */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "decode.h"

/* Bytes of an attribute that is the largest integer. */
#define ATTR_INTEGER	((ptrdiff_t)(sizeof(struct nlattr) + sizeof(uint64_t)))

_Static_assert(TCPLIFE_ATTR_LIFE_MAX < 64, "struct life.present is too small");
_Static_assert(TCPLIFE_ATTR_SUMMARY_MAX < 64, "so is struct summary.present");
_Static_assert(TCPLIFE_ATTR_LISTENER_MAX < 64, "so is struct listener.present");
_Static_assert(TCPLIFE_ATTR_FLOOD_MAX < 64, "so is struct flood.present");
_Static_assert(TCPLIFE_ATTR_TALLY_MAX < 64, "so is struct tally.present");
_Static_assert(sizeof(struct tcplife_state_times) ==
	       LIFE_STATES * sizeof(uint64_t), "one member per state");

static bool is_integer(enum field_kind kind)
{
	return kind >= FIELD_NUMBER && kind <= FIELD_TIME;
}

static int decode_text(char *to, size_t size, const char *from, size_t len)
{
	len = strnlen(from, len);
	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

static int decode_address(struct address *to, const void *from, size_t len)
{
	if (len != 4 && len != 16)
		return -EBADMSG;
	to->len = len;
	memcpy(to->bytes, from, len);
	return 0;
}

/* An array of u64 that may have grown since, or not have grown yet. */
static int decode_times(void *to, size_t size, const void *from, size_t len)
{
	if (len % sizeof(uint64_t))
		return -EBADMSG;
	memcpy(to, from, len < size ? len : size);
	return 0;
}

/* What the end of TIME_WAIT brings stands behind where that began. */
static void cut_timeline(struct life *life)
{
	while (life->timeline_count &&
	       life->timeline[life->timeline_count - 1].event !=
	       TCPLIFE_EVENT_TIME_WAIT)
		life->timeline_count--;
}

/* A second one is of the end of TIME_WAIT. */
static int decode_timeline(struct life *life, const char *from, size_t len)
{
	const size_t size = sizeof(life->timeline[0]);
	size_t room, taken, count = len / size;

	if (len % size)
		return -EBADMSG;
	life->timeline_grown = life->timeline_count;
	cut_timeline(life);
	room = LIFE_TIMELINE_MAX - life->timeline_count;
	taken = count < room ? count : room;
	memcpy(life->timeline + life->timeline_count, from, taken * size);
	life->timeline_count += taken;
	life->timeline_cut += count - taken;
	return 0;
}

/* Events that we have no room for are omitted, as those of the module are. */
static void count_timeline_cut(struct life *life)
{
	uint32_t cut = life->timeline_cut;

	life->timeline_omitted = life->timeline_omitted > UINT32_MAX - cut ?
				 UINT32_MAX : life->timeline_omitted + cut;
}

/*
 * A connection that is told comes without the time in each state, and in Open:
 * the timeline has all states.
 */
static void work_out_states(struct life *life)
{
	unsigned int i, state = 0;
	uint64_t since = 0, other = 0, open, us;

	memset(life->states, 0, sizeof(life->states));
	for (i = 0; i < life->timeline_count; i++) {
		const struct tcplife_timeline_entry *entry = &life->timeline[i];

		if (entry->event >= LIFE_STATES)
			continue;
		us = entry->us > since ? entry->us : since;
		life->states[state] += us - since;
		since = us;
		state = entry->event;
	}
	if (life->duration_us > since)
		life->states[state] += life->duration_us - since;
	life->present |= 1ull << TCPLIFE_ATTR_LIFE_STATES;
	if (!LIFE_HAS(life, CONGESTION))
		return;
	open = life->states[TCPLIFE_STATE_ESTABLISHED] +
	       life->states[TCPLIFE_STATE_CLOSE_WAIT] +
	       life->states[TCPLIFE_STATE_FIN_WAIT1] +
	       life->states[TCPLIFE_STATE_CLOSING] +
	       life->states[TCPLIFE_STATE_LAST_ACK];
	for (i = 1; i < LIFE_CONGESTIONS; i++)
		other += life->congestion[i];
	life->congestion[0] = open > other ? open - other : 0;
}

/* As many buckets as the module has; more than there are 64-bit times is none. */
static int decode_histogram(struct histogram *to, const void *from, size_t len)
{
	if (len % sizeof(uint64_t) || len > sizeof(to->counts))
		return -EBADMSG;
	to->buckets = len / sizeof(uint64_t);
	memcpy(to->counts, from, len);
	return 0;
}

static int decode_attrs(const struct record_type *type, const char *at,
			size_t len, void *record);

/* One of many; the least that there is no room for are left out. */
static int decode_source(struct flood_sources *to, const void *from, size_t len)
{
	struct flood_source source;
	int err = decode_attrs(&source_type, from, len, &source);

	if (!err && to->count < FLOOD_SOURCES_MAX)
		to->at[to->count++] = source;
	return err;
}

static int decode_attr(const struct field *field, void *record,
		       const void *from, size_t len)
{
	char *to = (char *)record + field->offset;

	if (is_integer(field->kind)) {
		if (len != field->size)
			return -EBADMSG;
		memcpy(to, from, len);
		return 0;
	}
	switch (field->kind) {
	case FIELD_TEXT:
		return decode_text(to, field->size, from, len);
	case FIELD_ADDRESS:
		return decode_address((struct address *)to, from, len);
	case FIELD_STATES:
	case FIELD_CONGESTION:
		return decode_times(to, field->size, from, len);
	case FIELD_TIMELINE:
		return decode_timeline(record, from, len);
	case FIELD_HISTOGRAM:
		return decode_histogram((struct histogram *)to, from, len);
	case FIELD_SOURCES:
		return decode_source((struct flood_sources *)to, from, len);
	default:
		return 0;
	}
}

/*
 * Take integers as long as there are any, which most attributes are.
 *
 * Return: where the first attribute begins that is no integer of its field's
 * length, or that has less than ATTR_INTEGER bytes before @end.
 */
static const char *take_integers(const struct record_type *type,
				 const char *at, const char *end, char *record,
				 uint64_t *present)
{
	const size_t header = sizeof(struct nlattr);
	const struct field *fields = type->fields;
	const unsigned int count = type->names->count;
	uint64_t taken = 0;

	while (end - at >= ATTR_INTEGER) {
		const struct nlattr *attr = (const void *)at;
		unsigned int number = attr->nla_type;
		size_t len = attr->nla_len;
		char *to;

		if (number >= count || len != fields[number].attr_len)
			break;
		to = record + fields[number].offset;
		if (len == header + 4) {
			memcpy(to, at + header, 4);
		} else if (len == header + 8) {
			memcpy(to, at + header, 8);
			at += 4;
		} else if (len == header + 1) {
			memcpy(to, at + header, 1);
		} else if (len == header + 2) {
			memcpy(to, at + header, 2);
		} else {
			break;	/* no length at all, and no integer */
		}
		at += header + 4;
		taken |= 1ull << number;
	}
	*present |= taken;
	return at;
}

/* Nests are no deeper than the two levels that the types make. */
static int decode_attrs(const struct record_type *type, const char *at,
			size_t len, void *record)
{
	const char *end = at + len;
	const struct nlattr *attr;
	uint64_t present = 0;

	memset(record, 0, type->clear);
	for (;;) {
		const struct field *field;
		unsigned int number;

		at = take_integers(type, at, end, record, &present);
		len = end - at;
		attr = attr_next(&at, &len);
		if (!attr)
			break;
		number = attr_type(attr);
		if (number >= type->names->count)
			continue;
		field = &type->fields[number];
		if (field->kind == FIELD_NONE)
			continue;
		if (decode_attr(field, record, attr_payload(attr),
				attr_payload_len(attr)))
			return -EBADMSG;
		present |= 1ull << number;
	}
	*(uint64_t *)record = present;
	return len ? -EBADMSG : 0;
}

/* What follows from the attributes. */
static void complete_life(struct life *life)
{
	count_timeline_cut(life);
	if ((!LIFE_HAS(life, STATES) || life->timeline_grown) &&
	    LIFE_HAS(life, TIMELINE) && LIFE_HAS(life, DURATION_US) &&
	    !life->timeline_cut)
		work_out_states(life);
}

/**
 * decode_record - fill a record from the attributes of a message
 * @type: the kind of record
 * @msg: the message
 * @record: struct life, summary, hook, listener, flood or tally, to match @type
 *
 * Return: 0, or -EBADMSG if an attribute has a length it cannot have, or the
 * attributes do not fill the message.
 */
int decode_record(const struct record_type *type, const struct message *msg,
		  void *record)
{
	int err = decode_attrs(type, msg->attrs, msg->len, record);

	if (!err && type == &life_type)
		complete_life(record);
	return err;
}

static void decode_extack(const char *at, size_t len, struct verdict *verdict)
{
	const struct nlattr *attr;

	while ((attr = attr_next(&at, &len)))
		if (attr_type(attr) == NLMSGERR_ATTR_MSG)
			decode_text(verdict->text, sizeof(verdict->text),
				    attr_payload(attr),
				    attr_payload_len(attr));
}

/**
 * decode_verdict - what NLMSG_ERROR or NLMSG_DONE says
 * @nlh: the message
 * @verdict: filled on success
 *
 * The error stands first.  The kernel's words follow it if NLM_F_ACK_TLVS is
 * set: in NLMSG_ERROR after the header of the request, and after its payload
 * too unless NLM_F_CAPPED is set.
 *
 * Return: 0, or -EBADMSG.
 */
int decode_verdict(const struct nlmsghdr *nlh, struct verdict *verdict)
{
	const char *payload = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	size_t skip = sizeof(int);

	memset(verdict, 0, sizeof(*verdict));
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN)
		return -EBADMSG;
	if (len < sizeof(int))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&verdict->error, payload, sizeof(int));
	if (verdict->error > 0)
		verdict->error = 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr err;

		if (len < sizeof(err))
			return -EBADMSG;
		memcpy(&err, payload, sizeof(err));
		skip = sizeof(err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    err.msg.nlmsg_len > sizeof(err.msg))
			skip += MNL_ALIGN((size_t)err.msg.nlmsg_len) -
				sizeof(err.msg);
	}
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && skip < len)
		decode_extack(payload + skip, len - skip, verdict);
	return 0;
}

/* One entry of CTRL_ATTR_MCAST_GROUPS: a nest of a name and an id. */
static void decode_group(const char *at, size_t len, struct family *family)
{
	const struct nlattr *attr;
	char name[GENL_NAMSIZ] = "";
	uint32_t id = 0;

	while ((attr = attr_next(&at, &len))) {
		const void *payload = attr_payload(attr);
		size_t size = attr_payload_len(attr);

		if (attr_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			decode_text(name, sizeof(name), payload, size);
		else if (attr_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			 size == sizeof(id))
			memcpy(&id, payload, sizeof(id));
	}
	if (!strcmp(name, TCPLIFE_MCGRP_LIVES))
		family->groups[GROUP_LIVES] = id;
	else if (!strcmp(name, TCPLIFE_MCGRP_ALERTS))
		family->groups[GROUP_ALERTS] = id;
}

static void decode_groups(const char *at, size_t len, struct family *family)
{
	const struct nlattr *attr;

	while ((attr = attr_next(&at, &len)))
		decode_group(attr_payload(attr),
			     attr_payload_len(attr), family);
}

/**
 * decode_family - read the controller's answer to CTRL_CMD_GETFAMILY
 * @msg: the answer
 * @family: filled on success
 *
 * Return: 0, or -EBADMSG if it has no family id.
 */
int decode_family(const struct message *msg, struct family *family)
{
	const char *at = msg->attrs;
	const struct nlattr *attr;
	size_t len = msg->len;

	memset(family, 0, sizeof(*family));
	while ((attr = attr_next(&at, &len))) {
		const void *payload = attr_payload(attr);
		size_t size = attr_payload_len(attr);

		if (attr_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    size == sizeof(family->id))
			memcpy(&family->id, payload, sizeof(family->id));
		else if (attr_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			decode_groups(payload, size, family);
	}
	return family->id ? 0 : -EBADMSG;
}

/**
 * decode_family_name - which family a message of the controller is about
 * @msg: the message
 * @name: filled on success
 * @size: of @name
 *
 * Return: 0, or -EBADMSG if it names none.
 */
int decode_family_name(const struct message *msg, char *name, size_t size)
{
	const char *at = msg->attrs;
	const struct nlattr *attr;
	size_t len = msg->len;

	while ((attr = attr_next(&at, &len)))
		if (attr_type(attr) == CTRL_ATTR_FAMILY_NAME)
			return decode_text(name, size,
					   attr_payload(attr),
					   attr_payload_len(attr));
	return -EBADMSG;
}
