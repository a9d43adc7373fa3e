/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_NAMES_H
#define TCPLIFE_NAMES_H

#include <linux/string.h>
#include <linux/types.h>
#include <net/tcp.h>

#include "core/life.h"

extern char tcplife_names[TCPLIFE_CC_NAMES_MAX][TCP_CA_NAME_MAX];
extern u8 tcplife_names_used;

u8 tcplife_names_add(const char *name);
const char *tcplife_names_get(u8 number);
unsigned int tcplife_names_size(u8 number);

/**
 * tcplife_names_intern - the number of a name
 * @name: NUL-terminated, in TCP_CA_NAME_MAX bytes
 *
 * Context: any but NMI.
 * Return: its number, or 0 if there are too many names.
 */
static __always_inline u8 tcplife_names_intern(const char *name)
{
	/* Pairs with the release in tcplife_names_add(): names under it are complete. */
	u8 used = smp_load_acquire(&tcplife_names_used);
	u8 i;

	/* Behind nearly all names are nothing but NULs. */
	for (i = 1; i < used; i++)
		if (!memcmp(tcplife_names[i], name, TCP_CA_NAME_MAX))
			return i;
	return tcplife_names_add(name);
}

#endif
