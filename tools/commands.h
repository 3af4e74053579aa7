/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of commands calls: cmd_ and the name of the command.  Each
 * returns the exit status.
 */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

#include "args.h"

/* node.c */
int cmd_node_init(const struct args *args);
int cmd_node_end(const struct args *args);
int cmd_node_list(const struct args *args);
int cmd_node_show(const struct args *args);
int cmd_node_add(const struct args *args);
int cmd_node_del(const struct args *args);
int cmd_node_forget(const struct args *args);

/* proxy.c */
int cmd_proxy_list(const struct args *args);
int cmd_proxy_show(const struct args *args);

/* vm.c */
int cmd_vm_init(const struct args *args);
int cmd_vm_end(const struct args *args);
int cmd_vm_list(const struct args *args);
int cmd_vm_show(const struct args *args);

/* proc.c */
int cmd_proc_list(const struct args *args);
int cmd_proc_show(const struct args *args);
int cmd_proc_bind(const struct args *args);
int cmd_proc_unbind(const struct args *args);

/* priv.c */
int cmd_priv_show(const struct args *args);
int cmd_priv_set(const struct args *args);

/* graph.c */
int cmd_graph(const struct args *args);

/* top.c */
int cmd_top(const struct args *args);

/* trace.c */
int cmd_trace(const struct args *args);

/* msg.c */
int cmd_send(const struct args *args);
int cmd_recv(const struct args *args);
int cmd_call(const struct args *args);
int cmd_notify(const struct args *args);

/* serve.c */
int cmd_serve(const struct args *args);

/* run.c */
int cmd_run(const struct args *args);

/* up.c */
int cmd_up(const struct args *args);

/* down.c */
int cmd_down(const struct args *args);

/* status.c */
int cmd_status(const struct args *args);

/* group.c */
int cmd_slots(const struct args *args);
int cmd_vm_forget(const struct args *args);
int cmd_vm_found(const struct args *args);
int cmd_migrate(const struct args *args);
int cmd_promote(const struct args *args);

/* live_take.c */
int cmd_live(const struct args *args);

/* ps.c */
int cmd_ps(const struct args *args);

/* kill.c */
int cmd_kill(const struct args *args);

/* name.c */
int cmd_name_list(const struct args *args);
int cmd_name_lookup(const struct args *args);
int cmd_wait(const struct args *args);

/* fs.c */
int cmd_fs(const struct args *args);

/* files.c */
int cmd_put(const struct args *args);
int cmd_get(const struct args *args);
int cmd_ls(const struct args *args);

/* config.c */
int cmd_check_config(const struct args *args);

/* corosync.c */
int cmd_corosync_conf(const struct args *args);

/* keygen.c */
int cmd_keygen(const struct args *args);

#endif /* TOOLS_COMMANDS_H */
