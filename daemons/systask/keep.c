// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keep.h"

#define FOLDER "/run/m3ipc"

static int keep_file(int vmid)
{
	char path[64];
	struct stat netns;

	if (stat("/proc/self/ns/net", &netns))
		return -1;
	if (mkdir(FOLDER, 0755) && errno != EEXIST)
		return -1;
	snprintf(path, sizeof(path), FOLDER "/systask-%llu-%d",
		 (unsigned long long)netns.st_ino, vmid);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

struct keep *keep_open(int vmid)
{
	struct keep *k = MAP_FAILED;
	int fd = keep_file(vmid);

	if (fd < 0)
		return NULL;
	if (!ftruncate(fd, sizeof(*k)))
		k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	close(fd);
	if (k == MAP_FAILED)
		return NULL;
	if (k->magic != KEEP_MAGIC) {
		memset(k, 0, sizeof(*k));
		k->magic = KEEP_MAGIC;
	}
	return k;
}

struct keep_proc *keep_proc(struct keep *k, int slot, int endpoint,
			    uint64_t incarnation)
{
	struct keep_proc *p = &k->proc[slot];

	if (p->endpoint != endpoint || p->incarnation != incarnation)
		*p = (struct keep_proc){ .incarnation = incarnation,
					 .endpoint = endpoint };
	return p;
}

static bool name_is(const struct keep_name *n, const struct pst_fact *fact)
{
	return n->fact.kind && n->fact.endpoint == fact->endpoint &&
	       !strcmp(n->fact.text, fact->text);
}

bool keep_name(struct keep *k, const struct pst_fact *fact)
{
	keep_no_name(k, fact);
	for (size_t i = 0; i < KEEP_NAMES; i++) {
		if (!k->name[i].fact.kind) {
			k->name[i].fact = *fact;
			return true;
		}
	}
	return false;
}

void keep_no_name(struct keep *k, const struct pst_fact *fact)
{
	for (size_t i = 0; i < KEEP_NAMES; i++)
		if (name_is(&k->name[i], fact))
			k->name[i].fact.kind = 0;
}
