// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/random.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "block_access.h"
#include "openings.h"

#define MS_TO_SAY 2000 /* that another node has to say who is root's */

static int vmid, node, first_user;
static struct openings openings;

/* As this node has it; false: there is no such process any more. */
static bool client_look(int client, proc_usr_t *info)
{
	return !mnx_getprocinfo(vmid, _ENDPOINT_P(client), info) &&
	       info->p_rts_flags != SLOT_FREE && info->p_endpoint == client;
}

/* 0: which process of the slot it is, this node does not know. */
static bool opening_lives(const struct opening *o)
{
	proc_usr_t info;

	return client_look(o->client, &info) &&
	       (!o->incarnation || !info.p_incarnation ||
		o->incarnation == info.p_incarnation);
}

int access_init(int of_vmid, int of_node)
{
	VM_usr_t usr;
	int rc = mnx_getvminfo(of_vmid, &usr);

	vmid = of_vmid;
	node = of_node;
	first_user = usr.vm_nr_sysprocs - usr.vm_nr_tasks;
	openings.nr = 0;
	openings.lives = opening_lives;
	return rc;
}

static bool is_root_there(int client, int nodeid)
{
	sys_process_t process;

	return !sys_nextproc(nodeid, _ENDPOINT_P(client), &process,
			     MS_TO_SAY) &&
	       process.endpoint == client && !process.uid;
}

static bool client_may(int client, const proc_usr_t *info)
{
	if (_ENDPOINT_P(client) < first_user)
		return true;
	return info->p_nodeid == node ? !info->p_uid :
					is_root_there(client, info->p_nodeid);
}

/* A key that nobody guesses; never 0 */
static uint64_t key_make(void)
{
	uint64_t key = 0;

	while (getrandom(&key, sizeof(key), 0) != sizeof(key) || !key)
		;
	return key;
}

int access_open(int client, const void *device, bool writes, uint64_t *key)
{
	struct opening o = { .client = client,
			     .device = device,
			     .key = key_make(),
			     .writes = writes };
	proc_usr_t info;
	int rc;

	if (!client_look(client, &info) ||
	    (!*key && !client_may(client, &info)))
		return -EACCES;
	o.incarnation = info.p_incarnation;
	rc = openings_add(&openings, &o, *key);
	if (!rc && !*key)
		*key = o.key;
	return rc;
}

bool access_has(int client, const void *device, bool writes)
{
	const struct opening *o = openings_find(&openings, client, device);

	return o && (o->writes || !writes);
}

bool access_close(int client, const void *device)
{
	openings_drop(&openings, client, device);
	return openings_any(&openings, device);
}
