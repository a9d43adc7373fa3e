// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the following of a multicast group: a line for each message of it as it
 * comes.  A loss is no end: it is counted, repaired from what the module keeps,
 * and said.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "command.h"
#include "exit.h"
#include "follow.h"
#include "raw_write.h"
#include "text.h"

/* A repair waits for a lull this long, but not longer than that. */
#define LULL_MS		200
#define PATIENCE_S	1

/* What came last.  A repair meanwhile needs the source's own room. */
static _Alignas(struct nlmsghdr) char told[SOURCE_BUFFER];

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

/**
 * follow_mend - repair what was lost
 * @follow: of which
 * @beyond: nothing more is queued, so what was lost may come behind it
 *
 * What goes wrong is said on stderr.
 */
void follow_mend(struct follow *follow, bool beyond)
{
	int err = repair_stream(follow, beyond);

	if (err)
		source_complain(follow->source, err);
	follow->wounded = 0;
}

/* Does it only tell that TIME_WAIT of what was told before has ended? */
static bool is_life_end(const struct nlmsghdr *nlh)
{
	struct message msg;

	return !decode_message(nlh, &msg) && msg.cmd == TCPLIFE_CMD_LIFE_END_NTF;
}

static void take_record(struct follow *follow, const struct nlmsghdr *nlh)
{
	const struct follow_kind *kind = follow->kind;
	union follow_record record;

	if (command_decode(follow->source, nlh, kind->type, &record)) {
		follow->malformed++;
		return;
	}
	if (gaps_full(&follow->gaps))
		follow_mend(follow, false);
	if (field_present(&record, kind->seq) &&
	    !gaps_seen(&follow->gaps, follow_seq(kind, &record)))
		return;
	if (is_life_end(nlh) || (kind->is_late && kind->is_late(&record)))
		return;
	kind->tell(follow, &record);
}

/**
 * follow_is_end - does the controller tell that the module's family is gone?
 * @nlh: a message
 *
 * Return: true if so.
 */
bool follow_is_end(const struct nlmsghdr *nlh)
{
	char name[GENL_NAMSIZ];
	struct message msg;

	return nlh->nlmsg_type == GENL_ID_CTRL && !decode_message(nlh, &msg) &&
	       msg.cmd == CTRL_CMD_DELFAMILY &&
	       !decode_family_name(&msg, name, sizeof(name)) &&
	       !strcmp(name, TCPLIFE_FAMILY_NAME);
}

static void take_bytes(struct follow *follow, const char *bytes, int len)
{
	const struct nlmsghdr *nlh = (const void *)bytes;

	if (follow->kind->raw) {
		raw_take(follow, bytes, len);
		return;
	}
	for (; mnl_nlmsg_ok(nlh, len) && !follow->done;
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		if (follow_is_end(nlh))
			follow->unloaded = true;
		else if (nlh->nlmsg_type == follow->source->family.id)
			take_record(follow, nlh);
	}
}

static void take_overrun(struct follow *follow)
{
	gaps_overrun(&follow->gaps);
	if (follow->kind->raw)
		raw_put_overrun(follow);
}

/*
 * Repair in a lull; or, if there is none, when the oldest gap has waited.  A
 * replay repairs where the recorded stream did.
 */
static void mend_in_time(struct follow *follow, bool lull)
{
	if (!gaps_pending(&follow->gaps))
		return;
	if (!follow->wounded)
		follow->wounded = time(NULL);
	if (lull)
		follow_mend(follow, true);
	else if (follow->gaps.count && !follow->options->replay &&
		 time(NULL) - follow->wounded > PATIENCE_S)
		follow_mend(follow, false);
}

/*
 * The next that is told.  What was written is shown before we wait, and not
 * earlier if there is more to take.
 */
static ssize_t next_event(struct follow *follow)
{
	ssize_t len = source_event(follow->source, told, 0);

	if (len != -EAGAIN)
		return len;
	fflush(follow->format.out);
	if (ferror(follow->format.out))
		return -EPIPE;
	return source_event(follow->source, told,
			    gaps_pending(&follow->gaps) ? LULL_MS : -1);
}

/* One step; false at the end, with *@err set if there is something wrong. */
static bool step(struct follow *follow, int *err)
{
	ssize_t len = next_event(follow);

	if (len == -ENOBUFS) {
		take_overrun(follow);
	} else if (len > 0) {
		take_bytes(follow, told, len);
	} else if (len == -EBUSY) {
		if (gaps_pending(&follow->gaps))
			follow_mend(follow, false);
	} else if (len != -EAGAIN) {
		*err = len == -EINTR || len == -EPIPE ? 0 : len;
		return false;
	}
	if (!ferror(follow->format.out))
		mend_in_time(follow, len == -EAGAIN);
	return !follow->done && !follow->unloaded && !interrupted() &&
	       !ferror(follow->format.out);
}

/* What is queued when the user wants no more still happened before that. */
static void drain(struct follow *follow)
{
	time_t begin = time(NULL);
	ssize_t len;

	while (!follow->done && time(NULL) - begin <= PATIENCE_S) {
		len = source_event(follow->source, told, 0);
		if (len == -ENOBUFS)
			take_overrun(follow);
		else if (len > 0)
			take_bytes(follow, told, len);
		else
			break;
	}
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_losses(const struct follow *follow)
{
	const struct gaps *gaps = &follow->gaps;
	char size[32];

	if (gaps->missing)
		fprintf(stderr, "; %llu missing: %llu recovered from history, %llu not found%s",
			(unsigned long long)gaps->missing,
			(unsigned long long)gaps->recovered,
			(unsigned long long)(gaps->missing - gaps->recovered),
			follow->kind->not_found);
	else if (!ferror(follow->format.out))
		fputs(gaps->overruns ? "; how many are lost is not known" :
				       "; none lost", stderr);
	if (gaps->overruns)
		fprintf(stderr, "; the socket overflowed %llu time%s",
			(unsigned long long)gaps->overruns,
			plural(gaps->overruns));
	if (gaps->overruns && follow->source->buffer) {
		text_bytes(size, follow->source->buffer);
		fprintf(stderr, ", a larger --buffer than %s helps", size);
	}
	if (follow->malformed)
		fprintf(stderr, "; %llu message%s made no sense",
			(unsigned long long)follow->malformed,
			plural(follow->malformed));
}

static int sum_up(const struct follow *follow, int code)
{
	fprintf(stderr, "tcplifectl: %llu %s%s %s",
		(unsigned long long)follow->told, follow->kind->what,
		plural(follow->told), follow->kind->verb);
	say_losses(follow);
	fputc('\n', stderr);
	if (follow->unloaded) {
		complain("the module was unloaded");
		return EXIT_NO_MODULE;
	}
	if (!code && follow->options->strict &&
	    (gaps_lost(&follow->gaps) || follow->malformed))
		return EXIT_LOST;
	return code;
}

/* Fewer and larger writes, where nobody sits and looks at each line. */
static void set_buffer(FILE *out)
{
	static char buffer[SOURCE_BUFFER];

	if (!isatty(fileno(out)))
		setvbuf(out, buffer, _IOFBF, sizeof(buffer));
}

/**
 * follow_run - tell what comes until there is no more, or a signal ends it
 * @follow: what to follow; its group is joined
 * @begin: tells what there is already, or NULL; returns a negative errno
 *
 * Return: enum exit_code; what went wrong, and the totals, are said on stderr.
 */
int follow_run(struct follow *follow, int (*begin)(struct follow *follow))
{
	sigset_t unblocked;
	bool broken;
	int err;

	catch_signals(&unblocked);
	follow->source->signals = &unblocked;
	set_buffer(follow->format.out);
	err = format_begin(&follow->format);
	if (!err && begin)
		err = begin(follow);
	if (err)
		return source_complain(follow->source, err);
	fflush(follow->format.out);
	while (!follow->done && step(follow, &err))
		;
	broken = ferror(follow->format.out);
	if (!err && !follow->unloaded && !broken)
		drain(follow);
	if (gaps_pending(&follow->gaps) && !follow->done &&
	    !follow->unloaded && !broken)
		follow_mend(follow, true);
	if (err)
		err = source_complain(follow->source, err);
	if (command_finish(&follow->format))
		err = EXIT_ERROR;
	return sum_up(follow, err);
}
