// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the lines above the drawing of a life: who, how, how much.
 */
#include "fields.h"
#include "ladder.h"
#include "names.h"
#include "text.h"

static void label(FILE *out, const char *name)
{
	text_pad(out, name, -12);
}

static const char *word(const struct names *names, bool known, unsigned int n)
{
	const char *text = known ? names_word(names, n) : NULL;

	return text ? text : TEXT_UNKNOWN;
}

static void put_number(FILE *out, const char *name, bool known, uint64_t number)
{
	if (known)
		fprintf(out, "%s%llu", name, (unsigned long long)number);
	else
		fprintf(out, "%s%s", name, TEXT_UNKNOWN);
}

static void put_duration(FILE *out, const char *name, bool known, uint64_t us)
{
	char text[32] = TEXT_UNKNOWN;

	if (known)
		text_duration(text, us);
	fprintf(out, "%s%s", name, text);
}

static void put_bytes(FILE *out, bool known, uint64_t bytes)
{
	char text[32] = TEXT_UNKNOWN;

	if (known)
		text_bytes(text, bytes);
	fputs(text, out);
}

static void head_what(const struct life *life, FILE *out)
{
	label(out, "id");
	put_number(out, "", LIFE_HAS(life, ID), life->id);
	put_number(out, ", netns ", LIFE_HAS(life, NETNS), life->netns);
	fputc('\n', out);
	label(out, "role");
	fprintf(out, "%s\n", word(&role_names, life->role, life->role));
	label(out, "state");
	fprintf(out, "%s\n", word(&state_names, life->state, life->state));
	label(out, "outcome");
	fprintf(out, "%s", word(&outcome_names, LIFE_HAS(life, OUTCOME),
				life->outcome));
	if (life->closer == TCPLIFE_CLOSER_NONE)
		fputs(", closer " TEXT_NONE, out);
	else if (life->outcome != TCPLIFE_OUTCOME_OPEN)
		fprintf(out, ", closer %s", word(&closer_names, life->closer,
						 life->closer));
	if (life->time_wait_end)
		fprintf(out, ", time_wait_end %s",
			word(&time_wait_end_names, true, life->time_wait_end));
	fputc('\n', out);
	if (LIFE_HAS(life, PREVIOUS_ID)) {
		label(out, "follows");
		put_number(out, "", true, life->previous_id);
		fputs(", whose TIME_WAIT it ended\n", out);
	}
	if (LIFE_HAS(life, NEXT_ID)) {
		label(out, "followed by");
		put_number(out, "", true, life->next_id);
		fputc('\n', out);
	}
}

static void head_ends(const struct life *life, FILE *out)
{
	char text[80];

	text_endpoint(text, life, true);
	label(out, "local");
	fputs(text, out);
	put_number(out, ", isn ", LIFE_HAS(life, ISN_LOCAL), life->isn_local);
	fputc('\n', out);
	text_endpoint(text, life, false);
	label(out, "remote");
	fputs(text, out);
	put_number(out, ", isn ", LIFE_HAS(life, ISN_REMOTE), life->isn_remote);
	fputc('\n', out);
}

/* What only connections that a listener took in have, or half-open ones. */
static void head_listener(const struct life *life, FILE *out)
{
	if (LIFE_HAS(life, LISTENER_ID)) {
		label(out, "listener");
		put_number(out, "", true, life->listener_id);
		fputc('\n', out);
	}
	if (!LIFE_HAS(life, SYNACKS_SENT) && !LIFE_HAS(life, EXPIRES_US))
		return;
	label(out, "half-open");
	put_number(out, "SYN-ACKs sent ", LIFE_HAS(life, SYNACKS_SENT),
		   life->synacks_sent);
	put_duration(out, ", expires in ", LIFE_HAS(life, EXPIRES_US),
		     life->expires_us);
	fputc('\n', out);
}

static void head_owner(const struct life *life, FILE *out)
{
	char comm[TEXT_CELL] = TEXT_UNKNOWN;

	label(out, "owner");
	if (life->owner == TCPLIFE_OWNER_UNKNOWN) {
		fprintf(out, "%s\n", TEXT_UNKNOWN);
		return;
	}
	if (LIFE_HAS(life, COMM))
		text_safe(comm, sizeof(comm), life->comm);
	fputs(comm, out);
	put_number(out, ", pid ", LIFE_HAS(life, PID), life->pid);
	put_number(out, ", uid ", LIFE_HAS(life, UID), life->uid);
	put_number(out, ", cgroup ", LIFE_HAS(life, CGROUP), life->cgroup);
	fprintf(out, ", learnt at %s\n",
		word(&owner_names, true, life->owner));
}

static void head_times(const struct life *life, FILE *out)
{
	char text[40] = TEXT_UNKNOWN;

	if (LIFE_HAS(life, OPENED_AT))
		text_clock(text, life->opened_at, true);
	label(out, "opened_at");
	fprintf(out, "%s\n", text);
	label(out, "duration");
	put_duration(out, "", LIFE_HAS(life, DURATION_US), life->duration_us);
	if (life->flags & TCPLIFE_FLAG_ADOPTED)
		fputs(" since it was adopted", out);
	put_duration(out, ", handshake ", LIFE_HAS(life, HANDSHAKE_US),
		     life->handshake_us);
	fputc('\n', out);
}

static void head_traffic(const struct life *life, FILE *out)
{
	label(out, "sent");
	put_bytes(out, LIFE_HAS(life, BYTES_SENT), life->bytes_sent);
	put_number(out, ", segments ", LIFE_HAS(life, SEGMENTS_SENT),
		   life->segments_sent);
	fputc('\n', out);
	label(out, "received");
	put_bytes(out, LIFE_HAS(life, BYTES_RECEIVED), life->bytes_received);
	put_number(out, ", segments ", LIFE_HAS(life, SEGMENTS_RECEIVED),
		   life->segments_received);
	fputc('\n', out);
	label(out, "retransmits");
	put_number(out, "", LIFE_HAS(life, RETRANSMITS), life->retransmits);
	put_number(out, ", of the SYN ", LIFE_HAS(life, SYN_RETRANSMITS),
		   life->syn_retransmits);
	put_number(out, ", of the SYN-ACK ", LIFE_HAS(life, SYNACK_RETRANSMITS),
		   life->synack_retransmits);
	fputc('\n', out);
}

/* Time by state of congestion control; states never entered are left out. */
static void head_congestion_times(const struct life *life, FILE *out)
{
	bool any = false;
	unsigned int i;

	if (!LIFE_HAS(life, CONGESTION))
		return;
	for (i = 0; i < LIFE_CONGESTIONS; i++) {
		if (!life->congestion[i])
			continue;
		if (any)
			fputs(", ", out);
		else
			label(out, "");
		fprintf(out, "%s ", congestion_words[i]);
		put_duration(out, "", true, life->congestion[i]);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static void head_congestion(const struct life *life, FILE *out)
{
	char cc[TEXT_CELL] = TEXT_UNKNOWN;

	if (LIFE_HAS(life, CC))
		text_safe(cc, sizeof(cc), life->cc);
	label(out, "congestion");
	fputs(cc, out);
	put_number(out, ", cwnd ", LIFE_HAS(life, CWND), life->cwnd);
	put_number(out, ", ssthresh ", LIFE_HAS(life, SSTHRESH),
		   life->ssthresh);
	put_duration(out, ", srtt ", LIFE_HAS(life, SRTT_US), life->srtt_us);
	put_duration(out, ", min_rtt ", LIFE_HAS(life, MIN_RTT_US),
		     life->min_rtt_us);
	fputc('\n', out);
	head_congestion_times(life, out);
}

static void head_flags(const struct life *life, FILE *out)
{
	const char *comma = "";
	unsigned int i;

	label(out, "flags");
	for (i = 0; i < flag_names.count; i++) {
		if (!(life->flags >> i & 1))
			continue;
		fprintf(out, "%s%s", comma, names_word(&flag_names, i));
		comma = ", ";
	}
	fprintf(out, "%s\n", *comma ? "" : TEXT_NONE);
}

/**
 * ladder_head - write the lines above the drawing
 * @life: the life
 * @out: where to
 */
void ladder_head(const struct life *life, FILE *out)
{
	head_what(life, out);
	head_ends(life, out);
	head_listener(life, out);
	head_owner(life, out);
	head_times(life, out);
	head_traffic(life, out);
	head_congestion(life, out);
	head_flags(life, out);
	fputc('\n', out);
}
