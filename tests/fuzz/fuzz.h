/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_FUZZ_H
#define TCPLIFE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the first byte of an input, modulo FUZZ_CHOICES, chooses: a life as
 * JSON below FUZZ_LINES, as a line below FUZZ_LADDER, and so on.
 */
enum {
	FUZZ_LINES	= 8,
	FUZZ_LADDER	= 10,
	FUZZ_SUMMARY	= 11,
	FUZZ_HOOK	= 12,
	FUZZ_LISTENER	= 13,
	FUZZ_FLOOD	= 15,
	FUZZ_TALLY	= 18,
	FUZZ_FAMILY	= 20,
	FUZZ_VERDICT	= 21,
	FUZZ_WORDS	= 22,
	FUZZ_RECORDING	= 23,
	FUZZ_CHOICES	= 24,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
