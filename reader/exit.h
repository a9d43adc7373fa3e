/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_EXIT_H
#define TCPLIFECTL_EXIT_H

/**
 * enum exit_code - how tcplifectl ends
 * @EXIT_FINE: nothing went wrong
 * @EXIT_ERROR: something did
 * @EXIT_USAGE: the command line makes no sense
 * @EXIT_NO_MODULE: the kernel does not know the family "tcplife"
 * @EXIT_NO_PERMISSION: CAP_NET_ADMIN is missing
 * @EXIT_LOST: with --strict: records were lost
 * @EXIT_FLOOD: with --check or --once: there is a SYN flood
 */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_NO_MODULE = 3,
	EXIT_NO_PERMISSION = 4,
	EXIT_LOST = 5,
	EXIT_FLOOD = 6,
};

void complain(const char *text, ...) __attribute__((format(printf, 1, 2)));

#endif /* TCPLIFECTL_EXIT_H */
