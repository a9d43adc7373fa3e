/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFECTL_COMMAND_H
#define TCPLIFECTL_COMMAND_H

#include "format.h"
#include "options.h"
#include "source.h"

int command_stream(const struct options *options);
int command_list(const struct options *options);
int command_history(const struct options *options);
int command_halfopen(const struct options *options);
int command_timewait(const struct options *options);
int command_show(const struct options *options);
int command_listeners(const struct options *options);
int command_flood(const struct options *options);
int command_advise(const struct options *options);
int command_summary(const struct options *options);
int command_health(const struct options *options);

void command_format(struct format *format, const struct options *options,
		    const struct view *view, const struct format_ops *ops);
int command_finish(struct format *format);
int command_write(struct source *source, const struct messages *msgs,
		  struct format *format, void (*seen)(void *context,
						      const void *record),
		  void *context);
int command_write_lives(struct source *source, const struct options *options,
			enum tcplife_scope scope, const struct view *view);
int command_decode(const struct source *source, const struct nlmsghdr *nlh,
		   const struct record_type *type, void *record);

#endif /* TCPLIFECTL_COMMAND_H */
