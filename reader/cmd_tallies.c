// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the two reports: tcplifectl halfopen, lives and then what they add up
 * to; and tcplifectl timewait, what they add up to, or else lives.
 */
#include <errno.h>

#include "command.h"
#include "exit.h"

/* The total of @msgs in text, as pairs. */
static int write_total(struct source *source, const struct options *options,
		       const struct messages *msgs)
{
	const struct nlmsghdr *nlh;
	struct format format;
	struct tally tally;
	int left, err;

	command_format(&format, options, &view_total, &format_pairs);
	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, &tally_type, &tally);
		if (err)
			return source_complain(source, err);
		if (tally.by == TCPLIFE_TALLY_BY_TOTAL)
			format_record(&format, &tally);
	}
	fputc('\n', format.out);
	return EXIT_FINE;
}

/* The total of time_wait stands above its table. */
static bool is_wanted(const struct tally *tally, const struct view *view)
{
	if (tally->by == TCPLIFE_TALLY_BY_TOTAL)
		return view != &view_time_wait;
	return tally->count || tally->by != TCPLIFE_TALLY_BY_AGE;
}

/* A table of what adds up to it; ages that nothing has are left out. */
static int write_table(struct source *source, const struct options *options,
		       const struct messages *msgs, const struct view *view)
{
	const struct nlmsghdr *nlh;
	struct format format;
	struct tally tally;
	int left, err;

	command_format(&format, options, view, &format_table);
	err = format_begin(&format);
	if (err)
		return source_complain(source, err);
	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, &tally_type, &tally);
		if (err)
			return source_complain(source, err);
		if (is_wanted(&tally, view))
			format_record(&format, &tally);
	}
	return command_finish(&format);
}

static int write_json(struct source *source, const struct options *options,
		      const struct messages *msgs)
{
	struct format format;

	command_format(&format, options, &view_tallies, &format_json);
	return command_write(source, msgs, &format, NULL, NULL);
}

static int half_open_totals(struct source *source,
			    const struct options *options)
{
	enum tcplife_report report = options->history ?
				     TCPLIFE_REPORT_HALF_OPEN_HISTORY :
				     TCPLIFE_REPORT_HALF_OPEN;
	struct messages msgs = { 0 };
	int err = source_dump_tallies(source, report, &msgs);
	int code = EXIT_FINE;

	if (!err && options->json) {
		code = write_json(source, options, &msgs);
	} else if (!err) {
		if (!options->totals)
			putchar('\n');
		code = write_table(source, options, &msgs, &view_tallies);
	} else if (err != -ENODATA || options->totals) {
		/* A recording of lives alone is fine, if lives are wanted. */
		code = source_complain(source, err);
	}
	messages_free(&msgs);
	return code;
}

/* Half-open connections, and in text what they add up to. */
static int half_open(struct source *source, const struct options *options)
{
	struct options only = *options;
	int code;

	if (options->totals)
		return half_open_totals(source, options);
	if (options->history) {
		code = command_write_lives(source, options,
					   TCPLIFE_SCOPE_HALF_OPEN_HISTORY,
					   &view_history);
	} else {
		only.filter.states = 1u << TCPLIFE_STATE_SYN_RECV;
		code = command_write_lives(source, &only, TCPLIFE_SCOPE_LIVE,
					   &view_halfopen);
	}
	if (!code && !options->json)
		code = half_open_totals(source, options);
	return code;
}

/**
 * command_halfopen - tcplifectl halfopen
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_halfopen(const struct options *options)
{
	static struct source source;
	int code;

	if (options->totals && filter_is_set(&options->filter)) {
		complain("totals are of all connections; no filter goes with --totals");
		return EXIT_USAGE;
	}
	code = source_open(&source, options->replay, options->record);
	if (!code)
		code = half_open(&source, options);
	source_close(&source);
	return code;
}

static int time_wait_report(struct source *source,
			    const struct options *options)
{
	struct messages msgs = { 0 };
	int err = source_dump_tallies(source, TCPLIFE_REPORT_TIME_WAIT, &msgs);
	int code;

	if (err)
		code = source_complain(source, err);
	else if (options->json)
		code = write_json(source, options, &msgs);
	else
		code = write_total(source, options, &msgs);
	if (!code && !options->json)
		code = write_table(source, options, &msgs, &view_time_wait);
	messages_free(&msgs);
	return code;
}

/**
 * command_timewait - tcplifectl timewait
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_timewait(const struct options *options)
{
	static struct source source;
	struct options only = *options;
	int code;

	if (!options->list && filter_is_set(&options->filter)) {
		complain("the report is of all connections; filters need --list");
		return EXIT_USAGE;
	}
	only.filter.states = 1u << TCPLIFE_STATE_TIME_WAIT;
	code = source_open(&source, options->replay, options->record);
	if (!code && options->list)
		code = command_write_lives(&source, &only, TCPLIFE_SCOPE_LIVE,
					   &view_timewait);
	else if (!code)
		code = time_wait_report(&source, options);
	source_close(&source);
	return code;
}
