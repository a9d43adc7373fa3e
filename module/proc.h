/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_PROC_H
#define TCPLIFE_PROC_H

#include "net.h"

int tcplife_proc_start(void);
void tcplife_proc_stop(void);
int tcplife_proc_allow(const struct tcplife_net *tn);
int tcplife_proc_add(struct tcplife_net *tn);
void tcplife_proc_remove(struct tcplife_net *tn);

#endif
