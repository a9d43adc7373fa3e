// SPDX-License-Identifier: GPL-2.0
/*
 * Odd requests to the module's netlink family.
 *
 *   requests COUNT SEED
 *
 * Sends COUNT messages, some at a time, from sockets that are now and then closed in
 * the middle of an answer.  A message begins as one that makes sense (a command, flags,
 * attributes with numbers of their width) and then some of it is changed: commands,
 * attributes and flags that do not exist, lengths that lie, bits.  After every 10,000
 * the family has to answer a good request, or it is an error.  The same SEED sends the
 * same messages.  Prints how many were sent, and how many answers of what kind came.
 */
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAMILY		"tcplife"
#define SUMMARY_GET	2	/* TCPLIFE_CMD_SUMMARY_GET */
#define MOST_COMMAND	16
#define MOST_ATTRIBUTE	80
#define SOCKETS		4
#define AT_ONCE		16
#define GOOD_EVERY	10000
#define BUFFER		65536

static uint64_t state;
static uint16_t family;
static unsigned long answers, refusals, ends;
static _Alignas(8) char buffer[BUFFER];

static uint32_t dice(uint32_t sides)
{
	/* Marsaglia's xorshift, 64 bits */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % sides;
}

static bool one_in(uint32_t n)
{
	return !dice(n);
}

static int open_socket(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int on = 1;

	if (fd < 0 || connect(fd, (void *)&kernel, sizeof(kernel)))
		err(1, "netlink socket");
	/* where it is on, headers of dumps are looked at closely */
	if (one_in(2))
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return fd;
}

static size_t put(char *to, uint16_t type, const void *value, size_t len)
{
	struct nlattr *attr = (void *)to;

	attr->nla_len = NLA_HDRLEN + len;
	attr->nla_type = type;
	memset(to + NLA_HDRLEN, 0, NLA_ALIGN(len));
	memcpy(to + NLA_HDRLEN, value, len);
	return NLA_HDRLEN + NLA_ALIGN(len);
}

static struct nlmsghdr *begin(char *to, uint16_t type, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh = (void *)to;
	struct genlmsghdr *genl = (void *)(to + NLMSG_HDRLEN);

	memset(to, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	genl->cmd = command;
	genl->version = 1;
	return nlh;
}

/* An answer to one good request: the payload of its first message, or NULL. */
static const struct nlmsghdr *ask(const struct nlmsghdr *request)
{
	struct timeval patience = { .tv_sec = 10 };
	int fd = open_socket();
	const struct nlmsghdr *answer = (void *)buffer;
	ssize_t len;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		err(1, "send");
	len = recv(fd, buffer, sizeof(buffer), 0);
	close(fd);
	return len >= NLMSG_HDRLEN && answer->nlmsg_type != NLMSG_ERROR ? answer : NULL;
}

static void find_family(void)
{
	_Alignas(8) char request[64];
	struct nlmsghdr *nlh = begin(request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
				     NLM_F_REQUEST);
	const struct nlmsghdr *answer;
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	nlh->nlmsg_len += put(request + at, CTRL_ATTR_FAMILY_NAME, FAMILY,
			      sizeof(FAMILY));
	answer = ask(nlh);
	while (answer && at + NLA_HDRLEN <= answer->nlmsg_len) {
		const struct nlattr *attr = (const void *)((const char *)answer + at);

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID) {
			memcpy(&family, attr + 1, sizeof(family));
			return;
		}
		at += NLA_ALIGN(attr->nla_len);
	}
	errx(1, "there is no netlink family " FAMILY);
}

static void ask_well(void)
{
	_Alignas(8) char request[64];

	if (!ask(begin(request, family, SUMMARY_GET, NLM_F_REQUEST)))
		errx(1, "a good request is not answered");
}

/* One message, odd or not.  Return: its length, as it is sent. */
static size_t odd_message(char *to)
{
	static const uint16_t flags[] = {
		NLM_F_REQUEST, NLM_F_REQUEST | NLM_F_ACK, NLM_F_REQUEST | NLM_F_DUMP,
		NLM_F_REQUEST | NLM_F_DUMP | NLM_F_ACK,
	};
	static const size_t widths[] = { 0, 1, 2, 4, 8 };
	struct nlmsghdr *nlh = begin(to, family, 1 + dice(MOST_COMMAND),
				     flags[dice(4)]);
	unsigned int attributes = dice(4);
	size_t len = nlh->nlmsg_len;

	while (attributes--) {
		struct nlattr *attr = (void *)(to + len);
		uint64_t value = one_in(2) ? dice(16) : (uint64_t)dice(~0U) << 32 | dice(~0U);
		uint64_t values[4] = { value, value, value, value };

		len += put(to + len, dice(MOST_ATTRIBUTE), values,
			   one_in(8) ? dice(sizeof(values)) : widths[dice(5)]);
		if (one_in(16))
			attr->nla_len = dice(one_in(2) ? 64 : 65536);
		if (one_in(16))
			attr->nla_type |= (1 + dice(3)) << 14;
	}
	nlh->nlmsg_len = len;
	if (one_in(16))
		nlh->nlmsg_flags = dice(65536);
	if (one_in(32))
		nlh->nlmsg_type = dice(NLMSG_MIN_TYPE);
	if (one_in(16))
		nlh->nlmsg_len = dice(one_in(2) ? 128 : 100000);
	if (one_in(4))	/* any bit behind nlmsg_type: other families are left alone */
		to[6 + dice(len - 6)] ^= 1 << dice(8);
	return len;
}

static void take_answers(int fd)
{
	int left = one_in(8) ? dice(4) : 1000;	/* sometimes not to the end */
	ssize_t len;

	while (left--) {
		unsigned int rest;
		struct nlmsghdr *nlh = (void *)buffer;

		len = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (len < 0) {
			if (errno == EAGAIN || errno == ENOBUFS)
				return;
			err(1, "recv");
		}
		for (rest = len; NLMSG_OK(nlh, rest); nlh = NLMSG_NEXT(nlh, rest)) {
			answers += nlh->nlmsg_type == family;
			refusals += nlh->nlmsg_type == NLMSG_ERROR;
			ends += nlh->nlmsg_type == NLMSG_DONE;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long count, sent = 0, asked = 0;
	_Alignas(8) char messages[AT_ONCE * 256];
	int sockets[SOCKETS], i;

	if (argc != 3)
		errx(2, "usage: requests COUNT SEED");
	count = strtoul(argv[1], NULL, 10);
	state = strtoul(argv[2], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	find_family();
	for (i = 0; i < SOCKETS; i++)
		sockets[i] = open_socket();
	while (sent < count) {
		unsigned int n = 1 + dice(AT_ONCE);
		size_t len = 0;

		i = dice(SOCKETS);
		sent += n;
		while (n--)
			len += odd_message(messages + len);
		if (send(sockets[i], messages, len, 0) < 0 && errno != EAGAIN)
			err(1, "send");
		take_answers(sockets[i]);
		if (one_in(100)) {
			close(sockets[i]);
			sockets[i] = open_socket();
		}
		if (sent / GOOD_EVERY > asked) {
			asked = sent / GOOD_EVERY;
			ask_well();
		}
	}
	ask_well();
	printf("%lu sent, %lu answers, %lu refused, %lu dumps ended\n", sent, answers,
	       refusals, ends);
	return 0;
}
