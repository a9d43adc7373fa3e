// SPDX-License-Identifier: GPL-2.0
/*
 * A life as netlink attributes and as a row of text.  Both say the same in the
 * words of the spec, and leave out what is unknown.
 *
 * Works on copies; process context; takes no locks.
 */
#include <linux/ctype.h>
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/uidgid.h>
#include <net/netlink.h>

#include "attach.h"
#include "core/timeline.h"
#include "core/tracker.h"
#include "encode.h"
#include "listeners.h"
#include "names.h"

#define NAME(upper, lower) #lower,
static const char * const tcplife_encode_states[] = { TCPLIFE_STATE_LIST(NAME) };
static const char * const tcplife_encode_roles[] = { TCPLIFE_ROLE_LIST(NAME) };
static const char * const tcplife_encode_outcomes[] = { TCPLIFE_OUTCOME_LIST(NAME) };
static const char * const tcplife_encode_closers[] = { TCPLIFE_CLOSER_LIST(NAME) };
static const char * const tcplife_encode_owners[] = { TCPLIFE_OWNER_LIST(NAME) };
static const char * const tcplife_encode_ends[] = { TCPLIFE_TIME_WAIT_END_LIST(NAME) };
static const char * const tcplife_encode_events[] = { TCPLIFE_EVENT_LIST(NAME) };
static const char * const tcplife_encode_flags[] = { TCPLIFE_FLAG_LIST(NAME) };

static_assert(TCPLIFE_COMM_LEN == 16 && TCP_CA_NAME_MAX == 16,
	      "as tcplife_encode_text() takes them");
static_assert(sizeof(struct tcplife_state_times) == TCPLIFE_STATES * sizeof(u64),
	      "a member for every state");
static_assert(sizeof(struct tcplife_congestion_times) ==
	      TCPLIFE_CA_STATES * sizeof(u64), "a member for every state");

/* Time in each state of congestion control but Open. */
static void tcplife_encode_congestion(struct tcplife_view *view)
{
	const struct tcplife_life *life = view->life;
	unsigned int i;

	view->congestion[TCPLIFE_CA_OPEN] = 0;
	for (i = 1; i < TCPLIFE_CA_STATES; i++)
		view->congestion[i] = life->ca_us[i - 1];
}

/* Time in each state, and in Open: what is left from ESTABLISHED to close. */
static void tcplife_encode_times(struct tcplife_view *view, u64 now_ns)
{
	u64 other = 0, open;
	unsigned int i;

	tcplife_tracker_times(view->life, now_ns, view->states);
	view->has_states = true;
	open = view->states[TCPLIFE_STATE_ESTABLISHED] +
	       view->states[TCPLIFE_STATE_CLOSE_WAIT] +
	       view->states[TCPLIFE_STATE_FIN_WAIT1] +
	       view->states[TCPLIFE_STATE_CLOSING] +
	       view->states[TCPLIFE_STATE_LAST_ACK];
	for (i = 1; i < TCPLIFE_CA_STATES; i++)
		other += view->congestion[i];
	view->congestion[TCPLIFE_CA_OPEN] = open > other ? open - other : 0;
}

/* The number a life was first told under, of which it keeps the low half. */
static u64 tcplife_encode_seq(const struct tcplife_life *life)
{
	const struct tcplife_net *net = life->net;
	u64 last = READ_ONCE(net->seq);
	u64 seq = (last & ~(u64)U32_MAX) | life->told_seq;

	return seq > last ? seq - U32_MAX - 1 : seq;
}

static void tcplife_encode_ids(struct tcplife_view *view)
{
	const struct tcplife_net *net = view->life->net;
	struct user_namespace *user_ns = net->net->user_ns;

	view->host_ids = user_ns == &init_user_ns;
	view->uid = view->life->uid;
	if (!view->host_ids)
		view->uid = from_kuid_munged(user_ns, KUIDT_INIT(view->uid));
}

static void tcplife_encode_expiry(struct tcplife_view *view, u64 now_ns)
{
	const struct tcplife_net *tn = view->life->net;
	const struct net *net = tn->net;

	view->expires = tcplife_tracker_expires(view->life,
						READ_ONCE(net->ipv4.sysctl_tcp_synack_retries),
						now_ns, &view->expires_us);
}

/**
 * tcplife_encode_view_told - work out what is told of a life
 * @view: filled, but for @states and the time in Open, which who is told works out
 * @life: a copy of the record; must outlive @view
 * @seq: the number it is told under, or 0 for the number it was first told
 *	under, if any
 * @now_ns: monotonic time; not before the copy was made
 */
void tcplife_encode_view_told(struct tcplife_view *view,
			      const struct tcplife_life *life, u64 seq,
			      u64 now_ns)
{
	view->life = life;
	view->seq = seq;
	if (!seq && life->known & TCPLIFE_KNOWN_TOLD)
		view->seq = tcplife_encode_seq(life);
	view->duration_us = tcplife_tracker_duration(life, now_ns);
	view->has_handshake = tcplife_tracker_handshake(life,
							&view->handshake_us);
	view->has_states = false;
	view->listener_id = tcplife_listeners_id(life);
	tcplife_encode_congestion(view);
	tcplife_encode_expiry(view, now_ns);
	tcplife_encode_ids(view);
}

/**
 * tcplife_encode_view - work out what is shown of a life now
 * @view: filled
 * @life: a copy of the record; must outlive @view
 */
void tcplife_encode_view(struct tcplife_view *view,
			 const struct tcplife_life *life)
{
	u64 now_ns = ktime_get_ns();

	tcplife_encode_view_told(view, life, 0, now_ns);
	tcplife_encode_times(view, now_ns);
}

/*
 * Attributes are put one behind the other where there is room for the largest
 * life, so none looks for room of its own.  Each function returns the end of
 * what it put.
 */
static __always_inline u8 *tcplife_encode_header(u8 *at, u16 type, u16 len)
{
	struct nlattr *nla = (struct nlattr *)at;

	nla->nla_len = NLA_HDRLEN + len;
	nla->nla_type = type;
	return at + NLA_HDRLEN;
}

/* Some machines want it aligned, as nla_put_u64_64bit() knows. */
static __always_inline u8 *tcplife_encode_u64(u8 *at, u16 type, u64 value)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = tcplife_encode_header(at, TCPLIFE_ATTR_LIFE_PAD, 0);
	at = tcplife_encode_header(at, type, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static __always_inline u8 *tcplife_encode_u32(u8 *at, u16 type, u32 value)
{
	at = tcplife_encode_header(at, type, sizeof(value));
	*(u32 *)at = value;
	return at + sizeof(value);
}

static __always_inline u8 *tcplife_encode_u16(u8 *at, u16 type, u16 value)
{
	at = tcplife_encode_header(at, type, sizeof(value));
	*(u32 *)at = 0;		/* the padding too */
	*(u16 *)at = value;
	return at + NLA_ALIGN(sizeof(value));
}

static __always_inline u8 *tcplife_encode_u8(u8 *at, u16 type, u8 value)
{
	at = tcplife_encode_header(at, type, sizeof(value));
	*(u32 *)at = 0;
	*at = value;
	return at + NLA_ALIGN(sizeof(value));
}

/* Text of @size bytes, NUL included, in an array of 16. */
static __always_inline u8 *tcplife_encode_text(u8 *at, u16 type,
					       const char *text,
					       unsigned int size)
{
	at = tcplife_encode_header(at, type, size);
	memcpy(at, text, 16);	/* in one go; what comes next is put over the rest */
	for (at += size; size % NLA_ALIGNTO; size++)
		*at++ = 0;
	return at;
}

static __always_inline u8 *tcplife_encode_address(u8 *at, u16 type, u8 family,
						  const u8 *addr)
{
	unsigned int size = family == 6 ? 16 : 4;

	at = tcplife_encode_header(at, type, size);
	memcpy(at, addr, 16);
	return at + size;
}

/* Of a whole number of 32-bit words. */
#define tcplife_encode_array(at, type, array) \
	((u8 *)memcpy(tcplife_encode_header(at, type, sizeof(array)), array, \
		      sizeof(array)) + sizeof(array))

#define PUT(kind, name, value) \
	(at = tcplife_encode_##kind(at, TCPLIFE_ATTR_LIFE_##name, value))

static u8 *tcplife_encode_who(u8 *at, const struct tcplife_view *v)
{
	const struct tcplife_life *life = v->life;
	const struct tcplife_net *net = life->net;

	PUT(u64, ID, life->id);
	PUT(u32, NETNS, net->inum);
	if (v->seq)
		PUT(u64, SEQ, v->seq);
	PUT(u8, FAMILY, life->family);
	at = tcplife_encode_address(at, TCPLIFE_ATTR_LIFE_LOCAL_ADDR,
				    life->family, life->local_addr);
	if (life->local_port)
		PUT(u16, LOCAL_PORT, life->local_port);
	at = tcplife_encode_address(at, TCPLIFE_ATTR_LIFE_REMOTE_ADDR,
				    life->family, life->remote_addr);
	PUT(u16, REMOTE_PORT, life->remote_port);
	PUT(u8, OWNER, life->owner);
	if (life->owner == TCPLIFE_OWNER_UNKNOWN)
		return at;
	if (v->host_ids)
		PUT(u32, PID, life->pid);
	PUT(u32, UID, v->uid);
	if (v->host_ids)
		PUT(u64, CGROUP, life->cgroup);
	return tcplife_encode_text(at, TCPLIFE_ATTR_LIFE_COMM, life->comm,
				   strlen(life->comm) + 1);
}

static u8 *tcplife_encode_course(u8 *at, const struct tcplife_view *v)
{
	const struct tcplife_life *life = v->life;

	PUT(u8, ROLE, life->role);
	PUT(u8, STATE, life->state);
	PUT(u8, OUTCOME, life->outcome);
	PUT(u8, CLOSER, life->closer);
	PUT(u8, TIME_WAIT_END, life->time_wait_end);
	PUT(u32, FLAGS, life->flags);
	if (life->birth_real_ns)
		PUT(u64, OPENED_AT, life->birth_real_ns);
	PUT(u64, DURATION_US, v->duration_us);
	if (v->has_handshake)
		PUT(u64, HANDSHAKE_US, v->handshake_us);
	PUT(u32, SYN_RETRANSMITS, life->syn_retransmits);
	PUT(u32, SYNACK_RETRANSMITS, life->synack_retransmits);
	PUT(u32, RETRANSMITS, life->retransmits);
	if (life->known & TCPLIFE_KNOWN_ISN_LOCAL)
		PUT(u32, ISN_LOCAL, life->isn_local);
	if (life->known & TCPLIFE_KNOWN_ISN_REMOTE)
		PUT(u32, ISN_REMOTE, life->isn_remote);
	return at;
}

static u8 *tcplife_encode_sample(u8 *at, const struct tcplife_view *v)
{
	const struct tcplife_sample *s = &v->life->sample;
	const char *cc = tcplife_names_get(v->life->cc);

	if (!(v->life->known & TCPLIFE_KNOWN_SAMPLE))
		return at;
	PUT(u64, BYTES_SENT, s->bytes_sent);
	PUT(u64, BYTES_RECEIVED, s->bytes_received);
	PUT(u32, SEGMENTS_SENT, s->segments_sent);
	PUT(u32, SEGMENTS_RECEIVED, s->segments_received);
	if (cc)
		at = tcplife_encode_text(at, TCPLIFE_ATTR_LIFE_CC, cc,
					 tcplife_names_size(v->life->cc));
	PUT(u32, CWND, s->cwnd);
	if (s->ssthresh)
		PUT(u32, SSTHRESH, s->ssthresh);
	if (s->srtt_us)
		PUT(u32, SRTT_US, s->srtt_us);
	if (s->min_rtt_us)
		PUT(u32, MIN_RTT_US, s->min_rtt_us);
	if (tcplife_attach_congestion)
		PUT(array, CONGESTION, v->congestion);
	return at;
}

/* The entries of the timeline from one on, and how many there was no room for. */
static u8 *tcplife_encode_timeline(u8 *at, const struct tcplife_life *life,
				   unsigned int from)
{
	struct tcplife_timeline_entry entry;
	unsigned int i;

	at = tcplife_encode_header(at, TCPLIFE_ATTR_LIFE_TIMELINE,
				   (life->timeline_len - from) * sizeof(entry));
	for (i = from; i < life->timeline_len; i++) {
		entry = tcplife_timeline_get(life, i);
		memcpy(at, &entry, sizeof(entry));
		at += sizeof(entry);
	}
	PUT(u32, TIMELINE_OMITTED, life->timeline_omitted);
	return at;
}

static u8 *tcplife_encode_others(u8 *at, const struct tcplife_view *v)
{
	const struct tcplife_life *life = v->life;

	if (life->previous_id)
		PUT(u64, PREVIOUS_ID, life->previous_id);
	if (life->next_id)
		PUT(u64, NEXT_ID, life->next_id);
	if (v->listener_id)
		PUT(u64, LISTENER_ID, v->listener_id);
	return at;
}

/* The first SYN-ACK and those sent again. */
static u32 tcplife_encode_synacks(const struct tcplife_life *life)
{
	return 1 + life->synack_retransmits;
}

/* What is told of half-open connections only. */
static u8 *tcplife_encode_half_open(u8 *at, const struct tcplife_view *v)
{
	if (v->expires) {
		PUT(u32, SYNACKS_SENT, tcplife_encode_synacks(v->life));
		PUT(u64, EXPIRES_US, v->expires_us);
	}
	return at;
}

/**
 * tcplife_encode_attrs - put a life's attributes one behind the other
 * @at: where to: TCPLIFE_ENCODE_ROOM bytes, aligned to 4
 * @view: the life
 *
 * Return: where they end.
 */
u8 *tcplife_encode_attrs(u8 *at, const struct tcplife_view *view)
{
	at = tcplife_encode_who(at, view);
	at = tcplife_encode_course(at, view);
	at = tcplife_encode_sample(at, view);
	if (view->has_states)
		PUT(array, STATES, view->states);
	at = tcplife_encode_timeline(at, view->life, 0);
	at = tcplife_encode_others(at, view);
	return tcplife_encode_half_open(at, view);
}

/**
 * tcplife_encode_end_attrs - put what the end of TIME_WAIT adds to what was told
 * @at: where to: TCPLIFE_ENCODE_END_ROOM bytes, aligned to 4
 * @life: a copy of the record, over, that was told when TIME_WAIT began
 * @seq: the number that its end is told under
 *
 * Return: where they end.
 */
u8 *tcplife_encode_end_attrs(u8 *at, const struct tcplife_life *life, u64 seq)
{
	unsigned int told = life->timeline_len;

	while (told && tcplife_timeline_event(life, told - 1) !=
		       TCPLIFE_EVENT_TIME_WAIT)
		told--;
	PUT(u64, ID, life->id);
	PUT(u64, SEQ, seq);
	PUT(u64, FIRST_SEQ, tcplife_encode_seq(life));
	PUT(u8, STATE, life->state);
	PUT(u8, TIME_WAIT_END, life->time_wait_end);
	PUT(u64, DURATION_US, tcplife_tracker_duration(life, 0));
	return tcplife_encode_timeline(at, life, told);
}

/**
 * tcplife_encode_netlink - put a life's attributes into a message
 * @skb: the message
 * @view: the life
 *
 * Return: 0, or -EMSGSIZE if the room left is less than the largest life needs.
 */
int tcplife_encode_netlink(struct sk_buff *skb, const struct tcplife_view *view)
{
	u8 *begin = skb_tail_pointer(skb);

	if (skb_tailroom(skb) < TCPLIFE_ENCODE_ROOM)
		return -EMSGSIZE;
	skb_put(skb, tcplife_encode_attrs(begin, view) - begin);
	return 0;
}

/**
 * tcplife_encode_number - one column of a row: a number, or a dash
 * @m: where to
 * @known: is it known?
 * @value: the number, if it is
 */
void tcplife_encode_number(struct seq_file *m, bool known, u64 value)
{
	if (known)
		seq_printf(m, " %llu", value);
	else
		seq_puts(m, " -");
}

/**
 * tcplife_encode_word - one column of a row: a word
 * @m: where to
 * @words: the list
 * @i: which; the first shows a dash
 */
void tcplife_encode_word(struct seq_file *m, const char * const *words,
			 unsigned int i)
{
	seq_printf(m, " %s", i ? words[i] : "-");
}

/**
 * tcplife_encode_endpoint - one column of a row: ADDRESS:PORT, [ADDRESS]:PORT
 * @m: where to
 * @family: 4 or 6
 * @addr: 4 or 16 bytes in network order
 * @port: host order; 0 is shown as a dash
 */
void tcplife_encode_endpoint(struct seq_file *m, u8 family, const u8 *addr,
			     u16 port)
{
	if (family == 6)
		seq_printf(m, " [%pI6c]:", addr);
	else
		seq_printf(m, " %pI4:", addr);
	if (port)
		seq_printf(m, "%u", port);
	else
		seq_putc(m, '-');
}

static void tcplife_encode_row_sample(struct seq_file *m,
				      const struct tcplife_life *life)
{
	const struct tcplife_sample *s = &life->sample;
	bool known = life->known & TCPLIFE_KNOWN_SAMPLE;
	const char *cc = tcplife_names_get(life->cc);

	tcplife_encode_number(m, known, s->bytes_sent);
	tcplife_encode_number(m, known, s->bytes_received);
	tcplife_encode_number(m, known, s->segments_sent);
	tcplife_encode_number(m, known, s->segments_received);
	seq_printf(m, " %s", cc ? cc : "-");
	tcplife_encode_number(m, known, s->cwnd);
	tcplife_encode_number(m, known && s->ssthresh, s->ssthresh);
	tcplife_encode_number(m, known && s->srtt_us, s->srtt_us);
	tcplife_encode_number(m, known && s->min_rtt_us, s->min_rtt_us);
}

/**
 * tcplife_encode_comm - one column of a row: the name of a process
 * @m: where to
 * @comm: the name; what is not graphic ASCII is written in octal
 */
void tcplife_encode_comm(struct seq_file *m, const char *comm)
{
	seq_puts(m, *comm ? " " : " \\0");
	for (; *comm; comm++) {
		if (isascii(*comm) && isgraph(*comm) && *comm != '\\')
			seq_putc(m, *comm);
		else
			seq_printf(m, "\\%03o", (u8)*comm);
	}
}

static void tcplife_encode_row_owner(struct seq_file *m,
				     const struct tcplife_view *view)
{
	const struct tcplife_life *life = view->life;
	bool known = life->owner != TCPLIFE_OWNER_UNKNOWN;

	tcplife_encode_word(m, tcplife_encode_owners, life->owner);
	tcplife_encode_number(m, known && view->host_ids, life->pid);
	tcplife_encode_comm(m, known ? life->comm : "-");
	tcplife_encode_number(m, known, view->uid);
	tcplife_encode_number(m, known && view->host_ids, life->cgroup);
}

static void tcplife_encode_row_flags(struct seq_file *m, u16 flags)
{
	const char *comma = " ";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcplife_encode_flags); i++) {
		if (!(flags & 1 << i))
			continue;
		seq_printf(m, "%s%s", comma, tcplife_encode_flags[i]);
		comma = ",";
	}
	if (!flags)
		seq_puts(m, " -");
}

static void tcplife_encode_row_states(struct seq_file *m,
				      const struct tcplife_view *v)
{
	const char *comma = " ";
	unsigned int i;

	for (i = 1; i < TCPLIFE_STATES; i++) {
		if (!v->states[i])
			continue;
		seq_printf(m, "%s%s=%llu", comma, tcplife_encode_states[i],
			   v->states[i]);
		comma = ",";
	}
	if (*comma == ' ')
		seq_puts(m, " -");
}

static void tcplife_encode_row_timeline(struct seq_file *m,
					const struct tcplife_life *life)
{
	unsigned int i;

	for (i = 0; i < life->timeline_len; i++) {
		struct tcplife_timeline_entry e = tcplife_timeline_get(life, i);

		seq_printf(m, "%c%llu:%s", i ? ',' : ' ', e.us,
			   tcplife_encode_events[e.event]);
	}
	seq_printf(m, " %u", life->timeline_omitted);
}

/**
 * tcplife_encode_time - one column of a row: seconds since 1970
 * @m: where to
 * @ns: wall-clock time in ns; 0 shows a dash
 */
void tcplife_encode_time(struct seq_file *m, u64 ns)
{
	u32 rest;
	u64 s = div_u64_rem(ns, NSEC_PER_SEC, &rest);

	if (ns)
		seq_printf(m, " %llu.%06u", s, (u32)(rest / NSEC_PER_USEC));
	else
		seq_puts(m, " -");
}

/**
 * tcplife_encode_columns - the header line over the rows
 * @m: where to
 */
void tcplife_encode_columns(struct seq_file *m)
{
	seq_puts(m,
		 "id state role local remote opened_at_s duration_us handshake_us outcome closer time_wait_end "
		 "syn_retransmits synack_retransmits retransmits isn_local isn_remote "
		 "bytes_sent bytes_received segments_sent segments_received cc cwnd ssthresh srtt_us min_rtt_us "
		 "owner pid comm uid cgroup flags states_us timeline_us timeline_omitted "
		 "previous_id next_id listener_id\n");
}

/**
 * tcplife_encode_row - a life as a row of text
 * @m: where to
 * @view: the life
 */
void tcplife_encode_row(struct seq_file *m, const struct tcplife_view *view)
{
	const struct tcplife_life *life = view->life;

	seq_printf(m, "%llu %s", life->id, tcplife_encode_states[life->state]);
	tcplife_encode_word(m, tcplife_encode_roles, life->role);
	tcplife_encode_endpoint(m, life->family, life->local_addr,
				life->local_port);
	tcplife_encode_endpoint(m, life->family, life->remote_addr,
				life->remote_port);
	tcplife_encode_time(m, life->birth_real_ns);
	tcplife_encode_number(m, true, view->duration_us);
	tcplife_encode_number(m, view->has_handshake, view->handshake_us);
	seq_printf(m, " %s", tcplife_encode_outcomes[life->outcome]);
	tcplife_encode_word(m, tcplife_encode_closers, life->closer);
	tcplife_encode_word(m, tcplife_encode_ends, life->time_wait_end);
	seq_printf(m, " %u %u %u", life->syn_retransmits,
		   life->synack_retransmits, life->retransmits);
	tcplife_encode_number(m, life->known & TCPLIFE_KNOWN_ISN_LOCAL,
			      life->isn_local);
	tcplife_encode_number(m, life->known & TCPLIFE_KNOWN_ISN_REMOTE,
			      life->isn_remote);
	tcplife_encode_row_sample(m, life);
	tcplife_encode_row_owner(m, view);
	tcplife_encode_row_flags(m, life->flags);
	tcplife_encode_row_states(m, view);
	tcplife_encode_row_timeline(m, life);
	tcplife_encode_number(m, life->previous_id, life->previous_id);
	tcplife_encode_number(m, life->next_id, life->next_id);
	tcplife_encode_number(m, view->listener_id, view->listener_id);
	seq_putc(m, '\n');
}

/**
 * tcplife_encode_half_open_columns - the header line over half-open connections
 * @m: where to
 */
void tcplife_encode_half_open_columns(struct seq_file *m)
{
	seq_puts(m,
		 "id local remote age_us synacks_sent expires_us isn_local isn_remote listener_id\n");
}

/**
 * tcplife_encode_half_open_row - a half-open connection as a row of text
 * @m: where to
 * @view: the life
 */
void tcplife_encode_half_open_row(struct seq_file *m,
				  const struct tcplife_view *view)
{
	const struct tcplife_life *life = view->life;

	seq_printf(m, "%llu", life->id);
	tcplife_encode_endpoint(m, life->family, life->local_addr,
				life->local_port);
	tcplife_encode_endpoint(m, life->family, life->remote_addr,
				life->remote_port);
	tcplife_encode_number(m, view->expires, view->duration_us);
	tcplife_encode_number(m, view->expires, tcplife_encode_synacks(life));
	tcplife_encode_number(m, view->expires, view->expires_us);
	tcplife_encode_number(m, life->known & TCPLIFE_KNOWN_ISN_LOCAL,
			      life->isn_local);
	tcplife_encode_number(m, life->known & TCPLIFE_KNOWN_ISN_REMOTE,
			      life->isn_remote);
	tcplife_encode_number(m, view->listener_id, view->listener_id);
	seq_putc(m, '\n');
}
