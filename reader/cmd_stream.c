// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl stream: a line for each connection when it is over.
 */
#include "command.h"
#include "exit.h"
#include "follow.h"
#include "raw_write.h"

/* Live first: a life that ends meanwhile is then found in history. */
static int dump_all(struct source *source, struct messages *msgs)
{
	int err = source_dump_lives(source, TCPLIFE_SCOPE_LIVE, msgs);

	if (!err)
		err = source_dump_lives(source, TCPLIFE_SCOPE_HISTORY, msgs);
	if (!err)
		err = source_dump_lives(source, TCPLIFE_SCOPE_HALF_OPEN_HISTORY,
					msgs);
	return err;
}

static bool is_late(const void *record)
{
	return life_is_late(record);
}

static void tell(struct follow *follow, const void *record)
{
	const struct options *options = follow->options;

	if (!filter_match(&options->filter, record))
		return;
	format_record(&follow->format, record);
	follow->told++;
	follow->done = options->count && follow->told >= options->count;
}

static const struct follow_kind lives = {
	.what = "connection",
	.verb = "told",
	.not_found = " (lost, or ends of TIME_WAIT)",
	.type = &life_type,
	.seq = TCPLIFE_ATTR_LIFE_SEQ,
	.dump = dump_all,
	.is_late = is_late,
	.tell = tell,
};

/* A connection that ends TIME_WAIT is told by a message of its own. */
static const struct follow_kind raw_lives = {
	.what = "message",
	.verb = "written",
	.not_found = " (lost, or ends of TIME_WAIT)",
	.type = &life_type,
	.seq = TCPLIFE_ATTR_LIFE_SEQ,
	.raw = true,
	.dump = dump_all,
};

/* Follow the lives as the user wishes, to the file that is open. */
static int write_raw(struct follow *follow)
{
	int code = raw_open(follow, follow->options->write);

	if (!code)
		code = follow_run(follow, raw_begin);
	return raw_close(follow) ? EXIT_ERROR : code;
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
	struct follow follow = {
		.kind = options->write ? &raw_lives : &lives,
		.options = options, .source = &source,
	};
	int err, code;

	code = source_open(&source, options->replay, options->record);
	if (!code) {
		err = source_join(&source, GROUP_LIVES, options->buffer);
		code = err ? source_complain(&source, err) : EXIT_FINE;
	}
	if (!code && options->write) {
		code = write_raw(&follow);
	} else if (!code) {
		command_format(&follow.format, options, &view_stream,
			       &format_lines);
		code = follow_run(&follow, NULL);
	}
	source_close(&source);
	return code;
}
