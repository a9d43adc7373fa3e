// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the format of raw recordings, as far as it can be read without I/O: the
 * header, where one message ends and the next begins, and marks of the reader.
 * A file may hold anything, so nothing is believed.  Pure.
 */
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "raw.h"

_Static_assert(sizeof(struct raw_header) % MNL_ALIGNTO == 0,
	       "messages follow it");
_Static_assert(sizeof(struct raw_repair) % MNL_ALIGNTO == 0,
	       "it is a whole message");

/**
 * raw_is - is this a raw recording?
 * @data: the beginning of a file
 * @len: how many bytes of it
 *
 * Return: true if so, whether it can be read or not; see raw_check().
 */
bool raw_is(const void *data, size_t len)
{
	return len >= sizeof(RAW_MAGIC) &&
	       !memcmp(data, RAW_MAGIC, sizeof(RAW_MAGIC));
}

/**
 * raw_check - read the header of a raw recording
 * @data: the file, for which raw_is() holds
 * @len: how many bytes it has
 * @head: filled on success; its texts end within it
 *
 * Return: NULL, or why the file cannot be read: the end of a sentence about it.
 */
const char *raw_check(const void *data, size_t len, struct raw_header *head)
{
	const size_t fixed = offsetof(struct raw_header, began_ns);

	memset(head, 0, sizeof(*head));
	memcpy(head, data, len < sizeof(*head) ? len : sizeof(*head));
	if (len < fixed)
		return "ends within its header";
	if (head->byte_order == __builtin_bswap32(RAW_BYTE_ORDER))
		return "is from a machine of the other byte order";
	if (head->byte_order != RAW_BYTE_ORDER)
		return "has a header that makes no sense";
	if (head->version > RAW_VERSION)
		return "is of a newer format than this tcplifectl knows";
	if (len < sizeof(*head) || len < head->len)
		return "ends within its header";
	if (!head->version || head->len < sizeof(*head) ||
	    head->len % MNL_ALIGNTO || head->family <= GENL_ID_CTRL)
		return "has a header that makes no sense";
	head->boot_id[sizeof(head->boot_id) - 1] = '\0';
	head->module[sizeof(head->module) - 1] = '\0';
	head->kernel[sizeof(head->kernel) - 1] = '\0';
	return NULL;
}

/**
 * raw_is_repair - is a message the mark of a repair?
 * @nlh: the message
 * @lull: set if so: nothing more was queued when it was made
 *
 * Return: true if so.
 */
bool raw_is_repair(const struct nlmsghdr *nlh, bool *lull)
{
	const struct raw_repair *repair = (const void *)nlh;

	if (nlh->nlmsg_type != NLMSG_NOOP ||
	    nlh->nlmsg_len != sizeof(*repair) ||
	    memcmp(repair->name, RAW_REPAIR, sizeof(repair->name)))
		return false;
	*lull = !memcmp(repair->when, RAW_LULL, sizeof(repair->when));
	return true;
}
