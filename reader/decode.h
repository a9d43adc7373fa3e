/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_DECODE_H
#define TCPLIFECTL_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "fields.h"
#include "life.h"

/**
 * struct message - a generic netlink message, checked and taken apart
 * @cmd: its command
 * @attrs: its attributes
 * @len: their length in bytes
 */
struct message {
	uint8_t		cmd;
	const void	*attrs;
	size_t		len;
};

/**
 * struct verdict - how the kernel answered a request
 * @error: 0, or a negative errno
 * @text: the kernel's own words (extack), or empty
 */
struct verdict {
	int	error;
	char	text[256];
};

/**
 * enum group - a multicast group of the family
 * @GROUP_LIVES: connections that are over
 * @GROUP_ALERTS: what the detector of SYN floods tells
 * @GROUPS: how many there are
 */
enum group {
	GROUP_LIVES,
	GROUP_ALERTS,
	GROUPS,
};

/**
 * struct family - where to find the generic netlink family
 * @id: its message type
 * @groups: ids of its multicast groups; 0: there is no such group
 */
struct family {
	uint16_t	id;
	uint32_t	groups[GROUPS];
};

int decode_message(const struct nlmsghdr *nlh, struct message *msg);
int decode_record(const struct record_type *type, const struct message *msg,
		  void *record);
int decode_number(const struct message *msg, unsigned int number,
		  uint64_t *value);
int decode_verdict(const struct nlmsghdr *nlh, struct verdict *verdict);
int decode_family(const struct message *msg, struct family *family);
int decode_family_name(const struct message *msg, char *name, size_t size);

#endif /* TCPLIFECTL_DECODE_H */
