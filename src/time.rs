// SPDX-License-Identifier: BSD-2-Clause
//! Uptime: getmicrouptime(9).

use crate::bindings;

/// Milliseconds since boot, as of the last tick of the clock. Any context.
pub fn uptime_ms() -> u64 {
    // SAFETY: reads the kernel's clock.
    unsafe { bindings::kpi_uptime_ms() }
}
