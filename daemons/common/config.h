/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/m3ipc.conf, read and checked: m3ipc.conf(5) says what it may hold.
 *
 * A configuration that config_read() returns is complete and without
 * contradictions: all defaults are filled in, all nodes that it names exist,
 * and the driver accepts its sizes.  Files that it names (keys, images,
 * programs) are not looked at; who uses them does that.
 *
 * Strings are NULL where the configuration says nothing and there is no
 * default; lists of strings end with NULL, and are NULL if they are empty.
 * Everything belongs to the configuration and goes with it.
 *
 * There is no state outside of it, but libconfuse has some while it reads: one
 * thread of a program at a time may be in config_read().
 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <molipc/m3ipc.h>

#define CONFIG_PATH "/etc/m3ipc.conf"

/* A key of CURVE, as libzmq writes it: Z85 */
#define CONFIG_KEY_LENGTH 40
/* Of the name of a cluster, at most */
#define CONFIG_CLUSTER_LENGTH 63
/* Where the secret key of a node is if nobody says otherwise */
#define CONFIG_SECRET_KEY "/etc/m3ipc/node.key"

struct config_node {
	char *name;
	int32_t id;
	char *address; /* or NULL, if there is one node */
	int32_t port;
	char *public_key; /* or NULL */
};

struct config_proxy {
	int32_t port;         /* of node 0; that of node n is n more */
	char *secret_key;     /* path of the file */
	int32_t link_timeout; /* ms of silence that break a link */
	int32_t heartbeat;    /* ms between signs of life, at most half of it */
	int32_t high_water;   /* messages that ZeroMQ holds for a peer */
	bool insecure;        /* without keys */
	int32_t maxbytes;     /* of payload at once, at least d_max_copybuf */
	int32_t batch;        /* commands at once */
};

enum config_disk_mode {
	CONFIG_DISK_EMPTY, /* no image: zeros at first */
	CONFIG_DISK_READ_ONLY,
	CONFIG_DISK_COPY, /* of the image, in memory */
	CONFIG_DISK_SYNC, /* changes are written to the image */
};

/* A disk of the memory driver: a size, or an image and how it is used */
struct config_disk {
	char *name;
	char *image;
	int64_t size; /* bytes; 0: as large as the image */
	enum config_disk_mode mode;
	char **replicas; /* nodes that have it, with the memory's own */
};

/* Servers of a VM: each of a kind is on another node, but for init's. */

struct config_memory {
	char *node;
	struct config_disk *disks;
	size_t nr_disks;
};

struct config_fs {
	char *node;
	char **backup; /* nodes */
	char *root;    /* a disk of the VM, or the path of an image; or NULL */
	int64_t cache; /* bytes, of each file system */
};

struct config_pm {
	char *node;
	char **backup;
};

/* For whom INIT starts programs that others ask for */
enum config_rexec {
	CONFIG_REXEC_NONE,
	CONFIG_REXEC_USERS, /* but root */
	CONFIG_REXEC_ALL,
};

struct config_init {
	char *node;
	char **run;     /* commands, once */
	char **respawn; /* commands, started again when they end */
	char *user;     /* as whom */
	enum config_rexec rexec;
};

struct config_is {
	char *node;
};

enum config_membership {
	CONFIG_SINGLE, /* one node, no group */
	CONFIG_COROSYNC,
	CONFIG_NONE, /* several nodes, whose processes are entered by hand */
};

struct config_vm {
	char *name;
	VM_usr_t usr; /* ready for mnx_vm_init() */
	char **nodes; /* of vm_nodes, by name */
	bool linger;  /* not VM_FLAG_NOLINGER */
	enum config_membership membership;
	int64_t memory_max; /* bytes of its programs at a node; 0: any number */
	int32_t cpu_max;    /* percent of a processor, likewise */
	bool redo;          /* a backup gets requests that its primary left */
	struct config_memory *memories;
	size_t nr_memories;
	struct config_fs *fss;
	size_t nr_fss;
	struct config_pm *pms;
	size_t nr_pms;
	struct config_init *inits;
	size_t nr_inits;
	struct config_is *iss;
	size_t nr_iss;
};

struct config {
	char *cluster;
	char *local;     /* name of this node */
	drvs_usr_t drvs; /* ready for mnx_drvs_init(), as this node */
	struct config_proxy proxy;
	struct config_node *nodes;
	size_t nr_nodes;
	struct config_vm *vms;
	size_t nr_vms;
};

/*
 * Reads a file and those that it includes.  Writes a line for each error to
 * "errors", such as
 *
 *	/etc/m3ipc.conf:12: node "node1": id = 64: must be 0..31
 *
 * and returns NULL if there was one; else config_free() is for the result.
 * Which node this one is, is what "local" in the file says, else the variable
 * M3IPC_NODE of the environment, else the host name.  Without memory the
 * program is aborted.
 */
struct config *config_read(const char *path, FILE *errors);
void config_free(struct config *config);

/* The node of that name, NULL if there is none */
const struct config_node *config_find_node(const struct config *config,
					   const char *name);

/* This node */
const struct config_node *config_local(const struct config *config);

/*
 * The memory that runs at that node of the VM: its own, or one of whose disks
 * it has a replica.  NULL: there is none.
 */
const struct config_memory *config_memory_at(const struct config_vm *vm,
					     const char *node);

/*
 * The other nodes one after the other: the next after "peer", the first after
 * NULL; NULL after the last.
 */
const struct config_node *config_next_peer(const struct config *config,
					   const struct config_node *peer);

/*
 * Who wants to print a configuration.  Names are those of the file; what has
 * no value is left out.
 */
struct config_visitor {
	/* Sections of this name may follow, any number; may be NULL */
	void (*kind)(void *arg, const char *name);
	/* A section, up to its leave(); "only": it is no kind */
	void (*enter)(void *arg, const char *name, const char *title,
		      bool only);
	void (*leave)(void *arg);
	void (*number)(void *arg, const char *name, int64_t number);
	void (*boolean)(void *arg, const char *name, bool value);
	void (*text)(void *arg, const char *name, const char *text);
	void (*list)(void *arg, const char *name, char *const *texts);
	/* M3IPC_CPU_WORDS */
	void (*cpus)(void *arg, const char *name, const uint64_t *words);
};

void config_visit(const struct config *config,
		  const struct config_visitor *visitor, void *arg);

#endif /* COMMON_CONFIG_H */
