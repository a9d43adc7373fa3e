// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's: how many instructions the guest's only CPU has executed.
 *
 *   -plugin meter.so,mark=ADDRESS,out=FILE
 *
 * Each time the program `mark` is run (mark.c), which begins at that address, a line is
 * added to FILE: the number of instructions since the guest was started.
 * A block of instructions counts as a whole when it begins, also if an exception ends it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu.h"

int qemu_plugin_version = 1;

static uint64_t mark, executed;
static const char *out_file;

static void write_out(unsigned int cpu, void *data)
{
	FILE *file = fopen(out_file, "a");

	(void)cpu;
	(void)data;
	if (!file || fprintf(file, "%" PRIu64 "\n", executed) < 0 || fclose(file)) {
		perror(out_file);
		exit(1);
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, &executed,
						 qemu_plugin_tb_n_insns(tb));
	if (qemu_plugin_tb_vaddr(tb) == mark)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, write_out, NO_REGISTERS, NULL);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int count,
			char **words)
{
	(void)info;
	for (int i = 0; i < count; i++) {
		char *value = strchr(words[i], '=');

		if (!value)
			return -1;
		*value++ = '\0';
		if (!strcmp(words[i], "mark"))
			mark = strtoull(value, NULL, 16);
		else if (!strcmp(words[i], "out"))
			out_file = value;
		else
			return -1;
	}
	if (!mark || !out_file)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
