/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libmol share */
#ifndef MOL_INTERNAL_H
#define MOL_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include <molipc/molipc.h>
#include <molipc/pm.h>

#define MOL_HIDDEN __attribute__((visibility("hidden")))

/* 0, or -1 and errno for an error of a call or an answer */
MOL_HIDDEN int mol_result(int rc);
/*
 * One request to PM: 0 and its answer in "m", or -1 and errno.  Signals come
 * before it or after it; but not if it may wait for long: EINTR.
 */
MOL_HIDDEN int mol_ask(int type, message *m);
MOL_HIDDEN int mol_ask_long(int type, message *m);
/* One to IS, which a signal ends */
MOL_HIDDEN int mol_ask_is(int type, message *m);

/*
 * One to FS, likewise: what may have been done when FS or the way to it has
 * gone, and would do harm twice, is EIO.  "Long" is what a signal ends: EINTR.
 */
MOL_HIDDEN int mol_ask_fs(int type, message *m);
MOL_HIDDEN int mol_ask_fs_long(int type, message *m);

/* What this process has of FS: descriptors, directories, umask */
enum mol_files {
	MOL_FILES_UNKNOWN, /* what its program had before: FS knows */
	MOL_FILES_NONE,
	MOL_FILES_SOME, /* perhaps: it, or who has forked it, has asked FS */
};
MOL_HIDDEN enum mol_files mol_files(void);
/* FS has said so of one of whom it was not known. */
MOL_HIDDEN void mol_files_none(void);
/* A request that is made once, and changes nothing of that */
MOL_HIDDEN int mol_ask_fs_once(int type, message *m);

/*
 * Another program comes: PM knows, and FS, which closes what does not go along.
 * 0, or -1 and errno, and none may come.
 */
MOL_HIDDEN int mol_exec_tell(void);

/* In a child, and before another program: no wait has been answered yet. */
MOL_HIDDEN void mol_wait_begin(void);

/*
 * Children that the caller has forked: pid of the VM, and of Linux, which wants
 * to be waited for, too.  Signals are blocked meanwhile, as handlers wait.
 */
MOL_HIDDEN int mol_children_add(pid_t pid, pid_t linux_pid);
/* It has been waited for, and goes for Linux, too. */
MOL_HIDDEN void mol_children_reap(pid_t pid);
/* So have all. */
MOL_HIDDEN void mol_children_reap_all(void);
/* Of a child that has forked: it has none. */
MOL_HIDDEN void mol_children_forget(void);
/*
 * One that has ended for Linux, from number *nr on, which goes on behind it, or
 * 0: PM will hear of it.
 */
MOL_HIDDEN pid_t mol_children_ended(size_t *nr);
/* The other number of one that has not been waited for, or 0 */
MOL_HIDDEN pid_t mol_children_linux(pid_t pid);
MOL_HIDDEN pid_t mol_children_pid(pid_t linux_pid);
/* Both of number "nr"; false: there are not so many. */
MOL_HIDDEN bool mol_children_get(size_t nr, pid_t *pid, pid_t *linux_pid);

#endif /* MOL_INTERNAL_H */
