/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What actors ask SYSTASK, for more than one of its tests */
#ifndef SERVERS_ASKS_H
#define SERVERS_ASKS_H

#include "server.h"

/* The slots of a server and of a user, and how many users' there are */
#define SERVER 10
#define USER   40
#define USERS  (NR_PROCS - FIRST_USER_NR)

/* Of a child, which stays unless the call's value is set */
int ask_fork(struct call *call);
/* In so many ms; how many were left of the one before */
int set_alarm(struct call *call);
/* What comes within so many ms */
int wait_alarm(struct call *call);
/* The message as it is, which it answers with a type */
int ask_raw(struct call *call);

/* With the name that the message has; text_of() puts it there. */
int publish(struct call *call);
int withdraw(struct call *call);
int lookup(struct call *call);
/* The peer is listed by that name, whatever its program is called. */
int is_named(struct call *call);
/* It gets that name, and is listed by it. */
int name_it(struct call *call);
message text_of(const char *text);

#define PUBLISH(a, text)     ASK(a, publish, .m = text_of(text))
#define WITHDRAW(a, text)    ASK(a, withdraw, .m = text_of(text))
#define LOOKUP(a, text, ms_) ASK(a, lookup, .m = text_of(text), .ms = (ms_))

#endif /* SERVERS_ASKS_H */
