/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ioctl() as the library needs it: 0 or a negative EMOL code, errno as it was
 * (primitives are called from signal handlers), and nothing around the system
 * call where that is worth the assembler.  MI_LIBC_IOCTL, which the unit tests
 * define, leaves a function that they can put a driver of their own behind.
 */
#ifndef _MI_IOCTL_H
#define _MI_IOCTL_H

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define mi_likely(x)   __builtin_expect(!!(x), 1)
#define mi_unlikely(x) __builtin_expect(!!(x), 0)

#if defined(__x86_64__) && !defined(__ILP32__) && !defined(MI_LIBC_IOCTL)

static inline int mi_ioctl(int fd, unsigned long request, unsigned long arg)
{
	long rc = SYS_ioctl;

	__asm__ volatile("syscall"
			 : "+a"(rc)
			 : "D"((long)fd), "S"(request), "d"(arg)
			 : "rcx", "r11", "memory");
	return rc;
}

#else

static inline int mi_ioctl(int fd, unsigned long request, unsigned long arg)
{
	int saved = errno;
	int rc = ioctl(fd, request, arg);

	if (rc < 0) {
		rc = -errno;
		errno = saved;
	}
	return rc;
}

#endif

#endif /* _MI_IOCTL_H */
