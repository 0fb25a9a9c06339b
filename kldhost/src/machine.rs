// SPDX-License-Identifier: BSD-2-Clause
//! The simulated machine: the memory specification and its address space.

use std::fmt;
use std::sync::OnceLock;

use thiserror::Error;

/// Page size of the simulated machine.
pub const PAGE: u64 = 4096;
/// First address of the direct map.
pub const DMAP: u64 = 0x1000_0000_0000;
/// Size of the direct map; what lies above is not reachable through it.
pub const DMAP_SIZE: u64 = 1 << 46;
/// The vm_page array.
pub const ARRAY: u64 = 0x5400_0000_0000;
/// Lowest kernel address: where klds lie, which the host's linker and compiler
/// want below 2 GiB. Linux maps MAP_32BIT memory from here on.
pub const KERNEL_MIN: u64 = 1 << 30;
/// Kernel virtual addresses that are given out.
pub const KVA: u64 = 0x6000_0000_0000;
/// Size of the KVA range.
pub const KVA_SIZE: u64 = 2 << 40;
/// Bytes of the vm_page array that are filled at a time.
pub const GRANULE: u64 = 1 << 16;
/// sizeof(struct vm_page), asserted against the C side at start.
pub const VM_PAGE_SIZE: u64 = 88;

/// One segment of RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// NUMA domain.
    pub domain: u32,
    /// An early segment that overlaps an earlier one.
    pub overlap: bool,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}-{:#x}", self.start, self.end)
    }
}

/// What is wrong with a memory specification.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SpecError {
    /// Not of the form START-END[@DOMAIN].
    #[error("--mem: \"{0}\" is not START-END[@DOMAIN]")]
    Syntax(String),
    /// Not a number with an optional K, M, G or T.
    #[error("--mem: \"{0}\" is not a size (a number, then K, M, G or T)")]
    Size(String),
    /// The range holds no page.
    #[error("--mem: range {0} is empty or not whole pages")]
    Empty(String),
    /// Two ranges overlap.
    #[error("--mem: {0} overlaps {1} (an overlapping early segment is written with a leading +)")]
    Overlap(String, String),
    /// A + range that is not inside another.
    #[error("--mem: +{0} must lie in part in the range before it")]
    NoOverlap(String),
    /// More than the direct map can hold.
    #[error("--mem: {0} ends above 32T")]
    TooHigh(String),
    /// Domains are not 0, 1, 2 ...
    #[error("--mem: domains must be 0 to 7 and none may be left out")]
    Domain,
    /// Too many segments.
    #[error("--mem: more than 32 ranges")]
    TooMany,
}

fn size(s: &str) -> Result<u64, SpecError> {
    let bad = || SpecError::Size(s.to_string());
    let (digits, shift) = match s.chars().last() {
        Some('K' | 'k') => (&s[..s.len() - 1], 10),
        Some('M' | 'm') => (&s[..s.len() - 1], 20),
        Some('G' | 'g') => (&s[..s.len() - 1], 30),
        Some('T' | 't') => (&s[..s.len() - 1], 40),
        _ => (s, 0),
    };
    let n: u64 = match digits.strip_prefix("0x") {
        Some(h) => u64::from_str_radix(h, 16).map_err(|_| bad())?,
        None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| bad())?,
        None => return Err(bad()),
    };
    n.checked_mul(1 << shift).ok_or_else(bad)
}

/// Parses one START-END range of whole pages.
pub fn range(text: &str) -> Result<(u64, u64), SpecError> {
    let (a, b) = text.split_once('-').ok_or_else(|| SpecError::Syntax(text.into()))?;
    let (s, e) = (size(a)?, size(b)?);
    if s >= e || s % PAGE != 0 || e % PAGE != 0 {
        return Err(SpecError::Empty(text.into()));
    }
    Ok((s, e))
}

/// Parses a memory specification such as `0-640K,1M-3G,4G-6G@1`.
pub fn parse(spec: &str) -> Result<Vec<Segment>, SpecError> {
    let mut segs: Vec<Segment> = Vec::new();
    for part in spec.split(',') {
        let (overlap, rest) = match part.strip_prefix('+') {
            Some(r) => (true, r),
            None => (false, part),
        };
        let (text, domain) = match rest.split_once('@') {
            Some((t, d)) => (t, d.parse().map_err(|_| SpecError::Domain)?),
            None => (rest, 0),
        };
        let (mut start, end) = range(text)?;
        if end > 32 << 40 {
            return Err(SpecError::TooHigh(text.into()));
        }
        // The kernel never hands out page 0.
        if start == 0 {
            start = PAGE;
            if end == PAGE {
                return Err(SpecError::Empty(text.into()));
            }
        }
        segs.push(Segment { start, end, domain, overlap });
    }
    for (i, s) in segs.iter().enumerate() {
        let hit = segs[..i].iter().find(|o| s.start < o.end && s.end > o.start);
        match (s.overlap, hit) {
            (false, Some(o)) => return Err(SpecError::Overlap(s.to_string(), o.to_string())),
            (true, None) => return Err(SpecError::NoOverlap(s.to_string())),
            _ => {}
        }
    }
    let domains = segs.iter().map(|s| s.domain).max().unwrap_or(0);
    if domains > 7 || (0..=domains).any(|d| segs.iter().all(|s| s.domain != d)) {
        return Err(SpecError::Domain);
    }
    if segs.len() > 32 {
        return Err(SpecError::TooMany);
    }
    segs.sort_by_key(|s| s.start);
    Ok(segs)
}

/// The address space of the machine, set up once.
pub struct Space {
    /// memfd that is the physical memory, offset == physical address.
    pub phys_fd: i32,
    /// The vm_page array's other mapping.
    pub array_alias: u64,
    /// Bytes of the array.
    pub array_len: u64,
    /// First page frame of the array.
    pub first_page: u64,
}

/// The machine that this process simulates.
pub static SPACE: OnceLock<Space> = OnceLock::new();

fn memfd(name: &std::ffi::CStr, len: u64) -> std::io::Result<i32> {
    // SAFETY: `name` is a C string; the call makes a new descriptor.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) };
    // SAFETY: fd is ours; ftruncate checks it.
    if fd < 0 || unsafe { libc::ftruncate(fd, len as libc::off_t) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(fd)
}

/// Maps `len` bytes; with `addr` given, exactly there.
pub fn map(addr: u64, len: u64, prot: i32, flags: i32, fd: i32, off: u64) -> std::io::Result<u64> {
    let fixed = if addr != 0 { libc::MAP_FIXED } else { 0 };
    // SAFETY: fixed addresses are in ranges reserved by this module or by the
    // loader for the machine and nothing of Rust lives there.
    let p = unsafe {
        libc::mmap(
            addr as *mut libc::c_void,
            len as usize,
            prot,
            flags | fixed | libc::MAP_NORESERVE,
            fd,
            off as libc::off_t,
        )
    };
    if p == libc::MAP_FAILED {
        return Err(std::io::Error::last_os_error());
    }
    Ok(p as u64)
}

/// Protection for data.
pub const RW: i32 = libc::PROT_READ | libc::PROT_WRITE;
const ANON: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

/// Reserves the address space and maps RAM. Nothing is touched, so it costs
/// the same for any size of memory.
pub fn create(segs: &[Segment]) -> std::io::Result<&'static Space> {
    let top = segs.iter().map(|s| s.end).max().unwrap_or(0);
    let first_page = segs[0].start / PAGE;
    let array_len = ((top / PAGE - first_page) * VM_PAGE_SIZE).next_multiple_of(GRANULE);
    let phys_fd = memfd(c"kldhost-ram", 1 << 52)?;
    let array_fd = memfd(c"kldhost-pages", array_len)?;
    map(DMAP, DMAP_SIZE, libc::PROT_NONE, ANON, -1, 0)?;
    map(KVA, KVA_SIZE, libc::PROT_NONE, ANON, -1, 0)?;
    for s in segs {
        map(DMAP + s.start, s.end - s.start, RW, libc::MAP_SHARED, phys_fd, s.start)?;
    }
    map(ARRAY, array_len, libc::PROT_NONE, libc::MAP_SHARED, array_fd, 0)?;
    let array_alias = map(0, array_len, RW, libc::MAP_SHARED, array_fd, 0)?;
    Ok(SPACE.get_or_init(|| Space { phys_fd, array_alias, array_len, first_page }))
}

/// Zeroed memory for the lifetime of the process.
pub fn reserve(len: usize) -> *mut u8 {
    let len = (len as u64).next_multiple_of(PAGE);
    map(0, len, RW, ANON, -1, 0).expect("out of memory") as *mut u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_specs() {
        let s = parse("4G-6G@1,0-640K,1M-3G").unwrap();
        assert_eq!(s.len(), 3);
        assert_eq!((s[0].start, s[0].end), (4096, 640 << 10));
        assert_eq!((s[2].start, s[2].domain), (4 << 30, 1));
        let s = parse("16M-19M,+18M-18944K").unwrap();
        assert!(s[1].overlap);
        assert_eq!(parse("1M-16T").unwrap()[0].end, 16 << 40);
    }

    #[test]
    fn bad_specs() {
        for bad in [
            "", "1M", "x-2M", "2M-1M", "1M-1M", "1-2M", "1M-2M@9", "1M-2M@1", "1M-3M,2M-4M", "+1M-2M",
            "1M-2M,+4M-5M", "1M-2Q", "1M--2M", "1M-64T", "1M-99999999999999999999", "0-4K", "1M-2M,", "1M-2M@x",
        ] {
            assert!(parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
