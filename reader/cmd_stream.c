// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl stream: a line for each connection when it is over.  A loss
 * is no end: it is counted, repaired from what the module keeps, and said.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <linux/genetlink.h>

#include "command.h"
#include "exit.h"
#include "repair.h"
#include "text.h"

/* A repair waits for a lull this long, but not longer than that. */
#define LULL_MS		200
#define PATIENCE_S	1

/**
 * struct stream - a stream, running
 * @options: the user's wishes
 * @source: where it comes from
 * @format: how it is written
 * @gaps: its losses
 * @told: lines written
 * @malformed: messages that made no sense
 * @wounded: when the oldest gap opened, by the clock of time(2)
 * @unloaded: the module went away
 */
struct stream {
	const struct options	*options;
	struct source		*source;
	struct format		format;
	struct gaps		gaps;
	uint64_t		told;
	uint64_t		malformed;
	time_t			wounded;
	bool			unloaded;
};

/* It only has to end ppoll(): interrupted() sees the signal itself. */
static void wake(int signal)
{
	(void)signal;
}

static void signals_that_stop(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

/* Signals come in only while the stream waits, so none is overlooked. */
static void catch_signals(sigset_t *unblocked)
{
	struct sigaction action = { .sa_handler = wake };
	sigset_t set;

	signals_that_stop(&set);
	sigprocmask(SIG_BLOCK, &set, unblocked);
	sigdelset(unblocked, SIGINT);
	sigdelset(unblocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* A stream that never has to wait must look for itself. */
static bool interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) && (sigismember(&pending, SIGINT) ||
					 sigismember(&pending, SIGTERM));
}

static bool enough(const struct stream *stream)
{
	return stream->options->count && stream->told >= stream->options->count;
}

static bool tell(void *context, const struct life *life)
{
	struct stream *stream = context;

	if (filter_match(&stream->options->filter, life)) {
		format_record(&stream->format, life);
		stream->told++;
	}
	return !enough(stream);
}

/* With @beyond nothing more is queued, so what was lost may come behind it. */
static void mend(struct stream *stream, bool beyond)
{
	const struct repair job = {
		.source = stream->source, .gaps = &stream->gaps,
		.beyond = beyond, .tell = tell, .context = stream,
	};
	int err = repair_stream(&job);

	if (err)
		source_complain(stream->source, err);
	stream->wounded = 0;
}

static void take_life(struct stream *stream, const struct nlmsghdr *nlh)
{
	struct life life;

	if (command_decode(stream->source, nlh, &life_type, &life)) {
		stream->malformed++;
		return;
	}
	if (gaps_full(&stream->gaps))
		mend(stream, false);
	if (LIFE_HAS(&life, SEQ) && !gaps_seen(&stream->gaps, life.seq))
		return;
	if (!life_told_twice(&life))
		tell(stream, &life);
}

/* The controller tells when a family goes away. */
static bool is_our_end(const struct nlmsghdr *nlh)
{
	char name[GENL_NAMSIZ];
	struct message msg;

	return nlh->nlmsg_type == GENL_ID_CTRL && !decode_message(nlh, &msg) &&
	       msg.cmd == CTRL_CMD_DELFAMILY &&
	       !decode_family_name(&msg, name, sizeof(name)) &&
	       !strcmp(name, TCPLIFE_FAMILY_NAME);
}

static void take_bytes(struct stream *stream, const char *bytes, int len)
{
	const struct nlmsghdr *nlh = (const void *)bytes;

	for (; mnl_nlmsg_ok(nlh, len) && !enough(stream);
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		if (is_our_end(nlh))
			stream->unloaded = true;
		else if (nlh->nlmsg_type == stream->source->family.id)
			take_life(stream, nlh);
	}
}

/* Repair in a lull; or, if there is none, when the oldest gap has waited. */
static void mend_in_time(struct stream *stream, bool lull)
{
	if (!gaps_pending(&stream->gaps))
		return;
	if (!stream->wounded)
		stream->wounded = time(NULL);
	if (lull)
		mend(stream, true);
	else if (stream->gaps.count &&
		 time(NULL) - stream->wounded > PATIENCE_S)
		mend(stream, false);
}

/* Take what has come.  A repair meanwhile needs source->bytes itself. */
static void take_event(struct stream *stream, size_t len)
{
	static _Alignas(struct nlmsghdr) char bytes[SOURCE_BUFFER];

	memcpy(bytes, stream->source->bytes, len);
	take_bytes(stream, bytes, len);
}

/* One step; false at the end, with *@err set if there is something wrong. */
static bool step(struct stream *stream, int *err)
{
	ssize_t len = source_event(stream->source,
				   gaps_pending(&stream->gaps) ? LULL_MS : -1);

	if (len == -ENOBUFS) {
		gaps_overrun(&stream->gaps);
	} else if (len > 0) {
		take_event(stream, len);
	} else if (len != -EAGAIN) {
		*err = len == -EINTR || len == -EPIPE ? 0 : len;
		return false;
	}
	mend_in_time(stream, len == -EAGAIN);
	fflush(stream->format.out);
	return !enough(stream) && !stream->unloaded && !interrupted() &&
	       !ferror(stream->format.out);
}

/* What is queued when the user wants no more still happened before that. */
static void drain(struct stream *stream)
{
	time_t begin = time(NULL);
	ssize_t len;

	while (!enough(stream) && time(NULL) - begin <= PATIENCE_S) {
		len = source_event(stream->source, 0);
		if (len == -ENOBUFS)
			gaps_overrun(&stream->gaps);
		else if (len > 0)
			take_event(stream, len);
		else
			break;
	}
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_losses(const struct stream *stream)
{
	const struct gaps *gaps = &stream->gaps;
	char size[32];

	if (gaps->missing)
		fprintf(stderr, "; %llu missing: %llu recovered from history, %llu not found (lost, or second tellings)",
			(unsigned long long)gaps->missing,
			(unsigned long long)gaps->recovered,
			(unsigned long long)(gaps->missing - gaps->recovered));
	else
		fputs(gaps->overruns ? "; how many are lost is not known" :
				       "; none lost", stderr);
	if (gaps->overruns)
		fprintf(stderr, "; the socket overflowed %llu time%s",
			(unsigned long long)gaps->overruns,
			plural(gaps->overruns));
	if (gaps->overruns && stream->source->buffer) {
		text_bytes(size, sizeof(size), stream->source->buffer);
		fprintf(stderr, ", a larger --buffer than %s helps", size);
	}
	if (stream->malformed)
		fprintf(stderr, "; %llu message%s made no sense",
			(unsigned long long)stream->malformed,
			plural(stream->malformed));
}

static int sum_up(const struct stream *stream, int code)
{
	fprintf(stderr, "tcplifectl: %llu connection%s told",
		(unsigned long long)stream->told, plural(stream->told));
	say_losses(stream);
	fputc('\n', stderr);
	if (stream->unloaded) {
		complain("the module was unloaded");
		return EXIT_NO_MODULE;
	}
	if (!code && stream->options->strict &&
	    (gaps_lost(&stream->gaps) || stream->malformed))
		return EXIT_LOST;
	return code;
}

static int run(struct stream *stream)
{
	int err;

	err = format_begin(&stream->format);
	if (err)
		return source_complain(stream->source, err);
	fflush(stream->format.out);
	while (step(stream, &err))
		;
	if (!err && !stream->unloaded)
		drain(stream);
	if (gaps_pending(&stream->gaps) && !enough(stream) &&
	    !stream->unloaded)
		mend(stream, true);
	if (err)
		err = source_complain(stream->source, err);
	if (command_finish(&stream->format))
		err = EXIT_ERROR;
	return sum_up(stream, err);
}

/**
 * command_stream - tcplifectl stream
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_stream(const struct options *options)
{
	static struct source source;
	struct stream stream = { .options = options, .source = &source };
	sigset_t unblocked;
	int err, code;

	code = source_open(&source, options->replay, options->record);
	if (!code) {
		err = source_join(&source, options->buffer);
		code = err ? source_complain(&source, err) : EXIT_FINE;
	}
	if (!code) {
		catch_signals(&unblocked);
		source.signals = &unblocked;
		command_format(&stream.format, options, &view_stream,
			       &format_lines);
		code = run(&stream);
	}
	source_close(&source);
	return code;
}
