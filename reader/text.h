/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_TEXT_H
#define TCPLIFECTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
size_t text_width(const char *text, size_t len);
void text_pad(FILE *out, const char *text, int width);

#endif /* TCPLIFECTL_TEXT_H */
