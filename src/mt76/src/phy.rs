// SPDX-License-Identifier: BSD-2-Clause
//! The numbers of the OFDM PHYs: subcarriers by width, bits by MCS, symbols by
//! guard interval. IEEE Std 802.11-2020 clauses 17, 19, 21; 802.11ax-2021
//! clause 27; 802.11be clause 36.

/// The PHY of a PPDU that has an MCS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Phy {
    Ht,
    Vht,
    He,
    Eht,
}

/// Guard interval, in units of 100 ns: 4 is HT's and VHT's short one.
pub type Guard = u32;

/// Data subcarriers of a resource unit of this many 26-tone units and more:
/// 26, 52, 106, 242, 484, 996 tones and twice that (27.5).
pub const HE_RU: [u32; 7] = [24, 48, 102, 234, 468, 980, 1960];

/// The same of 802.11be, with the multiple units, in nl80211's order: 26, 52,
/// 52+26, 106, 106+26, 242, 484, 484+242, 996, 996+484, 996+484+242, 2x996,
/// 2x996+484, 3x996, 3x996+484, 4x996 (36.5).
pub const EHT_RU: [u32; 16] =
    [24, 48, 72, 102, 126, 234, 468, 702, 980, 1448, 1682, 1960, 2428, 2940, 3408, 3920];

/// Data subcarriers of a whole channel of so many MHz; `None`: the PHY has
/// none so wide.
pub fn subcarriers(phy: Phy, mhz: u32) -> Option<u32> {
    Some(match (phy, mhz) {
        (Phy::Ht | Phy::Vht, 20) => 52,
        (Phy::Ht | Phy::Vht, 40) => 108,
        (Phy::Vht, 80) => 234,
        (Phy::Vht, 160) => 468,
        (Phy::He | Phy::Eht, 20) => 234,
        (Phy::He | Phy::Eht, 40) => 468,
        (Phy::He | Phy::Eht, 80) => 980,
        (Phy::He | Phy::Eht, 160) => 1960,
        (Phy::Eht, 320) => 3920,
        _ => return None,
    })
}

/// Coded bits per subcarrier and stream, and the code rate in twelfths.
pub fn modulation(mcs: u32) -> Option<(u32, u32)> {
    const MCS: [(u32, u32); 14] = [
        (1, 6), (2, 6), (2, 9), (4, 6), (4, 9), (6, 8), (6, 9), (6, 10),
        (8, 9), (8, 10), (10, 9), (10, 10), (12, 9), (12, 10),
    ];
    MCS.get(mcs as usize).copied()
}

/// Training symbols for so many streams.
pub fn training_symbols(phy: Phy, nss: u32) -> u32 {
    match (phy, nss) {
        (_, 0 | 1) => 1,
        (_, 2) => 2,
        (Phy::Ht, _) | (_, 3 | 4) => 4,
        (_, 5 | 6) => 6,
        _ => 8,
    }
}

/// A symbol of data, in units of 100 ns.
pub fn symbol(phy: Phy, guard: Guard) -> u32 {
    match phy {
        Phy::Ht | Phy::Vht => 32 + guard,
        Phy::He | Phy::Eht => 128 + guard,
    }
}
