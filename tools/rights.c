// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <molipc/m3ipc.h>

#include "common/util.h"
#include "args.h"
#include "rights.h"

/* The last slot that has a bit of its own */
#define LAST_SLOT (IPC_USERS_BIT - 1 - NR_TASKS)

static const char *const trap_names[] = {
	[TRAP_SEND] = "send",       [TRAP_RECEIVE] = "receive",
	[TRAP_SENDREC] = "sendrec", [TRAP_NOTIFY] = "notify",
	[TRAP_RCVRQST] = "rcvrqst", [TRAP_REPLY] = "reply",
	[TRAP_RELAY] = "relay",     [TRAP_VCOPY] = "vcopy",
};

#define ALL_TRAPS ((1u << ARRAY_SIZE(trap_names)) - 1)

/*
 * Copies the next item of a list and moves on, to NULL after the last.
 * Returns false for one that is too long for anything that is known.
 */
static bool next_item(const char **list, char *item, size_t size)
{
	size_t length = strcspn(*list, ",");

	if (length >= size)
		return false;
	memcpy(item, *list, length);
	item[length] = '\0';
	*list = (*list)[length] ? *list + length + 1 : NULL;
	return true;
}

static void add_item(char *text, size_t size, const char *item)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s", used ? "," : "", item);
}

/* Primitives */

const char *rights_trap(unsigned int trap)
{
	return trap < ARRAY_SIZE(trap_names) ? trap_names[trap] : NULL;
}

static uint32_t trap_bits(const char *name)
{
	if (!strcasecmp(name, "all"))
		return ALL_TRAPS;
	for (size_t i = 0; i < ARRAY_SIZE(trap_names); i++)
		if (!strcasecmp(name, trap_names[i]))
			return 1u << i;
	return 0;
}

int rights_read_traps(const char *text, uint32_t *mask)
{
	uint32_t result = *text == '+' || *text == '-' ? *mask : 0;
	char item[16];

	while (text) {
		const char *name = item;
		uint32_t bits;

		if (!next_item(&text, item, sizeof(item)))
			return -1;
		if (!strcasecmp(item, "none")) {
			result = 0;
			continue;
		}
		name += *item == '+' || *item == '-';
		bits = trap_bits(name);
		if (!bits)
			return -1;
		result = *item == '-' ? result & ~bits : result | bits;
	}
	*mask = result;
	return 0;
}

void rights_print_traps(uint32_t mask, char *text, size_t size)
{
	*text = '\0';
	if ((mask & ALL_TRAPS) == ALL_TRAPS) {
		add_item(text, size, "all");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(trap_names); i++)
		if (mask >> i & 1)
			add_item(text, size, trap_names[i]);
	if (!*text)
		add_item(text, size, "none");
}

/* Peers */

static void set_bit(uint64_t *mask, unsigned int bit)
{
	mask[bit / 64] |= (uint64_t)1 << (bit % 64);
}

bool rights_has(const uint64_t mask[static RIGHTS_WORDS], unsigned int bit)
{
	return mask[bit / 64] >> (bit % 64) & 1;
}

static int slot_of(const char *text, int *p_nr)
{
	if (args_peer(text, p_nr) == PEER_INVALID)
		return -1;
	return *p_nr >= -NR_TASKS && *p_nr <= LAST_SLOT ? 0 : -1;
}

/* "pm", "12" or "-5..-2" */
static int add_slots(char *item, uint64_t *mask)
{
	char *dots = strstr(item, "..");
	int first, last;

	if (dots)
		*dots = '\0';
	if (slot_of(item, &first) || slot_of(dots ? dots + 2 : item, &last))
		return -1;
	for (int p_nr = first; p_nr <= last; p_nr++)
		set_bit(mask, (unsigned int)(p_nr + NR_TASKS));
	return first <= last ? 0 : -1;
}

int rights_read_peers(const char *text, uint64_t mask[static RIGHTS_WORDS])
{
	uint64_t result[RIGHTS_WORDS] = { 0 };
	char item[32];

	while (text) {
		if (!next_item(&text, item, sizeof(item)))
			return -1;
		if (!strcasecmp(item, "all"))
			memset(result, 0xff, sizeof(result));
		else if (!strcasecmp(item, "none"))
			memset(result, 0, sizeof(result));
		else if (!strcasecmp(item, "users"))
			set_bit(result, IPC_USERS_BIT);
		else if (add_slots(item, result))
			return -1;
	}
	memcpy(mask, result, sizeof(result));
	return 0;
}

static const char *slot_name(int p_nr, char number[static 12])
{
	const char *name = args_peer_name(p_nr);

	snprintf(number, 12, "%d", p_nr);
	return name ? name : number;
}

static void add_range(char *text, size_t size, int first, int last)
{
	char number[12], item[32];

	if (first == last) {
		add_item(text, size, slot_name(first, number));
		return;
	}
	snprintf(item, sizeof(item), "%d..%d", first, last);
	add_item(text, size, item);
}

static bool has_slot(const uint64_t *mask, int p_nr)
{
	return rights_has(mask, (unsigned int)(p_nr + NR_TASKS));
}

void rights_print_peers(const uint64_t mask[static RIGHTS_WORDS], int first,
			int last, char *text, size_t size)
{
	bool users = rights_has(mask, IPC_USERS_BIT);

	*text = '\0';
	if (last > LAST_SLOT)
		last = LAST_SLOT;
	for (int p_nr = first, begin; p_nr <= last; p_nr++) {
		if (!has_slot(mask, p_nr))
			continue;
		begin = p_nr;
		while (p_nr < last && has_slot(mask, p_nr + 1))
			p_nr++;
		if (users && begin == first && p_nr == last) {
			add_item(text, size, "all");
			return;
		}
		add_range(text, size, begin, p_nr);
	}
	if (users)
		add_item(text, size, "users");
	if (!*text)
		add_item(text, size, "none");
}
