// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl flood: what the detector of SYN floods says now, the alerts
 * that the module keeps, and alerts as they come.
 */
#include "command.h"
#include "exit.h"
#include "follow.h"
#include "text.h"

static bool is_flood(const struct flood *flood)
{
	return FLOOD_HAS(flood, STATE) &&
	       flood->state == TCPLIFE_FLOOD_STATE_FLOOD;
}

/**
 * struct seen - what the rows add up to
 * @rows: how many there are
 * @floods: how many of them say that there is a flood now
 */
struct seen {
	unsigned int rows;
	unsigned int floods;
};

static void count(void *context, const void *record)
{
	struct seen *seen = context;

	seen->rows++;
	seen->floods += is_flood(record);
}

static void print_sources(FILE *out, const struct flood_sources *sources)
{
	char text[64];
	unsigned int i;

	for (i = 0; i < sources->count; i++) {
		const struct flood_source *source = &sources->at[i];

		text_address(text, &source->addr);
		fprintf(out, "%s%s", i ? ", " : "  top sources: ", text);
		if (SOURCE_HAS(source, PREFIX_LEN))
			fprintf(out, "/%u", source->prefix_len);
		if (SOURCE_HAS(source, SYNS))
			fprintf(out, " (%llu SYNs)",
				(unsigned long long)source->syns);
	}
	if (sources->count)
		fputc('\n', out);
}

/* What does not fit into a table: below it, for each that is not quiet. */
static void print_advice(FILE *out, const struct flood *flood)
{
	char text[TEXT_CELL];

	if (flood->state == TCPLIFE_FLOOD_STATE_QUIET)
		return;
	text_address_port(text, &flood->local_addr,
			  FLOOD_HAS(flood, LOCAL_PORT), flood->local_port);
	fprintf(out, "\n%s:", text);
	text_safe(text, sizeof(text), FLOOD_HAS(flood, ADVICE) ?
		  flood->advice : "");
	fprintf(out, "%s%s\n", *text ? " " : "", text);
	print_sources(out, &flood->top_sources);
}

static void print_all_advice(const struct source *source,
			     const struct messages *msgs)
{
	const struct nlmsghdr *nlh;
	struct flood flood;
	int left;

	messages_for_each(nlh, left, msgs)
		if (!command_decode(source, nlh, &flood_type, &flood))
			print_advice(stdout, &flood);
}

static int show_present(struct source *source, const struct options *options)
{
	struct messages msgs = { 0 };
	struct seen seen = { 0 };
	struct format format;
	int err, code;

	err = source_dump(source, TCPLIFE_CMD_FLOOD_GET, &msgs);
	command_format(&format, options, &view_floods, &format_table);
	code = err ? source_complain(source, err) :
		     command_write(source, &msgs, &format, count, &seen);
	if (!code && !options->json) {
		print_all_advice(source, &msgs);
		if (!seen.rows)
			puts("no SYN flood since the module was loaded");
	}
	messages_free(&msgs);
	if (!code && options->check && seen.floods)
		code = EXIT_FLOOD;
	return code;
}

static int show_alerts(struct source *source, const struct options *options)
{
	struct messages msgs = { 0 };
	struct format format;
	int err, code;

	err = source_dump(source, TCPLIFE_CMD_ALERT_GET, &msgs);
	command_format(&format, options, &view_alerts, &format_table);
	code = err ? source_complain(source, err) :
		     command_write(source, &msgs, &format, NULL, NULL);
	messages_free(&msgs);
	return code;
}

static int dump_alerts(struct source *source, struct messages *msgs)
{
	return source_dump(source, TCPLIFE_CMD_ALERT_GET, msgs);
}

static void write_row(struct follow *follow, const struct flood *flood)
{
	format_record(&follow->format, flood);
	follow->done = follow->options->once && is_flood(flood);
}

static void tell(struct follow *follow, const void *record)
{
	write_row(follow, record);
	follow->told++;
}

/* The group is joined already, so that what changes meanwhile is an alert. */
static int tell_present(struct follow *follow)
{
	struct messages msgs = { 0 };
	const struct nlmsghdr *nlh;
	struct flood flood;
	int left, err;

	err = source_dump(follow->source, TCPLIFE_CMD_FLOOD_GET, &msgs);
	messages_for_each(nlh, left, &msgs) {
		if (err || follow->done)
			break;
		err = command_decode(follow->source, nlh, &flood_type, &flood);
		if (!err && flood.state != TCPLIFE_FLOOD_STATE_QUIET)
			write_row(follow, &flood);
	}
	messages_free(&msgs);
	return err;
}

static const struct follow_kind alerts = {
	.what = "alert",
	.verb = "told",
	.not_found = "",
	.type = &flood_type,
	.seq = TCPLIFE_ATTR_FLOOD_SEQ,
	.dump = dump_alerts,
	.tell = tell,
};

static int watch(struct source *source, const struct options *options)
{
	struct follow follow = {
		.kind = &alerts, .options = options, .source = source,
	};
	int err = source_join(source, GROUP_ALERTS, options->buffer);
	int code;

	if (err)
		return source_complain(source, err);
	command_format(&follow.format, options, &view_alerts, &format_lines);
	code = follow_run(&follow, tell_present);
	return !code && follow.done ? EXIT_FLOOD : code;
}

/**
 * command_flood - tcplifectl flood
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_flood(const struct options *options)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code && options->watch)
		code = watch(&source, options);
	else if (!code && options->alerts)
		code = show_alerts(&source, options);
	else if (!code)
		code = show_present(&source, options);
	source_close(&source);
	return code;
}
