/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_NAMES_H
#define TCPLIFECTL_NAMES_H

#include <stdio.h>

/**
 * struct names - the words of one enum of the netlink spec, by number
 * @what: what the words are for, as in an error message
 * @list: the words
 * @count: how many
 */
struct names {
	const char	*what;
	const char	*const *list;
	unsigned int	count;
};

extern const struct names state_names;
extern const struct names role_names;
extern const struct names outcome_names;
extern const struct names closer_names;
extern const struct names owner_names;
extern const struct names time_wait_end_names;
extern const struct names event_names;
extern const struct names flag_names;
extern const struct names hook_kind_names;
extern const struct names hook_status_names;
extern const struct names flood_state_names;
extern const struct names spread_names;
extern const struct names cookies_names;
extern const struct names verdict_names;
extern const struct names report_names;
extern const struct names tally_by_names;
extern const struct names life_attr_names;
extern const struct names summary_attr_names;
extern const struct names hook_attr_names;
extern const struct names listener_attr_names;
extern const struct names source_attr_names;
extern const struct names flood_attr_names;
extern const struct names tally_attr_names;

int names_number(const struct names *names, const char *word, size_t len);
void names_print(const struct names *names, FILE *out);

/**
 * names_word - the word of a number
 * @names: the enum
 * @number: its value
 *
 * Return: the word, or NULL if a newer module knows more than this reader.
 */
static inline const char *names_word(const struct names *names,
				     unsigned int number)
{
	return number < names->count ? names->list[number] : NULL;
}

#endif /* TCPLIFECTL_NAMES_H */
