// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the writing of JSON: commas, escapes, valid UTF-8, and no integer that
 * a reader using doubles would get wrong.  It knows nothing of what it writes.
 */
#include <string.h>

#include "json.h"

static void separate(struct json *json)
{
	if (json->comma)
		fputc(',', json->out);
	json->comma = true;
}

/**
 * jsonw_open - begin an object or an array
 * @json: the text
 * @bracket: '{' or '['
 */
void jsonw_open(struct json *json, char bracket)
{
	separate(json);
	fputc(bracket, json->out);
	json->comma = false;
}

/**
 * jsonw_close - end an object or an array
 * @json: the text
 * @bracket: '}' or ']'
 */
void jsonw_close(struct json *json, char bracket)
{
	fputc(bracket, json->out);
	json->comma = true;
}

/**
 * jsonw_key - begin a member of an object; its value comes next
 * @json: the text
 * @key: a name that needs no escapes
 */
void jsonw_key(struct json *json, const char *key)
{
	separate(json);
	fputc('"', json->out);
	fputs(key, json->out);
	fputs("\":", json->out);
	json->comma = false;
}

/**
 * jsonw_null - write null
 * @json: the text
 */
void jsonw_null(struct json *json)
{
	separate(json);
	fputs("null", json->out);
}

/**
 * jsonw_bool - write true or false
 * @json: the text
 * @value: which
 */
void jsonw_bool(struct json *json, bool value)
{
	separate(json);
	fputs(value ? "true" : "false", json->out);
}

static void put_decimal(FILE *out, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = '0' + value % 10;
		value /= 10;
	} while (value);
	fwrite(digits + at, 1, sizeof(digits) - at, out);
}

/**
 * jsonw_number - write an integer, at most JSON_INTEGER_MAX
 * @json: the text
 * @value: the integer
 */
void jsonw_number(struct json *json, uint64_t value)
{
	separate(json);
	put_decimal(json->out, value < JSON_INTEGER_MAX ? value :
						       JSON_INTEGER_MAX);
}

/**
 * jsonw_thousandths - write a share as a decimal fraction
 * @json: the text
 * @value: the share in thousandths
 */
void jsonw_thousandths(struct json *json, uint32_t value)
{
	separate(json);
	fprintf(json->out, "%u.%03u", value / 1000, value % 1000);
}

/**
 * jsonw_number_text - write an integer as a string, all 64 bits of it
 * @json: the text
 * @value: the integer
 */
void jsonw_number_text(struct json *json, uint64_t value)
{
	separate(json);
	fputc('"', json->out);
	put_decimal(json->out, value);
	fputc('"', json->out);
}

/*
 * Length of the well-formed UTF-8 sequence at @text (table 3-7 of the Unicode
 * standard: no overlong forms, no surrogates, nothing above U+10FFFF), or 0.
 */
static size_t utf8_length(const unsigned char *text)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, len;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	len = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (text[0] == 0xe0)
		low = 0xa0;
	else if (text[0] == 0xed)
		high = 0x9f;
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++) {
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

static void put_ascii(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

/**
 * jsonw_text - write a string
 * @json: the text
 * @text: any bytes; those that are no UTF-8 become U+FFFD
 */
void jsonw_text(struct json *json, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	separate(json);
	fputc('"', json->out);
	while (*at) {
		size_t len = utf8_length(at);

		if (!len)
			fputs("\xef\xbf\xbd", json->out);
		else if (len == 1)
			put_ascii(json->out, *at);
		else
			fwrite(at, 1, len, json->out);
		at += len ? len : 1;
	}
	fputc('"', json->out);
}

/**
 * jsonw_line_end - end the line after a whole object
 * @json: the text
 */
void jsonw_line_end(struct json *json)
{
	fputc('\n', json->out);
	json->comma = false;
}
