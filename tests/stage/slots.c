// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What nodes say of slots.
 */
#include "act.h"
#include "cluster.h"
#include "raw.h"

proc_usr_t slot_on(int nodeid, int p_nr)
{
	proc_usr_t info = { .p_vmid = VMID, .p_nr = p_nr };

	if (nodeid)
		ck_assert_int_eq(raw_ioctl(cluster_fd(nodeid),
					   M3IPC_IOC_GETPROCINFO, &info),
				 OK);
	else
		ck_assert_int_eq(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info;
}

/*
 * Of an operation with another node only that one knows whether it has arrived,
 * and whether a request has been taken.
 */
static uint32_t abroad_flags(const proc_usr_t *info)
{
	proc_usr_t to;

	if (info->p_sendto == NONE || info->p_sendto == ANY) /* no more */
		return info->p_rts_flags;
	to = slot_on(info->p_nodeid, _ENDPOINT_P(info->p_sendto));
	if (to.p_rts_flags == SLOT_FREE)
		return info->p_rts_flags;
	return slot_on(to.p_nodeid, info->p_nr).p_rts_flags & ~(uint32_t)REMOTE;
}

bool slot_is_on(int nodeid, int p_nr, uint32_t rts_flags)
{
	proc_usr_t info = slot_on(nodeid, p_nr);

	if (info.p_rts_flags & REMOTE && rts_flags != SLOT_FREE)
		info = slot_on(info.p_nodeid, p_nr);
	if (info.p_rts_flags & RMTOPER && !(rts_flags & RMTOPER))
		return abroad_flags(&info) == rts_flags;
	return info.p_rts_flags == rts_flags;
}

bool slot_is(int p_nr, uint32_t rts_flags)
{
	return slot_is_on(0, p_nr, rts_flags);
}

int slot_endpoint(int p_nr)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	return info.p_endpoint;
}

void slot_await(int p_nr, uint32_t rts_flags)
{
	AWAIT(slot_is(p_nr, rts_flags));
}
