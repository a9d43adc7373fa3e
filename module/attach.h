/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ATTACH_H
#define TCPLIFE_ATTACH_H

#include <linux/types.h>
#include <linux/tcplife.h>

/**
 * struct tcplife_attach_report - one hook, and how it fares
 * @name: tracepoint or function
 * @feature: what it is for
 * @kind: what kind of hook it is
 * @required: the module does not load without it
 * @status: attached or not
 * @missed: hits the kernel did not deliver
 */
struct tcplife_attach_report {
	const char *name;
	const char *feature;
	enum tcplife_hook_kind kind;
	bool required;
	enum tcplife_hook_status status;
	u64 missed;
};

extern bool tcplife_attach_congestion;

int tcplife_attach_all(void);
void tcplife_attach_undo(void);
bool tcplife_attach_report(unsigned int i, struct tcplife_attach_report *report);

#endif
