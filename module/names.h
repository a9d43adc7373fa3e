/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_NAMES_H
#define TCPLIFE_NAMES_H

#include <linux/types.h>

u8 tcplife_names_intern(const char *name);
const char *tcplife_names_get(u8 number);
unsigned int tcplife_names_size(u8 number);

#endif
