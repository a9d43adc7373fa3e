/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_SOURCE_H
#define TCPLIFECTL_SOURCE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <libmnl/libmnl.h>

#include "decode.h"
#include "raw.h"

/* Room for any datagram: the kernel's dumps fill at most 32 kB. */
#define SOURCE_BUFFER	RAW_MESSAGE_MAX

/* Room for the text of any setting that we ask for. */
#define SYSCTL_TEXT	128

struct source;

/**
 * struct transport - where netlink messages come from
 * @send: send one request; 0 or a negative errno
 * @receive: some messages that answer it; bytes, 0 if there are no more to
 *	come, or a negative errno
 * @join: subscribe to source->group; 0 or a negative errno
 * @event: some messages of the group; bytes, 0 at the end of a recording,
 *	-EAGAIN after so many milliseconds (0: only what is queued), -EINTR for a signal, -EPIPE if
 *	nobody reads source->out any more, -ENOBUFS if messages were lost, -EBUSY
 *	where a recorded stream was repaired while more was queued
 * @sysctl: the text of a setting of the kernel; its length, or a negative errno
 * @close: free everything
 */
struct transport {
	int	(*send)(struct source *source, const struct nlmsghdr *nlh);
	ssize_t	(*receive)(struct source *source, void *to, size_t size);
	int	(*join)(struct source *source, size_t buffer);
	ssize_t	(*event)(struct source *source, void *to, size_t size,
			 int timeout_ms);
	ssize_t	(*sysctl)(struct source *source, const char *name, char *to,
			  size_t size);
	void	(*close)(struct source *source);
};

extern const struct transport transport_live;
extern const struct transport transport_replay;

/**
 * struct source - the kernel module, or a recording of it
 * @transport: which of the two
 * @private: the transport's own
 * @record: recording that is being written, or NULL
 * @signals: signals to let in while waiting for events, or NULL
 * @family: the generic netlink family
 * @group: the group that was joined
 * @verdict: what the kernel said last
 * @seq: number of the last request
 * @out: where a stream goes: it ends when nobody reads that any more
 * @head: of the raw recording that is read, or zeros
 * @buffer: bytes that the stream's socket buffer got, 0 in a replay
 * @bytes: room for what is received
 */
struct source {
	const struct transport	*transport;
	void			*private;
	FILE			*record;
	const sigset_t		*signals;
	struct family		family;
	enum group		group;
	struct verdict		verdict;
	uint32_t		seq;
	int			out;
	struct raw_header	head;
	size_t			buffer;
	_Alignas(struct nlmsghdr) char bytes[SOURCE_BUFFER];
};

/**
 * struct messages - messages kept, one after the other
 * @data: the bytes
 * @used: how many of them
 * @size: how many there is room for
 */
struct messages {
	char	*data;
	size_t	used;
	size_t	size;
};

/* Walk over the messages of a struct messages. */
#define messages_for_each(nlh, left, msgs)				\
	for (nlh = (const void *)(msgs)->data, left = (int)(msgs)->used; \
	     mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))

void messages_free(struct messages *msgs);

int live_open(struct source *source);
int replay_open(struct source *source, const char *path);

int source_open(struct source *source, const char *replay, const char *record);
void source_close(struct source *source);
int source_complain(const struct source *source, int err);
int source_get(struct source *source, uint8_t cmd, const uint64_t *id,
	       struct messages *msgs);
int source_dump(struct source *source, uint8_t cmd, struct messages *msgs);
int source_dump_lives(struct source *source, enum tcplife_scope scope,
		      struct messages *msgs);
int source_dump_tallies(struct source *source, enum tcplife_report report,
			struct messages *msgs);
int source_sysctl(struct source *source, const char *name, char *to,
		  size_t size);
int source_join(struct source *source, enum group group, size_t buffer);
ssize_t source_event(struct source *source, void *to, int timeout_ms);

#endif /* TCPLIFECTL_SOURCE_H */
