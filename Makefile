# SPDX-License-Identifier: BSD-2-Clause
# For GNU make and FreeBSD's make alike: the work is in tools/*.sh.
#
#   make            build the klds into obj/<arch>/ (ARCH=arm64, riscv64, i386;
#                   default: this machine's on FreeBSD, else amd64)
#   make run        build, load, move millions of buffers, unload, check
#   make test       everything that CI runs
#   make test-mt76  Linux's mt76 core on our klds in kldhost (MT76_ARGS, RUN_ARGS;
#                   POOL=stub: on FreeBSD's design of a page_pool)
#   make bench-mt76 what a received frame costs there
#   make bench      measure (obj/bench.json)
#   make report     one page of all that was measured (obj/report/report.html)
#   make soak       50 million buffers of random pools over eight threads
#                   (BUFFERS, SEED; FREEBSD_KERNEL=PATH: there, five minutes)
#   make sanitize   under ThreadSanitizer and AddressSanitizer, or Miri (SANITIZER,
#                   BUFFERS)
#   make fuzz       ten minutes of call sequences (FUZZ_SECONDS)
#   make kld SRC=x.c OUT=x.ko   build a kld of yours against our headers
#   make ppstat     obj/ppstat: shows pools, of this FreeBSD or of a kldhost
#   make linuxkpi   LinuxKPI with our struct page, from the tree of a system
#                   (SYSDIR, KERNBUILDDIR); DRIVERS="iwlwifi ...": these as well
#   make mt76       that tree's mt76 drivers on it
#   make load unload            on a running FreeBSD system
#   make install deinstall      klds, manuals, ppstat (PARTS, PREFIX); DESTDIR=... another root's
#   make drm-check DRM_KMOD=<tree>   does drm-kmod compile with our struct page?
# SYSDIR=/usr/src/sys KERNBUILDDIR=/usr/obj/.../GENERIC build for that kernel.

# BSD make hands variables of its command line to no child by itself.
SH=	ARCH='$(ARCH)' SYSDIR='$(SYSDIR)' KERNBUILDDIR='$(KERNBUILDDIR)' \
	FREEBSD_KERNEL='$(FREEBSD_KERNEL)' BENCH='$(BENCH)' DRIVERS='$(DRIVERS)' \
	BUFFERS='$(BUFFERS)' SEED='$(SEED)' SANITIZER='$(SANITIZER)' \
	FUZZ_SECONDS='$(FUZZ_SECONDS)' MT76_ARGS='$(MT76_ARGS)' \
	RUN_ARGS='$(RUN_ARGS)' POOL='$(POOL)' sh

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

test-mt76: setup
	@$(SH) tools/test-mt76.sh

bench: setup
	@$(SH) tools/bench.sh

bench-mt76: setup
	@$(SH) tools/bench-mt76.sh

report: setup
	@$(SH) tools/report.sh

soak: setup
	@$(SH) tools/soak.sh

sanitize: setup
	@$(SH) tools/sanitize.sh

fuzz: setup
	@$(SH) tools/fuzz.sh

print-kld-cflags:
	@$(SH) tools/kld-cflags.sh

ppstat: setup
	@$(SH) tools/ppstat.sh

kld: setup
	@SRC='$(SRC)' OUT='$(OUT)' $(SH) tools/kld.sh

linuxkpi mt76: klds
	@$(SH) tools/linuxkpi.sh $@

drm-check: setup
	@DRM_KMOD='$(DRM_KMOD)' DRM_FILES='$(DRM_FILES)' $(SH) tools/drm-check.sh

install load: klds
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' PARTS='$(PARTS)' $(SH) tools/freebsd.sh $@

unload deinstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' PARTS='$(PARTS)' $(SH) tools/freebsd.sh $@

clean:
	rm -rf obj target

.PHONY: all setup klds kldhost run test test-mt76 bench bench-mt76 soak sanitize fuzz print-kld-cflags kld linuxkpi mt76 load unload install deinstall drm-check clean ppstat report
