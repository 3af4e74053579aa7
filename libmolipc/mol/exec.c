// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * exec: the program that comes has the endpoint, and the entries of PM and FS,
 * of the one that was.  Of what the library knew it knows nothing.
 */
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/fs.h>

#include "internal.h"

int mol_exec_tell(void)
{
	message m;

	com_put(&m, &((pm_exec_t){ "" }));
	if (mol_ask(PM_EXEC, &m))
		return -1;
	com_put(&m, &((fs_fork_t){ .endpoint = 0 }));
	if (mol_files() == MOL_FILES_SOME)
		mol_ask_fs(FS_EXEC, &m);
	mol_wait_begin();
	return 0;
}

int mol_execve(const char *path, char *const argv[], char *const envp[])
{
	if (access(path, X_OK) || mol_exec_tell())
		return -1;
	return execve(path, argv, envp);
}
