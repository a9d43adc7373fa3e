/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_JSON_H
#define TCPLIFECTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Version of our JSON; it changes only if keys change their meaning or go. */
#define JSON_FORMAT_VERSION	1
/* The largest integer that every JSON reader gets right: 2^53 - 1. */
#define JSON_INTEGER_MAX	((1ull << 53) - 1)

/* Room for most lines; what is longer is written in parts. */
#define JSON_LINE		8192

/**
 * struct json - a JSON text that is being written
 * @out: where to
 * @comma: the next element needs a comma before it
 * @used: bytes of @text that are not written yet
 * @text: the line that is being put together
 */
struct json {
	FILE	*out;
	bool	comma;
	size_t	used;
	char	text[JSON_LINE];
};

void jsonw_begin(struct json *json, FILE *out);
void jsonw_open(struct json *json, char bracket);
void jsonw_close(struct json *json, char bracket);
void jsonw_key(struct json *json, const char *key);
void jsonw_null(struct json *json);
void jsonw_bool(struct json *json, bool value);
void jsonw_number(struct json *json, uint64_t value);
void jsonw_thousandths(struct json *json, uint32_t value);
void jsonw_number_text(struct json *json, uint64_t value);
void jsonw_word(struct json *json, const char *word);
void jsonw_text(struct json *json, const char *text);
void jsonw_line_end(struct json *json);

#endif /* TCPLIFECTL_JSON_H */
