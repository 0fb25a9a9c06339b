#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Install what is missing for the build, from the package registries only:
# LLVM and a Rust toolchain with rust-src, and, without a FreeBSD source tree
# (SYSDIR), FreeBSD 15's kernel headers out of a PyPI wheel. Takes no time when
# everything is there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
die() { echo "setup: $1" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

install_debian() {
	as_root=
	[ "$(id -u)" = 0 ] || { have sudo || die "missing packages: $*: install them as root (apt-get install $*)"; as_root=sudo; }
	echo "setup: installing $*"
	log=$(mktemp)
	$as_root apt-get update -qq >"$log" 2>&1 || true
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1 ||
	    { tail -n 5 "$log" >&2; die "apt-get could not install: $* (log: $log)"; }
	rm -f "$log"
}

missing=
need() { have "$1" || missing="$missing $2"; }
case $(uname -s) in
Linux)
	need "clang-$LLVM" "clang-$LLVM"
	need "ld.lld-$LLVM" "lld-$LLVM"
	need "llvm-objcopy-$LLVM" "llvm-$LLVM"
	ls /usr/lib/llvm-"$LLVM"/lib/libclang*.so* >/dev/null 2>&1 || missing="$missing libclang-$LLVM-dev"
	# tools/sanitize.sh and tools/fuzz.sh alone want it.
	[ -z "${SETUP_SANITIZERS:-}" ] || ls /usr/lib/llvm-"$LLVM"/lib/clang/"$LLVM"/lib/linux/libclang_rt.tsan-*.a >/dev/null 2>&1 ||
	    missing="$missing libclang-rt-$LLVM-dev"
	need cc gcc
	[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
	need python3 python3
	need bmake bmake
	need mandoc mandoc
	. "$root/tools/rust-env.sh"
	[ -n "$KLD_CARGO" ] || missing="$missing rustc-web cargo-web rust-web-src"
	if [ -n "$missing" ]; then
		have apt-get || die "missing:$missing: install what gives these with your package manager"
		# shellcheck disable=SC2086
		install_debian $missing
		. "$root/tools/rust-env.sh"
		[ -n "$KLD_CARGO" ] || die "no Rust toolchain with rust-src (rustup component add rust-src, or packages rustc-web cargo-web rust-web-src)"
	fi ;;
FreeBSD)
	need cargo rust
	[ -z "$missing" ] || die "missing:$missing: pkg install$missing"
	. "$root/tools/rust-env.sh"
	[ -n "$KLD_CARGO" ] || die "rustc has no rust-src: install a toolchain that has it (rustup component add rust-src)"
	;;
*) die "$(uname -s) is not supported: use Linux or FreeBSD" ;;
esac

[ -z "${SYSDIR:-}" ] || { [ -f "$SYSDIR/sys/param.h" ] || die "SYSDIR=$SYSDIR is no FreeBSD sys/ tree (no sys/param.h)"; exit 0; }
[ ! -f "$LKPI_HEADERS/complete" ] || exit 0
echo "setup: fetching the FreeBSD 15 kernel headers (package ziglang $LKPI_HEADERS_VERSION)"
python3 -m pip --version >/dev/null 2>&1 || install_debian python3-pip
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$tmp" "ziglang==$LKPI_HEADERS_VERSION" ||
    die "pip could not download ziglang==$LKPI_HEADERS_VERSION"
mkdir -p "$LKPI_HEADERS"
python3 - "$tmp" "$LKPI_HEADERS" <<'PY'
import glob, os, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
prefix = "ziglang/lib/libc/include/"
for name in wheel.namelist():
    rest = name[len(prefix):]
    if name.startswith(prefix) and "freebsd" in rest.split("/")[0] and not name.endswith("/"):
        path = os.path.join(sys.argv[2], rest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(wheel.read(name))
PY
[ -f "$LKPI_HEADERS/generic-freebsd/vm/vm_page.h" ] || die "the wheel has no FreeBSD kernel headers"
: > "$LKPI_HEADERS/complete"
