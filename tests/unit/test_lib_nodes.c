// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: calls about other nodes, links and proxies */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "unit.h"

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

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, names, 0, ARRAY_SIZE(named));
	tcase_add_test(tc, rmtbind_results);
	tcase_add_test(tc, vm_nodes);
	tcase_add_test(tc, links);
	tcase_add_test(tc, proxies);
	tcase_add_test(tc, proxy_info);
	tcase_add_test(tc, get2rmt);
	tcase_add_test(tc, put2lcl);
}

int main(void)
{
	return unit_run("libmolipc calls about nodes", add);
}
