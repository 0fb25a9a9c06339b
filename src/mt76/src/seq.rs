// SPDX-License-Identifier: BSD-2-Clause
//! Sequence numbers: 12 bits, compared over half of their circle (IEEE Std
//! 802.11-2020, 10.24.7.6.2).

/// The numbers wrap at this.
pub const MODULO: u16 = 1 << 12;
const MASK: u16 = MODULO - 1;

/// Whether `a` comes before `b`: by less than half the circle.
#[inline]
pub fn less(a: u16, b: u16) -> bool {
    sub(a, b) > MODULO / 2
}

/// The number `n` after `a`.
#[inline]
pub fn add(a: u16, n: u16) -> u16 {
    a.wrapping_add(n) & MASK
}

/// How far `a` is after `b`.
#[inline]
pub fn sub(a: u16, b: u16) -> u16 {
    a.wrapping_sub(b) & MASK
}
