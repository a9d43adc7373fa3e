// SPDX-License-Identifier: GPL-2.0
/*
 * Owns recordings: a file of netlink messages, requests and all they brought,
 * in the order in which they went over the sockets.  A request is answered by
 * what followed the same request in the file.  A request for lives that the
 * file does not hold is answered from all lives in it, so that what a stream
 * recorded can be looked through as history.  Settings of the kernel stand in it
 * as source.c writes them.
 *
 * A raw recording, as raw.h has it, holds no requests: lists are answered from
 * all lives in it, and the repair of a stream by what the recorded one found.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "exit.h"
#include "filter.h"
#include "raw.h"
#include "source.h"
#include "text.h"

/**
 * struct found - a life of the recording
 * @id: its id
 * @index: of its message
 * @seq: the number it was told under, or 0
 * @is_end: the message only tells its end, and adds to that of the number @seq
 * @end: of the message that adds its end, or 0: there is none
 */
struct found {
	uint64_t	id;
	size_t		index;
	uint64_t	seq;
	bool		is_end;
	size_t		end;
};

/**
 * struct replay - a recording that is being read
 * @data: the file
 * @messages: its messages
 * @used: for each: a request that was answered
 * @count: of messages
 * @raw: it is a raw recording
 * @streaming: its messages are followed
 * @event: next message to look at for events
 * @repair: first message that a repair found, if the stream is at one; or 0
 * @answer: next message to look at for the answer
 * @answer_seq: the answer's nlmsg_seq in the file; 0: there is none
 * @request: what is being answered
 * @bag: lives that are the answer, the last first; or NULL
 * @bag_left: how many of them are still to be given
 * @bag_given: some were given
 * @bag_done: the end of that answer was given
 */
struct replay {
	char			*data;
	const struct nlmsghdr	**messages;
	bool			*used;
	size_t			count;
	bool			raw;
	bool			streaming;
	size_t			event;
	size_t			repair;
	size_t			answer;
	uint32_t		answer_seq;
	struct nlmsghdr		request;
	struct found		*bag;
	size_t			bag_left;
	bool			bag_given;
	bool			bag_done;
};

static int read_file(const char *path, char **data, size_t *len)
{
	FILE *file = fopen(path, "rb");
	size_t size = 0, got;
	int err = 0;

	if (!file)
		return -errno;
	do {
		char *grown = realloc(*data, size + SOURCE_BUFFER);

		if (!grown) {
			err = -ENOMEM;
			break;
		}
		*data = grown;
		got = fread(*data + size, 1, SOURCE_BUFFER, file);
		size += got;
	} while (got);
	if (ferror(file))
		err = -errno;
	fclose(file);
	*len = size;
	return err;
}

/* Damaged: a length that no message has, unless only the rest is missing. */
static void complain_end(const struct replay *replay, size_t at, size_t len)
{
	const struct nlmsghdr *nlh = (const void *)(replay->data + at);

	if (len - at < sizeof(*nlh) || (nlh->nlmsg_len > len - at &&
					nlh->nlmsg_len <= RAW_MESSAGE_MAX))
		complain("the recording ends within a message; what is before that is shown");
	else
		complain("the recording is damaged %zu bytes from its beginning; what is before that is shown",
			 at);
}

static int index_messages(struct replay *replay, size_t at, size_t len)
{
	size_t step, most = (len - at) / sizeof(struct nlmsghdr) + 1;

	replay->messages = calloc(most, sizeof(*replay->messages));
	replay->used = calloc(most, sizeof(*replay->used));
	if (!replay->messages || !replay->used)
		return -ENOMEM;
	for (; (step = raw_step(replay->data + at, len - at)); at += step)
		replay->messages[replay->count++] =
			(const void *)(replay->data + at);
	if (at != len && (replay->count || replay->raw))
		complain_end(replay, at, len);
	return 0;
}

/* Where it is from; what is not known is a dash. */
static void say_origin(const struct raw_header *head)
{
	char module[TEXT_SHORT], kernel[TEXT_ADDRESS], boot[TEXT_ADDRESS];
	char began[TEXT_SHORT] = TEXT_NONE;

	text_safe(module, sizeof(module), *head->module ? head->module :
							  TEXT_NONE);
	text_safe(kernel, sizeof(kernel), *head->kernel ? head->kernel :
							  TEXT_NONE);
	text_safe(boot, sizeof(boot), *head->boot_id ? head->boot_id :
						       TEXT_NONE);
	if (head->began_ns)
		text_clock(began, head->began_ns, true);
	complain("recorded from %s on, by tcplife %s on Linux %s, boot %s",
		 began, module, kernel, boot);
}

/* The header has what is otherwise asked for first: the family. */
static int read_header(struct source *source, const char *path, size_t len)
{
	struct replay *replay = source->private;
	struct raw_header *head = &source->head;
	const char *wrong = raw_check(replay->data, len, head);

	if (wrong) {
		complain("%s: this recording %s", path, wrong);
		return EXIT_ERROR;
	}
	replay->raw = true;
	source->family.id = head->family;
	source->family.groups[GROUP_LIVES] = 1;	/* any but none */
	source->family.groups[GROUP_ALERTS] = 1;
	say_origin(head);
	return EXIT_FINE;
}

/**
 * replay_open - read a recording
 * @source: whose transport it becomes
 * @path: the file
 *
 * Return: EXIT_FINE, or another exit code, said on stderr.
 */
int replay_open(struct source *source, const char *path)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	size_t len = 0, at = 0;
	int err;

	if (!replay)
		return source_complain(source, -ENOMEM);
	source->transport = &transport_replay;
	source->private = replay;
	err = read_file(path, &replay->data, &len);
	if (!err && raw_is(replay->data, len)) {
		if (read_header(source, path, len))
			return EXIT_ERROR;
		at = source->head.len;
	}
	if (!err)
		err = index_messages(replay, at, len);
	if (err)
		complain("%s: %s", path, strerror(-err));
	else if (len && !replay->count && !replay->raw)
		complain("%s: this is no recording", path);
	else
		return EXIT_FINE;
	return EXIT_ERROR;
}

static bool is_request(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type >= NLMSG_MIN_TYPE &&
	       (nlh->nlmsg_flags & NLM_F_REQUEST);
}

static bool same_request(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	return is_request(a) && a->nlmsg_type == b->nlmsg_type &&
	       a->nlmsg_flags == b->nlmsg_flags &&
	       a->nlmsg_len == b->nlmsg_len &&
	       !memcmp(a + 1, b + 1, a->nlmsg_len - sizeof(*a));
}

/* The first such request not answered yet, or else the last such. */
static bool find_recorded(struct replay *replay, const struct nlmsghdr *nlh)
{
	size_t i, found = replay->count;

	for (i = 0; i < replay->count; i++) {
		if (!same_request(replay->messages[i], nlh))
			continue;
		found = i;
		if (!replay->used[i])
			break;
	}
	if (found == replay->count)
		return false;
	replay->used[found] = true;
	replay->answer = found + 1;
	replay->answer_seq = replay->messages[found]->nlmsg_seq;
	return true;
}

/* Decode a message of the module about a life, or about the end of one. */
static bool read_life(const struct source *source, const struct nlmsghdr *nlh,
		      struct life *life, struct found *found)
{
	struct message msg;

	if (nlh->nlmsg_type != source->family.id || is_request(nlh) ||
	    decode_message(nlh, &msg))
		return false;
	if (msg.cmd != TCPLIFE_CMD_LIFE_GET && msg.cmd != TCPLIFE_CMD_LIFE_NTF &&
	    msg.cmd != TCPLIFE_CMD_LIFE_END_NTF)
		return false;
	if (decode_record(&life_type, &msg, life))
		return false;
	found->id = life->id;
	found->is_end = msg.cmd == TCPLIFE_CMD_LIFE_END_NTF;
	if (decode_number(&msg, found->is_end ? TCPLIFE_ATTR_LIFE_FIRST_SEQ :
						TCPLIFE_ATTR_LIFE_SEQ, &found->seq))
		found->seq = 0;
	return true;
}

static bool is_asked_for(const struct life *life, const struct life *wanted)
{
	enum tcplife_scope scope = life_scope(life);

	if (LIFE_HAS(wanted, ID))
		return life->id == wanted->id && scope == TCPLIFE_SCOPE_LIVE;
	return scope == wanted->state;
}

static int compare_ids(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* The last first, so that giving them from the end restores the order. */
static int compare_indices(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->index < y->index ? 1 : x->index > y->index ? -1 : 0;
}

/*
 * Of each life only what was said last about it, with its end if only that was
 * said behind it.
 */
static size_t keep_last(struct found *found, size_t count)
{
	struct found *life = NULL;
	size_t i, kept = 0;

	qsort(found, count, sizeof(*found), compare_ids);
	for (i = 0; i < count; i++) {
		bool same = life && life->id == found[i].id;

		if (!found[i].is_end) {
			if (!same)
				life = &found[kept++];
			*life = found[i];
		} else if (same && life->seq == found[i].seq) {
			life->end = found[i].index;
		}
	}
	return kept;
}

/* A life as one message: its end stands behind what was told before. */
static size_t put_together(const struct replay *replay, const struct found *found,
			   void *to)
{
	const struct nlmsghdr *nlh = replay->messages[found->index];
	const struct nlmsghdr *end = replay->messages[found->end];
	size_t skip = MNL_NLMSG_HDRLEN + GENL_HDRLEN;
	size_t len = MNL_ALIGN((size_t)nlh->nlmsg_len);
	struct nlmsghdr *whole = to;

	memcpy(whole, nlh, nlh->nlmsg_len);
	if (!found->end || len - skip + end->nlmsg_len > SOURCE_BUFFER)
		return nlh->nlmsg_len;
	memset((char *)to + nlh->nlmsg_len, 0, len - nlh->nlmsg_len);
	memcpy((char *)to + len, (const char *)end + skip, end->nlmsg_len - skip);
	whole->nlmsg_len = len + end->nlmsg_len - skip;
	return whole->nlmsg_len;
}

static size_t keep_asked_for(struct source *source, size_t count,
			     const struct life *wanted)
{
	static _Alignas(struct nlmsghdr) char whole[SOURCE_BUFFER];
	struct replay *replay = source->private;
	struct found unused;
	struct life life;
	size_t i, kept = 0;

	for (i = 0; i < count; i++) {
		struct found *found = &replay->bag[i];

		put_together(replay, found, whole);
		if (read_life(source, (const void *)whole, &life, &unused) &&
		    is_asked_for(&life, wanted))
			replay->bag[kept++] = *found;
	}
	qsort(replay->bag, kept, sizeof(*replay->bag), compare_indices);
	return kept;
}

/* What is asked for: @wanted->id, or the scope in @wanted->state. */
static void read_wish(const struct nlmsghdr *nlh, struct life *wanted)
{
	const struct nlattr *attr;
	struct message msg;

	memset(wanted, 0, life_type.clear);
	if (decode_message(nlh, &msg))
		return;
	mnl_attr_for_each_payload(msg.attrs, msg.len) {
		if (mnl_attr_get_type(attr) == TCPLIFE_ATTR_LIFE_SCOPE)
			wanted->state = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == TCPLIFE_ATTR_LIFE_ID) {
			wanted->id = mnl_attr_get_u64(attr);
			wanted->present |= 1ull << TCPLIFE_ATTR_LIFE_ID;
		}
	}
}

static int fill_bag(struct source *source, const struct nlmsghdr *nlh)
{
	struct replay *replay = source->private;
	struct life life, wanted;
	struct found *bag;
	size_t i, count = 0;

	bag = calloc(replay->count + 1, sizeof(*bag));
	if (!bag)
		return -ENOMEM;
	read_wish(nlh, &wanted);
	for (i = 0; i < replay->count; i++) {
		bag[count].index = i;
		if (read_life(source, replay->messages[i], &life, &bag[count]))
			count++;
	}
	count = keep_last(bag, count);
	replay->bag = bag;
	replay->bag_left = keep_asked_for(source, count, &wanted);
	replay->bag_given = false;
	replay->bag_done = false;
	return 0;
}

/* Is it a life that the recorded stream had asked for? */
static bool is_answer(const struct source *source, const struct nlmsghdr *nlh)
{
	struct message msg;

	return nlh->nlmsg_type == source->family.id &&
	       !decode_message(nlh, &msg) && msg.cmd == TCPLIFE_CMD_LIFE_GET;
}

/* What the recorded stream found when it was repaired here; perhaps nothing. */
static int fill_bag_from_repair(struct source *source)
{
	struct replay *replay = source->private;
	size_t i, end = replay->repair;

	while (end && end < replay->count &&
	       is_answer(source, replay->messages[end]))
		end++;
	replay->bag = calloc(end - replay->repair + 1, sizeof(*replay->bag));
	if (!replay->bag)
		return -ENOMEM;
	for (i = end; i > replay->repair; i--)
		replay->bag[end - i] = (struct found){ .index = i - 1 };
	replay->bag_left = end - replay->repair;
	replay->bag_given = false;
	replay->bag_done = false;
	return 0;
}

static int replay_send(struct source *source, const struct nlmsghdr *nlh)
{
	struct replay *replay = source->private;
	struct message msg;

	replay->answer_seq = 0;
	replay->request = *nlh;
	free(replay->bag);
	replay->bag = NULL;
	if (replay->raw && replay->streaming)
		return fill_bag_from_repair(source);
	if (!replay->raw && find_recorded(replay, nlh))
		return 0;
	if (nlh->nlmsg_type != GENL_ID_CTRL && !decode_message(nlh, &msg) &&
	    msg.cmd == TCPLIFE_CMD_LIFE_GET)
		return fill_bag(source, nlh);
	return 0;
}

static ssize_t give(const struct nlmsghdr *nlh, void *to)
{
	memcpy(to, nlh, nlh->nlmsg_len);
	return nlh->nlmsg_len;
}

/* As if it answered the request of today. */
static ssize_t answers(const struct replay *replay, void *to)
{
	struct nlmsghdr *nlh = to;

	nlh->nlmsg_seq = replay->request.nlmsg_seq;
	return nlh->nlmsg_len;
}

static ssize_t give_end(struct replay *replay, void *to, int error)
{
	bool dump = (replay->request.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	struct nlmsgerr err = { .error = error, .msg = replay->request };
	struct nlmsghdr *nlh = to;

	*nlh = (struct nlmsghdr){
		.nlmsg_type = dump ? NLMSG_DONE : NLMSG_ERROR,
		.nlmsg_flags = NLM_F_CAPPED,
		.nlmsg_seq = replay->request.nlmsg_seq,
		.nlmsg_len = sizeof(*nlh) + sizeof(err),
	};
	memcpy(nlh + 1, &err, sizeof(err));
	replay->bag_done = true;
	return nlh->nlmsg_len;
}

static ssize_t give_from_bag(struct replay *replay, void *to)
{
	bool dump = (replay->request.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	if (replay->bag_done)
		return 0;
	if (!replay->bag_left)
		return give_end(replay, to,
				dump || replay->bag_given ? 0 : -ENOENT);
	replay->bag_left--;
	replay->bag_given = true;
	put_together(replay, &replay->bag[replay->bag_left], to);
	return answers(replay, to);
}

static ssize_t replay_receive(struct source *source, void *to, size_t size)
{
	struct replay *replay = source->private;

	(void)size;	/* no message is larger: raw_step() */
	if (replay->bag)
		return give_from_bag(replay, to);
	while (replay->answer_seq && replay->answer < replay->count) {
		const struct nlmsghdr *nlh = replay->messages[replay->answer++];

		if (!is_request(nlh) && nlh->nlmsg_seq == replay->answer_seq) {
			give(nlh, to);
			return answers(replay, to);
		}
	}
	return 0;
}

static int replay_join(struct source *source, size_t buffer)
{
	struct replay *replay = source->private;

	(void)buffer;	/* what was lost then is lost */
	if (replay->raw && source->group != GROUP_LIVES)
		return -ENODATA;
	replay->streaming = true;
	return 0;
}

static bool is_event(const struct source *source, const struct nlmsghdr *nlh)
{
	struct message msg;

	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return true;
	if (is_request(nlh) || decode_message(nlh, &msg))
		return false;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return !nlh->nlmsg_seq;
	if (nlh->nlmsg_type != source->family.id)
		return false;
	if (source->group == GROUP_ALERTS)
		return msg.cmd == TCPLIFE_CMD_ALERT_NTF;
	return msg.cmd == TCPLIFE_CMD_LIFE_NTF ||
	       msg.cmd == TCPLIFE_CMD_LIFE_END_NTF;
}

/*
 * Where the recorded stream stopped to ask for lives, ours pauses too, so that
 * it gets the same answers at the same place; a raw recording marks the place.
 * Nothing is ever queued.
 */
static ssize_t replay_event(struct source *source, void *to, size_t size,
			    int timeout_ms)
{
	struct replay *replay = source->private;
	bool lull;

	(void)size;	/* no message is larger: raw_step() */
	if (!timeout_ms)
		return -EAGAIN;
	replay->repair = 0;
	while (replay->event < replay->count) {
		size_t i = replay->event++;
		const struct nlmsghdr *nlh = replay->messages[i];

		if (is_request(nlh) && nlh->nlmsg_type == source->family.id &&
		    !replay->used[i])
			return -EAGAIN;
		if (replay->raw && raw_is_repair(nlh, &lull)) {
			replay->repair = i + 1;
			return lull ? -EAGAIN : -EBUSY;
		}
		if (!is_event(source, nlh))
			continue;
		if (nlh->nlmsg_type == NLMSG_OVERRUN)
			return -ENOBUFS;
		return give(nlh, to);
	}
	return 0;
}

/* The text of a setting, if this message holds it: a name and a text. */
static const char *find_setting(const struct nlmsghdr *nlh, const char *name,
				size_t *len)
{
	const char *at = (const char *)(nlh + 1);
	size_t left = nlh->nlmsg_len - sizeof(*nlh);
	size_t name_size = strlen(name) + 1;

	if (nlh->nlmsg_type != NLMSG_NOOP || left < name_size ||
	    memcmp(at, name, name_size))
		return NULL;
	*len = strnlen(at + name_size, left - name_size);
	return at + name_size;
}

static ssize_t replay_sysctl(struct source *source, const char *name, char *to,
			     size_t size)
{
	struct replay *replay = source->private;
	size_t i, len;

	for (i = 0; i < replay->count; i++) {
		const char *text = find_setting(replay->messages[i], name, &len);

		if (!text)
			continue;
		if (len > size)
			len = size;
		memcpy(to, text, len);
		return len;
	}
	return -ENOENT;
}

static void replay_close(struct source *source)
{
	struct replay *replay = source->private;

	free(replay->bag);
	free(replay->used);
	free(replay->messages);
	free(replay->data);
	free(replay);
}

const struct transport transport_replay = {
	.send = replay_send,
	.receive = replay_receive,
	.join = replay_join,
	.event = replay_event,
	.sysctl = replay_sysctl,
	.close = replay_close,
};
