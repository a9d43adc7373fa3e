// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the columns of lives and hooks: what stands in a cell, and which columns
 * a command shows.  "?" is what nobody knows, "-" what is not.
 */
#include "columns.h"
#include "life.h"
#include "put.h"
#include "text.h"

/**
 * cell_put_word - write the word of a number
 * @to: the cell
 * @names: the enum
 * @number: its value
 *
 * Return: its end.
 */
char *cell_put_word(char *to, const struct names *names, unsigned int number)
{
	const char *word = names_word(names, number);

	return put_text(to, word ? word : TEXT_UNKNOWN);
}

/**
 * cell_put_number - write a number
 * @to: the cell
 * @known: is it?
 * @number: the number
 *
 * Return: its end.
 */
char *cell_put_number(char *to, bool known, uint64_t number)
{
	return known ? put_number(to, number) : put_text(to, TEXT_UNKNOWN);
}

/**
 * cell_put_duration - write a time span
 * @to: the cell
 * @known: is it?
 * @us: microseconds
 *
 * Return: its end.
 */
char *cell_put_duration(char *to, bool known, uint64_t us)
{
	return known ? text_duration(to, us) : put_text(to, TEXT_UNKNOWN);
}

static char *cell_put_bytes(char *to, bool known, uint64_t bytes)
{
	return known ? text_bytes(to, bytes) : put_text(to, TEXT_UNKNOWN);
}

static char *cell_id(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, ID), life->id);
}

static char *cell_opened_at(const void *record, char *to)
{
	const struct life *life = record;

	if (LIFE_HAS(life, OPENED_AT))
		return text_clock(to, life->opened_at, true);
	return put_text(to, TEXT_UNKNOWN);
}

static char *cell_opened_clock(const void *record, char *to)
{
	const struct life *life = record;

	if (LIFE_HAS(life, OPENED_AT))
		return text_clock(to, life->opened_at, false);
	return put_text(to, TEXT_UNKNOWN);
}

static char *cell_local(const void *record, char *to)
{
	return text_endpoint(to, record, true);
}

static char *cell_remote(const void *record, char *to)
{
	return text_endpoint(to, record, false);
}

static char *cell_role(const void *record, char *to)
{
	const struct life *life = record;

	if (life->role == TCPLIFE_ROLE_UNKNOWN)
		return put_text(to, TEXT_UNKNOWN);
	return cell_put_word(to, &role_names, life->role);
}

static char *cell_state(const void *record, char *to)
{
	const struct life *life = record;

	if (life->state == TCPLIFE_STATE_NONE)
		return put_text(to, TEXT_UNKNOWN);
	return cell_put_word(to, &state_names, life->state);
}

static char *cell_outcome(const void *record, char *to)
{
	const struct life *life = record;

	if (LIFE_HAS(life, OUTCOME))
		return cell_put_word(to, &outcome_names, life->outcome);
	return put_text(to, TEXT_UNKNOWN);
}

static char *cell_closer(const void *record, char *to)
{
	const struct life *life = record;

	if (life->closer == TCPLIFE_CLOSER_UNKNOWN)
		return put_text(to, TEXT_UNKNOWN);
	if (life->closer == TCPLIFE_CLOSER_NONE)
		return put_text(to, TEXT_NONE);
	return cell_put_word(to, &closer_names, life->closer);
}

static char *cell_duration(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_duration(to, LIFE_HAS(life, DURATION_US), life->duration_us);
}

static char *cell_handshake(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_duration(to, LIFE_HAS(life, HANDSHAKE_US),
				 life->handshake_us);
}

static char *cell_time_wait(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_duration(to, LIFE_HAS(life, STATES),
				 life->states[TCPLIFE_STATE_TIME_WAIT]);
}

static char *cell_synack_retransmits(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, SYNACK_RETRANSMITS),
			       life->synack_retransmits);
}

static char *cell_synacks_sent(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, SYNACKS_SENT),
			       life->synacks_sent);
}

static char *cell_expires(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_duration(to, LIFE_HAS(life, EXPIRES_US),
				 life->expires_us);
}

static char *cell_isn_local(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, ISN_LOCAL), life->isn_local);
}

static char *cell_isn_remote(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, ISN_REMOTE), life->isn_remote);
}

static char *cell_listener_id(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, LISTENER_ID),
			       life->listener_id);
}

static char *cell_retransmits(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, RETRANSMITS), life->retransmits);
}

static char *cell_sent(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_bytes(to, LIFE_HAS(life, BYTES_SENT), life->bytes_sent);
}

static char *cell_received(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_bytes(to, LIFE_HAS(life, BYTES_RECEIVED),
			      life->bytes_received);
}

static char *cell_pid(const void *record, char *to)
{
	const struct life *life = record;

	return cell_put_number(to, LIFE_HAS(life, PID), life->pid);
}

static char *cell_comm(const void *record, char *to)
{
	const struct life *life = record;

	return text_safe(to, TEXT_CELL, LIFE_HAS(life, COMM) ? life->comm :
							       TEXT_UNKNOWN);
}

/* Yellow: somebody gave up or was told no; red: it broke. */
static const char *color_outcome(const void *record)
{
	const struct life *life = record;

	switch (life->outcome) {
	case TCPLIFE_OUTCOME_OPEN:
	case TCPLIFE_OUTCOME_CLOSED:
		return NULL;
	case TCPLIFE_OUTCOME_REFUSED:
	case TCPLIFE_OUTCOME_CONNECT_ABORTED:
	case TCPLIFE_OUTCOME_RESET_LOCAL:
	case TCPLIFE_OUTCOME_KILLED:
	case TCPLIFE_OUTCOME_LISTENER_CLOSED:
	case TCPLIFE_OUTCOME_NETNS_DELETED:
	case TCPLIFE_OUTCOME_MISSED:
		return "yellow";
	default:
		return "red";
	}
}

static char *cell_hook_name(const void *record, char *to)
{
	return text_safe(to, TEXT_CELL, ((const struct hook *)record)->name);
}

static char *cell_hook_kind(const void *record, char *to)
{
	return cell_put_word(to, &hook_kind_names,
			     ((const struct hook *)record)->kind);
}

static char *cell_hook_status(const void *record, char *to)
{
	return cell_put_word(to, &hook_status_names,
			     ((const struct hook *)record)->status);
}

static const char *color_hook_status(const void *record)
{
	const struct hook *hook = record;

	return hook->status == TCPLIFE_HOOK_STATUS_ARMED ||
	       hook->status == TCPLIFE_HOOK_STATUS_ABSENT ? NULL : "red";
}

static char *cell_hook_required(const void *record, char *to)
{
	const struct hook *hook = record;

	return put_text(to, hook->required ? "yes" : "no");
}

static char *cell_hook_missed(const void *record, char *to)
{
	const struct hook *hook = record;

	return cell_put_number(to, HOOK_HAS(hook, MISSED), hook->missed);
}

static char *cell_hook_feature(const void *record, char *to)
{
	return text_safe(to, TEXT_CELL, ((const struct hook *)record)->feature);
}

COLUMN(id, "ID", 6);
COLUMN(opened_at, "OPENED_AT", -23);
COLUMN(opened_clock, "OPENED_AT", -12);
COLUMN(local, "LOCAL", -21);
COLUMN(remote, "REMOTE", -21);
COLUMN(role, "ROLE", -7);
COLUMN(state, "STATE", -11);
COLUMN(outcome, "OUTCOME", -1, .color = color_outcome);
COLUMN(closer, "CLOSER", -6);
COLUMN(duration, "DURATION", 10, .wide = true);
COLUMN(handshake, "HANDSHAKE", 10, .wide = true);
COLUMN(time_wait, "TIME_WAIT", 10, .wide = true);
COLUMN(synack_retransmits, "SYNACK_RETRANSMITS", 4);
COLUMN(synacks_sent, "SYNACKS_SENT", 4);
COLUMN(expires, "EXPIRES", 10, .wide = true);
COLUMN(isn_local, "ISN_LOCAL", 10);
COLUMN(isn_remote, "ISN_REMOTE", 10);
COLUMN(listener_id, "LISTENER_ID", 6);
COLUMN(retransmits, "RETRANSMITS", 4);
COLUMN(sent, "SENT", 8);
COLUMN(received, "RECEIVED", 8);
COLUMN(pid, "PID", 7);
COLUMN(comm, "COMM", -15, .wide = true);
COLUMN(hook_name, "NAME", -20, .wide = true);
COLUMN(hook_kind, "KIND", -10);
COLUMN(hook_status, "STATUS", -8, .color = color_hook_status);
COLUMN(hook_required, "REQUIRED", -8);
COLUMN(hook_missed, "MISSED", 6);
COLUMN(hook_feature, "FEATURE", -1, .wide = true);

VIEW(stream, life_type, &id, &opened_clock, &pid, &comm, &role, &local, &remote,
     &duration, &sent, &received, &closer, &outcome);
VIEW(list, life_type, &id, &state, &duration, &pid, &comm, &role, &local,
     &remote, &handshake, &retransmits);
VIEW(history, life_type, &id, &opened_at, &pid, &comm, &role, &local, &remote,
     &duration, &sent, &received, &closer, &outcome);
VIEW(halfopen, life_type, &id, &duration, &synacks_sent, &synack_retransmits,
     &expires, &isn_local, &isn_remote, &listener_id, &local, &remote);
VIEW(timewait, life_type, &id, &time_wait, &closer, &pid, &comm, &local,
     &remote);
VIEW(hooks, hook_type, &hook_name, &hook_kind, &hook_status, &hook_required,
     &hook_missed, &hook_feature);

const struct view view_show = { .type = &life_type };
const struct view view_summary = { .type = &summary_type };
