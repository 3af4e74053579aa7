# SPDX-License-Identifier: GPL-2.0-or-later
#
# What all builds of user-space code share.  Sub-folders take it in with
# -include and can do without it.
#
#	WERROR=		a warning is no error
#	CFLAGS=...	instead of these

WERROR ?= -Werror
# Without the notes on what GCC 4.6 has changed in passing aligned structs
CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wno-psabi $(WERROR)
VERSION := $(shell cat $(dir $(lastword $(MAKEFILE_LIST)))VERSION)
