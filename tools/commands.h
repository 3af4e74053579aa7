/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table in main.c calls: each returns the exit status. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

#include "args.h"

/* node.c */
int node_init(const struct args *args);
int node_end(const struct args *args);
int node_list(const struct args *args);
int node_show(const struct args *args);
int node_add(const struct args *args);
int node_del(const struct args *args);
int node_forget(const struct args *args);

/* proxy.c */
int proxy_list(const struct args *args);
int proxy_show(const struct args *args);

/* vm.c */
int vm_init(const struct args *args);
int vm_end(const struct args *args);
int vm_list(const struct args *args);
int vm_show(const struct args *args);

/* proc.c */
int proc_list(const struct args *args);
int proc_show(const struct args *args);
int proc_bind(const struct args *args);
int proc_unbind(const struct args *args);

/* priv.c */
int priv_show(const struct args *args);
int priv_set(const struct args *args);

/* graph.c */
int graph(const struct args *args);

/* top.c */
int top(const struct args *args);

/* trace.c */
int trace(const struct args *args);

/* msg.c */
int msg_send(const struct args *args);
int msg_recv(const struct args *args);
int msg_call(const struct args *args);
int msg_notify(const struct args *args);

/* serve.c */
int serve(const struct args *args);

/* up.c */
int config_up(const struct args *args);
int config_down(const struct args *args);

/* status.c */
int config_status(const struct args *args);

/* config.c */
int check_config(const struct args *args);

/* keygen.c */
int keygen(const struct args *args);

#endif /* TOOLS_COMMANDS_H */
