// SPDX-License-Identifier: BSD-2-Clause
//! Errors with their sign in the type: FreeBSD's are positive (errno(2)),
//! Linux's negative. Only a crate's `capi.rs` turns one into a C value.

use core::ffi::{c_int, c_void};

/// An error of the Linux interface, stored as the positive errno.
///
/// The values used here are the same on both systems; LinuxKPI's
/// `linux/errno.h` is FreeBSD's with a few names added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinuxErr(c_int);

/// Input/output error: what Linux says of a DMA mask that cannot be had.
pub const EIO: LinuxErr = LinuxErr(5);
/// Cannot allocate memory.
pub const ENOMEM: LinuxErr = LinuxErr(12);
/// Resource busy.
pub const EBUSY: LinuxErr = LinuxErr(16);
/// No such device.
pub const ENODEV: LinuxErr = LinuxErr(19);
/// Invalid argument.
pub const EINVAL: LinuxErr = LinuxErr(22);

impl LinuxErr {
    /// The value as Linux's functions return it: negative.
    pub const fn to_linux(self) -> c_int {
        -self.0
    }

    /// The value as FreeBSD's functions return it: positive.
    pub const fn to_bsd(self) -> c_int {
        self.0
    }

    /// Linux's `ERR_PTR`: the negative errno as a pointer.
    pub fn to_err_ptr<T>(self) -> *mut T {
        (-self.0 as isize) as *mut c_void as *mut T
    }
}
