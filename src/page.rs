// SPDX-License-Identifier: BSD-2-Clause
//! `struct page`, as `sys/compat/linuxkpi/common/include/linux/page.h` lays it
//! out. Every field is atomic here: a page is reached from many CPUs at once,
//! and which of them may write a field is its owner's contract, not the type's.

use crate::bindings;
use crate::sync::atomic::{AtomicI32, AtomicIsize, AtomicPtr, AtomicUsize, Ordering::Relaxed};
use crate::Pfn;
use core::ffi::c_void;

/// Order of the block, in its first page.
pub const PG_ORDER: usize = bindings::KPI_PG_ORDER as usize;
/// First page of a compound block.
pub const PG_HEAD: usize = bindings::KPI_PG_HEAD as usize;
/// Another page of a compound block.
pub const PG_TAIL: usize = bindings::KPI_PG_TAIL as usize;
/// Allocated by lkpi_page.
pub const PG_OWNED: usize = bindings::KPI_PG_OWNED as usize;
/// Device memory registered with vm_phys_fictitious_reg_range(9).
pub const PG_FICTITIOUS: usize = bindings::KPI_PG_FICTITIOUS as usize;
/// The flags that an owner changes; the page frame number is above them.
pub const PG_LOW: usize = (1 << PFN_SHIFT) - 1;
/// Where the page frame number begins in `flags`.
pub const PFN_SHIFT: u32 = bindings::KPI_PFN_SHIFT;

/// For whom a page is live (`page_type` of a block's first page).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody: free, or a page that lkpi_page did not allocate.
    None = 0,
    /// `alloc_pages` and its kin.
    Alloc = 1,
    /// `page_frag_alloc`.
    Frag = 2,
    /// A page_pool.
    Pool = 3,
}

impl Owner {
    /// How many owners there are, [`Owner::None`] included.
    pub const COUNT: usize = 4;

    /// The owner with this number; anything unknown is nobody.
    pub fn from_raw(v: i32) -> Owner {
        match v {
            1 => Owner::Alloc,
            2 => Owner::Frag,
            3 => Owner::Pool,
            _ => Owner::None,
        }
    }
}

/// Linux's view of one physical page; 64 bytes, zeroed when first backed.
///
/// # Invariants
/// - `vm_page` is NULL until the shadow is live and constant afterwards.
/// - The page frame number in `flags` is constant in a live page.
#[repr(C, align(64))]
pub struct Page {
    /// `PG_*` in the low byte, the page frame number above it.
    pub flags: AtomicUsize,
    /// `lru.next`, `pp_magic`, or the head of a compound tail plus one.
    pub pp_magic: AtomicUsize,
    /// `lru.prev` or the page's pool.
    pub pp: AtomicPtr<c_void>,
    /// `mapping`, or the `bus_dmamap_t` of the page's mapping in its pool.
    pub pp_dma_map: AtomicPtr<c_void>,
    /// `index`, or the device address of byte 0 of the page.
    pub dma_addr: AtomicUsize,
    /// `private`, or the pool references (helpers.h).
    pub pp_ref_count: AtomicIsize,
    /// [`Owner`] of an allocated block, in its first page.
    pub page_type: AtomicI32,
    /// References to a block that lkpi_page allocated, in its first page.
    pub refcount: AtomicI32,
    /// The native page.
    pub vm_page: AtomicPtr<bindings::vm_page>,
}

macro_rules! zeroes {
    () => {
        Page {
            flags: AtomicUsize::new(0),
            pp_magic: AtomicUsize::new(0),
            pp: AtomicPtr::new(core::ptr::null_mut()),
            pp_dma_map: AtomicPtr::new(core::ptr::null_mut()),
            dma_addr: AtomicUsize::new(0),
            pp_ref_count: AtomicIsize::new(0),
            page_type: AtomicI32::new(0),
            refcount: AtomicI32::new(0),
            vm_page: AtomicPtr::new(core::ptr::null_mut()),
        }
    };
}

impl Page {
    /// All zeroes: nobody's page.
    #[cfg(not(loom))]
    pub const NONE: Page = zeroes!();

    /// The same in a model, whose atomics are not constants.
    #[cfg(loom)]
    pub fn none() -> Page {
        zeroes!()
    }

    /// Whether the block is this owner's and has exactly `refs` references.
    /// Acquire, as to the references. One look where both are one word.
    #[inline(always)]
    pub fn is_owned_with(&self, owner: Owner, refs: i32) -> bool {
        #[cfg(all(target_os = "none", target_pointer_width = "64", target_endian = "little"))]
        {
            let word = (self as *const Page).wrapping_byte_add(core::mem::offset_of!(Page, page_type));
            // SAFETY: page_type and refcount are one aligned word, both atomic.
            let both = unsafe { core::sync::atomic::AtomicU64::from_ptr(word.cast_mut().cast()) };
            both.load(core::sync::atomic::Ordering::Acquire) == u64::from(owner as u32) | u64::from(refs as u32) << 32
        }
        #[cfg(not(all(target_os = "none", target_pointer_width = "64", target_endian = "little")))]
        {
            use crate::sync::atomic::Ordering::Acquire;
            self.page_type.load(Relaxed) == owner as i32 && self.refcount.load(Acquire) == refs
        }
    }

    /// The page frame number. Any context.
    #[inline]
    pub fn pfn(&self) -> Pfn {
        self.flags.load(Relaxed) >> PFN_SHIFT
    }

    /// The `PG_*` flags. Any context.
    #[inline]
    pub fn low_flags(&self) -> usize {
        self.flags.load(Relaxed) & PG_LOW
    }

    /// Replace the `PG_*` flags. The block's owner only.
    #[inline]
    pub fn set_low_flags(&self, low: usize) {
        let pfn = self.flags.load(Relaxed) & !PG_LOW;
        self.flags.store(pfn | (low & PG_LOW), Relaxed);
    }

    /// The order of the block whose first page this is.
    #[inline]
    pub fn order(&self) -> u32 {
        (self.flags.load(Relaxed) & PG_ORDER) as u32
    }

    /// Whether lkpi_page allocated this page and it is still live.
    #[inline]
    pub fn is_owned(&self) -> bool {
        self.flags.load(Relaxed) & PG_OWNED != 0
    }

    /// The first page of the compound block that this page belongs to, or the
    /// page itself (Linux `compound_head`). Any context.
    #[inline]
    pub fn head(&self) -> *const Page {
        if self.flags.load(Relaxed) & PG_TAIL != 0 {
            (self.pp_magic.load(Relaxed) - 1) as *const Page
        } else {
            self
        }
    }
}

#[cfg(not(loom))]
mod layout {
    //! The C header and this file say the same, checked by the compiler.
    use super::{bindings, Page};
    use core::mem::{align_of, offset_of, size_of};

    const _: () = assert!(size_of::<Page>() == size_of::<bindings::page>());
    const _: () = assert!(align_of::<Page>() == align_of::<bindings::page>());
    const _: () = assert!(offset_of!(Page, flags) == bindings::KPI_OFF_FLAGS as usize);
    const _: () = assert!(offset_of!(Page, pp_magic) == bindings::KPI_OFF_PP_MAGIC as usize);
    const _: () = assert!(offset_of!(Page, pp) == bindings::KPI_OFF_PP as usize);
    const _: () = assert!(offset_of!(Page, pp_dma_map) == bindings::KPI_OFF_PP_DMA_MAP as usize);
    const _: () = assert!(offset_of!(Page, dma_addr) == bindings::KPI_OFF_DMA_ADDR as usize);
    const _: () = assert!(offset_of!(Page, pp_ref_count) == bindings::KPI_OFF_PP_REF_COUNT as usize);
    const _: () = assert!(offset_of!(Page, page_type) == bindings::KPI_OFF_PAGE_TYPE as usize);
    const _: () = assert!(offset_of!(Page, refcount) == bindings::KPI_OFF_REFCOUNT as usize);
    const _: () = assert!(offset_of!(Page, vm_page) == bindings::KPI_OFF_VM_PAGE as usize);
    const _: () = assert!(bindings::KPI_OWNER_POOL as i32 == super::Owner::Pool as i32);
    const _: () = assert!(bindings::KPI_OWNER_FRAG as i32 == super::Owner::Frag as i32);
    const _: () = assert!(bindings::KPI_OWNER_ALLOC as i32 == super::Owner::Alloc as i32);
}
