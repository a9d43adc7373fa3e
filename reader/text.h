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
/* What stands for a value nobody knows, and for one that does not exist. */
#define TEXT_UNKNOWN	"?"
#define TEXT_NONE	"-"

void text_init(void);
void text_set_utf8(bool utf8);
bool text_utf8(void);
bool text_color_wanted(int fd);

void text_duration(char *to, size_t size, uint64_t us);
void text_short_duration(char *to, size_t size, uint64_t us);
void text_bytes(char *to, size_t size, uint64_t bytes);
void text_clock(char *to, size_t size, uint64_t ns, bool date);
void text_address(char *to, size_t size, const struct address *addr);
void text_address_port(char *to, size_t size, const struct address *addr,
		       const char *port);
void text_share(char *to, size_t size, uint32_t thousandths);
void text_endpoint(char *to, size_t size, const struct life *life, bool local);
void text_safe(char *to, size_t size, const char *from);
size_t text_width(const char *text);
void text_pad(FILE *out, const char *text, int width);

#endif /* TCPLIFECTL_TEXT_H */
