#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make ppstat: obj/ppstat. On FreeBSD as tools/ppstat/Makefile says; elsewhere
# with a part of libxo(3) of its own, and with kldhost's socket for the kernel.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
mkdir -p obj
if [ "$(uname -s)" = FreeBSD ]; then
	mkdir -p obj/.ppstat
	MAKEOBJDIR=$root/obj/.ppstat make -C tools/ppstat ppstat
	exec cp obj/.ppstat/ppstat obj/ppstat
fi
[ ! -f obj/ppstat ] ||
    [ -n "$(find tools/ppstat tools/ppstat.sh sys/compat/linuxkpi/common/include/lkpirs -type f -newer obj/ppstat | head -n 1)" ] || exit 0
echo "build: obj/ppstat"
$(tool clang) -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Isys/compat/linuxkpi/common/include \
    -o obj/ppstat.new tools/ppstat/*.c
mv obj/ppstat.new obj/ppstat
