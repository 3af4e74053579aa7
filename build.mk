# SPDX-License-Identifier: GPL-2.0-or-later
#
# What all builds of user-space code share.  Sub-folders take it in with
# -include and can do without it.
#
#	WERROR=		a warning is no error
#	CFLAGS=...	instead of these
#	V=1		the commands, instead of a line for each file

WERROR ?= -Werror
# Without the notes on what GCC 4.6 has changed in passing aligned structs
CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wno-psabi $(WERROR)
VERSION := $(shell cat $(dir $(lastword $(MAKEFILE_LIST)))VERSION)

# $(call say,CC,FILE) is a line of a recipe, before what makes the file.  What
# has nothing to do says nothing.
ifneq (1,$(V))
MAKEFLAGS += -s
top_folder := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
in_top = $(patsubst $(top_folder)/%,%,$(abspath $(1)))
say = @printf '  %-7s %s\n' '$(1)' '$(call in_top,$(2))'
endif
