// SPDX-License-Identifier: BSD-2-Clause
//! Rates and times against the standard's tables and well-known durations.

use crate::wire::Rate;
use proptest::prelude::*;

const MHZ20: u8 = 0;
const MHZ40: u8 = 3;
const MHZ80: u8 = 4;
const MHZ160: u8 = 5;
const HE_RU: u8 = 6;
const MHZ320: u8 = 7;
const EHT_RU: u8 = 8;

fn ht(mcs: u8, bw: u8, gi: u8) -> Rate {
    Rate { encoding: 1, mcs, bw, gi, ..Rate::default() }
}
fn with_mcs(encoding: u8, mcs: u8, nss: u8, bw: u8, gi: u8) -> Rate {
    Rate { encoding, mcs, nss, bw, gi, ..Rate::default() }
}
fn legacy(rate: u16) -> Rate {
    Rate { legacy: rate, ..Rate::default() }
}

/// 802.11-2020, tables 19-27 to 19-38, for one stream, and multiples.
#[test]
fn ht_rates() {
    let table = [
        (MHZ20, 0, [65, 130, 195, 260, 390, 520, 585, 650]),
        (MHZ20, 1, [72, 144, 217, 289, 433, 578, 650, 722]),
        (MHZ40, 0, [135, 270, 405, 540, 810, 1080, 1215, 1350]),
        (MHZ40, 1, [150, 300, 450, 600, 900, 1200, 1350, 1500]),
    ];
    for (bw, gi, rates) in table {
        for (mcs, rate) in rates.into_iter().enumerate() {
            assert_eq!(ht(mcs as u8, bw, gi).bitrate(), rate, "{mcs} {bw} {gi}");
        }
    }
    assert_eq!(ht(15, MHZ20, 0).bitrate(), 1300);
    assert_eq!(ht(31, MHZ40, 1).bitrate(), 6000);
    assert_eq!((ht(32, MHZ40, 0).bitrate(), ht(32, MHZ40, 1).bitrate()), (60, 67));
    assert_eq!((ht(32, MHZ20, 0).bitrate(), ht(33, MHZ40, 0).bitrate(), ht(7, MHZ80, 0).bitrate()), (0, 0, 0));
}

/// Tables 21-29 to 21-60.
#[test]
fn vht_rates() {
    let v = |mcs, nss, bw, gi| with_mcs(2, mcs, nss, bw, gi).bitrate();
    let mhz80 = [293, 585, 878, 1170, 1755, 2340, 2633, 2925, 3510, 3900];
    for (mcs, rate) in mhz80.into_iter().enumerate() {
        assert_eq!(v(mcs as u8, 1, MHZ80, 0), rate);
    }
    assert_eq!((v(8, 1, MHZ20, 0), v(9, 3, MHZ20, 1)), (780, 2889));
    assert_eq!((v(9, 1, MHZ40, 1), v(9, 1, MHZ80, 1), v(9, 2, MHZ160, 1)), (2000, 4333, 17333));
    assert_eq!(v(9, 8, MHZ160, 1), 69333);
    assert_eq!((v(10, 1, MHZ80, 0), v(0, 9, MHZ80, 0), v(0, 0, MHZ80, 0), v(0, 1, MHZ320, 0)), (0, 0, 0, 0));
}

/// 802.11ax-2021, tables 27-79 and after.
#[test]
fn he_rates() {
    let h = |mcs, nss, bw, gi| with_mcs(3, mcs, nss, bw, gi).bitrate();
    let mhz20 = [86, 172, 258, 344, 516, 688, 774, 860, 1032, 1147, 1290, 1434];
    for (mcs, rate) in mhz20.into_iter().enumerate() {
        assert_eq!(h(mcs as u8, 1, MHZ20, 0), rate, "{mcs}");
    }
    assert_eq!((h(11, 1, MHZ80, 0), h(11, 1, MHZ80, 1), h(11, 1, MHZ80, 2)), (6005, 5671, 5104));
    assert_eq!((h(11, 2, MHZ160, 0), h(11, 8, MHZ160, 0)), (24020, 96078));
    let dcm = Rate { dcm: 1, ..with_mcs(3, 0, 1, MHZ20, 0) };
    assert_eq!(dcm.bitrate(), 43);
    let ru = |n, gi| Rate { ru: n, ..with_mcs(3, 0, 1, HE_RU, gi) }.bitrate();
    assert_eq!([ru(0, 0), ru(1, 0), ru(2, 0), ru(3, 0), ru(6, 0), ru(7, 0)], [9, 18, 38, 86, 721, 0]);
    assert_eq!((h(12, 1, MHZ20, 0), h(0, 1, MHZ20, 3)), (0, 0));
}

/// 802.11be, tables 36-71 and after.
#[test]
fn eht_rates() {
    let e = |mcs, nss, bw, gi| with_mcs(4, mcs, nss, bw, gi).bitrate();
    assert_eq!((e(13, 1, MHZ320, 0), e(13, 2, MHZ320, 0)), (28824, 57647));
    assert_eq!((e(13, 1, MHZ20, 0), e(12, 1, MHZ80, 0)), (1721, 6485));
    assert_eq!((e(15, 1, MHZ20, 0), e(15, 2, MHZ20, 0)), (86 / 2, 0));
    assert_eq!((e(14, 1, MHZ80, 0), e(14, 1, MHZ160, 0), e(14, 1, MHZ320, 0), e(14, 1, MHZ40, 0)), (86, 180, 360, 0));
    let mru = Rate { ru: 7, ..with_mcs(4, 0, 1, EHT_RU, 0) };
    assert_eq!(mru.bitrate(), 258);
    assert_eq!(Rate { ru: 16, ..mru }.bitrate(), 0);
}

/// Durations that every textbook has.
#[test]
fn known_durations() {
    // ACK and CTS of 14 bytes.
    assert_eq!(legacy(60).airtime(14), 44);
    assert_eq!(legacy(240).airtime(14), 28);
    assert_eq!(legacy(10).airtime(14), 304);
    assert_eq!(Rate { short_preamble: 1, ..legacy(20) }.airtime(14), 152);
    assert_eq!(Rate { short_preamble: 1, ..legacy(10) }.airtime(14), 304);
    // With the silence after OFDM in 2.4 GHz, and without it after CCK.
    assert_eq!(Rate { two_ghz: 1, ..legacy(60) }.airtime(14), 50);
    assert_eq!(Rate { two_ghz: 1, ..legacy(10) }.airtime(14), 304);
    // 1,500 bytes.
    assert_eq!(legacy(540).airtime(1500), 244);
    assert_eq!(Rate { short_preamble: 1, ..legacy(110) }.airtime(1500), 1187);
    assert_eq!(ht(7, MHZ20, 0).airtime(1500), 224);
    assert_eq!(Rate { greenfield: 1, ..ht(7, MHZ20, 0) }.airtime(1500), 212);
    assert_eq!(with_mcs(2, 9, 1, MHZ80, 1).airtime(1500), 72);
    assert_eq!(with_mcs(3, 11, 2, MHZ80, 0).airtime(1500), 64);
    assert_eq!(with_mcs(3, 11, 2, MHZ80, 2).airtime(1500), 84);
    assert_eq!(with_mcs(4, 13, 2, MHZ320, 0).airtime(1500), 72);
    // 88 bits, and with service and tail bits the fifth symbol.
    assert_eq!(ht(0, MHZ20, 0).airtime(11), 56);
    assert_eq!(ht(0, MHZ20, 0).airtime(10), 52);
    // Nothing there is.
    assert_eq!(legacy(0).airtime(1500), 0);
    assert_eq!(with_mcs(5, 0, 1, MHZ20, 0).airtime(1500), 0);
    assert_eq!(ht(40, MHZ20, 0).airtime(1500), 0);
}

fn any_rate() -> impl Strategy<Value = Rate> {
    const LEGACY: [u16; 12] = [10, 20, 55, 110, 60, 90, 120, 180, 240, 360, 480, 540];
    (any::<[u8; 7]>(), 0usize..12).prop_map(|(b, legacy)| Rate {
        legacy: LEGACY[legacy],
        encoding: b[0] % 6,
        bw: b[1] % 10,
        mcs: b[2] % 40,
        nss: b[3] % 10,
        gi: b[4] % 4,
        ru: b[5] % 18,
        dcm: b[6] & 1,
        short_preamble: b[6] >> 1 & 1,
        greenfield: b[6] >> 2 & 1,
        two_ghz: b[6] >> 3 & 1,
    })
}

proptest! {
    /// The time is that of the bits at the rate, and of a preamble, at most a
    /// symbol and the rounding: 16 us to 300 us more.
    #[test]
    fn time_follows_from_the_rate(rate in any_rate(), len in 0u32..4_000_000) {
        let (time, bitrate) = (f64::from(rate.airtime(len)), f64::from(rate.bitrate()));
        if bitrate < 4.0 {
            return Ok(());
        }
        // Rates are rounded to 100 kbit/s, which is the error of the product.
        // A symbol carries whole bits, so the time may be that of a rate less
        // by up to a bit a symbol.
        let bits = 8.0 * f64::from(len);
        let lost = match rate.encoding {
            0 => 0.0,
            1 | 2 => 10.0 / 3.6,
            _ => 10.0 / 13.6,
        };
        let (least, most) = (bits * 10.0 / (bitrate + 0.5), bits * 10.0 / (bitrate - 0.5 - lost));
        prop_assert!(time >= least + 16.0 && time <= most + 330.0, "{rate:?} {len}: {least} {time} {most}");
    }

    /// More bytes never take less time, and nothing overflows.
    #[test]
    fn time_grows(rate in any_rate(), a: u32, b: u32) {
        let (a, b) = (a.min(b), a.max(b));
        prop_assert!(rate.airtime(a) <= rate.airtime(b));
    }

    /// Two streams carry twice what one does, but for the bit that a symbol
    /// has to be whole in.
    #[test]
    fn streams_add(rate in any_rate()) {
        let one = Rate { nss: 1, ..rate };
        let two = Rate { nss: 2, ..rate };
        if rate.encoding >= 2 && rate.mcs < 14 {
            prop_assert!(two.bitrate().abs_diff(2 * one.bitrate()) <= 2);
        }
    }
}
