/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test_compat and the 32-bit program that it runs have agreed upon.
 */
#ifndef TESTS_IPC_COMPAT32_H
#define TESTS_IPC_COMPAT32_H

#define COMPAT_NR 115
#define COMPAT_MS 20000

#endif /* TESTS_IPC_COMPAT32_H */
