// SPDX-License-Identifier: BSD-2-Clause
//! The pages of a pool that maps or tracks them. Only destroy and reports walk
//! it; a page knows its place, so that neither put nor sync ever searches.

use crate::refs;
use crate::sys::{PageRef, Sys};

/// A place of the registry; all zeroes is a free one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slot {
    page: Option<PageRef>,
    /// Seconds of uptime when the page came; the next free place plus one,
    /// while this one is free.
    word: u32,
}

impl Slot {
    /// A free place.
    pub const FREE: Slot = Slot { page: None, word: 0 };
}

/// To whom a page was given, and when; all zeroes is not known.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Where the driver called, or 0.
    pub caller: usize,
    /// Milliseconds of uptime, plus one.
    pub at: u64,
}

impl Note {
    /// Nothing is known.
    pub const NONE: Note = Note { caller: 0, at: 0 };
}

/// A registered page.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The page.
    pub page: PageRef,
    /// Seconds of uptime when the system gave it.
    pub came: u32,
    /// Its user, if the pool is tracked and there was memory for it.
    pub note: Note,
}

/// The smallest table.
const FIRST: usize = 64;

/// The registered pages of one pool.
#[derive(Default)]
pub struct Registry {
    slots: Option<&'static mut [Slot]>,
    /// Of a tracked pool: place for place, but perhaps shorter. Each is of the
    /// last page there that had a user.
    notes: Option<&'static mut [Note]>,
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

    /// Register a page that came at `now` (seconds of uptime); its place, or
    /// `None` without memory.
    #[inline(always)]
    pub fn insert<S: Sys>(&mut self, sys: &S, page: PageRef, now: u32) -> Option<u32> {
        if self.free == 0 && self.top as usize == self.slots.as_ref().map_or(0, |s| s.len()) {
            self.grow(sys)?;
        }
        let slots = self.slots.as_mut()?;
        let at = if self.free != 0 { self.free - 1 } else { self.top };
        let slot = slots.get_mut(at as usize).filter(|_| at <= refs::LAST_INDEX)?;
        if self.free != 0 {
            self.free = slot.word;
        } else {
            self.top += 1;
        }
        *slot = Slot { page: Some(page), word: now };
        self.count += 1;
        Some(at)
    }

    /// Forget the page at a place; `false` if it is not there.
    pub fn remove(&mut self, at: u32, page: PageRef) -> bool {
        let slot = self.slots.as_mut().and_then(|s| s.get_mut(at as usize));
        match slot {
            Some(s) if s.page.is_some_and(|p| core::ptr::eq(p, page)) => {
                *s = Slot { page: None, word: self.free };
                self.free = at + 1;
                self.count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Remember the user of the page at a place. Without memory it is not
    /// remembered.
    pub fn note<S: Sys>(&mut self, sys: &S, at: u32, page: PageRef, note: Note) {
        let slot = self.slots.as_ref().and_then(|s| s.get(at as usize));
        if slot.is_none_or(|s| !s.page.is_some_and(|p| core::ptr::eq(p, page))) {
            return;
        }
        if self.notes.as_ref().is_none_or(|n| n.len() <= at as usize) {
            self.grow_notes(sys);
        }
        if let Some(place) = self.notes.as_mut().and_then(|n| n.get_mut(at as usize)) {
            *place = note;
        }
    }

    /// Every page.
    pub fn each(&self, mut f: impl FnMut(Entry)) {
        let slots = self.slots.iter().flat_map(|s| s.iter()).enumerate();
        for (i, slot) in slots {
            if let Some(page) = slot.page {
                let note = self.notes.as_ref().and_then(|n| n.get(i)).copied().unwrap_or_default();
                f(Entry { page, came: slot.word, note });
            }
        }
    }

    /// Give the tables back if there is no page any more.
    #[cold]
    #[inline(never)]
    pub fn free_if_empty<S: Sys>(&mut self, sys: &S) {
        if !self.is_empty() {
            return;
        }
        let Registry { slots, notes, .. } = core::mem::take(self);
        if let Some(slots) = slots {
            sys.free_slots(slots.into());
        }
        if let Some(notes) = notes {
            sys.free_notes(notes.into());
        }
    }

    #[cold]
    #[inline(never)]
    fn grow<S: Sys>(&mut self, sys: &S) -> Option<()> {
        let old = self.slots.as_ref().map_or(0, |s| s.len());
        let new = sys.alloc_slots(if old == 0 { FIRST } else { old * 2 })?;
        if let Some(slots) = self.slots.take() {
            new[..old].copy_from_slice(&*slots);
            sys.free_slots(slots.into());
        }
        self.slots = Some(new);
        Some(())
    }

    /// As many notes as there are places.
    fn grow_notes<S: Sys>(&mut self, sys: &S) {
        let Some(new) = self.slots.as_ref().and_then(|s| sys.alloc_notes(s.len())) else { return };
        if let Some(notes) = self.notes.take() {
            new[..notes.len()].copy_from_slice(&*notes);
            sys.free_notes(notes.into());
        }
        self.notes = Some(new);
    }
}
