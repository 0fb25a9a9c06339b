// SPDX-License-Identifier: BSD-2-Clause
//! Against the standard's words, said another way.

use crate::absent;
use crate::chandef::{Chandef, Width};
use crate::element;
use crate::frame::{self, FrameControl};
use crate::seq;
use proptest::prelude::*;

/// All pairs of sequence numbers: what comes less than half the circle later.
#[test]
fn order_of_sequence_numbers() {
    for a in 0..4096u16 {
        let mut after = [false; 4096];
        let mut b = a;
        for _ in 1..2048 {
            b = if b == 4095 { 0 } else { b + 1 };
            after[usize::from(b)] = true;
        }
        for b in 0..4096u16 {
            assert_eq!(seq::less(a, b), after[usize::from(b)], "{a} {b}");
        }
    }
}

proptest! {
    #[test]
    fn sequence_numbers_wrap(a in 0u32..4096, n in 0u32..65536) {
        prop_assert_eq!(u32::from(seq::add(a as u16, n as u16)), (a + n) % 4096);
        prop_assert_eq!(u32::from(seq::sub(a as u16, n as u16)), (a + 4096 * 16 - n) % 4096);
        prop_assert_eq!(seq::sub(seq::add(a as u16, n as u16), n as u16), a as u16);
    }

    /// A search in a list that was put together from its parts.
    #[test]
    fn elements_are_found(
        list in prop::collection::vec((0u8..6, prop::collection::vec(0u8..4, 0..12)), 0..12),
        id in 0u8..6, pattern in prop::collection::vec(0u8..4, 0..3), at in 0usize..4,
        cut in 0usize..40,
    ) {
        let id = if id == 5 { element::EXTENSION } else { id };
        let mut bytes = Vec::new();
        let mut starts = Vec::new();
        for (eid, data) in &list {
            let eid = if *eid == 5 { element::EXTENSION } else { *eid };
            starts.push((bytes.len(), eid, data));
            bytes.push(eid);
            bytes.push(data.len() as u8);
            bytes.extend_from_slice(data);
        }
        let len = bytes.len().saturating_sub(cut);
        let expected = starts.iter()
            .take_while(|(start, _, data)| start + 2 + data.len() <= len)
            .find(|(_, eid, data)| *eid == id && data.len() >= at + pattern.len()
                && data[at..at + pattern.len()] == pattern[..])
            .map(|e| e.0);
        prop_assert_eq!(element::find(id, &bytes[..len], &pattern, at), expected);
    }

    #[test]
    fn any_bytes_are_searched(bytes in prop::collection::vec(any::<u8>(), 0..64), id: u8, at in 0usize..300) {
        if let Some(o) = element::find(id, &bytes, &[], at) {
            prop_assert!(bytes[o] == id && o + 2 + usize::from(bytes[o + 1]) <= bytes.len());
        }
        frame::is_robust_management(&bytes);
        frame::is_bufferable_mmpdu(&bytes);
    }
}

#[test]
fn vendor_elements() {
    let wpa = [221, 5, 0x00, 0x50, 0xf2, 1, 9];
    let wps = [221, 4, 0x00, 0x50, 0xf2, 4];
    let all = [wpa.as_slice(), &wps, &[255, 2, 35, 7]].concat();
    assert_eq!(element::find_vendor(0x0050f2, 1, &all), Some(0));
    assert_eq!(element::find_vendor(0x0050f2, 4, &all), Some(7));
    assert_eq!(element::find_vendor(0x0050f2, -1, &all), Some(0));
    assert_eq!(element::find_vendor(0x506f9a, 9, &all), None);
    assert_eq!(element::find_extended(35, &all), Some(13));
    assert_eq!(element::find_extended(36, &all), None);
}

/// A management frame of this subtype with a body, and flags of Frame Control.
fn management(subtype: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let mut f = vec![subtype << 4, flags];
    f.resize(24, 0xaa);
    f.extend_from_slice(body);
    f
}

#[test]
fn robust_frames() {
    let robust = |f: &[u8]| frame::is_robust_management(f);
    for subtype in 0..16 {
        let f = management(subtype, 0, &[3, 0]);
        assert_eq!(robust(&f), matches!(subtype, 10 | 12 | 13), "subtype {subtype}");
    }
    // Table 9-51, the Robust column.
    let open = [4, 7, 11, 15, 20, 21, 22, 30, 36, 127];
    for category in 0..128u8 {
        let f = management(13, 0, &[category, 0]);
        assert_eq!(robust(&f), !open.contains(&category), "category {category}");
    }
    // Encrypted: the category cannot be read and was robust.
    assert!(robust(&management(13, 0x40, &[4, 0])));
    // With HT Control in between.
    assert!(!robust(&management(13, 0x80, &[0, 0, 0, 0, 4, 0])));
    assert!(robust(&management(13, 0x80, &[4, 0, 0, 0, 3, 0])));
    // Too short to say, and of other types.
    assert!(!robust(&management(13, 0, &[])));
    assert!(!robust(&management(12, 0, &[])) && robust(&management(12, 0, &[7])));
    assert!(!robust(&[0xd0]));
    assert!(!robust(&[0xd8; 40]));
}

#[test]
fn timing_and_bufferable_frames() {
    let ftm = management(13, 0, &[4, 33, 1]);
    let request = management(13, 0, &[4, 32, 1]);
    assert!(frame::is_ftm(&ftm) && !frame::is_ftm(&request));
    assert!(frame::is_timing_measurement(&management(13, 0, &[11, 1])));
    assert!(!frame::is_timing_measurement(&ftm));
    assert!(frame::is_bufferable_mmpdu(&request) && !frame::is_bufferable_mmpdu(&ftm));
    for subtype in 0..16 {
        let f = management(subtype, 0, &[3, 0]);
        assert_eq!(frame::is_bufferable_mmpdu(&f), matches!(subtype, 10 | 12 | 13), "{subtype}");
    }
    // Data and control frames with the same subtype bits.
    for kind in [4u8, 8] {
        let mut f = management(13, 0, &[3, 0]);
        f[0] |= kind;
        assert!(!frame::is_bufferable_mmpdu(&f) && !frame::is_robust_management(&f));
    }
}

#[test]
fn fragments() {
    let more = FrameControl(0x0400 | 8);
    let last = FrameControl(8);
    for number in 0..16u16 {
        for sn in [0u16, 1, 0xfff] {
            let sc = sn << 4 | number;
            assert_eq!(frame::is_first_fragment(sc), number == 0);
            assert!(frame::is_fragment(more, sc));
            assert_eq!(frame::is_fragment(last, sc), number != 0);
        }
    }
    assert!(FrameControl(0x1000).has_pm() && !FrameControl(0xefff).has_pm());
}

/// What the channel plans of 5 and 6 GHz have, and nothing near it.
#[test]
fn channel_definitions() {
    let plan: [(Width, u32, &[u32]); 4] = [
        (Width::Mhz40, 40, &[38, 46, 54, 62, 102, 110, 118, 126, 134, 142, 151, 159]),
        (Width::Mhz80, 80, &[42, 58, 106, 122, 138, 155]),
        (Width::Mhz160, 160, &[50, 114]),
        (Width::Mhz320, 320, &[31, 63]),
    ];
    for (width, mhz, centers) in plan {
        for center in centers {
            let center1 = 5000 + 5 * center;
            // Primaries are 20 MHz apart, the outermost 10 MHz from the edge.
            let primaries: Vec<u32> = (0..mhz / 20).map(|n| center1 + 10 + 20 * n - mhz / 2).collect();
            for control in center1 - 200..center1 + 200 {
                let c = Chandef { control, center1, center2: 0, width };
                assert_eq!(c.is_valid(), primaries.contains(&control), "{c:?}");
                assert!(!Chandef { center2: 5775, ..c }.is_valid());
            }
            let c = Chandef { control: primaries[0], center1, center2: 0, width };
            let found: Vec<u32> = (0..40).map_while(|n| c.channel(n)).collect();
            assert_eq!(found, primaries);
        }
    }
    for width in [Width::Mhz20, Width::Mhz20NoHt, Width::Mhz5, Width::Mhz10] {
        let c = Chandef { control: 2437, center1: 2437, center2: 0, width };
        assert!(c.is_valid() && c.channel(0) == Some(2437) && c.channel(1).is_none());
        assert!(!Chandef { center1: 2447, ..c }.is_valid());
    }
    let two = Chandef { control: 5180, center1: 5210, center2: 5775, width: Width::Mhz80p80 };
    assert!(two.is_valid());
    assert_eq!(two.channel(4), Some(5745));
    assert_eq!((two.channel(7), two.channel(8)), (Some(5805), None));
    assert!(!Chandef { center2: 5290, ..two }.is_valid());
    assert!(!Chandef { center2: 0, ..two }.is_valid());
    assert!(!Chandef { control: 5745, ..two }.is_valid());
    // Alone in its band's lowest 20 MHz.
    assert!(!Chandef { control: 5935, center1: 5945, center2: 0, width: Width::Mhz40 }.is_valid());
    assert!(!Chandef { control: 0, center1: 0, center2: 0, width: Width::Mhz20 }.is_valid());
    assert!(Width::new(9).is_none());
}

#[test]
fn absent_functions() {
    assert!(absent::TABLE.windows(2).all(|w| w[0].name < w[1].name));
    let a = absent::find(b"ieee80211_start_tx_ba_session").expect("it is in the table");
    assert_eq!(a.returns(), -22);
    assert!(a.call() && !a.call());
    assert_eq!(a.calls(), 2);
    assert!(absent::find(b"ieee80211_register_hw").is_none());
    assert_eq!(absent::find(b"ieee80211_csa_finish").map(|a| a.returns()), Some(0));
    assert!(absent::TABLE.iter().all(|a| !a.why.is_empty() && a.why.len() < 160));
}

/// docs/mt76-names.md has every name that a header of ours maps, and every row
/// of what is absent.
#[test]
fn documented() {
    let page = include_str!("../../../docs/mt76-names.md");
    let headers = [
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/skb_more.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/skb_frags.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/skb_queue.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/wlan.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/wlan_rate.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/lkpirs/wlan_absent.h"),
        include_str!("../../../sys/compat/linuxkpi/common/include/linux/netdevice.h"),
    ];
    let prefixes = ["ieee80211_", "_ieee80211_", "cfg80211_", "skb_", "__skb_", "napi_", "netif_", "dev_", "pskb_", "build_skb", "consume_skb"];
    let mut seen = 0;
    for line in headers.iter().flat_map(|h| h.lines()) {
        let Some(rest) = line.strip_prefix("#define\t") else { continue };
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        if prefixes.iter().any(|p| name.starts_with(p)) {
            assert!(page.contains(&format!("`{name}`")), "{name} is not in docs/mt76-names.md");
            seen += 1;
        }
    }
    assert!(seen > 90, "{seen}");
    for a in &absent::TABLE {
        let row = page.lines().find(|l| l.starts_with(&format!("| `{}` |", a.name)) && l.contains(a.why));
        let row = row.unwrap_or_else(|| panic!("{} has no row that says why", a.name));
        assert!(a.errno.is_none() || row.contains("| -EINVAL |"), "{row}");
    }
}
