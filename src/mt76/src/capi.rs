// SPDX-License-Identifier: BSD-2-Clause
//! The C interface: lkpirs/mt76.h. Functions run in any context.

use crate::absent;
use crate::chandef::{Chandef, Width};
use crate::element;
use crate::frame::{self, FrameControl};
use crate::seq;
use crate::wire::Rate;
use core::ffi::{c_char, c_int, c_uint, CStr};
use core::ptr;

/// Linux `ieee80211_sn_less`.
#[no_mangle]
pub extern "C" fn lkpirs_ieee80211_sn_less(a: u16, b: u16) -> bool {
    seq::less(a, b)
}

/// Linux `ieee80211_sn_add`; with 1, `ieee80211_sn_inc`.
#[no_mangle]
pub extern "C" fn lkpirs_ieee80211_sn_add(a: u16, n: u16) -> u16 {
    seq::add(a, n)
}

/// Linux `ieee80211_is_frag`, of the header's two fields as they are sent.
#[no_mangle]
pub extern "C" fn lkpirs_ieee80211_is_frag(frame_control: u16, seq_ctrl: u16) -> bool {
    frame::is_fragment(FrameControl(u16::from_le(frame_control)), u16::from_le(seq_ctrl))
}

/// Linux `ieee80211_is_first_frag`.
#[no_mangle]
pub extern "C" fn lkpirs_ieee80211_is_first_frag(seq_ctrl: u16) -> bool {
    frame::is_first_fragment(u16::from_le(seq_ctrl))
}

/// Linux `ieee80211_has_pm`.
#[no_mangle]
pub extern "C" fn lkpirs_ieee80211_has_pm(frame_control: u16) -> bool {
    FrameControl(u16::from_le(frame_control)).has_pm()
}

/// # Safety
/// `len` bytes at `data` may be read until the caller is done; with 0, `data`
/// may be anything.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    match len {
        0 => &[],
        // SAFETY: the contract.
        _ => unsafe { core::slice::from_raw_parts(data, len) },
    }
}

macro_rules! of_frame {
    ($($(#[$doc:meta])* $c:ident = $rust:path;)*) => { $(
        $(#[$doc])*
        /// # Safety
        /// `len` bytes at `frame` may be read.
        #[no_mangle]
        pub unsafe extern "C" fn $c(frame: *const u8, len: usize) -> bool {
            // SAFETY: the contract.
            $rust(unsafe { bytes(frame, len) })
        }
    )* };
}

of_frame! {
    /// Linux `ieee80211_is_robust_mgmt_frame`.
    lkpirs_ieee80211_is_robust_mgmt = frame::is_robust_management;
    /// Linux `ieee80211_is_bufferable_mmpdu`.
    lkpirs_ieee80211_is_bufferable = frame::is_bufferable_mmpdu;
    /// Linux `ieee80211_is_ftm`.
    lkpirs_ieee80211_is_ftm_frame = frame::is_ftm;
    /// Linux `ieee80211_is_timing_measurement`.
    lkpirs_ieee80211_is_timing_frame = frame::is_timing_measurement;
}

/// The element at an offset, or NULL.
fn at(ies: *const u8, offset: Option<usize>) -> *const u8 {
    offset.map_or(ptr::null(), |o| ies.wrapping_add(o))
}

/// Linux `cfg80211_find_elem_match`: the first element with this identifier
/// and `pattern` at byte `offset` of its data.
///
/// # Safety
/// `len` bytes at `ies` and `pattern_len` at `pattern` may be read.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_cfg80211_find_elem(id: u8, ies: *const u8, len: usize, pattern: *const u8, pattern_len: usize, offset: usize) -> *const u8 {
    // SAFETY: the contract.
    at(ies, unsafe { element::find(id, bytes(ies, len), bytes(pattern, pattern_len), offset) })
}

/// Linux `cfg80211_find_ext_ie`.
///
/// # Safety
/// `len` bytes at `ies` may be read.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_cfg80211_find_ext_ie(ext: u8, ies: *const u8, len: usize) -> *const u8 {
    // SAFETY: the contract.
    at(ies, element::find_extended(ext, unsafe { bytes(ies, len) }))
}

/// Linux `cfg80211_find_vendor_ie`.
///
/// # Safety
/// `len` bytes at `ies` may be read.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_cfg80211_find_vendor_ie(oui: c_uint, kind: c_int, ies: *const u8, len: usize) -> *const u8 {
    // SAFETY: the contract.
    at(ies, element::find_vendor(oui, kind, unsafe { bytes(ies, len) }))
}

/// Linux `cfg80211_chandef_valid`.
#[no_mangle]
pub extern "C" fn lkpirs_chandef_valid(control: u32, center1: u32, center2: u32, width: u32) -> bool {
    Width::new(width).is_some_and(|width| Chandef { control, center1, center2, width }.is_valid())
}

/// Centre of a channel definition's `n`th 20 MHz, or 0.
#[no_mangle]
pub extern "C" fn lkpirs_chandef_channel(center1: u32, center2: u32, width: u32, n: u32) -> u32 {
    Width::new(width).and_then(|width| Chandef { control: 0, center1, center2, width }.channel(n)).unwrap_or(0)
}

/// Linux `cfg80211_calculate_bitrate`: in 100 kbit/s, 0 for what there is not.
///
/// # Safety
/// `rate` may be read.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_bitrate(rate: *const Rate) -> u32 {
    // SAFETY: the contract.
    unsafe { (*rate).bitrate() }
}

/// Linux `ieee80211_calc_rx_airtime`: microseconds, to the next one.
///
/// # Safety
/// `rate` may be read.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_airtime(rate: *const Rate, len: u32) -> u32 {
    // SAFETY: the contract.
    unsafe { (*rate).airtime(len) }
}

/// A call of a function that is not there: counted, the first one logged.
/// Returns what the function does.
///
/// # Safety
/// `name` is a C string.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_absent(name: *const c_char) -> c_int {
    // SAFETY: the contract.
    let name = unsafe { CStr::from_ptr(name) };
    let Some(a) = absent::find(name.to_bytes()) else { return 0 };
    if a.call() {
        kpi::klog!("mt76: {}() does nothing: {}\n", a.name, a.why);
    }
    a.returns()
}

/// Calls so far of the function of this name; of all with NULL.
///
/// # Safety
/// `name` is a C string or NULL.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_absent_calls(name: *const c_char) -> u64 {
    if name.is_null() {
        return absent::TABLE.iter().map(|a| u64::from(a.calls())).sum();
    }
    // SAFETY: the contract.
    let name = unsafe { CStr::from_ptr(name) };
    absent::find(name.to_bytes()).map_or(0, |a| a.calls().into())
}
