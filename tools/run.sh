#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make run: the main job, in kldhost, or with FREEBSD_KERNEL=PATH on that
# kernel. Arguments and RUN_ARGS go to kldhost,
# RXDEMO_ARGS to the driver (buffers=N ...).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
if [ -n "${FREEBSD_KERNEL:-}" ]; then
	exec tests-vm/run --kernel "$FREEBSD_KERNEL" soak
fi
KLDS="lkpi_page page_pool softdev rxdemo" sh tools/build.sh klds
sh tools/build.sh kldhost
k=obj/amd64
# shellcheck disable=SC2086
exec tools/kldhost run --quiet ${RUN_ARGS:-} "$@" $k/lkpi_page.ko $k/page_pool.ko $k/softdev.ko $k/rxdemo.ko \
    -- rxdemo_main ${RXDEMO_ARGS:-}
