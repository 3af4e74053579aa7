// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: all calls but the primitives */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

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

/* Other nodes */

static int rmtbind(const char *name)
{
	return mnx_rmtbind(3, name, 35767, 5);
}

static int node_up(const char *name)
{
	return mnx_node_up(name, 5, 9);
}

static int proxies_bind(const char *name)
{
	return mnx_proxies_bind(name, 9, 4711, 4712, 1 << 20);
}

static const struct {
	int (*call)(const char *name);
	unsigned long request;
	size_t name; /* where it is in the argument */
	int fault;
} named[] = {
	{ rmtbind, M3IPC_IOC_RMTBIND, offsetof(struct m3ipc_rmtbind, name),
	  -1000 - EFAULT },
	{ node_up, M3IPC_IOC_NODE_UP, offsetof(struct m3ipc_node, name),
	  EMOLFAULT },
	{ proxies_bind, M3IPC_IOC_PROXIES_BIND,
	  offsetof(struct m3ipc_proxies_bind, name), EMOLFAULT },
};

/* A name that does not fit does not get to the driver. */
START_TEST(names)
{
	static const char zeros[M3IPC_NAME_LEN];
	static const char good[M3IPC_NAME_LEN] = "fifteen letters";

	ck_assert_int_eq(named[_i].call(NULL), named[_i].fault);
	ck_assert_int_eq(named[_i].call("sixteen letters."), EMOLNAMESIZE);
	ck_assert_uint_eq(fake.request, 0);
	named[_i].call(good);
	ck_assert_uint_eq(fake.request, named[_i].request);
	ck_assert_mem_eq(fake.in.bytes + named[_i].name, good, sizeof(good));
	named[_i].call("");
	ck_assert_mem_eq(fake.in.bytes + named[_i].name, zeros, sizeof(zeros));
}
END_TEST

START_TEST(rmtbind_results)
{
	struct m3ipc_rmtbind arg = { .vmid = 3,
				     .endpoint = -4,
				     .nodeid = 2,
				     .name = "systask" };

	ck_assert_int_eq(mnx_rmtbind(3, "systask", -4, 2), -4);
	ck_assert_mem_eq(&fake.in.rmtbind, &arg, sizeof(arg));
	ck_assert_int_eq(rmtbind("user"), 35767);
	arg.incarnation = 1ull << 60;
	ck_assert_int_eq(mnx_rmtbind_as(3, "systask", -4, 2, 1ull << 60), -4);
	ck_assert_mem_eq(&fake.in.rmtbind, &arg, sizeof(arg));
	fake.error = EMOLSLOTUSED;
	ck_assert_int_eq(rmtbind("user"), EMOLSLOTUSED);
	fake.error = EMOLPERM;
	ck_assert_int_eq(rmtbind("user"), -1000 - EPERM);
}
END_TEST

START_TEST(vm_nodes)
{
	struct m3ipc_vmnode arg = { .vmid = 3, .nodeid = 63 };

	ck_assert_int_eq(mnx_add_node(3, 63), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_ADD_NODE);
	ck_assert_mem_eq(&fake.in.vmnode, &arg, sizeof(arg));
	ck_assert_int_eq(mnx_del_node(3, 63), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_DEL_NODE);
	ck_assert_mem_eq(&fake.in.vmnode, &arg, sizeof(arg));
	fake.error = EMOLVMNODE;
	ck_assert_int_eq(mnx_add_node(3, 63), EMOLVMNODE);
	fake.error = EMOLNOVMNODE;
	ck_assert_int_eq(mnx_del_node(3, 63), EMOLNOVMNODE);
}
END_TEST

START_TEST(links)
{
	struct m3ipc_node up = { .nodeid = 5, .pxid = 9, .name = "five" };
	struct m3ipc_node down = { .nodeid = 5 };

	ck_assert_int_eq(node_up("five"), OK);
	ck_assert_mem_eq(&fake.in.link, &up, sizeof(up));
	ck_assert_int_eq(mnx_node_down(5), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_NODE_DOWN);
	ck_assert_mem_eq(&fake.in.link, &down, sizeof(down));
	fake.error = EMOLNOPROXY;
	ck_assert_int_eq(node_up("five"), EMOLNOPROXY);
	fake.error = EMOLNODEFREE;
	ck_assert_int_eq(mnx_node_down(5), EMOLNODEFREE);
}
END_TEST

START_TEST(proxies)
{
	struct m3ipc_proxies_bind bind = { .pxid = 9,
					   .spid = 4711,
					   .rpid = 4712,
					   .maxbytes = 1 << 20,
					   .name = "pair" };
	struct m3ipc_pxid conn = { .pxid = 9, .status = DISCONNECT_RPROXY };
	struct m3ipc_proxy_timeout timeout = { .pxid = 9, .timeout = 77 };
	struct m3ipc_pxid unbind = { .pxid = 9 };

	ck_assert_int_eq(proxies_bind("pair"), OK);
	ck_assert_mem_eq(&fake.in.proxies_bind, &bind, sizeof(bind));
	ck_assert_int_eq(mnx_proxy_conn(9, DISCONNECT_RPROXY), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_PROXY_CONN);
	ck_assert_mem_eq(&fake.in.pxid, &conn, sizeof(conn));
	ck_assert_int_eq(mnx_proxy_timeout(9, 77), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_PROXY_TIMEOUT);
	ck_assert_mem_eq(&fake.in.timeout, &timeout, sizeof(timeout));
	ck_assert_int_eq(mnx_proxies_unbind(9), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_PROXIES_UNBIND);
	ck_assert_mem_eq(&fake.in.pxid, &unbind, sizeof(unbind));
	fake.error = EMOLPROXYRUN;
	ck_assert_int_eq(proxies_bind("pair"), EMOLPROXYRUN);
	fake.error = EMOLPROXYFREE;
	ck_assert_int_eq(mnx_proxy_conn(9, CONNECT_SPROXY), EMOLPROXYFREE);
	ck_assert_int_eq(mnx_proxies_unbind(9), EMOLPROXYFREE);
}
END_TEST

/* Each pointer may be NULL; nothing is written after an error. */
START_TEST(proxy_info)
{
	struct m3ipc_proxyinfo answer, got, untouched;

	memset(&answer, 0x5a, sizeof(answer));
	memset(&answer.rproc, 0x5b, sizeof(answer.rproc));
	memset(&got, 0xa5, sizeof(got));
	memset(&untouched, 0xa5, sizeof(untouched));
	fake.out = &answer;
	fake.error = EMOLPROXYFREE;
	ck_assert_int_eq(mnx_getproxyinfo(9, &got.sproc, &got.rproc),
			 EMOLPROXYFREE);
	ck_assert_int_eq(mnx_getproxies(9, &got.px), EMOLPROXYFREE);
	ck_assert_mem_eq(&got, &untouched, sizeof(got));
	fake.error = 0;
	ck_assert_int_eq(mnx_getproxyinfo(9, NULL, NULL), OK);
	ck_assert_int_eq(mnx_getproxies(9, NULL), OK);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_GETPROXYINFO);
	ck_assert_int_eq(fake.in.proxyinfo.px.px_id, 9);
	ck_assert_int_eq(mnx_getproxyinfo(9, NULL, &got.rproc), OK);
	ck_assert_mem_eq(&got.sproc, &untouched.sproc, sizeof(got.sproc));
	ck_assert_int_eq(mnx_getproxyinfo(9, &got.sproc, NULL), OK);
	ck_assert_mem_eq(&got.px, &untouched.px, sizeof(got.px));
	ck_assert_int_eq(mnx_getproxies(9, &got.px), OK);
	ck_assert_mem_eq(&got, &answer, sizeof(got));
}
END_TEST

START_TEST(get2rmt)
{
	static cmd_t cmds[3];
	proxy_payload_t payload[8];
	struct m3ipc_batch arg = { .cmds = (uintptr_t)cmds,
				   .payload = (uintptr_t)payload,
				   .bytes = sizeof(payload),
				   .timeout = 77,
				   .nr = 3 };
	struct m3ipc_batch answer = { .nr = 2 };

	fake.out = &answer;
	ck_assert_int_eq(mnx_get2rmt_batch(cmds, 3, payload, 8, 77), 2);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_GET2RMT);
	ck_assert_mem_eq(&fake.in.batch, &arg, sizeof(arg));
	ck_assert_int_eq(mnx_get2rmt_T(cmds, payload, 77), OK);
	arg.nr = 1;
	arg.bytes = 0;
	ck_assert_mem_eq(&fake.in.batch, &arg, sizeof(arg));
	ck_assert_int_eq(mnx_get2rmt(cmds, payload), OK);
	arg.timeout = TIMEOUT_FOREVER;
	ck_assert_mem_eq(&fake.in.batch, &arg, sizeof(arg));
	fake.error = EMOLTIMEDOUT;
	ck_assert_int_eq(mnx_get2rmt_batch(cmds, 3, payload, 8, 77),
			 EMOLTIMEDOUT);
	ck_assert_int_eq(mnx_get2rmt_T(cmds, payload, 77), EMOLTIMEDOUT);
	fake.error = EMOLPROXYFREE;
	ck_assert_int_eq(mnx_get2rmt(cmds, payload), EMOLPROXYFREE);
}
END_TEST

/* How many were put in is told even after an error. */
START_TEST(put2lcl)
{
	static const cmd_t cmds[3];
	const proxy_payload_t payload[8] = { 0 };
	struct m3ipc_batch arg = { .cmds = (uintptr_t)cmds,
				   .payload = (uintptr_t)payload,
				   .nr = 3 };
	struct m3ipc_batch answer = { .nr = 2 };
	int done = -1;

	fake.out = &answer;
	fake.error = EMOLBADMSG;
	ck_assert_int_eq(mnx_put2lcl_batch(cmds, 3, payload, &done),
			 EMOLBADMSG);
	ck_assert_uint_eq(fake.request, M3IPC_IOC_PUT2LCL);
	ck_assert_mem_eq(&fake.in.batch, &arg, sizeof(arg));
	ck_assert_int_eq(done, 2);
	ck_assert_int_eq(mnx_put2lcl_batch(cmds, 3, payload, NULL), EMOLBADMSG);
	ck_assert_int_eq(mnx_put2lcl(cmds, payload), EMOLBADMSG);
	arg.nr = 1;
	ck_assert_mem_eq(&fake.in.batch, &arg, sizeof(arg));
	fake.error = 0;
	answer.nr = 3;
	ck_assert_int_eq(mnx_put2lcl_batch(cmds, 3, payload, &done), OK);
	ck_assert_int_eq(done, 3);
	ck_assert_int_eq(mnx_put2lcl(cmds, NULL), OK);
}
END_TEST

START_TEST(device_is_opened_once)
{
	int fd = mnx_fd();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(mnx_fd(), fd);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 1);
	ck_assert_int_eq(fake.open_flags, O_RDWR | O_CLOEXEC);
}
END_TEST

START_TEST(device_cannot_be_opened)
{
	message m = { 0 };

	fake.open_errno = EACCES;
	errno = 77;
	ck_assert_int_eq(mnx_fd(), -EACCES);
	ck_assert_int_eq(mnx_vm_end(0), -EACCES);
	ck_assert_int_eq(mnx_send(1, &m), -EACCES);
	ck_assert_ptr_null(mnx_msgbuf());
	ck_assert_int_eq(errno, 77);
	fake.open_errno = 0;
	ck_assert_int_eq(mnx_vm_end(0), OK);
}
END_TEST

/* Neither this library's calls, nor a descriptor left open. */
START_TEST(driver_of_another_version)
{
	fake.version = M3IPC_IOC_VERSION + 1;
	ck_assert_int_eq(mnx_drvs_end(), EMOLNOSYS);
	ck_assert_int_eq(mnx_bind(0, 1), -1000 - ENOSYS);
	ck_assert_int_eq(fcntl(fake.fd, F_GETFD), -1);
	ck_assert_uint_eq(fake.request, 0);
}
END_TEST

START_TEST(device_closed_behind_our_back)
{
	ck_assert_int_eq(mnx_drvs_end(), OK);
	close(mnx_fd());
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 2);
}
END_TEST

/* Files that are opened anew after all were closed do not get its number. */
START_TEST(device_has_a_high_number)
{
	int fd = mnx_fd();

	ck_assert_int_ge(fd, 200);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fake.fd, F_GETFD), -1);
}
END_TEST

START_TEST(no_high_numbers)
{
	struct rlimit limit = { 100, 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_ge(mnx_fd(), 0);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 1);
}
END_TEST

/* How files of others refuse what they do not know */
static const int refusals[] = { ENOTTY, EINVAL, EACCES, EPERM, EOPNOTSUPP };

/* The library lets it alone and opens the device anew. */
START_TEST(number_used_again)
{
	int pair[2], fd = mnx_fd();

	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(dup2(pair[0], fd), fd);
	fake.stranger = -refusals[_i];
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_ne(mnx_fd(), fd);
	ck_assert_int_eq(fake.opens, 2);
	ck_assert_int_eq(fake.strangers, 1);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	ck_assert_int_eq(read(fd, pair, 1), 1);
}
END_TEST

/* The same words from the driver are its own. */
START_TEST(refused_by_the_driver)
{
	int fd = mnx_fd();

	fake.error = -refusals[_i];
	ck_assert_int_eq(mnx_drvs_end(), -refusals[_i]);
	ck_assert_int_eq(mnx_fd(), fd);
	ck_assert_int_eq(fake.opens, 1);
}
END_TEST

START_TEST(errno_is_left_alone)
{
	VM_usr_t vm;

	errno = 77;
	fake.error = EMOLVMNOTRUN;
	ck_assert_int_eq(mnx_getvminfo(0, &vm), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_bind(0, 0), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_unbind(0, 0), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_notify(0), EMOLNOTBIND);
	ck_assert_int_eq(errno, 77);
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
	tcase_add_test(tc, wait4ep);
	tcase_add_test(tc, lease);
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
	tcase_add_loop_test(tc, names, 0, ARRAY_SIZE(named));
	tcase_add_test(tc, rmtbind_results);
	tcase_add_test(tc, vm_nodes);
	tcase_add_test(tc, links);
	tcase_add_test(tc, proxies);
	tcase_add_test(tc, proxy_info);
	tcase_add_test(tc, get2rmt);
	tcase_add_test(tc, put2lcl);
	tcase_add_test(tc, device_is_opened_once);
	tcase_add_test(tc, device_cannot_be_opened);
	tcase_add_test(tc, driver_of_another_version);
	tcase_add_test(tc, device_closed_behind_our_back);
	tcase_add_test(tc, device_has_a_high_number);
	tcase_add_test(tc, no_high_numbers);
	tcase_add_loop_test(tc, number_used_again, 0, ARRAY_SIZE(refusals));
	tcase_add_loop_test(tc, refused_by_the_driver, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, errno_is_left_alone);
}

int main(void)
{
	return unit_run("libmolipc calls", add);
}
