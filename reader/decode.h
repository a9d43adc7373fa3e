/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_DECODE_H
#define TCPLIFECTL_DECODE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <libmnl/libmnl.h>

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

/**
 * decode_message - check the headers of a generic netlink message
 * @nlh: the message; nlmsg_len bytes of it are readable
 * @msg: filled on success
 *
 * Return: 0, or -EBADMSG.
 */
static inline int decode_message(const struct nlmsghdr *nlh, struct message *msg)
{
	const size_t headers = MNL_ALIGN(sizeof(*nlh)) +
			       MNL_ALIGN(sizeof(struct genlmsghdr));
	const struct genlmsghdr *genl;

	if (nlh->nlmsg_len < headers)
		return -EBADMSG;
	genl = (const void *)(nlh + 1);
	msg->cmd = genl->cmd;
	msg->attrs = (const char *)nlh + headers;
	msg->len = nlh->nlmsg_len - headers;
	return 0;
}

/* Next attribute of @len bytes at @at, or NULL at the end. */
static inline const struct nlattr *attr_next(const char **at, size_t *len)
{
	const struct nlattr *attr = (const void *)*at;
	size_t step;

	/* A length less than that of the header is a very large one here. */
	if (*len < sizeof(*attr) ||
	    attr->nla_len - sizeof(*attr) > *len - sizeof(*attr))
		return NULL;
	step = MNL_ALIGN(attr->nla_len);
	if (step > *len)
		step = *len;
	*at += step;
	*len -= step;
	return attr;
}

/* As mnl_attr_get_type() and its like, but without a call for each attribute. */
static inline unsigned int attr_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static inline const void *attr_payload(const struct nlattr *attr)
{
	return attr + 1;
}

static inline size_t attr_payload_len(const struct nlattr *attr)
{
	return attr->nla_len - sizeof(*attr);
}

/**
 * decode_number - find one 64-bit number, without decoding the rest
 * @msg: the message
 * @number: of the attribute
 * @value: filled on success
 *
 * Return: 0; -ENOENT if it is not there; -EBADMSG if it has another length, or
 * the attributes before it do not fit.
 */
static inline int decode_number(const struct message *msg,
				unsigned int number, uint64_t *value)
{
	const char *at = msg->attrs;
	const struct nlattr *attr;
	size_t len = msg->len;

	while ((attr = attr_next(&at, &len))) {
		if (attr_type(attr) != number)
			continue;
		if (attr_payload_len(attr) != sizeof(*value))
			return -EBADMSG;
		memcpy(value, attr_payload(attr), sizeof(*value));
		return 0;
	}
	return len ? -EBADMSG : -ENOENT;
}

int decode_record(const struct record_type *type, const struct message *msg,
		  void *record);
int decode_verdict(const struct nlmsghdr *nlh, struct verdict *verdict);
int decode_family(const struct message *msg, struct family *family);
int decode_family_name(const struct message *msg, char *name, size_t size);

#endif /* TCPLIFECTL_DECODE_H */
