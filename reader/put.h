/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text put together piece by piece, without printf(), for what is written for
 * every connection.  Each function writes at @to, where there must be room, and
 * returns the end of what it wrote, where there is a NUL.
 */
#ifndef TCPLIFECTL_PUT_H
#define TCPLIFECTL_PUT_H

#include <stdint.h>
#include <string.h>

/* Room for any number, with the NUL. */
#define PUT_NUMBER	21

char *put_number(char *to, uint64_t number);
char *put_digits(char *to, unsigned int number, unsigned int digits);

/**
 * put_text - write a text
 * @to: where to
 * @text: the text
 *
 * Return: its end.
 */
static inline char *put_text(char *to, const char *text)
{
	return stpcpy(to, text);
}

#endif /* TCPLIFECTL_PUT_H */
