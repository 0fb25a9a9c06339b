// SPDX-License-Identifier: BSD-2-Clause
//! The C interface: what a pool has to say of who holds its pages, by sysctl,
//! and in the log if it waits for them for long.

use crate::capi_life::{self, each, POOLS, PagePool};
use crate::holders::Report;
use crate::params::Config;
use core::ffi::{c_char, c_int, CStr};
use core::fmt::{self, Display, Write};
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};
use kpi::bindings;
use kpi::klog;
use kpi::time::uptime_ms;

// In kmod/page_pool/page_pool.c: sysctl variables, and the task that runs
// `lkpirs_page_pool_watch`.
extern "C" {
    static lkpirs_page_pool_track: AtomicI32;
    static lkpirs_page_pool_poison: AtomicI32;
    static lkpirs_page_pool_stall_secs: AtomicI32;
    fn lkpirs_page_pool_schedule_watch();
    /// In probes.c there.
    fn lkpirs_probe_pool_stall(id: u32, in_flight: c_int, seconds: u64);
}

/// Times that the log heard of a pool that waits.
pub static STALLS: AtomicU64 = AtomicU64::new(0);

/// Whose a pool is, and since when it waits.
pub(crate) struct Life {
    id: u32,
    pid: c_int,
    comm: [u8; 20],
    /// Where the driver called to make it.
    maker: usize,
    /// Milliseconds of uptime, plus one; 0 is not destroyed.
    destroyed: AtomicU64,
    /// Seconds that it had waited when the log last said so.
    logged: AtomicU64,
}

impl Life {
    /// A pool that curthread makes now.
    pub(crate) fn new() -> Life {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let mut comm = [0; 20];
        // SAFETY: the buffer's size is passed; walks curthread's own stack.
        let (pid, maker) = unsafe {
            (bindings::kpi_curproc(comm.as_mut_ptr().cast(), comm.len() as _), bindings::kpi_caller() as usize)
        };
        let id = LAST.fetch_add(1, Relaxed).wrapping_add(1);
        Life { id, pid, comm, maker, destroyed: AtomicU64::new(0), logged: AtomicU64::new(0) }
    }

    /// Destroy begins.
    pub(crate) fn end(&self) {
        self.destroyed.store(uptime_ms() + 1, Relaxed);
    }

    /// Numbered from 1, never twice.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Its id; who made it, and where.
    pub(crate) fn maker(&self) -> (u32, c_int, [u8; 20], usize) {
        (self.id, self.pid, self.comm, self.maker)
    }

    /// Milliseconds since destroy, if it was destroyed.
    pub(crate) fn waits_ms(&self) -> Option<u64> {
        let since = self.destroyed.load(Relaxed).checked_sub(1)?;
        Some(uptime_ms().saturating_sub(since))
    }

    /// After how many seconds the log is to hear of it next: each time that
    /// it has waited twice as long.
    fn due(&self) -> Option<u64> {
        // SAFETY: an int that sysctl(9) writes.
        let first = u64::try_from(unsafe { lkpirs_page_pool_stall_secs.load(Relaxed) }).ok().filter(|&s| s > 0)?;
        Some(first.max(self.logged.load(Relaxed) * 2))
    }
}

/// Set what the administrator, not the driver, asks of a new pool.
pub(crate) fn watch(cfg: &mut Config) {
    // SAFETY: ints that sysctl(9) writes.
    unsafe {
        cfg.track = lkpirs_page_pool_track.load(Relaxed) != 0;
        cfg.poison = lkpirs_page_pool_poison.load(Relaxed) != 0;
    }
}

/// A pool began to wait.
pub(crate) fn waits() {
    // SAFETY: enqueues a static task.
    unsafe { lkpirs_page_pool_schedule_watch() }
}

/// What is said of one pool.
struct Case {
    id: u32,
    pid: c_int,
    comm: [u8; 20],
    maker: usize,
    waits_ms: Option<u64>,
    mbufs: u32,
    report: Report,
}

impl Case {
    /// Of a pool in the list, whose lock is held.
    fn new(p: &PagePool) -> Case {
        let Life { id, pid, comm, maker, .. } = p.life;
        Case { id, pid, comm, maker, waits_ms: p.life.waits_ms(), mbufs: p.core.loans().out(), report: p.core.report() }
    }

    fn comm(&self) -> &str {
        CStr::from_bytes_until_nul(&self.comm).ok().and_then(|s| s.to_str().ok()).unwrap_or("?")
    }

    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let n = self.report.in_flight;
        write!(out, "pool {}: ", self.id)?;
        match self.waits_ms {
            Some(ms) => write!(out, "destroyed {} s ago, {n} pages out", ms / 1000)?,
            None => write!(out, "{n} pages in flight")?,
        }
        self.write_mbufs(out)?;
        writeln!(out, "; made by {}[{}] at {}", self.comm(), self.pid, Symbol(self.maker))?;
        self.report.write(out, Symbol)
    }

    /// The network stack's part, which the driver cannot know.
    fn write_mbufs(&self, out: &mut impl Write) -> fmt::Result {
        match self.mbufs {
            0 => Ok(()),
            n => write!(out, ", {n} buffers with mbufs"),
        }
    }

    #[inline(never)]
    fn log(&self) {
        let mut line = Text::<224> { buf: [0; 224], len: 0 };
        let n = self.report.in_flight;
        let secs = self.waits_ms.unwrap_or(0) / 1000;
        // SAFETY: a probe of this kld's C file takes plain values.
        unsafe { lkpirs_probe_pool_stall(self.id, n, secs) }
        // A line that was cut is better than none.
        let _ = write!(line, "pool {} destroyed {secs} s ago waits for {n} pages", self.id)
            .and_then(|()| self.write_mbufs(&mut line))
            .and_then(|()| self.report.write_short(&mut line, Symbol))
            .and_then(|()| write!(line, "; made by {}[{}] at {}", self.comm(), self.pid, Symbol(self.maker)));
        klog!("page_pool: {}\n", line.as_str());
    }
}

/// A place in a kld or in the kernel. Takes the linker's lock if it is free.
struct Symbol(usize);

impl Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("not known");
        }
        let mut name = [0u8; 96];
        // SAFETY: the buffer's size is passed; the name ends in a NUL.
        unsafe { bindings::kpi_symbol_locked(self.0 as *const _, name.as_mut_ptr().cast(), name.len() as _) };
        f.write_str(CStr::from_bytes_until_nul(&name).ok().and_then(|s| s.to_str().ok()).unwrap_or("?"))
    }
}

/// The same as a C string, cut where there is no more room.
pub(crate) fn write_symbol(addr: usize, buf: &mut [u8]) {
    let Some(room) = buf.len().checked_sub(1) else { return };
    let mut out = Buf(&mut buf[..room], 0);
    // It is cut if it is too long.
    let _ = write!(out, "{}", Symbol(addr));
    let end = out.1;
    buf[end] = 0;
}

/// Text that is cut where there is no more room.
struct Text<const N: usize> {
    buf: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.buf[..self.len]).unwrap_or("?")
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        copy(&mut self.buf, &mut self.len, s);
        Ok(())
    }
}

struct Buf<'a>(&'a mut [u8], usize);

impl Write for Buf<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        copy(self.0, &mut self.1, s);
        Ok(())
    }
}

fn copy(to: &mut [u8], at: &mut usize, s: &str) {
    // Symbols and names of programs are bytes that need not be text's.
    for b in s.bytes().filter(u8::is_ascii).take(to.len() - *at) {
        to[*at] = b;
        *at += 1;
    }
}

/// The text of `compat.page_pool.holders` for the first pool after the one of
/// the id `after`, cut to `len` bytes with its NUL; its id, or 0. Any context
/// that may take a mutex(9).
///
/// # Safety
/// `text` has `len` bytes.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_pool_report(after: u32, text: *mut c_char, len: usize) -> u32 {
    let found = capi_life::after(after, Case::new);
    let Some(room) = len.checked_sub(1) else { return 0 };
    // SAFETY: the contract.
    let buf = unsafe { core::slice::from_raw_parts_mut(text.cast::<u8>(), len) };
    let mut out = Buf(&mut buf[..room], 0);
    if let Some(case) = &found {
        // It is cut if it is too long.
        let _ = case.write(&mut out);
    }
    let end = out.1;
    buf[end] = 0;
    found.map_or(0, |case| case.id)
}

/// A pool that the log is to hear of now; else milliseconds until the next one
/// is due, or 0.
#[inline(never)]
fn due() -> Result<Case, u64> {
    let (mut next, mut case) = (0, None);
    POOLS.with(|head| {
        each(head, |p| {
            let (Some(ms), Some(due)) = (p.life.waits_ms(), p.life.due()) else { return };
            let left = (due * 1000).saturating_sub(ms);
            if left == 0 && case.is_none() {
                p.life.logged.store(ms / 1000, Relaxed);
                case = Some(Case::new(p));
            } else if next == 0 || left < next {
                next = left.max(1);
            }
        });
    });
    case.ok_or(next)
}

/// Tell the log of pools that wait for long: milliseconds until the next one
/// is due, or 0. From a task.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_watch() -> u64 {
    loop {
        match due() {
            // The last page may have come back just now.
            Ok(case) if case.report.in_flight > 0 => {
                STALLS.fetch_add(1, Relaxed);
                case.log();
            }
            Ok(_) => {}
            Err(next) => return next,
        }
    }
}
