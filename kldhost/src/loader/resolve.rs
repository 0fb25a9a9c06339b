// SPDX-License-Identifier: BSD-2-Clause
//! Module metadata, and who provides a symbol.

use std::ffi::CStr;
use std::os::raw::c_char;

use super::elf::{Image, Place};
use crate::symbols;

/// __FreeBSD_version of the simulated kernel, version of its module `kernel`.
pub const KERNEL_VERSION: i32 = 1_500_068;

/// MODULE_DEPEND
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depend {
    /// Module name.
    pub module: String,
    /// Oldest version that will do.
    pub min: i32,
    /// Newest version that will do.
    pub max: i32,
}

/// What a file says about itself in `set_modmetadata_set`.
#[derive(Default, Debug)]
pub struct Metadata {
    /// MODULE_DEPEND records.
    pub depends: Vec<Depend>,
    /// MODULE_VERSION records.
    pub versions: Vec<(String, i32)>,
    /// Names and addresses of moduledata_t.
    pub modules: Vec<(String, u64)>,
}

#[repr(C)]
struct RawMeta {
    version: i32,
    kind: i32,
    data: *const i32,
    cval: *const c_char,
}

/// Reads the metadata of a mapped and (locally) relocated image.
///
/// # Safety
/// `base` is where `image` is mapped, with its local relocations applied.
pub unsafe fn metadata(image: &Image, base: u64) -> Result<Metadata, String> {
    let mut out = Metadata::default();
    let Some((lo, hi)) = image.set_bounds("set_modmetadata_set") else { return Ok(out) };
    let inside = |p: u64, n: u64| p >= base && p + n <= base + image.size;
    let mut at = base + lo;
    while at + 8 <= base + hi {
        // SAFETY: at lies in the mapped section.
        let p = unsafe { *(at as *const u64) };
        at += 8;
        if !inside(p, 24) {
            return Err("modmetadata_set points out of the file".into());
        }
        // SAFETY: p was checked to lie in the image.
        let m = unsafe { &*(p as *const RawMeta) };
        if !inside(m.data as u64, 12) || !inside(m.cval as u64, 1) {
            return Err("module metadata points out of the file".into());
        }
        // SAFETY: in the image, whose last section is followed by zeroes.
        let name = unsafe { CStr::from_ptr(m.cval) }.to_string_lossy().into_owned();
        // SAFETY: checked above for three ints, which MDT_DEPEND needs.
        let word = |i: usize| unsafe { *m.data.add(i) };
        match m.kind {
            1 => out.depends.push(Depend { module: name, min: word(0), max: word(2) }),
            2 => out.modules.push((name, m.data as u64)),
            3 => out.versions.push((name, word(0))),
            _ => {}
        }
    }
    Ok(out)
}

/// `__start_set_x` and `__stop_set_x` of a file's own sections.
pub fn set_symbol(image: &Image, base: u64, name: &str) -> Option<u64> {
    if let Some(set) = name.strip_prefix("__start_") {
        return image.set_bounds(set).map(|b| base + b.0);
    }
    let set = name.strip_prefix("__stop_")?;
    image.set_bounds(set).map(|b| base + b.1)
}

/// The address of a symbol defined in the image itself.
pub fn own(image: &Image, base: u64, sym: usize) -> Option<u64> {
    let s = &image.symbols[sym];
    match s.place {
        Place::Image(off) => Some(base + off),
        Place::Absolute(v) => Some(v),
        Place::Undefined if sym == 0 => Some(0),
        Place::Undefined => set_symbol(image, base, &s.name),
        Place::Nowhere => Some(0),
    }
}

/// A symbol of the kernel.
pub fn from_kernel(name: &str) -> Option<u64> {
    symbols::kernel().get(name).copied()
}

/// A global symbol of a loaded file, by name.
pub fn exported(image: &Image, base: u64, name: &str) -> Option<u64> {
    image.symbols.iter().find(|s| s.global && s.name == name).and_then(|s| match s.place {
        Place::Image(off) => Some(base + off),
        Place::Absolute(v) => Some(v),
        _ => None,
    })
}
