// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the conversation with the module: requests, their answers, the retry of
 * dumps that changed while they were read, the recording of all of it, and
 * what is said when the kernel refuses.  Where the messages come from is the
 * business of live.c and replay.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "exit.h"
#include "source.h"

#define DUMP_TRIES	5
#define REQUEST_SIZE	256

/**
 * messages_free - forget the messages
 * @msgs: of which nothing remains
 */
void messages_free(struct messages *msgs)
{
	free(msgs->data);
	*msgs = (struct messages){ 0 };
}

static int messages_add(struct messages *msgs, const struct nlmsghdr *nlh)
{
	size_t len = MNL_ALIGN(nlh->nlmsg_len);

	if (len > INT_MAX - msgs->used)
		return -EFBIG;		/* messages_for_each() counts in int */
	if (msgs->used + len > msgs->size) {
		size_t size = 2 * msgs->size + len + SOURCE_BUFFER;
		char *data = realloc(msgs->data, size);

		if (!data)
			return -ENOMEM;
		msgs->data = data;
		msgs->size = size;
	}
	memset(msgs->data + msgs->used, 0, len);
	memcpy(msgs->data + msgs->used, nlh, nlh->nlmsg_len);
	msgs->used += len;
	return 0;
}

/* Padded as netlink pads, so that the file is one sequence of messages. */
static void record(struct source *source, const void *data, size_t len)
{
	static const char padding[MNL_ALIGNTO];

	if (!source->record)
		return;
	fwrite(data, 1, len, source->record);
	fwrite(padding, 1, MNL_ALIGN(len) - len, source->record);
	fflush(source->record);
}

static void record_overrun(struct source *source)
{
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = NLMSG_OVERRUN,
	};

	record(source, &nlh, sizeof(nlh));
}

/**
 * struct answer - the answer to a request, as far as it has come
 * @msgs: its messages
 * @done: it is complete
 * @changed: what was dumped changed meanwhile
 */
struct answer {
	struct messages	*msgs;
	bool		done;
	bool		changed;
};

static int take_message(struct source *source, struct answer *answer,
			const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_seq != source->seq)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->changed = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		answer->done = true;
		if (decode_verdict(nlh, &source->verdict))
			return -EBADMSG;
		return source->verdict.error;
	default:
		return messages_add(answer->msgs, nlh);
	}
}

static int take_bytes(struct source *source, struct answer *answer, int len)
{
	const struct nlmsghdr *nlh = (const void *)source->bytes;
	int err;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		err = take_message(source, answer, nlh);
		if (err || answer->done)
			return err;
	}
	return 0;
}

/* Send a request and gather the whole answer. */
static int ask(struct source *source, struct nlmsghdr *nlh,
	       struct answer *answer)
{
	ssize_t len;
	int err;

	memset(&source->verdict, 0, sizeof(source->verdict));
	nlh->nlmsg_seq = ++source->seq;
	record(source, nlh, nlh->nlmsg_len);
	err = source->transport->send(source, nlh);
	while (!err && !answer->done) {
		len = source->transport->receive(source, source->bytes,
						 sizeof(source->bytes));
		if (len <= 0)
			return len ? len : -ENODATA;
		record(source, source->bytes, len);
		err = take_bytes(source, answer, len);
	}
	return err;
}

static struct nlmsghdr *request(void *room, uint16_t type, uint16_t flags,
				uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static int find_family(struct source *source)
{
	_Alignas(struct nlmsghdr) char room[REQUEST_SIZE];
	struct messages msgs = { 0 };
	struct answer answer = { .msgs = &msgs };
	struct message msg;
	struct nlmsghdr *nlh;
	int err;

	nlh = request(room, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TCPLIFE_FAMILY_NAME);
	err = ask(source, nlh, &answer);
	if (!err && !msgs.used)
		err = -ENOENT;
	if (!err)
		err = decode_message((const void *)msgs.data, &msg);
	if (!err)
		err = decode_family(&msg, &source->family);
	messages_free(&msgs);
	return err == -ENOENT ? -ENOPKG : err;
}

static int open_record(struct source *source, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0)
		source->record = fdopen(fd, "wb");
	if (source->record)
		return 0;
	complain("%s: %s", path, strerror(errno));
	return EXIT_ERROR;
}

/**
 * source_open - find the module, or a recording of it
 * @source: filled
 * @replay: a recording to read, or NULL
 * @record: a recording to write, or NULL
 *
 * Return: EXIT_FINE, or another exit code, said on stderr.  source_close() is
 * needed in any case.
 */
int source_open(struct source *source, const char *replay, const char *record)
{
	int err;

	memset(source, 0, offsetof(struct source, bytes));
	source->out = STDOUT_FILENO;
	if (record && open_record(source, record))
		return EXIT_ERROR;
	if (replay && replay_open(source, replay))
		return EXIT_ERROR;
	err = replay ? 0 : live_open(source);
	if (!err && !source->family.id)
		err = find_family(source);
	return err ? source_complain(source, err) : EXIT_FINE;
}

/**
 * source_close - let go of the module or the recording
 * @source: to be closed
 */
void source_close(struct source *source)
{
	if (source->transport)
		source->transport->close(source);
	if (source->record && fclose(source->record))
		complain("the recording is not complete: %s", strerror(errno));
	source->transport = NULL;
	source->record = NULL;
}

static void explain_no_module(void)
{
	complain("the kernel module tcplife is not loaded.\n"
		 "Load it:  sudo modprobe tcplife  (or: sudo insmod tcplife.ko)\n"
		 "If that says \"Key was rejected by service\", Secure Boot wants a signed module:\n"
		 "enrol the key that signed it (sudo mokutil --import KEY.der, then reboot), see\n"
		 "the README.  If it says \"Operation not permitted\", the kernel may be locked\n"
		 "down: see /sys/kernel/security/lockdown.");
}

/**
 * source_complain - say on stderr why a request failed
 * @source: of which
 * @err: a negative errno that one of the functions here returned
 *
 * Return: the exit code for it.
 */
int source_complain(const struct source *source, int err)
{
	const char *text = source->verdict.text;

	switch (err) {
	case -ENOPKG:
		explain_no_module();
		return EXIT_NO_MODULE;
	case -EPERM:
	case -EACCES:
		complain("no permission%s%s: root, or CAP_NET_ADMIN in the user namespace that owns this network namespace, is needed",
			 *text ? " - the kernel says: " : "", text);
		return EXIT_NO_PERMISSION;
	case -ENODATA:
		complain("the recording holds no answer to this request");
		return EXIT_ERROR;
	case -EOPNOTSUPP:
		if (*text)
			break;
		if (source->verdict.error)
			complain("the module does not know this request: it is older than tcplifectl");
		else
			complain("the module offers no %s",
				 source->group == GROUP_ALERTS ?
				 "alerts; tcplifectl flood shows the present" :
				 "stream on this kernel; tcplifectl history shows what has ended");
		return EXIT_ERROR;
	case -EBADMSG:
		complain("a message from the kernel makes no sense; tcplifectl and the module do not fit together");
		return EXIT_ERROR;
	}
	if (*text)
		complain("the kernel says: %s (%s)", text, strerror(-err));
	else
		complain("%s", strerror(-err));
	return EXIT_ERROR;
}

/**
 * source_get - ask for one thing
 * @source: of which
 * @cmd: enum tcplife_cmd
 * @id: which life, or NULL
 * @msgs: gets the answer; messages_free() is needed in any case
 *
 * Return: 0 or a negative errno.
 */
int source_get(struct source *source, uint8_t cmd, const uint64_t *id,
	       struct messages *msgs)
{
	_Alignas(struct nlmsghdr) char room[REQUEST_SIZE];
	struct answer answer = { .msgs = msgs };
	struct nlmsghdr *nlh;

	nlh = request(room, source->family.id, NLM_F_ACK, cmd);
	if (id)
		mnl_attr_put_u64(nlh, TCPLIFE_ATTR_LIFE_ID, *id);
	return ask(source, nlh, &answer);
}

/* A dump, tried again if what it shows changed while it was made. */
static int dump(struct source *source, struct nlmsghdr *nlh,
		struct messages *msgs)
{
	const size_t before = msgs->used;
	struct answer answer;
	int tries, err;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		msgs->used = before;
		answer = (struct answer){ .msgs = msgs };
		err = ask(source, nlh, &answer);
		if (err || !answer.changed)
			return err;
	}
	complain("the table changed whenever it was read; some lines may be missing or out of date");
	return 0;
}

/**
 * source_dump - ask for all of something
 * @source: of which
 * @cmd: enum tcplife_cmd
 * @msgs: gets the answer; messages_free() is needed in any case
 *
 * Return: 0 or a negative errno.
 */
int source_dump(struct source *source, uint8_t cmd, struct messages *msgs)
{
	_Alignas(struct nlmsghdr) char room[REQUEST_SIZE];

	return dump(source, request(room, source->family.id, NLM_F_DUMP, cmd),
		    msgs);
}

/**
 * source_dump_lives - ask for all lives of a kind
 * @source: of which
 * @scope: the kind
 * @msgs: gets the answer; messages_free() is needed in any case
 *
 * Return: 0 or a negative errno.
 */
int source_dump_lives(struct source *source, enum tcplife_scope scope,
		      struct messages *msgs)
{
	_Alignas(struct nlmsghdr) char room[REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = request(room, source->family.id, NLM_F_DUMP,
		      TCPLIFE_CMD_LIFE_GET);
	mnl_attr_put_u32(nlh, TCPLIFE_ATTR_LIFE_SCOPE, scope);
	return dump(source, nlh, msgs);
}

/**
 * source_dump_tallies - ask for all tallies of a kind
 * @source: of which
 * @report: the kind
 * @msgs: gets the answer; messages_free() is needed in any case
 *
 * Return: 0 or a negative errno.
 */
int source_dump_tallies(struct source *source, enum tcplife_report report,
			struct messages *msgs)
{
	/* Zeros: a recording is searched for the same bytes, padding among them. */
	_Alignas(struct nlmsghdr) char room[REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh;

	nlh = request(room, source->family.id, NLM_F_DUMP,
		      TCPLIFE_CMD_TALLY_GET);
	mnl_attr_put_u8(nlh, TCPLIFE_ATTR_TALLY_REPORT, report);
	return dump(source, nlh, msgs);
}

/*
 * A setting is no netlink message, but a recording should have it.  It stands
 * there as NLMSG_NOOP, which whoever reads netlink passes over: the name and
 * the text, each ended by a NUL.
 */
static void record_sysctl(struct source *source, const char *name,
			  const char *text)
{
	size_t name_size = strlen(name) + 1, text_size = strlen(text) + 1;
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh) + name_size + text_size,
		.nlmsg_type = NLMSG_NOOP,
	};
	char bytes[sizeof(nlh) + 2 * SYSCTL_TEXT];

	if (nlh.nlmsg_len > sizeof(bytes))
		return;
	memcpy(bytes, &nlh, sizeof(nlh));
	memcpy(bytes + sizeof(nlh), name, name_size);
	memcpy(bytes + sizeof(nlh) + name_size, text, text_size);
	record(source, bytes, nlh.nlmsg_len);
}

/**
 * source_sysctl - read a setting of the kernel, of this network namespace
 * @source: of which
 * @name: as in /proc/sys, with slashes
 * @to: its text, without the newline
 * @size: of @to, at most SYSCTL_TEXT
 *
 * Return: 0 or a negative errno; -ENOENT if the kernel, or the recording, does
 * not have it.
 */
int source_sysctl(struct source *source, const char *name, char *to,
		  size_t size)
{
	ssize_t len = source->transport->sysctl(source, name, to, size - 1);

	if (len < 0)
		return len;
	to[len] = '\0';
	to[strcspn(to, "\n")] = '\0';
	record_sysctl(source, name, to);
	return 0;
}

/**
 * source_join - subscribe to what is told
 * @source: of which
 * @group: to what
 * @buffer: bytes of socket buffer wanted
 *
 * Return: 0 or a negative errno.
 */
int source_join(struct source *source, enum group group, size_t buffer)
{
	memset(&source->verdict, 0, sizeof(source->verdict));
	source->group = group;
	if (!source->family.groups[group])
		return -EOPNOTSUPP;
	return source->transport->join(source, buffer);
}

/**
 * source_event - wait for what is told
 * @source: of which
 * @to: gets it; SOURCE_BUFFER bytes, aligned as a struct nlmsghdr
 * @timeout_ms: how long; 0: only what is queued; -1: for ever
 *
 * Return: bytes in @to, or as transport.event() returns.
 */
ssize_t source_event(struct source *source, void *to, int timeout_ms)
{
	ssize_t len = source->transport->event(source, to, SOURCE_BUFFER,
					       timeout_ms);

	if (len > 0)
		record(source, to, len);
	else if (len == -ENOBUFS)
		record_overrun(source);
	return len;
}
