// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the writing of JSON: commas, escapes, valid UTF-8, and no integer that
 * a reader using doubles would get wrong.  It knows nothing of what it writes.
 */
#include <string.h>

#include "json.h"
#include "put.h"

/* Bytes that there is always room for: any piece but a text is shorter. */
#define PIECE	128

/**
 * jsonw_begin - begin a JSON text
 * @json: the text
 * @out: where to; what is put together comes there with jsonw_line_end()
 */
void jsonw_begin(struct json *json, FILE *out)
{
	json->out = out;
	json->comma = false;
	json->used = 0;
}

static void write_out(struct json *json)
{
	fwrite_unlocked(json->text, 1, json->used, json->out);
	json->used = 0;
}

/* Where the next piece goes, PIECE bytes. */
static char *piece(struct json *json)
{
	if (json->used > sizeof(json->text) - PIECE)
		write_out(json);
	return json->text + json->used;
}

/* The same for an element, behind a comma if it needs one. */
static char *element(struct json *json)
{
	char *to = piece(json);

	if (json->comma)
		*to++ = ',';
	json->comma = true;
	return to;
}

static void end_piece(struct json *json, const char *end)
{
	json->used = end - json->text;
}

/**
 * jsonw_open - begin an object or an array
 * @json: the text
 * @bracket: '{' or '['
 */
void jsonw_open(struct json *json, char bracket)
{
	char *to = element(json);

	*to++ = bracket;
	end_piece(json, to);
	json->comma = false;
}

/**
 * jsonw_close - end an object or an array
 * @json: the text
 * @bracket: '}' or ']'
 */
void jsonw_close(struct json *json, char bracket)
{
	char *to = piece(json);

	*to++ = bracket;
	end_piece(json, to);
	json->comma = true;
}

/**
 * jsonw_key - begin a member of an object; its value comes next
 * @json: the text
 * @key: a name of at most 100 characters that needs no escapes
 */
void jsonw_key(struct json *json, const char *key)
{
	char *to = element(json);

	*to++ = '"';
	to = put_text(to, key);
	*to++ = '"';
	*to++ = ':';
	end_piece(json, to);
	json->comma = false;
}

/**
 * jsonw_null - write null
 * @json: the text
 */
void jsonw_null(struct json *json)
{
	end_piece(json, put_text(element(json), "null"));
}

/**
 * jsonw_bool - write true or false
 * @json: the text
 * @value: which
 */
void jsonw_bool(struct json *json, bool value)
{
	end_piece(json, put_text(element(json), value ? "true" : "false"));
}

/**
 * jsonw_number - write an integer, at most JSON_INTEGER_MAX
 * @json: the text
 * @value: the integer
 */
void jsonw_number(struct json *json, uint64_t value)
{
	end_piece(json, put_number(element(json), value < JSON_INTEGER_MAX ?
						  value : JSON_INTEGER_MAX));
}

/**
 * jsonw_thousandths - write a share as a decimal fraction
 * @json: the text
 * @value: the share in thousandths
 */
void jsonw_thousandths(struct json *json, uint32_t value)
{
	char *to = put_number(element(json), value / 1000);

	*to++ = '.';
	end_piece(json, put_digits(to, value % 1000, 3));
}

/**
 * jsonw_number_text - write an integer as a string, all 64 bits of it
 * @json: the text
 * @value: the integer
 */
void jsonw_number_text(struct json *json, uint64_t value)
{
	char *to = element(json);

	*to++ = '"';
	to = put_number(to, value);
	*to++ = '"';
	end_piece(json, to);
}

/**
 * jsonw_word - write a string that needs no escapes
 * @json: the text
 * @word: at most 100 printable characters of ASCII, no quote and no backslash
 */
void jsonw_word(struct json *json, const char *word)
{
	char *to = element(json);

	*to++ = '"';
	to = put_text(to, word);
	*to++ = '"';
	end_piece(json, to);
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

static char *put_ascii(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		*to++ = '\\';
	} else if (c < 0x20 || c == 0x7f) {
		to = put_text(to, "\\u00");
		*to++ = hex[c >> 4];
		c = hex[c & 15];
	}
	*to++ = c;
	return to;
}

/**
 * jsonw_text - write a string
 * @json: the text
 * @text: any bytes; those that are no UTF-8 become U+FFFD
 */
void jsonw_text(struct json *json, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	char *to = element(json);

	*to++ = '"';
	while (*at) {
		size_t len = utf8_length(at);

		end_piece(json, to);
		to = piece(json);
		if (!len)
			to = put_text(to, "\xef\xbf\xbd");
		else if (len == 1)
			to = put_ascii(to, *at);
		else
			to = mempcpy(to, at, len);
		at += len ? len : 1;
	}
	*to++ = '"';
	end_piece(json, to);
}

/**
 * jsonw_line_end - end the line after a whole object, and write it
 * @json: the text
 */
void jsonw_line_end(struct json *json)
{
	char *to = piece(json);

	*to++ = '\n';
	end_piece(json, to);
	write_out(json);
	json->comma = false;
}
