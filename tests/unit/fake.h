/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/m3ipc as libmolipc sees it, inside the test's process.
 *
 * The linker puts it in the place of open(), ioctl() and mmap() (--wrap).  It
 * keeps bindings and their message pages, checks "op" and knows suspended calls
 * as m3ipc.h says, and leaves what a call does to the test.
 */
#ifndef _TEST_FAKE_H
#define _TEST_FAKE_H

#include <stdbool.h>

#include <molipc/molipc.h>

/* A call waits; fake.signal runs as a handler, and the call goes on. */
#define FAKE_RESTART 1
/* The same, but then it is abandoned: EINTR. */
#define FAKE_INTERRUPT 2

struct fake {
	/* what the test wants */
	uint32_t version;
	int open_errno;  /* of open(), or 0 */
	int error;       /* of all ioctls but primitives, as -errno */
	const void *out; /* what such an ioctl returns, or NULL */
	int stranger;    /* how other files refuse, as -errno */
	void (*signal)(void);

	/* What a primitive does: 0, -errno or FAKE_*; NULL: nothing, 0. */
	int (*primitive)(unsigned int nr, struct m3ipc_call *call);

	/* what the library did */
	int opens;
	int open_flags;
	int fd;        /* that open() returned */
	int strangers; /* ioctls on another file */
	int mmaps;
	int nr_selfs;
	int nr_cancels;
	int nr_primitives;      /* that passed the check of op */
	unsigned long request;  /* the last, but for SELF and GETVERSION */
	unsigned long arg;      /* of the last primitive */
	struct m3ipc_call call; /* the slot of the last primitive, as given */
	union {                 /* the argument of the last other ioctl */
		unsigned char bytes[2048];
		drvs_usr_t drvs;
		VM_usr_t vm;
		proc_usr_t proc;
		node_usr_t node;
		struct m3ipc_vmid vmid;
		struct m3ipc_bind bind;
		struct m3ipc_wait4bind wait4bind;
		struct m3ipc_unbind unbind;
		struct m3ipc_getep getep;
		struct m3ipc_hdw_notify hdw_notify;
		struct m3ipc_vcopy vcopy;
		struct m3ipc_priv priv;
		struct m3ipc_owners owners;
		struct m3ipc_getevents getevents;
		struct m3ipc_wait4ep wait4ep;
		struct m3ipc_wakeup wakeup;
		struct m3ipc_lease lease;
		struct m3ipc_rmtbind rmtbind;
		struct m3ipc_vmnode vmnode;
		struct m3ipc_proxies_bind proxies_bind;
		struct m3ipc_proxy_timeout timeout;
		struct m3ipc_pxid pxid;
		struct m3ipc_proxyinfo proxyinfo;
		struct m3ipc_node link;
		struct m3ipc_batch batch;
	} in;
};

extern struct fake fake;

/* For each test: nothing is bound. */
void fake_reset(void);

/* Binds this process (0) or a thread of it; returns its endpoint. */
int fake_bind(int tid);
void fake_unbind(int tid);

/* The page of a binding, as the driver sees it */
struct m3ipc_page *fake_page(int tid);

#endif /* _TEST_FAKE_H */
