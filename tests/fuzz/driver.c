// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the fuzz target without libFuzzer: whole messages, made from the
 * reader's own table of fields, are damaged by a generator with a fixed seed.
 * So every run is the same, and make check can have it.
 *
 *	driver [INPUTS [SEED]]		default: 100000 inputs, seed 1
 *	driver FILE...			runs inputs that libFuzzer or we found
 *
 * The input at hand is left in the file "last-input" when one kills us.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sanitizer/common_interface_defs.h>

#include "fields.h"
#include "fuzz.h"
#include "life.h"
#include "raw.h"

#define INPUT_MAX	8192
#define SEEDS		8

static uint64_t random_state;
static uint8_t input[INPUT_MAX];
static size_t input_size;

/* xorshift64* (Vigna 2016) */
static uint32_t random_number(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dull >> 32) % below;
}

static void save_input(void)
{
	FILE *file = fopen("last-input", "wb");

	if (!file)
		return;
	fwrite(input, 1, input_size, file);
	fclose(file);
}

static void on_abort(int signal)
{
	(void)signal;
	save_input();
	_exit(1);
}

static void put_random(struct nlmsghdr *nlh, unsigned int attr, size_t len)
{
	uint8_t bytes[8 * HISTOGRAM_BUCKETS];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = random_number(4) ? random_number(24) :
					      random_number(256);
	mnl_attr_put(nlh, attr, len, bytes);
}

static void put_timeline(struct nlmsghdr *nlh, unsigned int attr)
{
	struct tcplife_timeline_entry entries[16] = { 0 };
	unsigned int i, count = random_number(17);
	uint64_t us = 0;

	for (i = 0; i < count; i++) {
		us += random_number(1 << random_number(31));
		entries[i].us = us;
		entries[i].event = random_number(__TCPLIFE_EVENT_MAX + 1);
	}
	mnl_attr_put(nlh, attr, count * sizeof(entries[0]), entries);
}

static void put_field(struct nlmsghdr *nlh, unsigned int attr,
		      const struct field *field);

static void put_sources(struct nlmsghdr *nlh, unsigned int attr)
{
	const struct field *fields = source_type.fields;
	unsigned int i, left = random_number(FLOOD_SOURCES_MAX + 4);

	for (; left; left--) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

		for (i = 0; i < source_type.names->count; i++)
			if (fields[i].kind != FIELD_NONE && random_number(8))
				put_field(nlh, i, &fields[i]);
		mnl_attr_nest_end(nlh, nest);
	}
}

/* An attribute as it should be, its value at random. */
static void put_field(struct nlmsghdr *nlh, unsigned int attr,
		      const struct field *field)
{
	switch (field->kind) {
	case FIELD_TEXT:
		put_random(nlh, attr, random_number(40));
		break;
	case FIELD_ADDRESS:
		put_random(nlh, attr, random_number(2) ? 4 : 16);
		break;
	case FIELD_TIMELINE:
		put_timeline(nlh, attr);
		break;
	case FIELD_HISTOGRAM:
		put_random(nlh, attr, 8 * random_number(HISTOGRAM_BUCKETS));
		break;
	case FIELD_SOURCES:
		put_sources(nlh, attr);
		break;
	default:
		put_random(nlh, attr, field->size);
	}
}

static void make_record(struct nlmsghdr *nlh, const struct record_type *type)
{
	unsigned int i;

	for (i = 0; i < type->names->count; i++)
		if (type->fields[i].kind != FIELD_NONE && random_number(8))
			put_field(nlh, i, &type->fields[i]);
}

static void make_family(struct nlmsghdr *nlh)
{
	struct nlattr *groups, *group;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 42);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "tcplife");
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, TCPLIFE_MCGRP_LIVES);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 7);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
}

static void make_verdict(struct nlmsghdr *nlh)
{
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	nlh->nlmsg_type = random_number(2) ? NLMSG_ERROR : NLMSG_DONE;
	nlh->nlmsg_flags = NLM_F_ACK_TLVS | (random_number(2) ? NLM_F_CAPPED : 0);
	err->error = -(int)random_number(100);
	err->msg.nlmsg_len = 16 + random_number(32);
	put_random(nlh, NLMSGERR_ATTR_MSG, random_number(60));
}

static void make_words(struct nlmsghdr *nlh)
{
	static const char *const words[] = {
		"closed", "refused", ",", ":", "[", "]", "::1", "127.0.0.1",
		"65535", "65536", "4294967296", "0", ".", "x",
	};
	char *to = (char *)nlh;
	size_t used = 0;

	while (used < 60 && random_number(8)) {
		const char *word = words[random_number(sizeof(words) /
						       sizeof(words[0]))];

		memcpy(to + used, word, strlen(word));
		used += strlen(word);
	}
	input_size = 1 + (used < sizeof(*nlh) ? sizeof(*nlh) : used);
}

/* A life, or its end, one of a few, so that some are about the same. */
static void put_life(struct nlmsghdr *nlh)
{
	static const uint8_t commands[] = {
		TCPLIFE_CMD_LIFE_NTF, TCPLIFE_CMD_LIFE_GET, TCPLIFE_CMD_LIFE_END_NTF,
	};
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = commands[random_number(sizeof(commands))];
	/* Of two numbers the first counts for who looks for one, else the last. */
	mnl_attr_put_u64(nlh, TCPLIFE_ATTR_LIFE_SEQ, random_number(3));
	make_record(nlh, &life_type);
	mnl_attr_put_u64(nlh, TCPLIFE_ATTR_LIFE_ID, random_number(2));
	mnl_attr_put_u64(nlh, TCPLIFE_ATTR_LIFE_FIRST_SEQ, random_number(3));
}

/* A message of a raw recording: a life that was told or found, or a mark. */
static void put_recorded(struct nlmsghdr *nlh, uint16_t family)
{
	struct raw_repair *repair = (struct raw_repair *)nlh;

	switch (random_number(6)) {
	case 0:
		nlh->nlmsg_type = NLMSG_OVERRUN;
		break;
	case 1:
		nlh->nlmsg_type = NLMSG_NOOP;
		nlh->nlmsg_len = sizeof(*repair);
		memcpy(repair->name, RAW_REPAIR, sizeof(repair->name));
		memcpy(repair->when, random_number(2) ? RAW_LULL : RAW_BUSY,
		       sizeof(repair->when));
		break;
	default:
		nlh->nlmsg_type = family;
		put_life(nlh);
	}
}

/* A raw recording, of as many messages as there is room for. */
static void make_recording(char *room)
{
	struct raw_header head = {
		.magic = RAW_MAGIC, .byte_order = RAW_BYTE_ORDER,
		.version = RAW_VERSION, .len = sizeof(head), .family = 42,
		.boot_id = "boot", .module = "0.1.0", .kernel = "6.1",
	};
	size_t used = sizeof(head), most = INPUT_MAX - 3000;

	memcpy(room, &head, sizeof(head));
	while (used < most && random_number(8)) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(room + used);

		put_recorded(nlh, head.family);
		used += MNL_ALIGN(nlh->nlmsg_len);
	}
	input_size = 1 + used;
}

/* A message that is right. */
static void make_input(void)
{
	static _Alignas(8) char room[INPUT_MAX];
	struct nlmsghdr *nlh;
	unsigned int choice = random_number(FUZZ_CHOICES);

	memset(room, 0, sizeof(room));
	nlh = mnl_nlmsg_put_header(room);
	input_size = 0;
	if (choice == FUZZ_RECORDING) {
		memset(room, 0, sizeof(*nlh));
		make_recording(room);
	} else if (choice == FUZZ_WORDS) {
		make_words(nlh);
	} else if (choice == FUZZ_VERDICT) {
		make_verdict(nlh);
	} else {
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
		if (choice < FUZZ_SUMMARY)
			make_record(nlh, &life_type);
		else if (choice < FUZZ_HOOK)
			make_record(nlh, &summary_type);
		else if (choice < FUZZ_LISTENER)
			make_record(nlh, &hook_type);
		else if (choice < FUZZ_FLOOD)
			make_record(nlh, &listener_type);
		else if (choice < FUZZ_TALLY)
			make_record(nlh, &flood_type);
		else if (choice < FUZZ_FAMILY)
			make_record(nlh, &tally_type);
		else
			make_family(nlh);
	}
	if (!input_size)
		input_size = 1 + nlh->nlmsg_len;
	input[0] = choice | (random_number(2) ? 0x80 : 0);
	memcpy(input + 1, room, input_size - 1);
}

static void damage_once(void)
{
	size_t at = random_number(input_size);

	switch (random_number(6)) {
	case 0:
		input[at] ^= 1 << random_number(8);
		break;
	case 1:
		input[at] = random_number(256);
		break;
	case 2:
		input[at] = random_number(2) ? 0xff : 0;
		break;
	case 3:		/* an end that comes too soon */
		input_size = at + 1;
		break;
	case 4:		/* a number where lengths and types stand */
		input[1 + (at & ~3ul) % input_size] = random_number(64);
		break;
	case 5:		/* the middle is missing */
		memmove(input + at, input + at + (input_size - at) / 2,
			input_size - at - (input_size - at) / 2);
		input_size -= (input_size - at) / 2;
		break;
	}
}

static int run_random(unsigned long count, uint64_t seed)
{
	unsigned long i;
	unsigned int damage;

	random_state = seed ? seed : 1;
	for (i = 0; i < count; i++) {
		make_input();
		for (damage = random_number(4); damage; damage--)
			damage_once();
		LLVMFuzzerTestOneInput(input, input_size);
	}
	printf("%lu inputs, nothing found\n", count);
	return 0;
}

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		return 1;
	}
	input_size = fread(input, 1, sizeof(input), file);
	fclose(file);
	return LLVMFuzzerTestOneInput(input, input_size);
}

/**
 * main - run inputs at random, or those in files
 * @argc: number of words
 * @argv: the words
 *
 * Return: 0; a finding kills the program.
 */
int main(int argc, char **argv)
{
	int i, err = 0;

	__sanitizer_set_death_callback(save_input);
	signal(SIGABRT, on_abort);
	if (argc < 2 || strspn(argv[1], "0123456789") == strlen(argv[1]))
		return run_random(argc < 2 ? 100000 : strtoul(argv[1], NULL, 10),
				  argc < 3 ? 1 : strtoull(argv[2], NULL, 10));
	for (i = 1; i < argc; i++)
		err |= run_file(argv[i]);
	return err;
}
