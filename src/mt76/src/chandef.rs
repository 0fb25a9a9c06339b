// SPDX-License-Identifier: BSD-2-Clause
//! Channels of one or two segments: which are lawful, and which channels of
//! 20 MHz they are made of (IEEE Std 802.11-2020, 21.3.14 and its kin).

/// Linux `enum nl80211_chan_width`, by LinuxKPI's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum Width {
    Mhz20NoHt,
    Mhz20,
    Mhz40,
    Mhz80,
    Mhz80p80,
    Mhz160,
    Mhz5,
    Mhz10,
    Mhz320,
}

impl Width {
    /// The width that LinuxKPI's number means.
    pub fn new(n: u32) -> Option<Width> {
        use Width::*;
        [Mhz20NoHt, Mhz20, Mhz40, Mhz80, Mhz80p80, Mhz160, Mhz5, Mhz10, Mhz320].get(n as usize).copied()
    }

    /// MHz of one segment, in steps of 20.
    fn segment(self) -> u32 {
        match self {
            Width::Mhz20NoHt | Width::Mhz20 | Width::Mhz5 | Width::Mhz10 => 20,
            Width::Mhz40 => 40,
            Width::Mhz80 | Width::Mhz80p80 => 80,
            Width::Mhz160 => 160,
            Width::Mhz320 => 320,
        }
    }
}

/// A channel definition; frequencies are centres, in MHz.
#[derive(Clone, Copy, Debug)]
pub struct Chandef {
    /// The primary 20 MHz.
    pub control: u32,
    /// Of the (first) segment.
    pub center1: u32,
    /// Of the second segment of 80+80 MHz; else 0.
    pub center2: u32,
    /// Of all of it.
    pub width: Width,
}

/// Channel 2 of the 6 GHz band, which is alone.
const CHANNEL_2_6GHZ: u32 = 5935;

impl Chandef {
    /// Whether the primary channel is one of those the first segment is made
    /// of, the segments do not touch, and only 80+80 MHz has two.
    pub fn is_valid(&self) -> bool {
        let Some(first) = self.center1.checked_sub(self.width.segment() / 2) else { return false };
        let two = self.width == Width::Mhz80p80;
        if self.control == 0 || two != (self.center2 != 0) {
            return false;
        }
        // 80 MHz apart they would be 160 MHz; nearer, they would overlap.
        if two && self.center1.abs_diff(self.center2) <= 80 {
            return false;
        }
        if self.width.segment() == 20 {
            return self.center1 == self.control;
        }
        let Some(above) = self.control.checked_sub(first) else { return false };
        self.control != CHANNEL_2_6GHZ && above < self.width.segment() && above % 20 == 10
    }

    /// Centre of the `n`th channel of 20 MHz, of all the segments.
    pub fn channel(&self, n: u32) -> Option<u32> {
        let per_segment = self.width.segment() / 20;
        let (center, n) = match n.checked_sub(per_segment) {
            None => (self.center1, n),
            Some(n) if self.width == Width::Mhz80p80 && n < per_segment => (self.center2, n),
            Some(_) => return None,
        };
        center.checked_sub(self.width.segment() / 2).map(|low| low + 10 + 20 * n)
    }
}
