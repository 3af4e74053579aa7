# SPDX-License-Identifier: GPL-2.0-or-later
#
# The entry points of m3ipc; "make help" lists them.

include build.mk

PREFIX ?= /usr
SRCDIR ?= $(PREFIX)/src

# Looked for once, and only when something is built for it
ifndef KVER
KVER = $(eval KVER := $(shell tests/vm/kver))$(KVER)
endif
headers = $(or $(KVER),$(error no kernel to build for))

test_dirs := $(patsubst %/Makefile,%,$(wildcard \
	tests/unit/Makefile tests/stage/Makefile tests/ipc/Makefile \
	tests/bench/Makefile tests/demo/Makefile tests/fuzz/Makefile \
	tests/sim/Makefile tests/cluster/Makefile \
	tests/servers/Makefile tests/files/Makefile))
# What daemons/program.mk builds
programs := $(filter-out daemons/common, \
	$(patsubst %/Makefile,%,$(wildcard daemons/*/Makefile))) proxies \
	tools tools/criu
install_dirs := driver libmolipc $(programs)

# With as many jobs as there are processors if nothing is said of jobs
build_some = +$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
build = $(build_some) all

.PHONY: all
all: module libmolipc $(programs) $(test_dirs)

.PHONY: help
help:
	@echo 'make deps         install the Debian packages that this needs'
	@echo 'make              build driver, library, command and tests'
	@echo 'make module       build the driver alone, for KVER=VERSION'
	@echo 'make run          build, and show what it does on this machine'
	@echo '                  (M3_VM=1: in the test VM even if not needed)'
	@echo 'make check        build, and run all tests, or with ONLY=PATTERN'
	@echo '                  those whose name matches (tests/check -l)'
	@echo 'make check-quick  build, and run some of all tests: 4 minutes'
	@echo 'make check-debug  run the tests of the driver under a kernel'
	@echo '                  that finds bugs, and is built once'
	@echo 'make check-cluster'
	@echo '                  run the tests of several nodes for longer'
	@echo 'make check-files  run the tests of files for longer'
	@echo 'make check-kernels'
	@echo '                  build the driver for kernels of backports'
	@echo 'make check-package'
	@echo '                  install the packages in a clean Debian, which'
	@echo '                  then boots'
	@echo 'make bench        measure, beside other mechanisms: build/bench'
	@echo 'make fuzz         mutate what programs read: FUZZ_SECONDS (60)'
	@echo 'make vm CMD=...   run a command in the test VM;'
	@echo '                  VMFLAGS=... for tests/vm/run'
	@echo 'make style        check how the source is written'
	@echo 'make install      install all, and the source of the driver'
	@echo '                  PREFIX (/usr), with DESTDIR=... before it'
	@echo 'make deb          build the Debian packages: build/deb'
	@echo 'make image        make a disk that boots, with the packages:'
	@echo '                  build/image'
	@echo 'make clean        remove what was built'
	@echo 'V=1               with any of these: show the commands'

.PHONY: deps
deps:
	@tests/deps

# What one target needs, and no more
.PHONY: deps-run deps-check deps-debug deps-kernels deps-style deps-deb
.PHONY: deps-package
deps-run deps-check deps-debug deps-kernels deps-style deps-deb \
deps-package: deps-%:
	@tests/deps $*

# kbuild knows what is out of date: always ask it.
.PHONY: module
module:
	@[ -e driver/m3ipc.ko ] && [ -z "$$(find driver -name '*.[ch]' \
		-newer driver/m3ipc.ko -print -quit)" ] || \
		{ :; $(patsubst @%,%,$(call say,KBUILD,driver/m3ipc.ko)); }
	$(MAKE) -C /lib/modules/$(headers)/build M='$(CURDIR)/driver' modules

# What was built with other flags, or is of another version, is not up to date,
# and the sub-folders do not see that.
.PHONY: flags
ifneq (n,$(findstring n,$(firstword -$(MAKEFLAGS))))
flags: used := $(VERSION) $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
flags:
	$(shell mkdir -p build)$(file >build/flags.new,$(used))
	@cmp -s build/flags.new build/flags || { \
		set -e; \
		for dir in libmolipc daemons/common $(programs) \
				$(test_dirs); do \
			$(MAKE) -C $$dir clean 2> build/clean.log || \
				{ cat build/clean.log; exit 1; }; \
		done; \
		mv build/flags.new build/flags; \
	}
endif

.PHONY: libmolipc daemons/common
libmolipc daemons/common: flags
	$(MAKE) -C $@

.PHONY: $(programs)
$(programs): libmolipc daemons/common
	$(MAKE) -C $@

.PHONY: $(test_dirs)
$(test_dirs): libmolipc tools
	$(MAKE) -C $@ KVER='$(KVER)'

tests/ipc tests/servers: tests/stage

.PHONY: run
run: deps-run
	$(build_some) module $(programs) tests/demo tests/cluster
	tests/vm/native -- tests/demo/run

.PHONY: check
check: export ONLY := $(value ONLY)
check: deps-check
	$(build)
	tests/check

.PHONY: check-quick
check-quick: deps-check
	$(build)
	tests/check-quick

.PHONY: vm
vm: export CMD := $(value CMD)
vm:
	@[ -n "$$CMD" ] || { echo "usage: make vm CMD='...'" >&2; exit 2; }
	$(build)
	tests/vm/run $(VMFLAGS) -- bash -c "$$CMD"

.PHONY: style
style: deps-style
	tests/style

.PHONY: check-debug
check-debug: deps-debug
	$(build)
	tests/check-debug

.PHONY: check-cluster
check-cluster: deps-check
	$(build)
	tests/check-cluster

.PHONY: check-files
check-files: deps-check
	$(build)
	tests/check-files

.PHONY: check-kernels
check-kernels: deps-kernels
	tests/check-kernels

.PHONY: check-package
check-package: deps-deb deps-package
	tests/check-package

.PHONY: image
image: deps-deb deps-package
	debian/build
	tests/package/image

.PHONY: fuzz
fuzz:
	$(MAKE) -C tests/fuzz fuzz

.PHONY: deb
deb: deps-deb
	@debian/build

.PHONY: bench
bench: deps-check
	$(build)
	tests/bench/measure

.PHONY: install
install: libmolipc $(programs)
	@set -e; for dir in $(install_dirs); do \
		$(MAKE) -C $$dir install DESTDIR='$(DESTDIR)'; \
	done
	@[ -n '$(DESTDIR)' ] || ldconfig
	@echo 'The driver is installed as source, and built by DKMS:' && \
		echo 'dkms install $(SRCDIR)/m3ipc-$(VERSION)'

.PHONY: clean
clean:
	$(RM) -r build
	set -e; for dir in $(test_dirs) daemons/common $(install_dirs); do \
		$(MAKE) -C $$dir clean; \
	done
