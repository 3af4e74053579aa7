// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/util.h"
#include "fs/call.h"
#include "fs_request.h"

/* Some more often than others: so there is something open, and names to it */
static const int requests[] = {
	FS_READ,     FS_READ,     FS_READ,    FS_READ,     FS_WRITE,
	FS_WRITE,    FS_WRITE,    FS_WRITE,   FS_OPEN,     FS_OPEN,
	FS_OPEN,     FS_OPEN,     FS_OPEN,    FS_OPEN,     FS_OPEN,
	FS_OPEN,     FS_CLOSE,    FS_LINK,    FS_UNLINK,   FS_CHDIR,
	FS_MKNOD,    FS_CHMOD,    FS_CHOWN,   FS_STAT,     FS_LSEEK,
	FS_MOUNT,    FS_UMOUNT,   FS_FSTAT,   FS_UTIME,    FS_ACCESS,
	FS_SYNC,     FS_RENAME,   FS_RENAME,  FS_MKDIR,    FS_MKDIR,
	FS_RMDIR,    FS_DUP,      FS_SYMLINK, FS_READLINK, FS_LSTAT,
	FS_IOCTL,    FS_FCNTL,    FS_FCNTL,   FS_UMASK,    FS_FORK,
	FS_EXEC,     FS_FCHMOD,   FS_FCHOWN,  FS_FUTIME,   FS_LCHOWN,
	FS_LUTIME,   FS_TRUNCATE, FS_FLOCK,   FS_FCHDIR,   FS_FTRUNCATE,
	FS_GETDENTS, FS_FSYNC,    FS_STATFS,  FS_FSTATFS,  FS_NEXTMOUNT,
	FS_NEXTFILE, FS_CHROOT,
};

static const char *any_path(void)
{
	static const char *const few[] = { "/a", "/b",   "/c",  "/d",
					   "/m", "/d/a", "/m/a" };
	static const char *const paths[] = {
		"a",     "d/b", "..",    ".",     "/",     "/d/e", "/d/e/",
		"e/a",   "/l",  "/d/l",  "/m/d",  "//d//", "/a/b", "root",
		"other", "",    "/m/..", "../..", "/x",
	};

	return hit(75) ? few[below(ARRAY_SIZE(few))] :
			 paths[below(ARRAY_SIZE(paths))];
}

/* A number that may hurt where one is */
static uint64_t any_value(void)
{
	switch (below(8)) {
	case 0:
		return UINT64_MAX - below(3);
	case 1:
		return UINT64_C(1) << below(64);
	case 2:
		return (uint64_t)INT64_MAX - below(3);
	case 3:
		return UINT32_MAX - below(3);
	case 4:
		return below(1 << 20);
	case 5:
		return below(5000);
	default:
		return below(8);
	}
}

static uint64_t any_address(void)
{
	return hit(95) ? WORLD_AT + below(WORLD_BYTES / 2) : any_value();
}

static uint32_t any_id(void)
{
	return hit(97) ? PROC_NO_ID : hit(50) ? 1000 : (uint32_t)any_value();
}

static int any_endpoint(void)
{
	return hit(80) ? world.clients[below(WORLD_CLIENTS)].endpoint :
			 (int)any_value();
}

uint64_t memory_put(struct client *c, const void *bytes, size_t n)
{
	const size_t at = below((unsigned int)(WORLD_BYTES - n));

	memcpy(c->memory + at, bytes, n);
	return WORLD_AT + at;
}

static void path_make(const struct client *c, message *m)
{
	static const uint32_t flags[] = {
		O_RDONLY,
		O_RDWR,
		O_RDWR | O_CREAT,
		O_RDWR | O_CREAT,
		O_RDWR | O_CREAT,
		O_RDWR | O_CREAT | O_EXCL,
		O_RDWR | O_CREAT | O_TRUNC,
		O_WRONLY | O_CREAT | O_APPEND,
	};
	/* Root says nothing of its secret, nor may it have another name. */
	const char *path = c->uid && hit(8) ? SECRET : any_path();
	fs_path_t arg = { .uid = any_id(), .gid = any_id() };

	arg.length = (uint32_t)strlen(path);
	if (m->m_type == FS_OPEN)
		arg.flags = flags[below(ARRAY_SIZE(flags))];
	if (hit(10))
		arg.flags = (uint32_t)any_value();
	if (m->m_type == FS_TRUNCATE)
		arg.wide = (int64_t)below(90000);
	else
		arg.value[0] = S_IFREG | 0600 | below(0200);
	if (hit(10))
		arg.wide = (int64_t)any_value();
	if (m->m_type == FS_READLINK && hit(70)) {
		arg.wide = (int64_t)any_address();
		arg.flags = below(100);
	}
	memcpy(arg.text, path, arg.length);
	if (arg.length && hit(5)) {
		arg.length = FS_SHORT + 1 + below(5000);
		arg.at = any_address();
	}
	com_put(m, &arg);
}

static void paths_make(message *m)
{
	const char *from = any_path(), *to = any_path();
	fs_paths_t arg = { .uid = any_id(), .gid = any_id() };

	if (m->m_type == FS_MOUNT && hit(70)) {
		from = "other";
		to = "/m";
	}
	arg.flags = hit(80) ? 0 : below(3);
	arg.length[0] = (uint16_t)strlen(from);
	arg.length[1] = (uint16_t)strlen(to);
	memcpy(arg.text, from, arg.length[0]);
	memcpy(arg.text + arg.length[0], to, arg.length[1]);
	if (hit(5)) {
		arg.length[below(2)] = (uint16_t)any_value();
		arg.at[0] = any_address();
		arg.at[1] = any_address();
	}
	com_put(m, &arg);
}

static void fd_make(message *m)
{
	fs_fd_t arg = { .fd = hit(95) ? (int)below(4) : (int)any_value(),
			.uid = any_id(),
			.gid = any_id(),
			.flags = hit(60) ? below(10) : (uint32_t)any_value() };

	if (hit(5))
		arg.owner = any_endpoint();
	arg.wide = hit(50) ? (int64_t)below(10) : (int64_t)any_value();
	com_put(m, &arg);
}

static void rw_make(struct client *c, message *m)
{
	struct iovec v[6];
	fs_rw_t arg = { .fd = hit(97) ? (int)below(4) : (int)any_value(),
			.at = any_address(),
			.bytes = hit(80) ? below(70000) : any_value(),
			.position = hit(60) ? -1 :
				    hit(80) ? (int64_t)below(90000) :
					      (int64_t)any_value() };

	if (hit(5))
		arg.owner = any_endpoint();
	if (hit(25)) {
		arg.nr = 1 + below(ARRAY_SIZE(v));
		for (unsigned int i = 0; i < arg.nr; i++)
			v[i] = (struct iovec){ (void *)(uintptr_t)any_address(),
					       hit(95) ? below(20000) :
							 any_value() };
		arg.at = memory_put(c, v, arg.nr * sizeof(v[0]));
		if (hit(5))
			arg.nr = (uint32_t)any_value();
	}
	com_put(m, &arg);
}

static void fcntl_make(message *m)
{
	fs_fcntl_t arg = { .fd = (int)below(4),
			   .command = hit(90) ? (int)below(10) :
						(int)any_value(),
			   .value = (int)any_value(),
			   .type = (int)below(4),
			   .whence = (int)below(4),
			   .start = (int64_t)any_value(),
			   .length = (int64_t)any_value() };

	if (hit(5))
		arg.owner = any_endpoint();
	com_put(m, &arg);
}

static void others_make(message *m)
{
	for (size_t i = 0; i < COM_BYTES; i++)
		m->m_raw[i] = (unsigned char)(hit(50) ? 0 : below(256));
	if (m->m_type == FS_FORK || m->m_type == FS_NEXTFILE)
		com_put(m, &((fs_file_t){ .endpoint = any_endpoint(),
					  .fd = (int)below(5) - 1 }));
}

message request_make(struct client *c)
{
	message m = { .m_source = c->endpoint };
	const struct call_row *row;

	m.m_type = hit(98) ? requests[below(ARRAY_SIZE(requests))] :
			     FS_BASE + (int)below(FS_END - FS_BASE);
	row = &call_rows[m.m_type - FS_BASE];
	if (row->has & CALL_PATH)
		path_make(c, &m);
	else if (row->has & CALL_PATHS)
		paths_make(&m);
	else if (row->has & (CALL_IN | CALL_OUT))
		rw_make(c, &m);
	else if (m.m_type == FS_FCNTL)
		fcntl_make(&m);
	else if (row->has & CALL_FD)
		fd_make(&m);
	else
		others_make(&m);
	/* Root might give its secret away by chance. */
	if (c->uid && hit(5))
		m.m_raw[below(COM_BYTES)] = (unsigned char)below(256);
	return m;
}
