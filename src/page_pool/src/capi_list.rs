// SPDX-License-Identifier: BSD-2-Clause
//! The C interface: pools and holders as numbers for programs, one pool a call.
//! kmod/page_pool/list.c hands them out; lkpirs/page_pool_stat.h is the layout.

use crate::capi_life::{after, PagePool};
use crate::capi_wait::write_symbol;
use crate::holders::{self, Holder};
use crate::stats;
use core::ffi::{c_char, c_int};

/// Room for a symbol, `LKPIRS_PP_NAME`.
const NAME: usize = 80;

const DESTROYED: u32 = 1;
const TRACKED: u32 = 2;
const POISONED: u32 = 4;

/// `struct lkpirs_pp_pool`. The symbol is left to C, which looks it up when no
/// lock is held.
#[repr(C)]
pub struct PoolEntry {
    id: u32,
    pid: c_int,
    comm: [u8; 20],
    flags: u32,
    state: u32,
    order: u32,
    pool_size: u32,
    nid: i32,
    in_flight: i32,
    zero: u32,
    in_ring: u64,
    waited_ms: u64,
    stats: [u64; stats::COUNT],
    maker: [u8; NAME],
}

/// `struct lkpirs_pp_holder`, its symbol as above.
#[repr(C)]
pub struct HolderEntry {
    pool: u32,
    kind: u32,
    pages: u32,
    zero: u32,
    buffers: u64,
    oldest_ms: u64,
    ages: [u32; holders::CLASSES],
    caller: [u8; NAME],
}

// kmod/page_pool/list.c asserts the same sizes.
const _: () = assert!(size_of::<PoolEntry>() == 240 && size_of::<HolderEntry>() == 136);

const UNKNOWN: u32 = 0;
const ALL: u32 = 1;
const CALLER: u32 = 2;
const OTHERS: u32 = 3;

fn pool_entry(p: &PagePool) -> (PoolEntry, usize) {
    let cfg = p.core.config();
    let (id, pid, comm, maker) = p.life.maker();
    let waits = p.life.waits_ms();
    let state = [(waits.is_some(), DESTROYED), (cfg.track, TRACKED), (cfg.poison, POISONED)];
    let entry = PoolEntry {
        id,
        pid,
        comm,
        flags: cfg.flags.bits(),
        state: state.iter().filter(|s| s.0).fold(0, |all, s| all | s.1),
        order: cfg.order,
        pool_size: cfg.ring,
        nid: p.core.nid(),
        in_flight: p.core.inflight().max(0),
        zero: 0,
        in_ring: p.core.in_ring(),
        waited_ms: waits.unwrap_or(0),
        stats: p.core.snapshot(),
        maker: [0; NAME],
    };
    (entry, maker)
}

/// The first pool after the one of the id `id`, and where it was made; its id,
/// or 0. Any context that may take a mutex(9).
///
/// # Safety
/// Both may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_pool_entry(id: u32, entry: *mut PoolEntry, maker: *mut usize) -> u32 {
    let Some((found, at)) = after(id, pool_entry) else { return 0 };
    let id = found.id;
    // SAFETY: the contract.
    unsafe {
        entry.write(found);
        maker.write(at);
    }
    id
}

fn holder_entry(pool: u32, kind: u32, h: &Holder) -> HolderEntry {
    HolderEntry {
        pool,
        kind,
        pages: h.pages,
        zero: 0,
        buffers: h.buffers,
        oldest_ms: h.oldest,
        ages: [0; holders::CLASSES],
        caller: [0; NAME],
    }
}

/// The same of the holders of its pages, and where each called: how many places
/// were filled goes to `count`. Looks at every page of the pool.
///
/// # Safety
/// `entries` and `callers` have `places` places, `count` may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_pool_holders(id: u32, entries: *mut HolderEntry, callers: *mut usize, places: usize, count: *mut usize) -> u32 {
    let found = after(id, |p| (p.life.maker().0, p.core.report()));
    let Some((id, report)) = found else { return 0 };
    let mut n = 0;
    let mut put = |entry: HolderEntry, caller: usize| {
        if n < places {
            // SAFETY: the contract.
            unsafe {
                entries.add(n).write(entry);
                callers.add(n).write(caller);
            }
            n += 1;
        }
    };
    let mut all = holder_entry(id, if report.listed { ALL } else { UNKNOWN }, &report.all);
    all.ages = report.ages;
    put(all, 0);
    if report.tracked {
        report.holders().for_each(|h| put(holder_entry(id, CALLER, h), h.caller));
        if report.others().pages > 0 {
            put(holder_entry(id, OTHERS, report.others()), 0);
        }
    }
    // SAFETY: the contract.
    unsafe { count.write(n) };
    id
}

/// What is at an address of code: "symbol+0x12", or a number. Takes the
/// linker's lock if it is free.
///
/// # Safety
/// `text` has `len` bytes, one at least.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_pool_symbol(addr: usize, text: *mut c_char, len: usize) {
    // SAFETY: the contract.
    let buf = unsafe { core::slice::from_raw_parts_mut(text.cast::<u8>(), len) };
    write_symbol(addr, buf);
}
