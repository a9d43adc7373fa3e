/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_CANARY_H
#define TCPLIFE_CANARY_H

#include <linux/kprobes.h>
#include <linux/tcplife.h>

extern struct kprobe tcplife_canary_probe;

void tcplife_canary_hear_ftraced(void);
bool tcplife_canary_deaf(enum tcplife_hook_kind kind);

#endif
