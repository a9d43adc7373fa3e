// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzz target: any bytes through the decoder, and whatever comes out of it
 * through every format; and as a recording that is followed and listed.
 * libFuzzer calls it, and so does driver.c.
 *
 * The first byte of an input chooses what happens to the rest.  Besides the
 * sanitizers' findings these are bugs: JSON that is none, control characters
 * in text, and a drawing that is not as it must be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>
#include <libmnl/libmnl.h>

#include "advise.h"
#include "decode.h"
#include "exit.h"
#include "filter.h"
#include "format.h"
#include "fuzz.h"
#include "source.h"
#include "text.h"

static void fail(const char *why, const char *text)
{
	fprintf(stderr, "%s:\n%s\n", why, text);
	abort();
}

static void check_json(const char *text, size_t len)
{
	json_error_t error;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail(error.text, text);
	json_decref(json);
	if (len < 2 || text[len - 1] != '\n' ||
	    memchr(text, '\n', len) != text + len - 1)
		fail("not one line", text);
}

static void check_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			fail("a control character", text);
}

static void write_as(const struct format_ops *ops, const struct view *view,
		     const void *record)
{
	struct format format = { .ops = ops, .view = view, .header = true };
	char *text = NULL;
	size_t len = 0;

	format.out = open_memstream(&text, &len);
	if (!format.out || format_begin(&format))
		abort();
	format_record(&format, record);
	if (format_end(&format))
		abort();
	fclose(format.out);
	if (ops == &format_json)
		check_json(text, len);
	else
		check_text(text, len);
	free(text);
}

/* Every filter that can be made of a life lets that life through. */
static void check_filter(const struct life *life)
{
	struct filter filter = {
		.local.addr = life->local_addr,
		.remote.addr = life->remote_addr,
		.pid = life->pid,
		.has_pid = LIFE_HAS(life, PID),
		.port = life->remote_port,
		.has_port = LIFE_HAS(life, REMOTE_PORT),
	};

	if (LIFE_HAS(life, STATE) && life->state < 32)
		filter.states = 1u << life->state;
	if (!filter_match(&filter, life))
		fail("a life does not match itself", "");
	if (life_scope(life) > TCPLIFE_SCOPE_MAX)
		fail("no such scope", "");
	life_is_late(life);
}

/* What is found is text, and rests on numbers. */
static void check_finding(void *context, const struct finding *finding)
{
	(void)context;
	check_text(finding->subject, strlen(finding->subject));
	check_text(finding->finding, strlen(finding->finding));
	check_text(finding->advice, strlen(finding->advice));
	if (!*finding->subject || !finding->count)
		fail("a finding about nothing", finding->finding);
}

/* Advice from this one record alone; records repeat, so that some rule speaks. */
static void take_fact(int (*add)(struct facts *facts, const void *record),
		      const void *record)
{
	static const struct advice advice = { .found = check_finding };
	struct facts *facts = calloc(1, sizeof(*facts));
	unsigned int i;

	if (!facts)
		abort();
	facts_set_sysctl(facts, SYSCTL_TCP_SYNCOOKIES, "0");
	for (i = 0; i < 120; i++)
		if (add(facts, record))
			abort();
	facts_sort(facts);
	advise(facts, &advice);
	facts_free(facts);
	free(facts);
}

static void take_life(unsigned int choice, const struct message *msg)
{
	static struct life life;

	if (decode_record(&life_type, msg, &life))
		return;
	check_filter(&life);
	if (choice < FUZZ_LINES)
		write_as(&format_json, &view_stream, &life);
	else if (choice < FUZZ_LADDER)
		write_as(&format_lines, &view_stream, &life);
	else
		write_as(&format_ladder, &view_show, &life);
	if (choice == FUZZ_LINES)
		take_fact(facts_add_live, &life);
	else if (choice == FUZZ_LADDER)
		take_fact(facts_add_history, &life);
}

static void take_record(const struct record_type *type,
			const struct format_ops *ops, const struct view *view,
			int (*add)(struct facts *facts, const void *record),
			const struct message *msg)
{
	static union {
		struct summary	summary;
		struct hook	hook;
		struct listener	listener;
		struct flood	flood;
		struct tally	tally;
	} record;

	if (decode_record(type, msg, &record))
		return;
	write_as(&format_json, view, &record);
	write_as(ops, view, &record);
	if (add)
		take_fact(add, &record);
}

static void take_message(unsigned int choice, const struct nlmsghdr *nlh)
{
	struct family family;
	struct message msg;
	char name[16];

	if (decode_message(nlh, &msg))
		return;
	if (choice < FUZZ_SUMMARY)
		take_life(choice, &msg);
	else if (choice < FUZZ_HOOK)
		take_record(&summary_type, &format_pairs, &view_summary, NULL,
			    &msg);
	else if (choice < FUZZ_LISTENER)
		take_record(&hook_type, &format_lines, &view_hooks, NULL, &msg);
	else if (choice < FUZZ_FLOOD)
		take_record(&listener_type, &format_lines, &view_listeners,
			    facts_add_listener, &msg);
	else if (choice < FUZZ_TALLY)
		take_record(&flood_type, &format_lines,
			    choice & 1 ? &view_floods : &view_alerts,
			    facts_add_flood, &msg);
	else if (choice + 1 < FUZZ_FAMILY)
		take_record(&tally_type, &format_lines, &view_time_wait,
			    facts_add_tally, &msg);
	else if (choice < FUZZ_FAMILY)
		take_record(&tally_type, &format_pairs, &view_total, NULL,
			    &msg);
	else if (!decode_family(&msg, &family))
		decode_family_name(&msg, name, sizeof(name));
}

/* A value that a user could type. */
static void take_words(const char *text)
{
	struct endpoint end;
	uint32_t set = 0;
	uint64_t number;

	if (!filter_parse_number(text, UINT32_MAX, &number) &&
	    number > UINT32_MAX)
		fail("a number too large", text);
	filter_parse_endpoint(text, &end);
	filter_parse_words(&outcome_names, text, &set);
}

/* What the reader would say of a recording. */
void complain(const char *text, ...)
{
	(void)text;
}

/* The stream of a recording to its end, and each repair that it holds. */
static void follow(struct source *source)
{
	static _Alignas(struct nlmsghdr) char room[SOURCE_BUFFER];
	struct messages msgs = { 0 };
	const struct nlmsghdr *nlh;
	ssize_t len;

	if (source_join(source, GROUP_LIVES, 0))
		return;
	while ((len = source_event(source, room, -1))) {
		nlh = (const void *)room;
		if (len > 0 && (size_t)len != nlh->nlmsg_len)
			fail("an event that is no message", "");
		if (len < 0)
			source_dump_lives(source, TCPLIFE_SCOPE_LIVE, &msgs);
		messages_free(&msgs);
	}
}

/* As a file, whose header and lengths may be anything. */
static void take_recording(const void *data, size_t size)
{
	static struct source source;
	struct messages msgs = { 0 };
	char path[32];
	int fd = memfd_create("recording", MFD_CLOEXEC);
	unsigned int scope;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!source_open(&source, path, NULL)) {
		for (scope = 0; scope <= TCPLIFE_SCOPE_MAX; scope++)
			source_dump_lives(&source, scope, &msgs);
		follow(&source);
	}
	source_close(&source);
	messages_free(&msgs);
	close(fd);
}

/**
 * LLVMFuzzerTestOneInput - run one input
 * @data: what to do, and any bytes
 * @size: how many
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verdict verdict;
	struct nlmsghdr *nlh;
	unsigned int choice;

	if (size < 1 + sizeof(*nlh) || size > 65536)
		return 0;
	choice = data[0] % FUZZ_CHOICES;
	text_set_utf8(data[0] & 0x80);
	size--;
	/* A block of its own, so that one byte too far is seen. */
	nlh = malloc(size + 1);
	if (!nlh)
		abort();
	memcpy(nlh, data + 1, size);
	if (choice == FUZZ_RECORDING) {
		take_recording(nlh, size);
	} else if (choice == FUZZ_WORDS) {
		((char *)nlh)[size] = '\0';
		take_words((char *)nlh);
	} else {
		nlh = realloc(nlh, size);
		nlh->nlmsg_len = size;	/* as mnl_nlmsg_ok() would have it */
		if (choice == FUZZ_VERDICT)
			decode_verdict(nlh, &verdict);
		else
			take_message(choice, nlh);
	}
	free(nlh);
	return 0;
}
