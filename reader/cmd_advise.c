// SPDX-License-Identifier: GPL-2.0
/*
 * Owns tcplifectl advise: it gathers the facts, and writes what is found.  The
 * rules are advise.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advise.h"
#include "command.h"
#include "exit.h"
#include "json.h"

/* Add each record of a dump to the facts. */
static int take_records(const struct source *source,
			const struct messages *msgs,
			const struct record_type *type,
			int (*add)(struct facts *facts, const void *record),
			struct facts *facts)
{
	static union {
		struct life	life;
		struct listener	listener;
		struct flood	flood;
		struct tally	tally;
	} record;
	const struct nlmsghdr *nlh;
	int left, err;

	messages_for_each(nlh, left, msgs) {
		err = command_decode(source, nlh, type, &record);
		if (!err)
			err = add(facts, &record);
		if (err)
			return err;
	}
	return 0;
}

static int dump_listeners(struct source *source, struct messages *msgs)
{
	return source_dump(source, TCPLIFE_CMD_LISTENER_GET, msgs);
}

static int dump_floods(struct source *source, struct messages *msgs)
{
	return source_dump(source, TCPLIFE_CMD_FLOOD_GET, msgs);
}

static int dump_tallies(struct source *source, struct messages *msgs)
{
	return source_dump_tallies(source, TCPLIFE_REPORT_TIME_WAIT, msgs);
}

static int dump_live(struct source *source, struct messages *msgs)
{
	return source_dump_lives(source, TCPLIFE_SCOPE_LIVE, msgs);
}

static int dump_history(struct source *source, struct messages *msgs)
{
	return source_dump_lives(source, TCPLIFE_SCOPE_HISTORY, msgs);
}

static int gather_dumps(struct source *source, struct facts *facts)
{
	static const struct {
		int	(*dump)(struct source *source, struct messages *msgs);
		const struct record_type *type;
		int	(*add)(struct facts *facts, const void *record);
	} dumps[] = {
		{ dump_listeners, &listener_type, facts_add_listener },
		{ dump_floods, &flood_type, facts_add_flood },
		{ dump_tallies, &tally_type, facts_add_tally },
		{ dump_live, &life_type, facts_add_live },
		{ dump_history, &life_type, facts_add_history },
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		struct messages msgs = { 0 };

		err = dumps[i].dump(source, &msgs);
		if (!err)
			err = take_records(source, &msgs, dumps[i].type,
					   dumps[i].add, facts);
		messages_free(&msgs);
	}
	return err;
}

static int gather_summary(struct source *source, struct facts *facts)
{
	struct messages msgs = { 0 };
	int err = source_get(source, TCPLIFE_CMD_SUMMARY_GET, NULL, &msgs);

	if (!err && !msgs.used)
		err = -ENODATA;
	if (!err)
		err = command_decode(source, (const void *)msgs.data,
				     &summary_type, &facts->summary);
	messages_free(&msgs);
	return err;
}

/* What cannot be read is not known, and no rule looks at it. */
static void gather_settings(struct source *source, struct facts *facts)
{
	char text[SYSCTL_TEXT];
	unsigned int i;

	for (i = 0; i < SYSCTLS; i++)
		if (!source_sysctl(source, sysctl_path(i), text, sizeof(text)))
			facts_set_sysctl(facts, i, text);
}

static void write_text(const struct finding *finding)
{
	unsigned int i;

	printf("%s: %s: %s\n  %s\n  evidence: ",
	       severity_word(finding->severity), finding->rule,
	       finding->subject, finding->finding);
	for (i = 0; i < finding->count; i++)
		printf("%s%s %llu", i ? ", " : "", finding->evidence[i].name,
		       (unsigned long long)finding->evidence[i].value);
	printf("\n  advice: %s\n\n", finding->advice);
}

static void put_text(struct json *json, const char *key, const char *text)
{
	jsonw_key(json, key);
	jsonw_text(json, text);
}

static void write_json(const struct finding *finding)
{
	struct json json;
	unsigned int i;

	jsonw_begin(&json, stdout);
	jsonw_open(&json, '{');
	jsonw_key(&json, "version");
	jsonw_number(&json, JSON_FORMAT_VERSION);
	put_text(&json, "rule", finding->rule);
	put_text(&json, "severity", severity_word(finding->severity));
	put_text(&json, "subject", finding->subject);
	put_text(&json, "finding", finding->finding);
	jsonw_key(&json, "evidence");
	jsonw_open(&json, '{');
	for (i = 0; i < finding->count; i++) {
		jsonw_key(&json, finding->evidence[i].name);
		jsonw_number(&json, finding->evidence[i].value);
	}
	jsonw_close(&json, '}');
	put_text(&json, "advice", finding->advice);
	jsonw_close(&json, '}');
	jsonw_line_end(&json);
}

/**
 * struct writer - the findings are being written
 * @json: as JSON
 * @count: how many there were
 */
struct writer {
	bool		json;
	unsigned int	count;
};

static void write_finding(void *context, const struct finding *finding)
{
	struct writer *writer = context;

	writer->count++;
	if (writer->json)
		write_json(finding);
	else
		write_text(finding);
}

static unsigned int count_settings(const struct facts *facts)
{
	unsigned int i, count = 0;

	for (i = 0; i < SYSCTLS; i++)
		count += facts->settings[i].known;
	return count;
}

static int write_advice(const struct facts *facts,
			const struct options *options)
{
	struct writer writer = { .json = options->json };
	const struct advice advice = { write_finding, &writer };

	advise(facts, &advice);
	if (!writer.count && !options->json)
		printf("nothing to advise: looked at totals since load, listening sockets (%zu), addresses and ports that left quiet (%zu), live connections (%zu), history (%zu) and settings (%u)\n",
		       facts->listeners, facts->floods.count, facts->live,
		       facts->history, count_settings(facts));
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_FINE;
	complain("standard output: %s", strerror(errno));
	return EXIT_ERROR;
}

/**
 * command_advise - tcplifectl advise
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_advise(const struct options *options)
{
	static struct source source;
	static struct facts facts;
	int code, err;

	code = source_open(&source, options->replay, options->record);
	if (!code) {
		err = gather_summary(&source, &facts);
		if (!err)
			err = gather_dumps(&source, &facts);
		if (err)
			code = source_complain(&source, err);
	}
	if (!code) {
		gather_settings(&source, &facts);
		facts_sort(&facts);
		code = write_advice(&facts, options);
	}
	facts_free(&facts);
	source_close(&source);
	return code;
}
