/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_RAW_H
#define TCPLIFECTL_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#define RAW_MAGIC	"tcplife"
#define RAW_BYTE_ORDER	0x01020304u
#define RAW_VERSION	1
/* No message is larger: what is told at once fits in here. */
#define RAW_MESSAGE_MAX	65536

/**
 * struct raw_header - what a raw recording begins with
 * @magic: RAW_MAGIC, its NUL too
 * @byte_order: RAW_BYTE_ORDER, in the byte order of all numbers that follow
 * @version: RAW_VERSION
 * @len: bytes of the header; a later version may have more, a multiple of 4
 * @began_ns: when the recording began, in ns since 1970; 0: not known
 * @family: nlmsg_type of the module's messages
 * @unused: 0
 * @boot_id: of the boot it is from, or empty; each text is ended by a NUL
 * @module: version of the module, or empty
 * @kernel: release of the kernel, or empty
 *
 * Netlink messages follow, each aligned to 4 bytes: those that the module told,
 * as they came, and the kernel's word that the family is gone.  Of the reader
 * are NLMSG_OVERRUN, the socket overflowed here, and struct raw_repair.
 */
struct raw_header {
	char		magic[8];
	uint32_t	byte_order;
	uint16_t	version;
	uint16_t	len;
	uint64_t	began_ns;
	uint16_t	family;
	uint16_t	unused[3];
	char		boot_id[40];
	char		module[32];
	char		kernel[64];
};

#define RAW_REPAIR	"repair"
#define RAW_LULL	"lull"
#define RAW_BUSY	"busy"

/**
 * struct raw_repair - what was lost before has been looked for
 * @nlh: type NLMSG_NOOP, which whoever reads netlink passes over
 * @name: RAW_REPAIR
 * @when: RAW_LULL if nothing more was queued then, else RAW_BUSY
 *
 * What was found follows: answers to life-get, as they came.
 */
struct raw_repair {
	struct nlmsghdr	nlh;
	char		name[sizeof(RAW_REPAIR)];
	char		when[sizeof(RAW_LULL)];
};

/**
 * raw_step - how far is it to the next message?
 * @at: where a message begins, aligned as a struct nlmsghdr
 * @left: bytes from there to the end
 *
 * Return: bytes to the message after it, or to the end; 0 if there is no whole
 * message.
 */
static inline size_t raw_step(const void *at, size_t left)
{
	const struct nlmsghdr *nlh = at;
	size_t step;

	if (left < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) ||
	    nlh->nlmsg_len > left || nlh->nlmsg_len > RAW_MESSAGE_MAX)
		return 0;
	step = MNL_ALIGN((size_t)nlh->nlmsg_len);
	return step < left ? step : left;
}

bool raw_is(const void *data, size_t len);
const char *raw_check(const void *data, size_t len, struct raw_header *head);
bool raw_is_repair(const struct nlmsghdr *nlh, bool *lull);

#endif /* TCPLIFECTL_RAW_H */
