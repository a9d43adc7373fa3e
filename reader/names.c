// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the words of every enum.  They come from the X-macro lists of the ABI
 * header, so none is spelled twice.  Pure: no I/O but names_print().
 */
#include <string.h>

#include <linux/tcplife.h>

#include "names.h"

#define WORD(upper, lower)	#lower,
#define NAMES(name, text, LIST)						\
	static const char *const name##_list[] = { LIST(WORD) };	\
	const struct names name##_names = {				\
		.what = text,						\
		.list = name##_list,					\
		.count = sizeof(name##_list) / sizeof(name##_list[0]),	\
	}

NAMES(state, "state", TCPLIFE_STATE_LIST);
NAMES(role, "role", TCPLIFE_ROLE_LIST);
NAMES(outcome, "outcome", TCPLIFE_OUTCOME_LIST);
NAMES(closer, "closer", TCPLIFE_CLOSER_LIST);
NAMES(owner, "owner", TCPLIFE_OWNER_LIST);
NAMES(time_wait_end, "end of TIME_WAIT", TCPLIFE_TIME_WAIT_END_LIST);
NAMES(event, "event", TCPLIFE_EVENT_LIST);
NAMES(flag, "flag", TCPLIFE_FLAG_LIST);
NAMES(hook_kind, "kind of hook", TCPLIFE_HOOK_KIND_LIST);
NAMES(hook_status, "hook status", TCPLIFE_HOOK_STATUS_LIST);
NAMES(flood_state, "state of a flood", TCPLIFE_FLOOD_STATE_LIST);
NAMES(spread, "spread", TCPLIFE_SPREAD_LIST);
NAMES(cookies, "use of cookies", TCPLIFE_COOKIES_LIST);
NAMES(verdict, "verdict", TCPLIFE_VERDICT_LIST);
NAMES(report, "report", TCPLIFE_REPORT_LIST);
NAMES(tally_by, "criterion", TCPLIFE_TALLY_BY_LIST);
NAMES(life_attr, "attribute of a life", TCPLIFE_ATTR_LIFE_LIST);
NAMES(summary_attr, "attribute of the summary", TCPLIFE_ATTR_SUMMARY_LIST);
NAMES(hook_attr, "attribute of a hook", TCPLIFE_ATTR_HOOK_LIST);
NAMES(listener_attr, "attribute of a listener", TCPLIFE_ATTR_LISTENER_LIST);
NAMES(source_attr, "attribute of a source", TCPLIFE_ATTR_SOURCE_LIST);
NAMES(flood_attr, "attribute of a flood", TCPLIFE_ATTR_FLOOD_LIST);
NAMES(tally_attr, "attribute of a tally", TCPLIFE_ATTR_TALLY_LIST);

/**
 * names_number - the number of a word
 * @names: the enum
 * @word: the word, not necessarily ended by a NUL
 * @len: its length
 *
 * Return: the number, or -1 if there is no such word.
 */
int names_number(const struct names *names, const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i < names->count; i++)
		if (strlen(names->list[i]) == len &&
		    !memcmp(names->list[i], word, len))
			return i;
	return -1;
}

/**
 * names_print - list the words, for an error message
 * @names: the enum
 * @out: where to
 */
void names_print(const struct names *names, FILE *out)
{
	unsigned int i;

	for (i = 0; i < names->count; i++)
		fprintf(out, "%s%s", i ? ", " : "", names->list[i]);
}
