# SPDX-License-Identifier: BSD-2-Clause
# For GNU make and FreeBSD's make alike: the work is in tools/*.sh.
#
#   make            build the klds into obj/amd64/
#   make run        build, load, move millions of buffers, unload, check
#   make test       everything that CI runs
#   make bench      measure (obj/bench.json)
#   make kld SRC=x.c OUT=x.ko   build a kld of yours against our headers
#   make load unload install    on a running FreeBSD system
# SYSDIR=/usr/src/sys KERNBUILDDIR=/usr/obj/.../GENERIC build for that kernel.

all: klds

setup:
	@sh tools/setup.sh

klds: setup
	@sh tools/build.sh klds

kldhost: setup
	@sh tools/build.sh kldhost

run: setup
	@sh tools/run.sh

test: setup
	@sh tools/test.sh

bench: setup
	@sh tools/bench.sh

print-kld-cflags:
	@sh tools/kld-cflags.sh

kld: setup
	@SRC='$(SRC)' OUT='$(OUT)' sh tools/kld.sh

install load unload:
	@sh tools/freebsd.sh $@

clean:
	rm -rf obj target

.PHONY: all setup klds kldhost run test bench print-kld-cflags kld load unload install clean
