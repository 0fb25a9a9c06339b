// SPDX-License-Identifier: BSD-2-Clause
//! Extent allocators: physical memory, KVA, bus addresses and vmem(9) arenas.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// Which of the fitting places is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The lowest address.
    First,
    /// The highest address.
    Last,
    /// The lowest at or after the end of the previous allocation.
    Next,
}

/// What an allocation must satisfy, in bytes.
#[derive(Clone, Copy)]
pub struct Want {
    /// Length.
    pub size: u64,
    /// Alignment, a power of two.
    pub align: u64,
    /// Offset from the alignment.
    pub phase: u64,
    /// Boundary not to cross (a power of two), or 0.
    pub nocross: u64,
    /// Lowest address allowed.
    pub min: u64,
    /// Highest address allowed, inclusive.
    pub max: u64,
}

/// Free and used extents of one address range.
#[derive(Default)]
pub struct Arena {
    free: BTreeMap<u64, u64>,
    used: u64,
    cursor: u64,
}

fn align_up(v: u64, a: u64) -> Option<u64> {
    Some(v.checked_add(a - 1)? & !(a - 1))
}

impl Want {
    /// The lowest fitting start in `[s, e)`.
    fn low(&self, s: u64, e: u64) -> Option<u64> {
        let mut at = s.max(self.min);
        loop {
            at = align_up(at.saturating_sub(self.phase), self.align)? + self.phase;
            if at < s.max(self.min) {
                at += self.align;
            }
            let end = at.checked_add(self.size)?;
            if end > e || end - 1 > self.max {
                return None;
            }
            if self.nocross == 0 || (at ^ (end - 1)) & !(self.nocross - 1) == 0 {
                return Some(at);
            }
            if self.size > self.nocross {
                return None;
            }
            at = align_up(at + 1, self.nocross)?;
        }
    }

    /// The highest fitting start in `[s, e)`; falls back to the lowest when
    /// a boundary makes "highest" hard to say.
    fn high(&self, s: u64, e: u64) -> Option<u64> {
        let top = e.min(self.max.saturating_add(1));
        if let Some(at) = top.checked_sub(self.size).filter(|_| self.phase == 0) {
            let at = at & !(self.align - 1);
            let last = at + self.size - 1;
            if at >= s && at >= self.min && (self.nocross == 0 || (at ^ last) & !(self.nocross - 1) == 0) {
                return Some(at);
            }
        }
        self.low(s, e)
    }
}

impl Arena {
    /// Adds a free range, merging it with its neighbours. False if part of
    /// it is free already.
    pub fn add(&mut self, start: u64, size: u64) -> bool {
        if size == 0 {
            return true;
        }
        let (mut s, mut e) = (start, start + size);
        if let Some((&ps, &pe)) = self.free.range(..=s).next_back() {
            if pe > s {
                return false;
            }
            if pe == s {
                s = ps;
            }
        }
        if let Some((&ns, &ne)) = self.free.range(start..).next() {
            if ns < e {
                return false;
            }
            if ns == e {
                self.free.remove(&ns);
                e = ne;
            }
        }
        self.free.insert(s, e);
        true
    }

    fn take(&mut self, fs: u64, fe: u64, at: u64, size: u64) {
        self.free.remove(&fs);
        if fs < at {
            self.free.insert(fs, at);
        }
        if at + size < fe {
            self.free.insert(at + size, fe);
        }
        self.used += size;
        self.cursor = at + size;
    }

    /// Allocates as `want` and `policy` say.
    pub fn alloc(&mut self, want: &Want, policy: Policy) -> Option<u64> {
        let found = match policy {
            Policy::First => self.find(want),
            Policy::Last => self
                .free
                .range(..=want.max)
                .rev()
                .find_map(|(&s, &e)| want.high(s, e).map(|at| (s, e, at))),
            Policy::Next => {
                let from = Want { min: want.min.max(self.cursor), ..*want };
                self.find(&from).or_else(|| self.find(want))
            }
        };
        let (s, e, at) = found?;
        self.take(s, e, at, want.size);
        Some(at)
    }

    fn find(&self, want: &Want) -> Option<(u64, u64, u64)> {
        let start = self.free.range(..=want.min).next_back().map_or(0, |(&s, _)| s);
        self.free
            .range(start..)
            .find_map(|(&s, &e)| want.low(s, e).map(|at| (s, e, at)))
    }

    /// Gives a range back; false if it was not allocated.
    pub fn free(&mut self, start: u64, size: u64) -> bool {
        if size > self.used || !self.add(start, size) {
            return false;
        }
        self.used -= size;
        true
    }

    /// Bytes allocated now.
    pub fn used(&self) -> u64 {
        self.used
    }
}

static ARENAS: Mutex<Vec<Option<Arena>>> = Mutex::new(Vec::new());

/// The table of all arenas of the process.
pub fn table() -> MutexGuard<'static, Vec<Option<Arena>>> {
    ARENAS.lock().unwrap_or_else(|e| e.into_inner())
}

/// Makes a new arena and returns its number.
pub fn create(start: u64, size: u64) -> u32 {
    let mut a = Arena { cursor: start, ..Arena::default() };
    a.add(start, size);
    let mut t = table();
    if let Some(i) = t.iter().position(Option::is_none) {
        t[i] = Some(a);
        return i as u32;
    }
    t.push(Some(a));
    (t.len() - 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(size: u64) -> Want {
        Want { size, align: 1, phase: 0, nocross: 0, min: 0, max: u64::MAX }
    }

    #[test]
    fn first_last_and_merge() {
        let mut a = Arena::default();
        assert!(a.add(0x1000, 0x9000));
        assert_eq!(a.alloc(&want(0x1000), Policy::First), Some(0x1000));
        assert_eq!(a.alloc(&want(0x1000), Policy::Last), Some(0x9000));
        assert!(a.free(0x1000, 0x1000));
        assert!(a.free(0x9000, 0x1000));
        assert_eq!(a.free.len(), 1);
        assert_eq!(a.used(), 0);
    }

    #[test]
    fn double_free_is_refused() {
        let mut a = Arena::default();
        a.add(0, 0x10000);
        let p = a.alloc(&want(0x2000), Policy::First).unwrap();
        assert!(a.free(p, 0x1000));
        assert!(!a.free(p, 0x1000));
    }

    #[test]
    fn limits_alignment_and_boundary() {
        let mut a = Arena::default();
        a.add(0x800, 0x100_0000);
        let w = Want { size: 0x3000, align: 0x1000, phase: 0, nocross: 0x4000, min: 0x2000, max: 0x7fff };
        for p in [Policy::First, Policy::Last, Policy::Next] {
            let at = a.alloc(&w, p).unwrap();
            assert!(at >= 0x2000 && at + 0x3000 <= 0x8000, "{at:#x}");
            assert_eq!(at & 0xfff, 0);
            assert_eq!(at / 0x4000, (at + 0x2fff) / 0x4000, "crosses a boundary");
            a.free(at, 0x3000);
        }
        let w = Want { size: 0x8000, nocross: 0x4000, ..w };
        assert_eq!(a.alloc(&w, Policy::First), None);
    }

    #[test]
    fn next_does_not_reuse_at_once() {
        let mut a = Arena::default();
        a.add(0, 0x10000);
        let p = a.alloc(&want(0x1000), Policy::Next).unwrap();
        a.free(p, 0x1000);
        assert_ne!(a.alloc(&want(0x1000), Policy::Next), Some(p));
    }
}
