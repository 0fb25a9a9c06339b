// SPDX-License-Identifier: BSD-2-Clause
//! The rate of a PPDU (Linux `cfg80211_calculate_bitrate`) and how long it is
//! on the air (Linux `ieee80211_calc_rx_airtime`).

use crate::phy::{self, Guard, Phy};

/// How the data of a PPDU with an MCS are sent.
#[derive(Clone, Copy, Debug)]
pub struct Mcs {
    /// Which PHY.
    pub phy: Phy,
    /// Data subcarriers.
    pub subcarriers: u32,
    /// Without the streams: HT's 0 to 7.
    pub mcs: u32,
    /// Spatial streams, 1 to 8 (HT: 4).
    pub nss: u32,
    /// Guard interval, in 100 ns.
    pub guard: Guard,
    /// Dual carrier modulation: each bit twice.
    pub dcm: bool,
    /// HT in greenfield format: no part for older stations.
    pub greenfield: bool,
}

impl Mcs {
    /// Twelve times the data bits of a symbol; 0 for what the PHY has not.
    fn twelfths_of_bits(&self) -> u64 {
        let (streams, highest) = match self.phy {
            Phy::Ht => (4, 7),
            Phy::Vht => (8, 9),
            Phy::He => (8, 11),
            Phy::Eht if self.mcs >= 14 => (1, 15),
            Phy::Eht => (8, 13),
        };
        if self.mcs > highest || self.nss == 0 || self.nss > streams {
            return 0;
        }
        let (mcs, subcarriers) = match (self.mcs, self.subcarriers) {
            // DCM, and the same in both halves of 80, 160 or 320 MHz.
            (14, 980) => (0, 234),
            (14, n @ (1960 | 3920)) => (0, n / 4),
            (14, _) => return 0,
            (15, n) => (0, n / 2),
            (mcs, n) => (mcs, if self.dcm { n / 2 } else { n }),
        };
        let Some((bits, twelfths)) = phy::modulation(mcs) else { return 0 };
        u64::from(subcarriers * self.nss * bits * twelfths)
    }

    /// The rate, in 100 kbit/s to the nearest; 0 for what there is not.
    pub fn bitrate(&self) -> u32 {
        // Bits per 100 ns are 10 Mbit/s.
        let symbol = 12 * u64::from(phy::symbol(self.phy, self.guard));
        ((self.twelfths_of_bits() * 100 + symbol / 2) / symbol) as u32
    }

    /// The part in front of the data, in 100 ns (19.4.3, 21.4.3, 27.4.3): the
    /// legacy preamble, signal fields, short and long training.
    fn preamble(&self) -> u32 {
        let training = phy::training_symbols(self.phy, self.nss);
        // HE: 2x LTF with a short guard interval, 4x with the longest, which
        // are what every receiver has.
        let long = if self.guard < 32 { 64 } else { 128 } + self.guard;
        match self.phy {
            Phy::Ht if self.greenfield => 80 + 80 + 80 + 40 * (training - 1),
            Phy::Ht => 200 + 80 + 40 + 40 * training,
            Phy::Vht => 200 + 80 + 40 + 40 * training + 40,
            Phy::He => 200 + 40 + 80 + 40 + long * training,
            // U-SIG; EHT-SIG of one user at its lowest rate.
            Phy::Eht => 200 + 40 + 80 + 80 + 40 + long * training,
        }
    }

    /// The time on the air of so many bytes in one PPDU, in 100 ns, without
    /// packet and signal extension.
    pub fn duration(&self, len: u32) -> u64 {
        let per_symbol = self.twelfths_of_bits() / 12;
        if per_symbol == 0 {
            return 0;
        }
        let symbols = (16 + 8 * u64::from(len) + 6).div_ceil(per_symbol);
        let data = symbols * u64::from(phy::symbol(self.phy, self.guard));
        let data = match self.phy {
            // With the short guard interval the PPDU still ends on 4 us.
            Phy::Ht | Phy::Vht => data.next_multiple_of(40),
            Phy::He | Phy::Eht => data,
        };
        u64::from(self.preamble()) + data
    }
}

/// The rates without an MCS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Legacy {
    /// 1, 2, 5.5 and 11 Mbit/s; whether with the short preamble.
    Cck(bool),
    /// 6 to 54 Mbit/s.
    Ofdm,
}

/// What `rate`, in 100 kbit/s, is.
pub fn legacy(rate: u32, short_preamble: bool) -> Legacy {
    match rate {
        10 => Legacy::Cck(false),
        20 | 55 | 110 => Legacy::Cck(short_preamble),
        _ => Legacy::Ofdm,
    }
}

/// The time on the air of so many bytes at `rate` (100 kbit/s, not 0), in
/// 100 ns (15.4.5.8, 16.3.4, 17.4.3).
pub fn legacy_duration(kind: Legacy, rate: u32, len: u32) -> u64 {
    let bits = 8 * u64::from(len);
    match kind {
        Legacy::Cck(short) => {
            let preamble = if short { 96 } else { 192 };
            // Whole microseconds.
            10 * (preamble + (bits * 10).div_ceil(u64::from(rate)))
        }
        Legacy::Ofdm => {
            let per_symbol = u64::from(rate) * 4 / 10;
            if per_symbol == 0 {
                return 0;
            }
            200 + 40 * (16 + bits + 6).div_ceil(per_symbol)
        }
    }
}

/// OFDM in the 2.4 GHz band is followed by silence, in 100 ns.
pub const SIGNAL_EXTENSION: u64 = 60;
