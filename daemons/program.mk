# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program that is made of all sources of its folder, with daemons/common and
# libmolipc: all, install and clean.  Its Makefile says, and then includes this:
#
#	program		its name
#	libs		what it needs besides, as pkg-config calls it
#
# and may say:
#
#	cppflags	more for the preprocessor
#	cflags		more for the compiler, and when it is linked
#	ldlibs		more of our libraries
#	more		objects of sources elsewhere, to be found by vpath
#	bindir		where it is installed, if not in $(SBINDIR)
#	pages		its manual pages, if there is more than NAME.8
#
# What conf/ has for it as a unit of systemd is installed with it.  If there is
# more to install, that is a prerequisite of "install".

top := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))/..

-include $(top)/build.mk

PREFIX ?= /usr
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
MULTIARCH ?= $(shell $(CC) -print-multiarch)
LIBDIR ?= $(PREFIX)/lib$(addprefix /,$(MULTIARCH))
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
INSTALL ?= install
CFLAGS ?= -O2 -g -Wall -Wextra -Werror

bindir ?= $(SBINDIR)
pages ?= $(program).8
units := $(wildcard $(top)/conf/$(program).service \
	$(top)/conf/$(program)@.service)
# Where the programs are that the units start
places = -e 's|/usr/bin/m3ipc|$(BINDIR)/m3ipc|' \
	-e 's|/usr/sbin/m3ipc|$(SBINDIR)/m3ipc|'
objs := $(patsubst %.c,%.o,$(wildcard *.c)) $(more)
common := $(top)/daemons/common/libm3common.a
# The archive needs libconfuse.
all_libs := libconfuse $(libs)

program_cppflags := -I$(top)/daemons -I$(top)/libmolipc/include
program_cflags := -std=c11 $(shell pkg-config --cflags $(all_libs)) $(cflags)
program_ldlibs := $(common) -L$(top)/libmolipc $(ldlibs) -lmolipc \
	$(shell pkg-config --libs $(all_libs)) $(cflags)
# In the tree it runs with the library of the tree, wherever the tree is.
program_rpath := -Wl,-rpath,'$$ORIGIN/$(top)/libmolipc'
# Installed with it, unless that is where libraries are looked for anyway
installed_rpath = $(if $(filter /usr /usr/local,$(PREFIX)),,\
	-Wl,-rpath,$(LIBDIR))

.PHONY: all
all: $(program)

$(program): $(objs) $(common) $(top)/libmolipc/libmolipc.so
	$(call say,LD,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) $(program_rpath) -o $@ $(objs) \
		$(program_ldlibs)

# Always asked, as only its own folder knows what it is made of
.PHONY: FORCE
$(common): FORCE
	$(MAKE) -C $(@D)

$(top)/libmolipc/libmolipc.so:
	$(MAKE) -C $(@D)

%.o: %.c Makefile $(top)/daemons/program.mk
	$(call say,CC,$@)
	$(CC) $(CPPFLAGS) $(program_cppflags) $(cppflags) $(CFLAGS) \
		$(program_cflags) -MMD -MP -c -o $@ $<

.PHONY: install
install: all
	$(call say,INSTALL,$(program))
	$(INSTALL) -d $(DESTDIR)$(bindir)
	$(CC) $(CFLAGS) $(LDFLAGS) $(installed_rpath) \
		-o $(DESTDIR)$(bindir)/$(program) $(objs) $(program_ldlibs)
	set -e; for page in $(pages); do \
		$(INSTALL) -m 644 -D -t $(DESTDIR)$(MANDIR)/man$${page##*.} \
			$(top)/man/$$page; \
	done
	set -e; for unit in $(units); do \
		sed $(places) $$unit | $(INSTALL) -m 644 -D /dev/stdin \
			$(DESTDIR)$(UNITDIR)/$${unit##*/}; \
	done

.PHONY: clean
clean:
	$(RM) $(program) $(objs) $(objs:.o=.d)

-include $(objs:.o=.d)
