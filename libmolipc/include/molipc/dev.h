/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to drivers of devices, of which MEMORY, in slot MEM_PROC_NR of a
 * node of the VM, is one: numbers and layouts, for who makes them with
 * mnx_sendrec() or answers them.
 *
 * A device is a number of bytes, from position 0 on.  It is one of those that
 * a driver has, which are called minors.
 *
 * WHO ASKS
 *	A process of the VM, of any node, that has opened the device.  Disks are
 *	for those in system slots and for root's; their driver knows by the
 *	kernel who asks.
 *
 * DATA
 *	moves between the driver and the asker's memory while that waits for
 *	its answer, in one copy where the device is in memory.
 *
 * OPENING
 *	lasts until DEV_CLOSE, or the end of the endpoint that did it, or of
 *	the driver: a new one answers -EBADF to who has not opened the device
 *	with itself, and who is told that opens it again.  An endpoint has one
 *	opening of a device; to open it anew replaces that.
 *	Who opens for writing has the device alone: that is -EBUSY for who comes
 *	later, and while somebody has it open for reading.  Several endpoints of
 *	one program share an opening by its key.
 *
 * ANSWERS
 *	OK, or an error as -errno; an answer has the layout of its request; and
 *	of all
 *
 *	EMOLBADCALL	there is no such request
 *	-ENXIO		there is no such minor, or name
 *	-EBADF		the asker has not opened the device, or not for writing
 *	-EINVAL		a position or a length is negative or too large, or
 *			what is reserved is not 0
 *	-EFAULT		there is no memory at an address of the asker
 *	-EIO		the device has failed; the driver's log says where
 *	EMOLPROCSTS	the asker was stopped, or in a signal handler, when data
 *			was to move: it asks again
 */
#ifndef _MOLIPC_DEV_H
#define _MOLIPC_DEV_H

#include <molipc/com.h>

/* Numbers: those that MINIX 3 has are its */
#define DEV_READ    (DEV_BASE + 3)
#define DEV_WRITE   (DEV_BASE + 4)
#define DEV_IOCTL   (DEV_BASE + 5)
#define DEV_OPEN    (DEV_BASE + 6)
#define DEV_CLOSE   (DEV_BASE + 7)
#define DEV_SCATTER (DEV_BASE + 8) /* writes */
#define DEV_GATHER  (DEV_BASE + 9) /* reads */
#define DEV_COMMIT  (DEV_BASE + 32)

/* Minors of MEMORY: the first ones are MINIX's */
#define DEV_MINOR_RAM  0 /* the first disk that is kept in memory */
#define DEV_MINOR_MEM  1 /* of the machine: -EPERM */
#define DEV_MINOR_KMEM 2 /* of its kernel: -EPERM */
#define DEV_MINOR_NULL 3 /* it is empty, and takes everything */
#define DEV_MINOR_BOOT 4 /* the first disk that has an image */
#define DEV_MINOR_ZERO 5 /* it has no end, and takes everything */
#define DEV_MINOR_DISK 8 /* the disks of the configuration, in their order */

/* DEV_OPEN: a disk by its name */
#define DEV_MINOR_NAMED (-1)

/* Of the name of a disk, with the final NUL */
#define DEV_NAME_LEN 32

/* What one request moves at most, in bytes and pieces */
#define DEV_BYTES_MAX  (4 << 20)
#define DEV_VECTOR_MAX 1024
#define DEV_COMMIT_MAX 1024

enum dev_flag {
	DEV_WRITABLE = 1 << 0,  /* in: to write, too */
	DEV_READ_ONLY = 1 << 1, /* out: nobody may write */
	DEV_COMMITS = 1 << 2,   /* out: it has DEV_COMMIT */
	DEV_LASTS = 1 << 3,     /* out: what is on it outlasts the driver */
};

/*
 * OPEN.  The answer has all: the minor also of a disk that was named.
 * CLOSE: of the request, the minor.  The last one flushes the device.
 *
 *	-EACCES		disks are not for the asker
 *	-EAGAIN		the driver has no room for another opening
 *	-EBUSY		another has opened it for writing; or, who wants that,
 *			another has opened it
 *	-EINVAL		unknown flags, or a name without an end
 *	-EKEYREJECTED	there is no opening with that key
 *	-EPERM		nobody may open it
 *	-EROFS		nobody may write it
 */
typedef struct {
	int32_t minor;
	uint32_t flags; /* enum dev_flag */
	uint64_t key;   /* in: an opening to share, or 0; out: of this one */
	int64_t bytes;  /* out: the size, which does not change */
	char name[DEV_NAME_LEN]; /* of DEV_MINOR_NAMED; else empty */
} dev_open_t;
COM_ASSERT(dev_open_t);

/*
 * READ, WRITE: "bytes" at "position" from or to "address".  The answer has in
 * "bytes" how many were moved: fewer, or 0, where the device ends.  After an
 * error part of them may have been.
 */
typedef struct {
	int64_t position;
	uint64_t address;
	int64_t bytes; /* 0 ... DEV_BYTES_MAX */
	int32_t minor;
	int32_t reserved;
} dev_io_t;
COM_ASSERT(dev_io_t);

/*
 * GATHER: reads, SCATTER: writes what is one piece on the device and "nr" in
 * the asker's memory, where "address" has an array of dev_iovec_t, which is
 * laid out as struct iovec.  All else is as of READ and WRITE.
 *
 * COMMIT: "address" has an array of dev_piece_t, which are written in their
 * order.  All of them are, or none: also when the driver, or its machine, ends
 * in the middle, as far as the device outlasts that (DEV_LASTS).  All that was
 * written before is on it then, too.  After -EIO all of them may be written
 * once the driver is started anew, or none.
 *
 *	-EINVAL		a piece is not within the device
 *	-EOPNOTSUPP	the device has no DEV_COMMIT
 */
typedef struct {
	int64_t position; /* COMMIT: 0 */
	uint64_t address;
	int64_t bytes; /* out; in: 0 */
	int32_t nr;    /* 1 ... DEV_VECTOR_MAX; 1 ... DEV_COMMIT_MAX */
	int32_t minor;
} dev_vector_t;
COM_ASSERT(dev_vector_t);

typedef struct {
	uint64_t address;
	uint64_t bytes; /* of all together: DEV_BYTES_MAX at most */
} dev_iovec_t;

typedef struct {
	int64_t position;
	uint64_t address;
	uint32_t bytes; /* of all together: DEV_BYTES_MAX at most */
	uint32_t reserved;
} dev_piece_t;

/*
 * IOCTL
 *
 *	-ENOTTY		there is no such request of this device
 */
typedef struct {
	int32_t minor;
	int32_t request; /* enum dev_request */
	int64_t value;   /* in: 0 */
} dev_ioctl_t;
COM_ASSERT(dev_ioctl_t);

enum dev_request {
	DIOC_FLUSH = 1, /* What was written before outlasts the driver. */
	DIOC_SIZE = 2,  /* out: bytes */
};

#endif /* _MOLIPC_DEV_H */
