// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the writing of numbers in decimal, two digits at a time.  Pure.
 */
#include "put.h"

#define TEN(tens)							\
	tens "0" tens "1" tens "2" tens "3" tens "4"			\
	tens "5" tens "6" tens "7" tens "8" tens "9"

static const char pairs[] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4")
	TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

static unsigned int count_digits(uint64_t number)
{
	unsigned int digits = 1;

	for (;;) {
		if (number < 10)
			return digits;
		if (number < 100)
			return digits + 1;
		if (number < 1000)
			return digits + 2;
		if (number < 10000)
			return digits + 3;
		number /= 10000;
		digits += 4;
	}
}

/**
 * put_number - write a number
 * @to: where to; PUT_NUMBER bytes
 * @number: the number
 *
 * Return: its end.
 */
char *put_number(char *to, uint64_t number)
{
	char *end = to + count_digits(number), *at = end;

	*end = '\0';
	while (number >= 100) {
		at -= 2;
		memcpy(at, pairs + 2 * (number % 100), 2);
		number /= 100;
	}
	if (number >= 10)
		memcpy(to, pairs + 2 * number, 2);
	else
		*to = '0' + number;
	return end;
}

/**
 * put_octet - write a number of at most 255, as put_number() but faster
 * @to: where to; 4 bytes
 * @number: the number
 *
 * Return: its end.
 */
char *put_octet(char *to, uint8_t number)
{
	if (number >= 100) {
		*to++ = number >= 200 ? '2' : '1';
		number %= 100;
	} else if (number < 10) {
		*to++ = '0' + number;
		*to = '\0';
		return to;
	}
	memcpy(to, pairs + 2 * number, 2);
	to[2] = '\0';
	return to + 2;
}
