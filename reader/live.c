// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the two sockets to the kernel: one for requests, and one for a multicast
 * group, so that a dump never stands in the way of the stream; and /proc/sys.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "source.h"

/* The controller's own group "notify" has this fixed id (net/netlink/genetlink.c). */
#define CTRL_GROUP_NOTIFY	GENL_ID_CTRL

/**
 * struct live - the sockets
 * @requests: for requests and their answers
 * @events: for the multicast group, or NULL
 */
struct live {
	struct mnl_socket	*requests;
	struct mnl_socket	*events;
};

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC,
						     SOCK_CLOEXEC);
	int on = 1;

	if (!socket)
		return NULL;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = errno;

		mnl_socket_close(socket);
		errno = err;
		return NULL;
	}
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return socket;
}

/**
 * live_open - open the way to the kernel
 * @source: whose transport it becomes
 *
 * Return: 0 or a negative errno.
 */
int live_open(struct source *source)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return -ENOMEM;
	source->transport = &transport_live;
	source->private = live;
	live->requests = open_socket();
	return live->requests ? 0 : -errno;
}

static int live_send(struct source *source, const struct nlmsghdr *nlh)
{
	struct live *live = source->private;

	if (mnl_socket_sendto(live->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* One datagram of the kernel; those of other processes are not for us. */
static ssize_t receive(struct mnl_socket *socket, void *to, size_t size,
		       int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = to, .iov_len = size };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t len;

	do {
		len = recvmsg(mnl_socket_get_fd(socket), &msg, flags);
		if (len < 0)
			return -errno;
	} while (msg.msg_namelen == sizeof(from) && from.nl_pid);
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : len;
}

static ssize_t live_receive(struct source *source, void *to, size_t size)
{
	struct live *live = source->private;
	ssize_t len;

	do {
		len = receive(live->requests, to, size, 0);
	} while (len == -EINTR);
	return len;
}

static size_t set_buffer(struct mnl_socket *socket, size_t bytes)
{
	int fd = mnl_socket_get_fd(socket), want = bytes, got = 0;
	socklen_t len = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len);
	return got / 2;		/* the kernel tells twice the size (socket(7)) */
}

static int live_join(struct source *source, size_t buffer)
{
	struct live *live = source->private;
	uint32_t group = source->family.groups[source->group];
	uint32_t notify = CTRL_GROUP_NOTIFY;

	live->events = open_socket();
	if (!live->events)
		return -errno;
	source->buffer = set_buffer(live->events, buffer);
	if (mnl_socket_setsockopt(live->events, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return -errno;
	/* Tells when the family goes; without it the stream would fall silent. */
	mnl_socket_setsockopt(live->events, NETLINK_ADD_MEMBERSHIP, &notify,
			      sizeof(notify));
	return 0;
}

static ssize_t live_event(struct source *source, void *to, size_t size,
			  int timeout_ms)
{
	struct live *live = source->private;
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};
	struct pollfd fds[] = {
		{ .fd = mnl_socket_get_fd(live->events), .events = POLLIN },
		{ .fd = source->out },
	};

	if (!timeout_ms)
		return receive(live->events, to, size, MSG_DONTWAIT);
	switch (ppoll(fds, 2, timeout_ms < 0 ? NULL : &timeout,
		      source->signals)) {
	case -1:
		return -errno;
	case 0:
		return -EAGAIN;
	}
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		return -EPIPE;
	return receive(live->events, to, size, MSG_DONTWAIT);
}

static ssize_t live_sysctl(struct source *source, const char *name, char *to,
			   size_t size)
{
	char path[sizeof("/proc/sys/") + SYSCTL_TEXT];
	ssize_t len;
	int fd;

	(void)source;
	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, to, size);
	if (len < 0)
		len = -errno;
	close(fd);
	return len;
}

static void live_close(struct source *source)
{
	struct live *live = source->private;

	if (live->requests)
		mnl_socket_close(live->requests);
	if (live->events)
		mnl_socket_close(live->events);
	free(live);
}

const struct transport transport_live = {
	.send = live_send,
	.receive = live_receive,
	.join = live_join,
	.event = live_event,
	.sysctl = live_sysctl,
	.close = live_close,
};
