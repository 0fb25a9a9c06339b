// SPDX-License-Identifier: BSD-2-Clause
//! The loops of c/lookups.c.

use std::ffi::{c_char, c_long, c_ulong, c_void, CStr};

use kpi::bindings::vm_page;
use kpi::page::Page;

type RawLoop = unsafe extern "C" fn(*const c_ulong, usize) -> c_ulong;

/// `struct bench_way`: one way to do one look-up.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Way {
    /// The caller then reads a word of what it found.
    pub used: Loop,
    /// And takes a reference, as `get_page` and `page_pool_put_page` do.
    pub ref_: Loop,
    /// As `used`, each look-up waiting for the word that was read before.
    pub wait: Loop,
    /// The look-up alone.
    pub bare: Loop,
    /// The look-up alone, each waiting for the one before.
    pub chain: Loop,
}

/// `bench_loop_t`: applies a look-up to many arguments.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Loop(RawLoop);

impl Loop {
    /// Look all of them up, on the machine that is set; the sum of the results.
    ///
    /// # Safety
    /// The arguments are of the kind that the look-up takes, and belong to the
    /// working set of the machine that was set last.
    pub unsafe fn run(self, args: &[u64]) -> u64 {
        // SAFETY: the caller's promise; the array has this length.
        unsafe { (self.0)(args.as_ptr(), args.len()) }
    }
}

/// `struct bench_lookup`: a look-up, ours and Linux's.
#[repr(C)]
pub struct Lookup {
    name: *const c_char,
    /// The inline of linux/page.h.
    pub ours: Way,
    /// Linux's formula over a flat array.
    pub peer: Way,
}

// SAFETY: constant data of c/lookups.c.
unsafe impl Sync for Lookup {}

impl Lookup {
    /// Linux's name of it.
    pub fn name(&self) -> &'static str {
        // SAFETY: a string literal of c/lookups.c.
        unsafe { CStr::from_ptr(self.name) }.to_str().expect("an ASCII name")
    }
}

/// `struct bench_machine`: what the globals that look-ups read are set to.
#[repr(C)]
pub struct Globals {
    /// The directory's bases, by chunk.
    pub base: *const c_void,
    /// The directory's block states, by chunk.
    pub states: *const c_void,
    /// Frames that it covers.
    pub npfns: c_ulong,
    /// `vm_page_array`.
    pub array: *mut vm_page,
    /// Its entries.
    pub array_size: c_long,
    /// The frame of the first.
    pub first_page: c_long,
    /// Where the direct map begins.
    pub dmap_low: c_ulong,
    /// Bytes of it.
    pub dmap_size: c_ulong,
    /// The peer's array, one entry a frame from 0 on.
    pub vmemmap: *mut Page,
}

extern "C" {
    static bench_lookups: [Lookup; 0];
    static bench_nlookups: usize;
    fn bench_set_machine(m: *const Globals);
}

/// All look-ups.
pub fn all() -> &'static [Lookup] {
    // SAFETY: the array of c/lookups.c and its length, both constant.
    unsafe { std::slice::from_raw_parts((&raw const bench_lookups).cast(), bench_nlookups) }
}

/// Set the machine that look-ups see from now on.
pub fn set_machine(m: &Globals) {
    // SAFETY: only stores to globals, which nothing reads before a `Loop::run`;
    // this program has one thread.
    unsafe { bench_set_machine(m) }
}
