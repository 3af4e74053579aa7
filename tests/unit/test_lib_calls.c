// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: calls about this node, but the primitives */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "unit.h"

START_TEST(drvs_init)
{
	drvs_usr_t drvs = { .d_nodeid = 7,
			    .d_nr_vms = 3,
			    .d_dbglvl = 1ULL << 40 };

	ck_assert_int_eq(mnx_drvs_init(2, &drvs), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_DRVS_INIT);
	ck_assert_int_eq(drvs.d_nodeid, 7);
	drvs.d_nodeid = 2;
	ck_assert_mem_eq(&fake.in.drvs, &drvs, sizeof(drvs));
	memset(&drvs, 0, sizeof(drvs));
	ck_assert_int_eq(mnx_drvs_init(0, NULL), OK);
	ck_assert_mem_eq(&fake.in.drvs, &drvs, sizeof(drvs));
}
END_TEST

START_TEST(drvs_end)
{
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_DRVS_END);
	fake.error = EMOLDRVSINIT;
	ck_assert_int_eq(mnx_drvs_end(), EMOLDRVSINIT);
}
END_TEST

START_TEST(vm_init)
{
	VM_usr_t vm = VM_USR_INIT(5, "a name of 15 by");

	ck_assert_int_eq(mnx_vm_init(&vm), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_VM_INIT);
	ck_assert_mem_eq(&fake.in.vm, &vm, sizeof(vm));
	ck_assert_int_eq(vm.vm_vmid, 5);
	ck_assert_int_eq(vm.vm_warn2proc, NONE);
	ck_assert_str_eq(vm.vm_name, "a name of 15 by");
	ck_assert_int_eq(mnx_vm_init(NULL), EMOLFAULT);
	fake.error = EMOLVMRUN;
	ck_assert_int_eq(mnx_vm_init(&vm), EMOLVMRUN);
}
END_TEST

START_TEST(vm_end)
{
	struct m3ipc_vmid arg = { .vmid = 9 };

	ck_assert_int_eq(mnx_vm_end(9), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_VM_END);
	ck_assert_mem_eq(&fake.in.vmid, &arg, sizeof(arg));
	fake.error = EMOLPERM;
	ck_assert_int_eq(mnx_vm_end(9), EMOLPERM);
}
END_TEST

START_TEST(dumps)
{
	struct m3ipc_vmid arg = { .vmid = 9 };

	ck_assert_int_eq(mnx_vm_dump(), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_VM_DUMP);
	ck_assert_int_eq(mnx_proc_dump(9), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_PROC_DUMP);
	ck_assert_mem_eq(&fake.in.vmid, &arg, sizeof(arg));
	fake.error = EMOLPERM;
	ck_assert_int_eq(mnx_vm_dump(), EMOLPERM);
	ck_assert_int_eq(mnx_proc_dump(9), EMOLPERM);
}
END_TEST

static int getdrvsinfo(void *info)
{
	return mnx_getdrvsinfo(info);
}

static int getvminfo(void *info)
{
	return mnx_getvminfo(3, info);
}

static int getprocinfo(void *info)
{
	return mnx_getprocinfo(4, -66, info);
}

static int getnodeinfo(void *info)
{
	return mnx_getnodeinfo(31, info);
}

static const struct {
	int (*call)(void *info);
	unsigned long request;
} infos[] = {
	{ getdrvsinfo, M3IPC_IOC_GETDRVSINFO },
	{ getvminfo, M3IPC_IOC_GETVMINFO },
	{ getprocinfo, M3IPC_IOC_GETPROCINFO },
	{ getnodeinfo, M3IPC_IOC_GETNODEINFO },
};

/* All of the structure comes out, none of it after an error. */
START_TEST(info)
{
	size_t size = _IOC_SIZE(infos[_i].request);
	unsigned char answer[256], got[256], untouched[256];

	memset(answer, 0x5a, sizeof(answer));
	memset(got, 0xa5, sizeof(got));
	memset(untouched, 0xa5, sizeof(untouched));
	fake.out = answer;
	ck_assert_int_eq(infos[_i].call(NULL), EMOLFAULT);
	fake.error = EMOLVMNOTRUN;
	ck_assert_int_eq(infos[_i].call(got), EMOLVMNOTRUN);
	ck_assert_mem_eq(got, untouched, sizeof(got));
	fake.error = 0;
	ck_assert_int_eq(infos[_i].call(got), OK);
	ck_assert_uint_eq(fake.request, infos[_i].request);
	ck_assert_mem_eq(got, answer, size);
	ck_assert_mem_eq(got + size, untouched, sizeof(got) - size);
}
END_TEST

START_TEST(info_which)
{
	VM_usr_t vm;
	proc_usr_t proc;
	node_usr_t node;

	ck_assert_int_eq(mnx_getvminfo(3, &vm), OK);
	ck_assert_int_eq(fake.in.vm.vm_vmid, 3);
	ck_assert_int_eq(mnx_getprocinfo(4, -66, &proc), OK);
	ck_assert_int_eq(fake.in.proc.p_vmid, 4);
	ck_assert_int_eq(fake.in.proc.p_nr, -66);
	ck_assert_int_eq(mnx_getnodeinfo(31, &node), OK);
	ck_assert_int_eq(fake.in.node.n_nodeid, 31);
}
END_TEST

/* Privileges */

START_TEST(setpriv)
{
	struct m3ipc_priv arg;

	memset(&arg, 0x3c, sizeof(arg));
	arg.vmid = 4;
	arg.endpoint = 35767;
	ck_assert_int_eq(mnx_setpriv(4, 35767, &arg.priv), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_SETPRIV);
	ck_assert_mem_eq(&fake.in.priv, &arg, sizeof(arg));
	fake.request = 0;
	ck_assert_int_eq(mnx_setpriv(4, 35767, NULL), EMOLFAULT);
	ck_assert_uint_eq(fake.request, 0);
	fake.error = EMOLPERM;
	ck_assert_int_eq(mnx_setpriv(4, -2, &arg.priv), EMOLPERM);
}
END_TEST

START_TEST(setowners)
{
	struct m3ipc_owners arg;

	memset(&arg, 0x3c, sizeof(arg));
	arg.vmid = 4;
	arg.nodeid = NONE;
	ck_assert_int_eq(mnx_setowners(4, NONE, arg.slots), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_SETOWNERS);
	ck_assert_mem_eq(&fake.in.owners, &arg, sizeof(arg));
	fake.request = 0;
	ck_assert_int_eq(mnx_setowners(4, 1, NULL), EMOLFAULT);
	ck_assert_uint_eq(fake.request, 0);
	fake.error = EMOLRANGE;
	ck_assert_int_eq(mnx_setowners(4, 1, arg.slots), EMOLRANGE);
}
END_TEST

/* The number goes on, after EMOLOVERRUN too, and after no other error. */
START_TEST(getevents)
{
	struct m3ipc_getevents answer = { .nr = 3, .seq = 44 };
	m3ipc_event_t events[5];
	uint64_t seq = 33;

	fake.out = &answer;
	ck_assert_int_eq(mnx_getevents(4, &seq, events, 5), 3);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_GETEVENTS);
	ck_assert_int_eq(fake.in.getevents.vmid, 4);
	ck_assert_uint_eq(fake.in.getevents.nr, 5);
	ck_assert_uint_eq(fake.in.getevents.seq, 33);
	ck_assert_uint_eq(fake.in.getevents.events, (uintptr_t)events);
	ck_assert_uint_eq(seq, 44);
	seq = 33;
	fake.error = EMOLFAULT;
	ck_assert_int_eq(mnx_getevents(4, &seq, events, 5), EMOLFAULT);
	ck_assert_uint_eq(seq, 33);
	fake.error = EMOLOVERRUN;
	ck_assert_int_eq(mnx_getevents(4, &seq, NULL, 0), EMOLOVERRUN);
	ck_assert_uint_eq(seq, 44);
	fake.request = 0;
	ck_assert_int_eq(mnx_getevents(4, NULL, events, 5), EMOLFAULT);
	ck_assert_int_eq(mnx_getevents(4, &seq, NULL, 1), EMOLFAULT);
	ck_assert_int_eq(mnx_getevents(4, &seq, events, -1), EMOLRANGE);
	ck_assert_uint_eq(fake.request, 0);
}
END_TEST

START_TEST(wakeup)
{
	ck_assert_int_eq(mnx_wakeup(4, -67), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_WAKEUP);
	ck_assert_int_eq(fake.in.wakeup.vmid, 4);
	ck_assert_int_eq(fake.in.wakeup.p_nr, -67);
	fake.error = EMOLPROCSTS;
	ck_assert_int_eq(mnx_wakeup(4, 20), EMOLPROCSTS);
}
END_TEST

START_TEST(lease)
{
	struct m3ipc_lease arg = { .vmid = 4, .ms = 2500 };

	ck_assert_int_eq(mnx_lease(4, 2500), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_LEASE);
	ck_assert_mem_eq(&fake.in.lease, &arg, sizeof(arg));
	fake.error = EMOLRANGE;
	ck_assert_int_eq(mnx_lease(4, -1), EMOLRANGE);
}
END_TEST

static void check_wait4ep(int vmid, int endpoint, int64_t ms, uint32_t until)
{
	struct m3ipc_wait4ep arg = { .timeout = ms,
				     .vmid = vmid,
				     .endpoint = endpoint,
				     .until = until };

	ck_assert_uint_eq(fake.request, M3IPC_IOC_WAIT4EP);
	ck_assert_mem_eq(&fake.in.wait4ep, &arg, sizeof(arg));
}

/* Ends for endpoints have errors of their own kind, ends for none have not. */
START_TEST(wait4ep)
{
	struct m3ipc_wait4ep answer = { .endpoint = 35702 };

	fake.out = &answer;
	ck_assert_int_eq(mnx_wait4bindep(100), 35702);
	check_wait4ep(M3IPC_OWN_VM, 100, -1, M3IPC_UNTIL_BOUND);
	ck_assert_int_eq(mnx_wait4bindep_T(101, 77), 35702);
	check_wait4ep(M3IPC_OWN_VM, 101, 77, M3IPC_UNTIL_BOUND);
	ck_assert_int_eq(mnx_vm_wait4bindep_T(3, 102, 0), 35702);
	check_wait4ep(3, 102, 0, M3IPC_UNTIL_BOUND);
	ck_assert_int_eq(mnx_wait4unbind(100), OK);
	check_wait4ep(M3IPC_OWN_VM, 100, -1, M3IPC_UNTIL_GONE);
	ck_assert_int_eq(mnx_wait4unbind_T(101, 77), OK);
	check_wait4ep(M3IPC_OWN_VM, 101, 77, M3IPC_UNTIL_GONE);
	ck_assert_int_eq(mnx_vm_wait4unbind_T(3, 102, 0), OK);
	check_wait4ep(3, 102, 0, M3IPC_UNTIL_GONE);
	fake.error = EMOLTIMEDOUT;
	ck_assert_int_eq(mnx_wait4bindep(100), -1000 - ETIMEDOUT);
	ck_assert_int_eq(mnx_wait4unbind(100), EMOLTIMEDOUT);
	fake.error = EMOLDSTDIED;
	ck_assert_int_eq(mnx_wait4bindep(100), EMOLDSTDIED);
}
END_TEST

/* What is around it is not touched, nor anything after an error. */
START_TEST(getpriv)
{
	struct m3ipc_priv answer, got, untouched;

	memset(&answer, 0x5a, sizeof(answer));
	memset(&got, 0xa5, sizeof(got));
	memset(&untouched, 0xa5, sizeof(untouched));
	fake.out = &answer;
	ck_assert_int_eq(mnx_getpriv(4, -66, NULL), EMOLFAULT);
	ck_assert_uint_eq(fake.request, 0);
	fake.error = EMOLNOTBIND;
	ck_assert_int_eq(mnx_getpriv(4, -66, &got.priv), EMOLNOTBIND);
	ck_assert_mem_eq(&got, &untouched, sizeof(got));
	fake.error = 0;
	ck_assert_int_eq(mnx_getpriv(4, -66, &got.priv), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_GETPRIV);
	ck_assert_int_eq(fake.in.priv.vmid, 4);
	ck_assert_int_eq(fake.in.priv.endpoint, -66);
	ck_assert_mem_eq(&got.priv, &answer.priv, sizeof(got.priv));
	ck_assert_int_eq(got.vmid, untouched.vmid);
	ck_assert_int_eq(got.endpoint, untouched.endpoint);
}
END_TEST

/* Copies */

START_TEST(vcopy)
{
	char from[8] = "", to[8];
	struct m3ipc_vcopy arg = { .src = 35767,
				   .dst = SELF,
				   .saddr = (uintptr_t)from,
				   .daddr = (uintptr_t)to,
				   .bytes = sizeof(to) };

	ck_assert_int_eq(mnx_vcopy(35767, from, SELF, to, sizeof(to)), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_VCOPY);
	ck_assert_mem_eq(&fake.in.vcopy, &arg, sizeof(arg));
	/* The driver is the one who judges these. */
	ck_assert_int_eq(mnx_vcopy(NONE, NULL, -67, NULL, -1), OK);
	arg = (struct m3ipc_vcopy){ .src = NONE, .dst = -67, .bytes = -1 };
	ck_assert_mem_eq(&fake.in.vcopy, &arg, sizeof(arg));
	ck_assert_int_eq(mnx_vcopy(1, from, 2, to, LONG_MAX), OK);
	ck_assert(fake.in.vcopy.bytes == LONG_MAX);
	fake.error = EMOLPROCSTS;
	ck_assert_int_eq(mnx_vcopy(1, from, 2, to, 1), EMOLPROCSTS);
}
END_TEST

START_TEST(vcopyv)
{
	char a[10] = "", b[30] = "";
	struct iovec from[] = { { a, 3 }, { b, 0 }, { b + 4, 9 } };
	struct iovec to[] = { { b, 5 }, { a, 7 } };
	const struct m3ipc_vcopy *in = &fake.in.vcopy;

	ck_assert_int_eq(mnx_vcopyv(7, from, 3, -2, to, 2), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_VCOPY);
	ck_assert_int_eq(in->src, 7);
	ck_assert_int_eq(in->dst, -2);
	ck_assert_int_eq(in->bytes, 12);
	ck_assert_uint_eq(in->nr_src, 3);
	ck_assert_uint_eq(in->nr_dst, 2);
	ck_assert_mem_eq((void *)(uintptr_t)in->saddr, from, sizeof(from));
	ck_assert_mem_eq((void *)(uintptr_t)in->daddr, to, sizeof(to));
	fake.error = EMOLSRCDIED;
	ck_assert_int_eq(mnx_vcopyv(7, from, 3, -2, to, 2), EMOLSRCDIED);
}
END_TEST

/* What the library refuses itself does not get to the driver. */
START_TEST(vcopyv_arguments)
{
	static struct iovec many[M3IPC_MAX_SEGMENTS + 1];
	static const struct {
		bool from, to;
		int nr_src, nr_dst, rc;
	} bad[] = {
		{ true, true, 0, 1, EMOLRANGE },
		{ true, true, 1, 0, EMOLRANGE },
		{ true, true, -1, 1, EMOLRANGE },
		{ true, true, 1, INT_MIN, EMOLRANGE },
		{ true, true, M3IPC_MAX_SEGMENTS + 1, 1, EMOLRANGE },
		{ true, true, 1, M3IPC_MAX_SEGMENTS + 1, EMOLRANGE },
		{ false, true, 1, 1, EMOLFAULT },
		{ true, false, 1, 1, EMOLFAULT },
		{ false, false, 0, 1, EMOLRANGE },
		{ true, true, 1, 2, EMOLINVAL },
		{ true, true, 2, 1, EMOLINVAL },
	};
	size_t i;

	many[1].iov_len = 1;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(mnx_vcopyv(1, bad[i].from ? many : NULL,
					    bad[i].nr_src, 2,
					    bad[i].to ? many : NULL,
					    bad[i].nr_dst),
				 bad[i].rc);
	ck_assert_uint_eq(fake.request, 0);
	ck_assert_int_eq(mnx_vcopyv(1, many, M3IPC_MAX_SEGMENTS, 2, many, 2),
			 OK);
	ck_assert_int_eq(fake.in.vcopy.bytes, 1);
	ck_assert_uint_eq(fake.in.vcopy.nr_src, M3IPC_MAX_SEGMENTS);
}
END_TEST

static int bind_process(void)
{
	return mnx_bind(3, -2);
}

static int bind_thread(void)
{
	return mnx_tbind(3, 200);
}

static int bind_other(void)
{
	return mnx_lclbind(3, 4711, 50);
}

static const struct m3ipc_bind bind_args[] = {
	{ .vmid = 3, .p_nr = -2, .who = M3IPC_BIND_PROCESS },
	/* the others */
	{ .vmid = 3, .p_nr = 200, .who = M3IPC_BIND_THREAD },
	{ .vmid = 3, .p_nr = 50, .who = M3IPC_BIND_OTHER, .pid = 4711 },
};

/* Calls that return an endpoint; errors of theirs are below EMOLERRCODE. */
static const struct {
	int (*call)(void);
	unsigned long request;
} binds[] = {
	{ bind_process, M3IPC_IOC_BIND },
	{ bind_thread, M3IPC_IOC_BIND },
	{ bind_other, M3IPC_IOC_BIND },
	{ mnx_wait4bind, M3IPC_IOC_WAIT4BIND },
};

START_TEST(bind_arguments)
{
	ck_assert_int_eq(mnx_bind_failed(binds[_i].call()), 0);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_BIND);
	ck_assert_mem_eq(&fake.in.bind, &bind_args[_i], sizeof(bind_args[_i]));
}
END_TEST

static int set_endpoint(unsigned long request, int endpoint)
{
	static struct m3ipc_bind bind;
	static struct m3ipc_wait4bind wait4bind;

	bind.endpoint = endpoint;
	wait4bind.endpoint = endpoint;
	fake.out = request == M3IPC_IOC_BIND ? (void *)&bind :
					       (void *)&wait4bind;
	return endpoint;
}

START_TEST(bind_results)
{
	static const int endpoints[] = { -67, -1, 0, 28, 35767, INT_MAX };
	static const int errors[][2] = {
		{ EMOLPERM, -1000 - EPERM },
		{ EMOLBUSY, -1000 - EBUSY },
		{ EMOLINTR, -1000 - EINTR },
		{ EMOLTIMEDOUT, -1000 - ETIMEDOUT },
		{ EMOLBADNODEID, EMOLBADNODEID },
		{ EMOLSLOTUSED, EMOLSLOTUSED },
		{ EMOLDONTREPLY, EMOLDONTREPLY },
	};
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(endpoints); i++) {
		rc = set_endpoint(binds[_i].request, endpoints[i]);
		ck_assert_int_eq(binds[_i].call(), rc);
		ck_assert_int_eq(mnx_bind_failed(rc), 0);
	}
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake.error = errors[i][0];
		rc = binds[_i].call();
		ck_assert_int_eq(rc, errors[i][1]);
		ck_assert_int_eq(mnx_bind_failed(rc), 1);
		ck_assert_int_eq(MNX_ERR(rc), errors[i][0]);
	}
}
END_TEST

START_TEST(bind_open_fails)
{
	fake.open_errno = ENOENT;
	ck_assert_int_eq(binds[_i].call(), -1000 - ENOENT);
}
END_TEST

START_TEST(wait4bind)
{
	ck_assert_int_eq(mnx_wait4bind(), 0);
	ck_assert_int_eq(fake.in.wait4bind.timeout, TIMEOUT_FOREVER);
	ck_assert_uint_eq(fake.in.wait4bind.reserved, 0);
	ck_assert_int_eq(mnx_wait4bind_T(1234), 0);
	ck_assert_int_eq(fake.in.wait4bind.timeout, 1234);
	ck_assert_int_eq(mnx_wait4bind_T(LONG_MAX), 0);
	ck_assert(fake.in.wait4bind.timeout == LONG_MAX);
	fake.error = EMOLAGAIN;
	ck_assert_int_eq(mnx_wait4bind_T(TIMEOUT_NOWAIT), -1000 - EAGAIN);
	ck_assert_int_eq(fake.in.wait4bind.timeout, 0);
}
END_TEST

/* Its errors are plain. */
START_TEST(unbind)
{
	ck_assert_int_eq(mnx_unbind(3, SELF), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_UNBIND);
	ck_assert_int_eq(fake.in.unbind.vmid, 3);
	ck_assert_int_eq(fake.in.unbind.endpoint, SELF);
	ck_assert_int_eq(fake.in.unbind.timeout, TIMEOUT_FOREVER);
	ck_assert_int_eq(mnx_unbind_T(3, 35767, 88), OK);
	ck_assert_int_eq(fake.in.unbind.endpoint, 35767);
	ck_assert_int_eq(fake.in.unbind.timeout, 88);
	fake.error = EMOLPERM;
	ck_assert_int_eq(mnx_unbind(3, 1), EMOLPERM);
	fake.error = EMOLNOTBIND;
	ck_assert_int_eq(mnx_unbind_T(3, 1, 0), EMOLNOTBIND);
}
END_TEST

START_TEST(getep)
{
	struct m3ipc_getep answer = { .endpoint = -2 };

	fake.out = &answer;
	ck_assert_int_eq(mnx_getep(99), -2);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_GETEP);
	ck_assert_int_eq(fake.in.getep.pid, 99);
	fake.error = EMOLBADPID;
	ck_assert_int_eq(mnx_getep(99), EMOLBADPID);
	fake.error = EMOLNOMEM;
	ck_assert_int_eq(mnx_getep(99), -1000 - ENOMEM);
}
END_TEST

START_TEST(hdw_notify)
{
	struct m3ipc_hdw_notify arg = { .vmid = 1, .dst = 35767 };

	ck_assert_int_eq(mnx_hdw_notify(1, 35767), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_HDW_NOTIFY);
	ck_assert_mem_eq(&fake.in.hdw_notify, &arg, sizeof(arg));
	fake.error = EMOLENDPOINT;
	ck_assert_int_eq(mnx_hdw_notify(1, 7), EMOLENDPOINT);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, drvs_init);
	tcase_add_test(tc, drvs_end);
	tcase_add_test(tc, vm_init);
	tcase_add_test(tc, vm_end);
	tcase_add_test(tc, dumps);
	tcase_add_loop_test(tc, info, 0, ARRAY_SIZE(infos));
	tcase_add_test(tc, info_which);
	tcase_add_test(tc, setpriv);
	tcase_add_test(tc, setowners);
	tcase_add_test(tc, getevents);
	tcase_add_test(tc, wakeup);
	tcase_add_test(tc, lease);
	tcase_add_test(tc, wait4ep);
	tcase_add_test(tc, getpriv);
	tcase_add_test(tc, vcopy);
	tcase_add_test(tc, vcopyv);
	tcase_add_test(tc, vcopyv_arguments);
	tcase_add_loop_test(tc, bind_arguments, 0, ARRAY_SIZE(bind_args));
	tcase_add_loop_test(tc, bind_results, 0, ARRAY_SIZE(binds));
	tcase_add_loop_test(tc, bind_open_fails, 0, ARRAY_SIZE(binds));
	tcase_add_test(tc, wait4bind);
	tcase_add_test(tc, unbind);
	tcase_add_test(tc, getep);
	tcase_add_test(tc, hdw_notify);
}

int main(void)
{
	return unit_run("libmolipc calls", add);
}
