/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share: cmocka, tests made of the rows of a table, and a
 * random number generator that gives the same numbers each time.
 */
#ifndef TCPLIFE_UNIT_H
#define TCPLIFE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tracker.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define US		1000ULL		/* in nanoseconds */

/* A path is a list of states that ends with TCPLIFE_STATE_NONE. */
#define UNIT_PATH	9

#define NONE		TCPLIFE_STATE_NONE
#define ESTABLISHED	TCPLIFE_STATE_ESTABLISHED
#define SYN_SENT	TCPLIFE_STATE_SYN_SENT
#define SYN_RECV	TCPLIFE_STATE_SYN_RECV
#define FIN_WAIT1	TCPLIFE_STATE_FIN_WAIT1
#define FIN_WAIT2	TCPLIFE_STATE_FIN_WAIT2
#define TIME_WAIT	TCPLIFE_STATE_TIME_WAIT
#define CLOSE		TCPLIFE_STATE_CLOSE
#define CLOSE_WAIT	TCPLIFE_STATE_CLOSE_WAIT
#define LAST_ACK	TCPLIFE_STATE_LAST_ACK
#define LISTEN		TCPLIFE_STATE_LISTEN
#define CLOSING		TCPLIFE_STATE_CLOSING

/* Add a test for each row of a table.  A row begins with its name. */
static inline size_t unit_add_rows(struct CMUnitTest *tests, const void *rows,
				   size_t count, size_t size,
				   CMUnitTestFunction check)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const void *row = (const char *)rows + i * size;

		tests[i] = (struct CMUnitTest){
			.name = *(const char * const *)row,
			.test_func = check,
			.initial_state = (void *)row,
		};
	}
	return count;
}

#define UNIT_ROWS(tests, rows, check) \
	unit_add_rows(tests, rows, ARRAY_SIZE(rows), sizeof((rows)[0]), check)

/* Begin a life and walk it along a path, a millisecond a state. */
static inline void unit_walk(struct tcplife_life *life, u8 role,
			     const u8 path[UNIT_PATH])
{
	u64 now_ns = 1000000;

	tcplife_tracker_begin(life, path[0], role, now_ns);
	while (*++path)
		tcplife_tracker_enter(life, *path, now_ns += 1000000);
}

/* SplitMix64. */
static inline u64 unit_random(u64 *seed)
{
	u64 z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#endif
