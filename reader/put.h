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
char *put_octet(char *to, uint8_t number);

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

/**
 * put_digits - write the last digits of a number, zeros among them
 * @to: where to; @digits + 1 bytes
 * @number: the number
 * @digits: how many, at most 10; best a constant
 *
 * Return: its end.
 */
static inline char *put_digits(char *to, unsigned int number,
			       unsigned int digits)
{
	unsigned int i = digits;

	while (i--) {
		to[i] = '0' + number % 10;
		number /= 10;
	}
	to[digits] = '\0';
	return to + digits;
}

#endif /* TCPLIFECTL_PUT_H */
