// SPDX-License-Identifier: BSD-2-Clause
//! printf(9) with Rust's formatting, a rate limit per message, and the panic
//! handler of every kld.

use crate::bindings;
use core::cell::UnsafeCell;
use core::fmt::{self, Write};

/// The longest line that is printed; what does not fit is cut.
const LINE: usize = 240;

/// A NUL-terminated line on the stack.
struct Line {
    buf: [u8; LINE],
    len: usize,
}

impl Line {
    fn format(args: fmt::Arguments<'_>) -> Line {
        let mut l = Line { buf: [0; LINE], len: 0 };
        // A cut line is better than none; write_str never fails otherwise.
        let _ = l.write_fmt(args);
        l
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(LINE - 1 - self.len);
        self.buf[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

/// Print one line (the text brings its newline). Any context printf(9) allows.
pub fn print(args: fmt::Arguments<'_>) {
    let l = Line::format(args);
    // SAFETY: the buffer ends in a NUL: at most LINE - 1 bytes were written.
    unsafe { bindings::kpi_printf(l.buf.as_ptr().cast()) }
}

/// panic(9) with this text. Never returns.
pub fn panic(args: fmt::Arguments<'_>) -> ! {
    let l = Line::format(args);
    // SAFETY: as in print().
    unsafe { bindings::kpi_panic(l.buf.as_ptr().cast()) }
}

/// Print a line: `klog!("name: {x}\n")`.
#[macro_export]
macro_rules! klog {
    ($($t:tt)*) => { $crate::log::print(format_args!($($t)*)) };
}

/// Lets a few messages a second through (ppsratecheck(9)); one per message.
pub struct RateLimit {
    state: UnsafeCell<bindings::kpi_ratelimit>,
    per_second: i32,
}

// SAFETY: ppsratecheck(9) is called unlocked everywhere in the kernel; a race
// lets a message more or less through and nothing else.
unsafe impl Sync for RateLimit {}

impl RateLimit {
    /// At most `per_second` messages a second.
    pub const fn new(per_second: i32) -> Self {
        // SAFETY: all zeroes is the initial state that ppsratecheck(9) wants.
        RateLimit { state: UnsafeCell::new(unsafe { core::mem::zeroed() }), per_second }
    }

    /// Whether the message may be printed now.
    pub fn pass(&self) -> bool {
        // SAFETY: the state is a static's and initialised.
        unsafe { bindings::kpi_ppsratecheck(self.state.get(), self.per_second) }
    }
}

#[panic_handler]
fn rust_panic(info: &core::panic::PanicInfo<'_>) -> ! {
    match info.location() {
        Some(l) => panic(format_args!("{} ({}:{})", info.message(), l.file(), l.line())),
        None => panic(format_args!("{}", info.message())),
    }
}
