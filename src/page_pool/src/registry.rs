// SPDX-License-Identifier: BSD-2-Clause
//! Which pages of a pool are mapped. Only destroy walks it; a page knows its
//! place, so that neither put nor sync ever searches.

use crate::refs;
use crate::sys::{PageRef, Sys};

/// A place of the registry; all zeroes is a free one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slot {
    page: Option<PageRef>,
    /// The next free place plus one, while this one is free.
    next: u32,
}

impl Slot {
    /// A free place.
    pub const FREE: Slot = Slot { page: None, next: 0 };
}

/// The smallest table.
const FIRST: usize = 64;

/// The mapped pages of one pool.
#[derive(Default)]
pub struct Registry {
    slots: Option<&'static mut [Slot]>,
    /// Places used at some time; above it all are free.
    top: u32,
    /// First free place below `top`, plus one.
    free: u32,
    count: u32,
}

impl Registry {
    /// How many pages are registered.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Register a page; its place, or `None` without memory.
    pub fn insert<S: Sys>(&mut self, sys: &S, page: PageRef) -> Option<u32> {
        if self.free == 0 && self.top as usize == self.slots.as_ref().map_or(0, |s| s.len()) {
            self.grow(sys)?;
        }
        let slots = self.slots.as_mut()?;
        let at = if self.free != 0 { self.free - 1 } else { self.top };
        let slot = slots.get_mut(at as usize).filter(|_| at <= refs::LAST_INDEX)?;
        if self.free != 0 {
            self.free = slot.next;
        } else {
            self.top += 1;
        }
        *slot = Slot { page: Some(page), next: 0 };
        self.count += 1;
        Some(at)
    }

    /// Forget the page at a place; `false` if it is not there.
    pub fn remove(&mut self, at: u32, page: PageRef) -> bool {
        let slot = self.slots.as_mut().and_then(|s| s.get_mut(at as usize));
        match slot {
            Some(s) if s.page.is_some_and(|p| core::ptr::eq(p, page)) => {
                *s = Slot { page: None, next: self.free };
                self.free = at + 1;
                self.count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Forget every page, telling each, and give the table back.
    pub fn drain<S: Sys>(&mut self, sys: &S, mut f: impl FnMut(PageRef)) {
        let Registry { slots, .. } = core::mem::take(self);
        let Some(slots) = slots else { return };
        slots.iter().filter_map(|s| s.page).for_each(&mut f);
        sys.free_slots(slots);
    }

    fn grow<S: Sys>(&mut self, sys: &S) -> Option<()> {
        let old = self.slots.as_ref().map_or(0, |s| s.len());
        let new = sys.alloc_slots(if old == 0 { FIRST } else { old * 2 })?;
        if let Some(slots) = self.slots.take() {
            new[..old].copy_from_slice(slots);
            sys.free_slots(slots);
        }
        self.slots = Some(new);
        Some(())
    }
}
