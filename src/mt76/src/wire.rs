// SPDX-License-Identifier: BSD-2-Clause
//! The rate of a frame as C hands it over: `struct lkpirs_rate`.

use crate::phy::{self, Phy, EHT_RU, HE_RU};
use crate::rate::{self, Legacy, Mcs};

/// LinuxKPI's `rate_info` and `ieee80211_rx_status`, what both have. The
/// numbers are those of LinuxKPI's enums; lkpirs/wlan.h asserts them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    /// Without MCS, in 100 kbit/s.
    pub legacy: u16,
    /// 0 legacy, then HT, VHT, HE, EHT.
    pub encoding: u8,
    /// 20, 5, 10, 40, 80, 160 MHz, an HE unit, 320 MHz, an EHT unit.
    pub bw: u8,
    /// HT: 0 to 31 with its streams, and 32.
    pub mcs: u8,
    /// Streams; not for HT.
    pub nss: u8,
    /// HT, VHT: 1 is short. HE, EHT: 0.8, 1.6, 3.2 us.
    pub gi: u8,
    /// Which unit.
    pub ru: u8,
    /// HE: dual carrier modulation.
    pub dcm: u8,
    /// CCK.
    pub short_preamble: u8,
    /// HT.
    pub greenfield: u8,
    /// In the 2.4 GHz band.
    pub two_ghz: u8,
}
const _: () = assert!(size_of::<Rate>() == 12);

/// Data subcarriers of HT's MCS 32: the same bits in both halves of 40 MHz.
const HT_DUPLICATE: u32 = 48;

impl Rate {
    fn mhz(&self) -> Option<u32> {
        Some(match self.bw {
            0 => 20,
            3 => 40,
            4 => 80,
            5 => 160,
            7 => 320,
            _ => return None,
        })
    }

    fn subcarriers(&self, phy: Phy) -> Option<u32> {
        let units: &[u32] = match (phy, self.bw) {
            (Phy::He, 6) => &HE_RU,
            (Phy::Eht, 8) => &EHT_RU,
            _ => return phy::subcarriers(phy, self.mhz()?),
        };
        units.get(usize::from(self.ru)).copied()
    }

    /// What is sent so; `None` for what no PHY has.
    pub fn mcs(&self) -> Option<Mcs> {
        let phy = match self.encoding {
            1 => Phy::Ht,
            2 => Phy::Vht,
            3 => Phy::He,
            4 => Phy::Eht,
            _ => return None,
        };
        let guard = match phy {
            Phy::Ht | Phy::Vht => [8, 4],
            Phy::He | Phy::Eht => [8, 16],
        };
        let guard = match (phy, self.gi) {
            (Phy::He | Phy::Eht, 2) => 32,
            (_, n) => *guard.get(usize::from(n))?,
        };
        let (mcs, nss) = match (phy, self.mcs) {
            (Phy::Ht, 32) => (0, 1),
            (Phy::Ht, n) => (n % 8, n / 8 + 1),
            (_, n) => (n, self.nss),
        };
        let subcarriers = match (phy, self.mcs, self.bw) {
            (Phy::Ht, 32, 3) => HT_DUPLICATE,
            (Phy::Ht, 32, _) => return None,
            _ => self.subcarriers(phy)?,
        };
        Some(Mcs {
            phy,
            subcarriers,
            mcs: mcs.into(),
            nss: nss.into(),
            guard,
            dcm: phy == Phy::He && self.dcm != 0,
            greenfield: phy == Phy::Ht && self.greenfield != 0,
        })
    }

    /// In 100 kbit/s, to the nearest; 0 for what there is not.
    pub fn bitrate(&self) -> u32 {
        match self.encoding {
            0 => self.legacy.into(),
            _ => self.mcs().map_or(0, |m| m.bitrate()),
        }
    }

    /// Microseconds on the air of so many bytes in one PPDU, to the next one;
    /// 0 for what there is not.
    pub fn airtime(&self, len: u32) -> u32 {
        let (time, ofdm) = match self.encoding {
            0 => {
                let kind = rate::legacy(self.legacy.into(), self.short_preamble != 0);
                (rate::legacy_duration(kind, self.legacy.into(), len), kind == Legacy::Ofdm)
            }
            _ => (self.mcs().map_or(0, |m| m.duration(len)), true),
        };
        let silence = if time != 0 && ofdm && self.two_ghz != 0 { rate::SIGNAL_EXTENSION } else { 0 };
        u32::try_from((time + silence).div_ceil(10)).unwrap_or(u32::MAX)
    }
}
