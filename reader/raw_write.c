// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the writing of a raw recording: what a stream is told goes to a file as
 * it came.  Of a message only its headers and its number are looked at, so that
 * losses are noticed and repaired as in a stream that writes lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "exit.h"
#include "follow.h"
#include "raw.h"
#include "raw_write.h"

#define MODULE_VERSION	"/sys/module/tcplife/version"

/* Messages are written as they came; no record is. */
static const struct format_ops format_raw = { 0 };

/**
 * raw_open - open the file
 * @follow: will write to it
 * @path: the file, which is emptied; "-": standard output
 *
 * Return: enum exit_code; what is wrong is said on stderr.
 */
int raw_open(struct follow *follow, const char *path)
{
	bool out = !strcmp(path, "-");
	int fd;

	follow->format = (struct format){
		.ops = &format_raw,
		.out = stdout,
		.name = out ? "standard output" : path,
	};
	if (out && isatty(STDOUT_FILENO)) {
		complain("a raw recording is no text: it is not written to a terminal");
		return EXIT_USAGE;
	}
	if (!out) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		follow->format.out = fd < 0 ? NULL : fdopen(fd, "wb");
	}
	if (!follow->format.out) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_ERROR;
	}
	follow->source->out = fileno(follow->format.out);
	return EXIT_FINE;
}

/**
 * raw_close - close the file
 * @follow: of which; raw_open() was called
 *
 * Return: enum exit_code; what is wrong is said on stderr.
 */
int raw_close(struct follow *follow)
{
	struct format *format = &follow->format;

	if (!format->out || format->out == stdout || !fclose(format->out))
		return EXIT_FINE;
	complain("%s: %s", format->name, strerror(errno));
	return EXIT_ERROR;
}

/* A setting, cut to @size; empty if it is not known. */
static void setting(struct source *source, const char *name, char *to,
		    size_t size)
{
	char text[SYSCTL_TEXT];

	if (!source_sysctl(source, name, text, sizeof(text)))
		memcpy(to, text, strnlen(text, size - 1));
}

static void module_version(char *to, size_t size)
{
	FILE *file = fopen(MODULE_VERSION, "re");

	if (!file)
		return;
	if (fgets(to, size, file))
		to[strcspn(to, "\n")] = '\0';
	fclose(file);
}

/**
 * raw_begin - write the header
 * @follow: of which; raw_open() was called, and the module was found
 *
 * What is replayed is from elsewhere: of a raw recording the header says where.
 *
 * Return: 0; an error shows in the file.
 */
int raw_begin(struct follow *follow)
{
	struct source *source = follow->source;
	struct raw_header head = source->head;
	struct timespec now;

	memcpy(head.magic, RAW_MAGIC, sizeof(head.magic));
	head.byte_order = RAW_BYTE_ORDER;
	head.version = RAW_VERSION;
	head.len = sizeof(head);
	head.family = source->family.id;
	memset(head.unused, 0, sizeof(head.unused));
	if (!follow->options->replay) {
		clock_gettime(CLOCK_REALTIME, &now);
		head.began_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
		setting(source, "kernel/random/boot_id", head.boot_id,
			sizeof(head.boot_id));
		setting(source, "kernel/osrelease", head.kernel,
			sizeof(head.kernel));
		module_version(head.module, sizeof(head.module));
	}
	fwrite(&head, sizeof(head), 1, follow->format.out);
	return 0;
}

/* Whole messages; netlink's padding may be missing behind the last one. */
static void put(struct follow *follow, const void *from, size_t len)
{
	static const char padding[MNL_ALIGNTO];

	fwrite_unlocked(from, 1, len, follow->format.out);
	if (len % MNL_ALIGNTO)
		fwrite_unlocked(padding, 1, MNL_ALIGN(len) - len,
				follow->format.out);
}

/**
 * raw_put - write one message
 * @follow: of which
 * @nlh: the message, all of whose bytes are there
 */
void raw_put(struct follow *follow, const struct nlmsghdr *nlh)
{
	put(follow, nlh, nlh->nlmsg_len);
	follow->told++;
}

/**
 * raw_put_overrun - write that the socket's buffer overflowed
 * @follow: of which
 */
void raw_put_overrun(struct follow *follow)
{
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = NLMSG_OVERRUN,
	};

	put(follow, &nlh, sizeof(nlh));
}

/**
 * raw_put_repair - write that what was lost has been looked for
 * @follow: of which; what was found is written next
 * @lull: nothing more is queued
 */
void raw_put_repair(struct follow *follow, bool lull)
{
	struct raw_repair repair = {
		.nlh = {
			.nlmsg_len = sizeof(repair),
			.nlmsg_type = NLMSG_NOOP,
		},
		.name = RAW_REPAIR,
		.when = RAW_BUSY,
	};

	if (lull)
		memcpy(repair.when, RAW_LULL, sizeof(repair.when));
	put(follow, &repair, sizeof(repair));
}

/* Is it a life that is told, or its end?  One without headers cannot be read. */
static bool is_life(struct follow *follow, const struct nlmsghdr *nlh,
		    struct message *msg)
{
	if (nlh->nlmsg_type != follow->source->family.id)
		return false;
	if (!decode_message(nlh, msg))
		return msg->cmd == TCPLIFE_CMD_LIFE_NTF ||
		       msg->cmd == TCPLIFE_CMD_LIFE_END_NTF;
	follow->malformed++;
	return false;
}

/* Note its number; with no room in the books what is due is repaired first. */
static const char *count_life(struct follow *follow, const struct message *msg,
			      const char *from, const char *at)
{
	uint64_t seq;
	int err = decode_number(msg, follow->kind->seq, &seq);

	follow->told++;
	if (err == -EBADMSG)
		follow->malformed++;
	if (err)
		return from;
	if (gaps_full(&follow->gaps)) {
		put(follow, from, at - from);
		follow_mend(follow, false);
		from = at;
	}
	gaps_seen(&follow->gaps, seq);
	return from;
}

/**
 * raw_take - write what has come, the lives among it
 * @follow: of which
 * @bytes: some netlink messages, aligned as a struct nlmsghdr
 * @len: how many bytes
 *
 * What stands together is written together.
 */
void raw_take(struct follow *follow, const char *bytes, size_t len)
{
	const char *from = bytes, *at = bytes, *end = bytes + len;
	struct message msg;
	size_t step;

	for (; at < end; at += step) {
		const struct nlmsghdr *nlh = (const void *)at;

		step = raw_step(at, end - at);
		if (!step) {
			follow->malformed++;
			break;
		}
		if (is_life(follow, nlh, &msg)) {
			from = count_life(follow, &msg, from, at);
			continue;
		}
		if (follow_is_end(nlh)) {
			follow->unloaded = true;
			continue;
		}
		put(follow, from, at - from);
		from = at + step;
	}
	put(follow, from, at - from);
}
