// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's: whose instructions the guest's only CPU has executed while it
 * was in a module, by the function that the kernel called it by.
 *
 *   -plugin where.so,symbols=FILE,module=NAME,mark=ADDRESS,out=FILE
 *
 * Once the guest has written its /proc/kallsyms to that file, with the module in it,
 * each block of instructions belongs to a function.  A stay in the module begins when
 * the CPU comes from elsewhere to the beginning of one of the module's functions, and
 * ends when it is back in the function that it came from; what runs in between, of the
 * module or of the kernel, is counted for that stay.  A function of the module whose
 * name ends in "_ftraced" stands for several hooks: the function that it calls counts.
 *
 * Counting starts when the program `mark` is run first (mark.c), which begins at that
 * address, ends at the next time, and so on.  Each time it ends a file is written, FILE.0,
 * FILE.1 …; a line is
 *
 *   call ENTRY FROM COUNT           a stay began
 *   in ENTRY FUNCTION INSTRUCTIONS  executed there in all; ENTRY is "-" outside of it,
 *                                   and functions of the module have a "+" before them
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu.h"

int qemu_plugin_version = 1;

#define KERNEL		0xffff800000000000	/* from here on */
#define MOST_FUNCTIONS	(1 << 18)
#define MOST_ENTRIES	64
#define BLOCKS		65536	/* chains of them */
#define NAME		64

struct function {
	uint64_t start;
	char name[NAME];
	bool ours;
	bool many;	/* one function for several hooks */
	int entry;	/* its number among those the module was entered by, or 0 */
};

struct block {
	uint64_t start, count;
	struct function *function;
	struct block *next;
};

static const char *symbols_file, *module_name, *out_file;
static uint64_t mark;
static struct function *functions;
static size_t functions_count;
static struct block *blocks[BLOCKS];

/* Where the CPU is: from where it came to the module, or NULL; by which function. */
static struct function *last, *from;
static int entry;
static bool counting, unnamed;
static struct function *entries[MOST_ENTRIES], *entered_from[MOST_ENTRIES];
static int entries_count = 1;
static uint64_t calls[MOST_ENTRIES], *executed[MOST_ENTRIES];

static int by_start(const void *a, const void *b)
{
	const struct function *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static struct function *function_at(uint64_t address)
{
	size_t low = 0, high = functions_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (functions[middle].start <= address)
			low = middle;
		else
			high = middle;
	}
	return functions_count && address >= functions[0].start ? &functions[low] : NULL;
}

static void read_symbols(void)
{
	FILE *file = fopen(symbols_file, "r");
	char line[256], kind, owner[NAME], wanted[NAME];
	bool found = false;

	if (!file)
		return;
	snprintf(wanted, sizeof(wanted), "[%s]", module_name);
	functions = calloc(MOST_FUNCTIONS, sizeof(*functions));
	while (functions && functions_count < MOST_FUNCTIONS &&
	       fgets(line, sizeof(line), file)) {
		struct function *it = &functions[functions_count];
		int words = sscanf(line, "%" SCNx64 " %c %63s %63s", &it->start, &kind,
				   it->name, owner);

		if (words < 3 || !strchr("tTwW", kind))
			continue;
		it->ours = words == 4 && !strcmp(owner, wanted);
		it->many = it->ours && strlen(it->name) > 8 &&
			   !strcmp(it->name + strlen(it->name) - 8, "_ftraced");
		found |= it->ours;
		functions_count++;
	}
	fclose(file);
	if (!found) {
		fprintf(stderr, "%s: no function of %s there\n", symbols_file, module_name);
		exit(1);
	}
	qsort(functions, functions_count, sizeof(*functions), by_start);
	for (size_t i = 0; i < BLOCKS; i++)
		for (struct block *it = blocks[i]; it; it = it->next)
			it->function = function_at(it->start);
}

static void write_out(void)
{
	static int files;
	char name[4096];
	FILE *file;

	snprintf(name, sizeof(name), "%s.%d", out_file, files++);
	file = fopen(name, "w");
	if (!file) {
		perror(name);
		exit(1);
	}
	for (int i = 0; i < entries_count; i++) {
		const char *entered = i ? entries[i]->name : "-";

		if (calls[i])
			fprintf(file, "call %s %s %" PRIu64 "\n", entered,
				entered_from[i] ? entered_from[i]->name : "-", calls[i]);
		for (size_t j = 0; executed[i] && j < functions_count; j++)
			if (executed[i][j])
				fprintf(file, "in %s %s%s %" PRIu64 "\n", entered,
					functions[j].ours ? "+" : "", functions[j].name,
					executed[i][j]);
	}
	if (fclose(file)) {
		perror(name);
		exit(1);
	}
}

static void toggle(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (counting)
		write_out();
	counting = !counting;
	for (int i = 0; i < MOST_ENTRIES; i++) {
		calls[i] = 0;
		if (executed[i])
			memset(executed[i], 0, MOST_FUNCTIONS * sizeof(**executed));
	}
}

/* Into the module by this function, or on to what it stands for. */
static void enter(struct function *function)
{
	if (!function->entry && entries_count < MOST_ENTRIES) {
		entries[entries_count] = function;
		executed[entries_count] = calloc(MOST_FUNCTIONS, sizeof(**executed));
		function->entry = entries_count++;
	}
	entry = function->entry;
	entered_from[entry] = from;
	calls[entry]++;
}

static void run(unsigned int cpu, void *data)
{
	struct block *block = data;
	struct function *now = block->function;

	(void)cpu;
	if (!now) {
		last = NULL;
		return;
	}
	if (entry && now == from) {
		entry = 0;
		unnamed = false;
	}
	if (now->ours && now->start == block->start) {
		if (!entry && last && !last->ours) {
			from = last;
			enter(now);
			unnamed = now->many;
		} else if (unnamed && now != last) {
			calls[entry]--;
			enter(now);
			unnamed = false;
		}
	}
	if (counting) {
		if (!executed[entry])
			executed[entry] = calloc(MOST_FUNCTIONS, sizeof(**executed));
		executed[entry][now - functions] += block->count;
	}
	last = now;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t start = qemu_plugin_tb_vaddr(tb), count = qemu_plugin_tb_n_insns(tb);
	size_t chain = (start ^ start >> 16) % BLOCKS;
	struct block *it;

	(void)id;
	if (start == mark)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, toggle, NO_REGISTERS, NULL);
	if (start < KERNEL)
		return;
	if (!functions_count)
		read_symbols();
	for (it = blocks[chain]; it; it = it->next)
		if (it->start == start && it->count == count)
			break;
	if (!it) {
		it = calloc(1, sizeof(*it));
		it->start = start;
		it->count = count;
		it->function = function_at(start);
		it->next = blocks[chain];
		blocks[chain] = it;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run, NO_REGISTERS, it);
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
		if (!strcmp(words[i], "symbols"))
			symbols_file = value;
		else if (!strcmp(words[i], "module"))
			module_name = value;
		else if (!strcmp(words[i], "mark"))
			mark = strtoull(value, NULL, 16);
		else if (!strcmp(words[i], "out"))
			out_file = value;
		else
			return -1;
	}
	if (!symbols_file || !module_name || !mark || !out_file)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
