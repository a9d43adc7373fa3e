/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_TEXT_H
#define TCPLIFECTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "life.h"

/* Room for any one cell: the longest is a sanitised piece of advice. */
#define TEXT_CELL	2100
/* Room for a number, a time span, a size, a share or a moment. */
#define TEXT_SHORT	32
/* Room for an address, also with a port. */
#define TEXT_ADDRESS	64
/* What stands for a value nobody knows, and for one that does not exist. */
#define TEXT_UNKNOWN	"?"
#define TEXT_NONE	"-"

void text_init(void);
void text_set_utf8(bool utf8);
bool text_utf8(void);
bool text_color_wanted(int fd);

char *text_duration(char *to, uint64_t us);
char *text_short_duration(char *to, uint64_t us);
char *text_bytes(char *to, uint64_t bytes);
char *text_clock(char *to, uint64_t ns, bool date);
char *text_address(char *to, const struct address *addr);
char *text_address_port(char *to, const struct address *addr, bool known,
			uint16_t port);
char *text_share(char *to, uint32_t thousandths);
char *text_endpoint(char *to, const struct life *life, bool local);
char *text_safe(char *to, size_t size, const char *from);
size_t text_wide_width(const char *text, size_t len);
void text_pad(FILE *out, const char *text, int width);

/**
 * text_is_ascii - is there nothing but ASCII in a text?
 * @text: the text
 * @len: its length in bytes
 *
 * Return: true if so.
 */
static inline bool text_is_ascii(const char *text, size_t len)
{
	const uint64_t high = 0x8080808080808080;
	uint64_t all = 0, word;
	size_t i;

	if (len < sizeof(word)) {
		for (i = 0; i < len; i++)
			all |= (unsigned char)text[i];
		return !(all & high);
	}
	for (i = 0; i < len - sizeof(word); i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		all |= word;
	}
	/* The last ones, some perhaps once more. */
	memcpy(&word, text + len - sizeof(word), sizeof(word));
	return !((all | word) & high);
}

/**
 * text_width - columns that a text takes on a terminal
 * @text: the text
 * @len: its length in bytes
 *
 * Return: the number of columns.
 */
static inline size_t text_width(const char *text, size_t len)
{
	return text_is_ascii(text, len) ? len : text_wide_width(text, len);
}

#endif /* TCPLIFECTL_TEXT_H */
