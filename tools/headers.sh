# SPDX-License-Identifier: BSD-2-Clause
# Sourced: where the packaged FreeBSD kernel headers and the LLVM tools are.
: "${LKPI_HEADERS_VERSION:=0.17.0}"
: "${LKPI_HEADERS:=${XDG_CACHE_HOME:-$HOME/.cache}/lkpi-rs/headers/ziglang-$LKPI_HEADERS_VERSION}"
: "${LLVM:=19}"
# FreeBSD's own LLVM tools have no version suffix, Debian's do.
tool() { if command -v "$1-$LLVM" >/dev/null 2>&1; then echo "$1-$LLVM"; else echo "$1"; fi; }
export LKPI_HEADERS
# On FreeBSD, the system's own source tree if it has one.
if [ -z "${SYSDIR:-}" ] && [ "$(uname -s)" = FreeBSD ] && [ -d /usr/src/sys ]; then
	export SYSDIR=/usr/src/sys
fi
