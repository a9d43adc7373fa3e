// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the commands about the module as a whole: its totals, and its health.
 */
#include <errno.h>

#include "command.h"
#include "exit.h"
#include "text.h"

/**
 * struct verdicts - what the hooks add up to
 * @hooks: how many there are
 * @deaf: attached, but switched off from outside
 * @detached: not attached, so that their features are off
 * @missed: hits that the kernel did not deliver, of all
 */
struct verdicts {
	unsigned int	hooks;
	unsigned int	deaf;
	unsigned int	detached;
	uint64_t	missed;
};

static void judge(void *context, const void *record)
{
	struct verdicts *verdicts = context;
	const struct hook *hook = record;

	verdicts->hooks++;
	verdicts->missed += hook->missed;
	verdicts->deaf += hook->status == TCPLIFE_HOOK_STATUS_DEAF;
	verdicts->detached += hook->status == TCPLIFE_HOOK_STATUS_DETACHED;
}

/* Now; what is over, and missed handshakes, only /proc/tcplife/health tells. */
static bool is_healthy(const struct verdicts *verdicts)
{
	return verdicts->hooks && !verdicts->deaf && !verdicts->detached &&
	       !verdicts->missed;
}

static void print_verdict(FILE *out, const struct verdicts *verdicts)
{
	if (is_healthy(verdicts))
		fputs("healthy\n", out);
	if (!verdicts->hooks)
		fputs("unhealthy: the module has no hooks\n", out);
	if (verdicts->deaf)
		fprintf(out, "unhealthy: %u hooks deaf, switched off from outside (see kernel.ftrace_enabled and /sys/kernel/debug/kprobes/enabled)\n",
			verdicts->deaf);
	if (verdicts->detached)
		fprintf(out, "unhealthy: %u hooks detached, their features are off\n",
			verdicts->detached);
	if (verdicts->missed)
		fprintf(out, "unhealthy: %llu hits missed\n",
			(unsigned long long)verdicts->missed);
}

static int health(struct source *source, const struct options *options)
{
	struct verdicts verdicts = { 0 };
	struct messages msgs = { 0 };
	struct format format;
	int err, code;

	err = source_dump(source, TCPLIFE_CMD_HOOK_GET, &msgs);
	command_format(&format, options, &view_hooks, &format_table);
	code = err ? source_complain(source, err) :
		     command_write(source, &msgs, &format, judge, &verdicts);
	messages_free(&msgs);
	if (code)
		return code;
	if (!options->json)
		print_verdict(stdout, &verdicts);
	return options->check && !is_healthy(&verdicts) ? EXIT_ERROR : EXIT_FINE;
}

/**
 * command_health - tcplifectl health
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_health(const struct options *options)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code)
		code = health(&source, options);
	source_close(&source);
	return code;
}

static int summary(struct source *source, const struct options *options)
{
	struct messages msgs = { 0 };
	struct summary summary;
	struct format format;
	int err;

	err = source_get(source, TCPLIFE_CMD_SUMMARY_GET, NULL, &msgs);
	if (!err && !msgs.used)
		err = -ENODATA;
	if (!err)
		err = command_decode(source, (const void *)msgs.data,
				     &summary_type, &summary);
	messages_free(&msgs);
	if (err)
		return source_complain(source, err);
	command_format(&format, options, &view_summary, &format_pairs);
	err = format_begin(&format);
	if (err)
		return source_complain(source, err);
	format_record(&format, &summary);
	return command_finish(&format);
}

/**
 * command_summary - tcplifectl summary
 * @options: the user's wishes
 *
 * Return: enum exit_code.
 */
int command_summary(const struct options *options)
{
	static struct source source;
	int code = source_open(&source, options->replay, options->record);

	if (!code)
		code = summary(&source, options);
	source_close(&source);
	return code;
}
