# SPDX-License-Identifier: BSD-2-Clause
# For GNU make and FreeBSD's make alike: the work is in tools/*.sh.
#
#   make            build the klds into obj/<arch>/ (ARCH=arm64, riscv64, i386;
#                   default: this machine's on FreeBSD, else amd64)
#   make run        build, load, move millions of buffers, unload, check
#   make test       everything that CI runs
#   make bench      measure (obj/bench.json)
#   make kld SRC=x.c OUT=x.ko   build a kld of yours against our headers
#   make load unload            on a running FreeBSD system
#   make install deinstall      into /boot/modules; DESTDIR=... another root's
# SYSDIR=/usr/src/sys KERNBUILDDIR=/usr/obj/.../GENERIC build for that kernel.

# BSD make hands variables of its command line to no child by itself.
SH=	ARCH='$(ARCH)' SYSDIR='$(SYSDIR)' KERNBUILDDIR='$(KERNBUILDDIR)' \
	FREEBSD_KERNEL='$(FREEBSD_KERNEL)' BENCH='$(BENCH)' sh

# BSD make would work in obj/ because it is there.
.OBJDIR: ./

all: klds

setup:
	@$(SH) tools/setup.sh

klds: setup
	@$(SH) tools/build.sh klds

kldhost: setup
	@$(SH) tools/build.sh kldhost

run: setup
	@$(SH) tools/run.sh

test: setup
	@$(SH) tools/test.sh

bench: setup
	@$(SH) tools/bench.sh

print-kld-cflags:
	@$(SH) tools/kld-cflags.sh

kld: setup
	@SRC='$(SRC)' OUT='$(OUT)' $(SH) tools/kld.sh

install load: klds
	@DESTDIR='$(DESTDIR)' $(SH) tools/freebsd.sh $@

unload deinstall:
	@DESTDIR='$(DESTDIR)' $(SH) tools/freebsd.sh $@

clean:
	rm -rf obj target

.PHONY: all setup klds kldhost run test bench print-kld-cflags kld load unload install deinstall clean
