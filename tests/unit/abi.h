/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of the ABI, once more and independently.  Compiled as C and C++,
 * for 64 and 32 bits: a difference is an error of the compiler.
 */
#include <molipc/molipc.h>

#include <stddef.h>

#define SAME(a, b)   M3IPC_ASSERT((a) == (b), #a)
#define AT(t, m, at) M3IPC_ASSERT(offsetof(t, m) == (at), #t "." #m)
#define SIZE(t, n)   M3IPC_ASSERT(sizeof(t) == (n), #t)

SAME(OK, 0);
SAME(TIMEOUT_NOWAIT, 0);
SAME(TIMEOUT_FOREVER, -1);
SAME(ANY, 0x7ace);
SAME(NONE, 0x6ace);
SAME(SELF, 0x8ace);
SAME(NR_TASKS, 67);
SAME(NR_NODES, 32);
SAME(NR_VMS, 32);
SAME(NR_SYS_PROCS, 96);
SAME(NR_PROCS, 189);
SAME(FIRST_USER_NR, 29);
SAME(NOTIFY_MESSAGE, 0x1000);
SAME(NOTIFY_FROM(-67), 0x1000);
SAME(NOTIFY_FROM(-1), 0x1042);
SAME(NOTIFY_FROM(28), 0x105f);
SAME(LOCALNODE, -1);
SAME(PROC_NO_PID, -1);
SAME(NO_PROXIES, -1);

SAME(HARDWARE, -1);
SAME(SYSTEM, -2);
SAME(SYSTASK(0), -2);
SAME(SYSTASK(63), -65);
SAME(CLOCK, -66);
SAME(IDLE, -67);
SAME(PM_PROC_NR, 0);
SAME(FS_PROC_NR, 1);
SAME(RS_PROC_NR, 2);
SAME(MEM_PROC_NR, 3);
SAME(LOG_PROC_NR, 4);
SAME(TTY_PROC_NR, 5);
SAME(DS_PROC_NR, 6);
SAME(IS_PROC_NR, 7);
SAME(RINIT_PROC_NR, 8);
SAME(INIT_PROC_NR, 9);
SAME(USER_PRIV, 0);
SAME(SERVER_PRIV, 1);
SAME(TASK_PRIV, 2);
SAME(SYSTEM_PRIV, 3);
SAME(KERNEL_PRIV, 4);
SAME(PROXY_PRIV, 5);

SAME(TRAP_SEND, 0);
SAME(TRAP_RECEIVE, 1);
SAME(TRAP_SENDREC, 2);
SAME(TRAP_NOTIFY, 3);
SAME(TRAP_RCVRQST, 4);
SAME(TRAP_REPLY, 5);
SAME(TRAP_RELAY, 6);
SAME(TRAP_VCOPY, 7);
SAME(IPC_USERS_BIT, 255);
SAME(M3IPC_WARN_EXIT, 1);
SAME(M3IPC_WARN_FORK, 2);
SAME(M3IPC_MAX_SEGMENTS, 1024);

SAME(SLOT_FREE, 1);
SAME(SENDING, 4);
SAME(RECEIVING, 8);
SAME(ONCOPY, 0x400);
SAME(MIGRATING, 0x800);
SAME(REMOTE, 0x1000);
SAME(RMTOPER, 0x2000);
SAME(WAITMIGR, 0x8000);
SAME(WAITUNBIND, 0x20000);
SAME(WAITBIND, 0x40000);
SAME(MIS_PROXY, 1);
SAME(MIS_CONNECTED, 2);
SAME(MIS_BACKUP, 4);
SAME(MIS_GRPLEADER, 8);
SAME(MIS_THREAD, 16);
SAME(MIS_REPLICA, 32);
SAME(MIS_NEEDMIGR, 64);
SAME(NODE_FREE, 0);
SAME(NODE_ATTACHED, 2);
SAME(NODE_SCONNECTED, 4);
SAME(NODE_RCONNECTED, 8);

SAME(_ENDPOINT_GENERATION_SIZE, 35602);
SAME(_ENDPOINT(1, 165), 35767);
SAME(_ENDPOINT_P(35767), 165);
SAME(_ENDPOINT_G(35767), 1);
SAME(_ENDPOINT(0, -67), -67);
SAME(_ENDPOINT_P(-67), -67);
SAME(_ENDPOINT_G(-67), 0);
SAME(_ENDPOINT_P(28), 28);
SAME(_ENDPOINT_P(_ENDPOINT(_ENDPOINT_MAX_GENERATION, 8124)), 8124);
SAME(_ENDPOINT_G(_ENDPOINT(_ENDPOINT_MAX_GENERATION, 8124)),
     _ENDPOINT_MAX_GENERATION);
M3IPC_ASSERT(_ENDPOINT_P(ANY) >= M3IPC_MAX_SLOTS, "ANY is no slot's");
M3IPC_ASSERT(_ENDPOINT_P(NONE) >= M3IPC_MAX_SLOTS, "NONE is no slot's");
M3IPC_ASSERT(_ENDPOINT_P(SELF) >= M3IPC_MAX_SLOTS, "SELF is no slot's");

SAME(EMOLPERM, -1);
SAME(EMOLINTR, -4);
SAME(EMOLAGAIN, -11);
SAME(EMOLNOMEM, -12);
SAME(EMOLFAULT, -14);
SAME(EMOLBUSY, -16);
SAME(EMOLEXIST, -17);
SAME(EMOLINVAL, -22);
SAME(EMOLRANGE, -34);
SAME(EMOLNAMETOOLONG, -36);
SAME(EMOLNOTCONN, -107);
SAME(EMOLTIMEDOUT, -110);
SAME(EMOLERRCODE, -300);
SAME(EMOLBADNODEID, -301);
SAME(EMOLBADVMID, -302);
SAME(EMOLVMNOTRUN, -303);
SAME(EMOLBADPROC, -304);
SAME(EMOLBADPID, -305);
SAME(EMOLENDPOINT, -306);
SAME(EMOLNOPROXY, -307);
SAME(EMOLRMTPROC, -308);
SAME(EMOLLCLPROC, -309);
SAME(EMOLNOTBIND, -310);
SAME(EMOLPROXYRUN, -311);
SAME(EMOLNODEBUSY, -315);
SAME(EMOLNONODE, -316);
SAME(EMOLDRVSBUSY, -317);
SAME(EMOLDRVSINIT, -318);
SAME(EMOLNOVMNODE, -319);
SAME(EMOLPROCRUN, -320);
SAME(EMOLVMRUN, -323);
SAME(EMOLPROCSTS, -324);
SAME(EMOLNODEFREE, -325);
SAME(EMOLVMNODE, -326);
SAME(EMOLBADPROXY, -327);
SAME(EMOLONCOPY, -328);
SAME(EMOLENQUEUED, -329);
SAME(EMOLOVERRUN, -330);
SAME(EMOLBADOWNER, -331);
SAME(EMOLMIGRATE, -332);
SAME(EMOLPROXYFREE, -333);
SAME(EMOLGRPLEADER, -334);
SAME(EMOLPRIVILEGES, -335);
SAME(EMOLBINDTYPE, -336);
SAME(EMOLSLOTUSED, -337);
SAME(EMOLNAMESIZE, -343);
SAME(EMOLREPLPROC, -346);
SAME(EMOLPRIMARY, -401);
SAME(EMOLNOREPLICA, -402);
SAME(EMOLLOCKED, -501);
SAME(EMOLBADCALL, -502);
SAME(EMOLBADSRCDST, -503);
SAME(EMOLCALLDENIED, -504);
SAME(EMOLDEADSRCDST, -505);
SAME(EMOLNOTREADY, -506);
SAME(EMOLBADREQUEST, -507);
SAME(EMOLSRCDIED, -508);
SAME(EMOLDSTDIED, -509);
SAME(EMOLTRAPDENIED, -510);
SAME(EMOLDONTREPLY, -511);

SIZE(message, 64);
#ifdef __cplusplus
SAME(alignof(message), 64);
#else
SAME(_Alignof(message), 64);
#endif
AT(message, m_source, 0);
AT(message, m_type, 4);
AT(message, m_u, 8);
AT(message, m1_i1, 8);
AT(message, m1_i2, 12);
AT(message, m1_i3, 16);
AT(message, m1_p1, 24);
AT(message, m1_p2, 32);
AT(message, m1_p3, 40);
AT(message, m2_i1, 8);
AT(message, m2_i2, 12);
AT(message, m2_i3, 16);
AT(message, m2_l1, 24);
AT(message, m2_l2, 32);
AT(message, m2_p1, 40);
AT(message, m3_i1, 8);
AT(message, m3_i2, 12);
AT(message, m3_p1, 16);
AT(message, m3_ca1, 24);
AT(message, m4_l1, 8);
AT(message, m4_l2, 16);
AT(message, m4_l3, 24);
AT(message, m4_l4, 32);
AT(message, m4_l5, 40);
AT(message, m5_c1, 8);
AT(message, m5_c2, 10);
AT(message, m5_i1, 12);
AT(message, m5_i2, 16);
AT(message, m5_l1, 24);
AT(message, m5_l2, 32);
AT(message, m5_l3, 40);
AT(message, m6_ca1, 8);
AT(message, m7_i1, 8);
AT(message, m7_i2, 12);
AT(message, m7_i3, 16);
AT(message, m7_i4, 20);
AT(message, m7_p1, 24);
AT(message, m7_p2, 32);
AT(message, m8_i1, 8);
AT(message, m8_i2, 12);
AT(message, m8_p1, 16);
AT(message, m8_p2, 24);
AT(message, m8_p3, 32);
AT(message, m8_p4, 40);
AT(message, m9_i1, 8);
AT(message, m9_l1, 16);
AT(message, m9_t1, 24);
AT(message, m9_t1.tv_nsec, 32);
AT(message, mA_dst, 8);
AT(message, mA_nr, 12);
AT(message, mA_ia, 16);
AT(message, mA_ia[11], 60);
AT(message, m_raw, 8);
SIZE(((message *)0)->m_raw, 56);
SIZE(((message *)0)->m3_ca1, 40);
SIZE(((message *)0)->m6_ca1, 56);

SIZE(drvs_usr_t, 48);
AT(drvs_usr_t, d_nodeid, 0);
AT(drvs_usr_t, d_nr_vms, 4);
AT(drvs_usr_t, d_nr_nodes, 8);
AT(drvs_usr_t, d_nr_procs, 12);
AT(drvs_usr_t, d_nr_tasks, 16);
AT(drvs_usr_t, d_nr_sysprocs, 20);
AT(drvs_usr_t, d_max_copybuf, 24);
AT(drvs_usr_t, d_max_copylen, 28);
AT(drvs_usr_t, d_dbglvl, 32);
AT(drvs_usr_t, d_version, 40);
AT(drvs_usr_t, d_subver, 44);

SIZE(VM_usr_t, 184);
AT(VM_usr_t, vm_vmid, 0);
AT(VM_usr_t, vm_flags, 4);
AT(VM_usr_t, vm_nr_procs, 8);
AT(VM_usr_t, vm_nr_tasks, 12);
AT(VM_usr_t, vm_nr_sysprocs, 16);
AT(VM_usr_t, vm_nr_nodes, 20);
AT(VM_usr_t, vm_nodes, 24);
AT(VM_usr_t, vm_cpumask, 32);
AT(VM_usr_t, vm_warn2proc, 160);
AT(VM_usr_t, vm_warnmsg, 164);
AT(VM_usr_t, vm_name, 168);

SIZE(proc_usr_t, 232);
AT(proc_usr_t, p_nr, 0);
AT(proc_usr_t, p_endpoint, 4);
AT(proc_usr_t, p_vmid, 8);
AT(proc_usr_t, p_rts_flags, 12);
AT(proc_usr_t, p_misc_flags, 16);
AT(proc_usr_t, p_lpid, 20);
AT(proc_usr_t, p_nodeid, 24);
AT(proc_usr_t, p_getfrom, 28);
AT(proc_usr_t, p_sendto, 32);
AT(proc_usr_t, p_waitmigr, 36);
AT(proc_usr_t, p_proxy, 40);
AT(proc_usr_t, p_nodemap, 48);
AT(proc_usr_t, p_lclsent, 56);
AT(proc_usr_t, p_rmtsent, 64);
AT(proc_usr_t, p_lclcopy, 72);
AT(proc_usr_t, p_rmtcopy, 80);
AT(proc_usr_t, p_cpumask, 88);
AT(proc_usr_t, p_name, 216);

SIZE(priv_usr_t, 88);
AT(priv_usr_t, s_id, 0);
AT(priv_usr_t, s_warn, 4);
AT(priv_usr_t, s_level, 8);
AT(priv_usr_t, s_trap_mask, 12);
AT(priv_usr_t, s_ipc_from, 16);
AT(priv_usr_t, s_ipc_to, 48);
AT(priv_usr_t, s_call_mask, 80);

SIZE(node_usr_t, 96);
AT(node_usr_t, n_nodeid, 0);
AT(node_usr_t, n_flags, 4);
AT(node_usr_t, n_proxies, 8);
AT(node_usr_t, n_vms, 16);
AT(node_usr_t, n_pxsent, 48);
AT(node_usr_t, n_pxrcvd, 56);
AT(node_usr_t, n_stimestamp, 64);
AT(node_usr_t, n_rtimestamp, 72);
AT(node_usr_t, n_name, 80);

SIZE(struct m3ipc_call, 128);
AT(struct m3ipc_call, msg, 0);
AT(struct m3ipc_call, op, 64);
AT(struct m3ipc_call, peer, 68);
AT(struct m3ipc_call, timeout, 72);
AT(struct m3ipc_call, src_nr, 80);
AT(struct m3ipc_call, value, 84);
AT(struct m3ipc_call, reply_rc, 88);
AT(struct m3ipc_call, reserved, 92);
SIZE(struct m3ipc_page, 4096);
AT(struct m3ipc_page, call[30], 3840);
AT(struct m3ipc_page, id, 3968);
AT(struct m3ipc_page, id.vmid, 3976);
AT(struct m3ipc_page, id.endpoint, 3980);
SAME(M3IPC_OP_TAKEN, 0xffffffff);
SAME(M3IPC_OP_DONE, 0xfffffffe);

SIZE(struct m3ipc_iovec, 16);
AT(struct m3ipc_iovec, base, 0);
AT(struct m3ipc_iovec, len, 8);
SIZE(struct m3ipc_vcopy, 40);
AT(struct m3ipc_vcopy, src, 0);
AT(struct m3ipc_vcopy, dst, 4);
AT(struct m3ipc_vcopy, saddr, 8);
AT(struct m3ipc_vcopy, daddr, 16);
AT(struct m3ipc_vcopy, bytes, 24);
AT(struct m3ipc_vcopy, nr_src, 32);
AT(struct m3ipc_vcopy, nr_dst, 36);
SIZE(struct m3ipc_priv, 96);
AT(struct m3ipc_priv, vmid, 0);
AT(struct m3ipc_priv, endpoint, 4);
AT(struct m3ipc_priv, priv, 8);

/* The numbers have the sizes of the structures in them. */
SAME(M3IPC_IOC_SEND, 0xc080b501);
SAME(M3IPC_IOC_RECEIVE, 0xc080b502);
SAME(M3IPC_IOC_SENDREC, 0xc080b503);
SAME(M3IPC_IOC_RCVRQST, 0xc080b504);
SAME(M3IPC_IOC_REPLY, 0xc080b505);
SAME(M3IPC_IOC_REPLY_RCVRQST, 0xc080b506);
SAME(M3IPC_IOC_RELAY, 0xc080b507);
SAME(M3IPC_IOC_NOTIFY, 0xc080b508);
SAME(M3IPC_IOC_CANCEL, 0xc080b509);
SAME(M3IPC_IOC_SELF, 0x8018b510);
SAME(M3IPC_IOC_HDW_NOTIFY, 0x4010b511);
SAME(M3IPC_IOC_VCOPY, 0x4028b512);
SAME(M3IPC_IOC_BIND, 0xc018b520);
SAME(M3IPC_IOC_WAIT4BIND, 0xc010b521);
SAME(M3IPC_IOC_UNBIND, 0x4010b522);
SAME(M3IPC_IOC_GETEP, 0xc008b523);
SAME(M3IPC_IOC_GETPROCINFO, 0xc0e8b524);
SAME(M3IPC_IOC_SETPRIV, 0x4060b525);
SAME(M3IPC_IOC_GETPRIV, 0xc060b526);
SAME(M3IPC_IOC_GETVERSION, 0x8004b530);
SAME(M3IPC_IOC_DRVS_INIT, 0x4030b531);
SAME(M3IPC_IOC_DRVS_END, 0xb532);
SAME(M3IPC_IOC_GETDRVSINFO, 0x8030b533);
SAME(M3IPC_IOC_VM_INIT, 0x40b8b534);
SAME(M3IPC_IOC_VM_END, 0x4008b535);
SAME(M3IPC_IOC_GETVMINFO, 0xc0b8b536);
SAME(M3IPC_IOC_GETNODEINFO, 0xc060b537);
SAME(M3IPC_IOC_VM_DUMP, 0xb538);
SAME(M3IPC_IOC_PROC_DUMP, 0x4008b539);

/* Assignments that must compile in both languages */
static inline void m3ipc_abi_uses(void)
{
	static const VM_usr_t vm = VM_USR_INIT(3, "fifteen letters");
	message m;

	m.m1_p1 = &m;
	m.m9_t1.tv_sec = 1;
	m.m_raw[55] = 0;
	m.m3_ca1[39] = 0;
	(void)m;
	(void)vm;
	(void)MNX_ERR(-1001);
}
