// SPDX-License-Identifier: BSD-2-Clause
//! Who holds a pool's pages: how many, for how long, and from where they were
//! allocated. What a pool that waits for pages has to say.
//!
//! A pool that maps its pages knows when each came from the system; a tracked
//! one, who was given each and when. Both stand in its registry. A page being
//! cut, and one that several have pieces of, is with whom it was given to first.

use crate::params::Flags;
use crate::pool::Pool;
use crate::refs;
use crate::sys::Sys;
use core::cmp::Reverse;
use core::fmt::{self, Display, Write};

/// Where the classes of ages end, in seconds, and what they are called.
const AGES: [(u64, &str); 5] = [(1, "<1s"), (10, "<10s"), (60, "<1min"), (600, "<10min"), (3600, "<1h")];
/// Classes of ages.
pub const CLASSES: usize = AGES.len() + 1;
/// Callers that are told apart; the pages of others are counted together.
const CALLERS: usize = 12;
/// Callers in the line for the log.
const IN_LINE: usize = 3;

/// One caller's pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Where the driver called for them; 0 is not known.
    pub caller: usize,
    /// Pages (blocks).
    pub pages: u32,
    /// Users of these pages: one a page, or one a piece.
    pub buffers: u64,
    /// Milliseconds that the oldest is out.
    pub oldest: u64,
}

impl Holder {
    fn add(&mut self, buffers: usize, age: u64) {
        self.pages += 1;
        self.buffers += buffers as u64;
        self.oldest = self.oldest.max(age);
    }
}

/// What is out, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Pages that belong to the pool, at rest or out.
    pub in_flight: i32,
    /// Known pages that are with users.
    pub all: Holder,
    /// How many of them are of which age.
    pub ages: [u32; CLASSES],
    /// Ages are since the allocation, and callers are known; else since the
    /// system gave the page to the pool.
    pub tracked: bool,
    /// The pool knows its pages.
    pub listed: bool,
    holders: [Holder; CALLERS],
    /// Of callers that have no place there.
    others: Holder,
}

impl Report {
    /// Count a page.
    fn add(&mut self, caller: usize, buffers: usize, age: u64) {
        self.all.add(buffers, age);
        let class = AGES.iter().position(|&(end, _)| age / 1000 < end).unwrap_or(AGES.len());
        self.ages[class] += 1;
        let place = self.holders.iter_mut().find(|h| h.pages == 0 || h.caller == caller);
        let holder = place.unwrap_or(&mut self.others);
        holder.add(buffers, age);
        // Nobody looks at the others' callers.
        holder.caller = caller;
    }

    /// The callers, those with most pages first.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(|h| h.pages > 0)
    }

    /// The pages of callers that have no place among [`Report::holders`].
    pub fn others(&self) -> &Holder {
        &self.others
    }

    /// Ages, and callers if they are known, a line each. `name` tells what is
    /// at an address.
    pub fn write<D: Display>(&self, out: &mut impl Write, name: impl Fn(usize) -> D) -> fmt::Result {
        if !self.listed {
            return writeln!(out, "  ages and callers are not known: compat.page_pool.track is for that");
        }
        let Holder { pages, buffers, oldest, .. } = self.all;
        let since = if self.tracked { "allocated" } else { "from the system" };
        write!(out, "  {pages} pages with users, {buffers} buffers; {since}")?;
        for (n, (_, class)) in self.ages.iter().zip(AGES) {
            write!(out, " {class} {n},")?;
        }
        writeln!(out, " more {}; oldest {} s", self.ages[AGES.len()], oldest / 1000)?;
        if !self.tracked {
            return Ok(());
        }
        for h in self.holders() {
            writeln!(out, "  {} pages, {} buffers, oldest {} s: {}", h.pages, h.buffers, h.oldest / 1000, name(h.caller))?;
        }
        match self.others.pages {
            0 => Ok(()),
            n => writeln!(out, "  {n} pages, {} buffers, oldest {} s: others", self.others.buffers, self.others.oldest / 1000),
        }
    }

    /// The same in few words, without an end of line.
    pub fn write_short<D: Display>(&self, out: &mut impl Write, name: impl Fn(usize) -> D) -> fmt::Result {
        if !self.listed {
            return Ok(());
        }
        write!(out, ", {} buffers, oldest {} s", self.all.buffers, self.all.oldest / 1000)?;
        let mut left = self.all.pages;
        let mut sep = ": ";
        for h in self.holders().take(if self.tracked { IN_LINE } else { 0 }) {
            write!(out, "{sep}{} {}", h.pages, name(h.caller))?;
            left -= h.pages;
            sep = ", ";
        }
        if self.tracked && left > 0 {
            write!(out, "{sep}{left} others")?;
        }
        Ok(())
    }
}

impl<S: Sys> Pool<S> {
    /// What is out now. Takes the DMA lock, and looks at every page.
    pub fn report(&self) -> Report {
        let now = self.sys.now();
        let mut r = Report { tracked: self.cfg.track, in_flight: self.inflight(), ..Report::default() };
        r.listed = r.tracked || self.cfg.flags.contains(Flags::DMA_MAP);
        self.dma.with(|dma| {
            dma.pages.each(|e| {
                let users = refs::users_seen(e.page);
                if users == 0 {
                    return;
                }
                let since = match e.note.at {
                    0 => u64::from(e.came) * 1000,
                    at => at - 1,
                };
                r.add(e.note.caller, users, now.saturating_sub(since));
            });
        });
        r.holders.sort_unstable_by_key(|h| (Reverse(h.pages), Reverse(h.oldest), h.caller));
        r
    }
}
