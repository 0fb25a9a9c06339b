// SPDX-License-Identifier: BSD-2-Clause
//! What the header of an MPDU says (IEEE Std 802.11-2020, 9.2.4 and 9.3.3).

/// The Frame Control field, in the CPU's byte order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameControl(pub u16);

const MANAGEMENT: u16 = 0;
const DISASSOC: u16 = 10;
const DEAUTH: u16 = 12;
const ACTION: u16 = 13;
const ACTION_NO_ACK: u16 = 14;

/// The fixed header of a management frame, without HT Control.
const HEADER: usize = 24;

impl FrameControl {
    fn kind(self) -> u16 {
        self.0 >> 2 & 3
    }

    fn subtype(self) -> u16 {
        self.0 >> 4 & 15
    }

    fn is_management(self, subtype: u16) -> bool {
        self.kind() == MANAGEMENT && self.subtype() == subtype
    }

    /// More Fragments.
    pub fn has_more_fragments(self) -> bool {
        self.0 & 1 << 10 != 0
    }

    /// Power Management: the sender will be in power save mode.
    pub fn has_pm(self) -> bool {
        self.0 & 1 << 12 != 0
    }

    /// Protected Frame.
    pub fn is_protected(self) -> bool {
        self.0 & 1 << 14 != 0
    }

    /// +HTC of a management frame: four bytes of HT Control follow the header.
    fn has_htc(self) -> bool {
        self.0 & 1 << 15 != 0
    }
}

/// Whether the Sequence Control field is of an MSDU's first fragment.
pub fn is_first_fragment(seq_ctrl: u16) -> bool {
    seq_ctrl & 15 == 0
}

/// Whether the frame is a fragment of an MSDU that has others.
pub fn is_fragment(fc: FrameControl, seq_ctrl: u16) -> bool {
    fc.has_more_fragments() || !is_first_fragment(seq_ctrl)
}

/// Frame Control, if the frame is long enough to have one.
pub fn control(frame: &[u8]) -> Option<FrameControl> {
    Some(FrameControl(u16::from_le_bytes(frame.get(..2)?.try_into().ok()?)))
}

/// Category and action of an Action frame in the clear.
fn action(frame: &[u8]) -> Option<(u8, Option<u8>)> {
    let fc = control(frame)?;
    if !fc.is_management(ACTION) || fc.is_protected() {
        return None;
    }
    let at = HEADER + if fc.has_htc() { 4 } else { 0 };
    Some((*frame.get(at)?, frame.get(at + 1).copied()))
}

/// The categories that Table 9-51 (and its amendments' rows) call not robust:
/// Public, HT, Unprotected WNM, Self-protected, Unprotected DMG, VHT,
/// Unprotected S1G, HE, EHT, Vendor-specific.
fn is_robust_category(category: u8) -> bool {
    !matches!(category & 0x7f, 4 | 7 | 11 | 15 | 20 | 21 | 22 | 30 | 36 | 127)
}

/// Whether management frame protection covers the frame: Disassociation,
/// Deauthentication and robust Action frames. What is encrypted already was.
pub fn is_robust_management(frame: &[u8]) -> bool {
    let Some(fc) = control(frame) else { return false };
    // The shortest that can be told: a header and one byte.
    if frame.len() <= HEADER {
        return false;
    }
    if fc.is_management(DISASSOC) || fc.is_management(DEAUTH) {
        return true;
    }
    match fc.is_management(ACTION) {
        true if fc.is_protected() => true,
        _ => action(frame).is_some_and(|(category, _)| is_robust_category(category)),
    }
}

/// Whether the frame is a Fine Timing Measurement (a Public Action frame).
pub fn is_ftm(frame: &[u8]) -> bool {
    action(frame) == Some((4, Some(33)))
}

/// Whether the frame is a Timing Measurement (an Unprotected WNM one).
pub fn is_timing_measurement(frame: &[u8]) -> bool {
    action(frame) == Some((11, Some(1)))
}

/// Whether an AP keeps the frame for a station that sleeps (11.2.2): Action
/// but for Fine Timing Measurement, Disassociation, Deauthentication. The rule
/// for frames of an IBSS is another and is not asked for here.
pub fn is_bufferable_mmpdu(frame: &[u8]) -> bool {
    let Some(fc) = control(frame) else { return false };
    fc.kind() == MANAGEMENT
        && fc.subtype() != ACTION_NO_ACK
        && matches!(fc.subtype(), DISASSOC | DEAUTH | ACTION)
        && !is_ftm(frame)
}
