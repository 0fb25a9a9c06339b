#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Link objects to a kld:  link-kld.sh OUT.ko EXPORTS|all FILE.o...
#
# EXPORTS lists the symbols that stay global. amd64 klds are relocatable
# objects; elsewhere they are shared ones, whose own calls stay inside.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/arch.sh"
out=$1 exports=$2
shift 2
$(tool ld.lld) -r -o "$out" -T "$root/tools/kld.ld" "$@"
if [ "$exports" = all ]; then
	$(tool llvm-objcopy) --strip-debug "$out"
else
	$(tool llvm-objcopy) --strip-debug --keep-global-symbols="$exports" "$out"
fi
if [ "$ARCH" != amd64 ]; then
	# --no-relax: LLD's relaxations break per-vnet variables (FreeBSD bug 264094).
	$(tool ld.lld) -shared -Bsymbolic -z notext -z norelro --no-relax --hash-style=sysv --discard-locals \
	    -o "$out.so" "$out"
	mv "$out.so" "$out"
fi
