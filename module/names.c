// SPDX-License-Identifier: GPL-2.0
/*
 * Names of congestion control algorithms, numbered, so that a life holds a small
 * number and no pointer into a module that may be unloaded.  Names are only added.
 *
 * Lock: tcplife_names_lock, raw, with interrupts off, only to add a name;
 * nests inside the locks of lives.c.
 */
#include <linux/spinlock.h>
#include <linux/string.h>
#include <net/tcp.h>

#include "core/life.h"
#include "names.h"

static DEFINE_RAW_SPINLOCK(tcplife_names_lock);
char tcplife_names[TCPLIFE_CC_NAMES_MAX][TCP_CA_NAME_MAX];
static u8 tcplife_names_length[TCPLIFE_CC_NAMES_MAX];	/* with the NUL */
u8 tcplife_names_used = 1;	/* 0 is unknown */

static u8 tcplife_names_search(const char *name, u8 used)
{
	u8 i;

	for (i = 1; i < used; i++)
		if (!strncmp(tcplife_names[i], name, TCP_CA_NAME_MAX))
			return i;
	return 0;
}

/**
 * tcplife_names_add - the number of a name that is new, or not padded with NULs
 * @name: NUL-terminated, in TCP_CA_NAME_MAX bytes
 *
 * Called by tcplife_names_intern().
 */
u8 tcplife_names_add(const char *name)
{
	unsigned long flags;
	u8 number;

	raw_spin_lock_irqsave(&tcplife_names_lock, flags);
	number = tcplife_names_search(name, tcplife_names_used);
	if (!number && tcplife_names_used < TCPLIFE_CC_NAMES_MAX) {
		number = tcplife_names_used;
		strscpy(tcplife_names[number], name, TCP_CA_NAME_MAX);
		tcplife_names_length[number] = strlen(tcplife_names[number]) + 1;
		/* Pairs with the acquire in tcplife_names_intern(). */
		smp_store_release(&tcplife_names_used, number + 1);
	}
	raw_spin_unlock_irqrestore(&tcplife_names_lock, flags);
	return number;
}

/**
 * tcplife_names_get - the name behind a number
 * @number: from tcplife_names_intern()
 *
 * Return: the name, in TCP_CA_NAME_MAX bytes that are NUL behind it, or NULL for 0.
 */
const char *tcplife_names_get(u8 number)
{
	return number && number < TCPLIFE_CC_NAMES_MAX ? tcplife_names[number] : NULL;
}

/**
 * tcplife_names_size - how many bytes the name behind a number has, NUL included
 * @number: from tcplife_names_intern(), not 0
 */
unsigned int tcplife_names_size(u8 number)
{
	return tcplife_names_length[number % TCPLIFE_CC_NAMES_MAX];
}
