// SPDX-License-Identifier: BSD-2-Clause
//! bus_dma(9): tags of one segment, maps, and memory that a device shares.
//!
//! bus_dma(9) counts a tag's maps without a lock and may use scratch memory of
//! the tag: whoever owns a [`Tag`] makes, loads and destroys its maps under a
//! lock of its own. Syncs need none.

use crate::bindings::{self, bus_dma_tag};
use crate::errno::{LinuxErr, ENOMEM};
use core::ffi::c_void;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

/// On x86 a device sees memory that it reaches at its own address, and nothing
/// has to be done for it: such a mapping has no map, and NULL stands for it.
const X86: bool = cfg!(any(target_arch = "x86", target_arch = "x86_64"));

/// A bus_dma tag for contiguous transfers; destroyed when dropped, after its
/// last map.
pub struct Tag(NonNull<bus_dma_tag>);

// SAFETY: bus_dma(9) takes a tag from any thread; who may make maps of it is
// its owner's lock (above).
unsafe impl Send for Tag {}

impl Tag {
    /// A tag under `parent` (or none) for transfers of up to `size` bytes at or
    /// below `high`; memory for maps and bouncing comes from `domain`, if that
    /// is not negative. ENOMEM. Does not sleep where it may not; where it may
    /// (and no lock may be held there), except on amd64, it makes what the
    /// tag's first map would otherwise sleep for.
    ///
    /// # Safety
    /// `parent` is NULL or a tag that outlives this one.
    pub unsafe fn create(parent: *mut bus_dma_tag, high: u64, size: usize, domain: i32) -> Result<Tag, LinuxErr> {
        let mut tag = ptr::null_mut();
        // SAFETY: the contract; `tag` is written on success only.
        match unsafe { bindings::kpi_dma_tag_create(parent, high as _, size as _, domain, &mut tag) } {
            0 => NonNull::new(tag).map(Tag).ok_or(ENOMEM),
            _ => Err(ENOMEM),
        }
    }

    /// Whether the device sees this memory at its own address and nothing has
    /// to be done for it. Any context; x86 only, never behind an IOMMU.
    #[inline]
    pub fn identity(&self, pa: u64, len: usize) -> bool {
        // SAFETY: a live tag; any range.
        X86 && unsafe { bindings::kpi_dma_identity(self.0.as_ptr(), pa, len as _) }
    }

    /// The tag as a plain pointer, to be kept where a `Tag` cannot be.
    pub fn into_raw(self) -> *mut bus_dma_tag {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// Take a tag back from [`Tag::into_raw`].
    ///
    /// # Safety
    /// `raw` came from there; nobody else takes it.
    pub unsafe fn from_raw(raw: *mut bus_dma_tag) -> Option<Tag> {
        NonNull::new(raw).map(Tag)
    }

    /// Use a tag that stays where it is.
    ///
    /// # Safety
    /// As for [`Tag::from_raw`], but the tag is not taken.
    pub unsafe fn borrow<R>(raw: *mut bus_dma_tag, f: impl FnOnce(&Tag) -> R) -> Option<R> {
        NonNull::new(raw).map(|t| f(&ManuallyDrop::new(Tag(t))))
    }

    /// Map `len` bytes of physical memory: the device's address and the map,
    /// NULL if none is needed. Does not sleep. Under the owner's lock.
    pub fn map_phys(&self, pa: u64, len: usize) -> Option<(u64, *mut c_void)> {
        if self.identity(pa, len) {
            return Some((pa, ptr::null_mut()));
        }
        let mut map = ptr::null_mut();
        // SAFETY: a live tag; `map` is written on success only.
        if unsafe { bindings::kpi_dmamap_create(self.0.as_ptr(), &mut map) } != 0 {
            return None;
        }
        let mut addr = 0;
        // SAFETY: a map of this tag; `addr` is ours.
        let error = unsafe {
            bindings::kpi_dmamap_load_phys(self.0.as_ptr(), map, pa as _, len as _, &mut addr)
        };
        match self.loaded(map.cast(), error, addr as u64) {
            Some(addr) => Some((addr, map.cast())),
            None => {
                // SAFETY: created above, not loaded.
                unsafe { bindings::kpi_dmamap_destroy(self.0.as_ptr(), map) };
                None
            }
        }
    }

    /// What a load of this map came to.
    fn loaded(&self, map: *mut c_void, error: i32, addr: u64) -> Option<u64> {
        if error != 0 {
            // SAFETY: a map of this tag, which the callers have just loaded;
            // unloading what is not loaded does nothing.
            unsafe { bindings::kpi_dmamap_unload(self.0.as_ptr(), map.cast()) };
            return None;
        }
        Some(addr)
    }

    /// Unmap and destroy a map. Under the owner's lock.
    ///
    /// # Safety
    /// `map` came from [`Tag::map_phys`] of this tag and is not used again.
    pub unsafe fn unmap(&self, map: *mut c_void) {
        if X86 && map.is_null() {
            return;
        }
        // SAFETY: the contract.
        unsafe {
            bindings::kpi_dmamap_unload(self.0.as_ptr(), map.cast());
            bindings::kpi_dmamap_destroy(self.0.as_ptr(), map.cast());
        }
    }

    /// bus_dmamap_sync(9) with `BUS_DMASYNC_*` in `op`. Any context.
    ///
    /// # Safety
    /// `map` is a loaded map of this tag and stays so meanwhile.
    #[inline]
    pub unsafe fn sync(&self, map: *mut c_void, op: u32) {
        if X86 && map.is_null() {
            return;
        }
        // SAFETY: the contract.
        unsafe { bindings::kpi_dmamap_sync(self.0.as_ptr(), map.cast(), op as _) }
    }

    /// Zeroed memory of the tag's size that the device shares: where it is,
    /// its map and the device's address. Sleeps if `wait`.
    pub fn mem_alloc(&self, size: usize, wait: bool) -> Option<(NonNull<c_void>, *mut c_void, u64)> {
        let (mut va, mut map) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: a live tag; both are written on success only.
        if unsafe { bindings::kpi_dmamem_alloc(self.0.as_ptr(), &mut va, wait, &mut map) } != 0 {
            return None;
        }
        let at = NonNull::new(va)?;
        let mut addr = 0;
        // By its virtual address: behind an IOMMU the pages are any.
        // SAFETY: fresh memory of the tag's size and its map; `addr` is ours.
        let error = unsafe { bindings::kpi_dmamap_load(self.0.as_ptr(), map, va, size as _, &mut addr) };
        match self.loaded(map.cast(), error, addr as u64) {
            Some(addr) => Some((at, map.cast(), addr)),
            None => {
                // SAFETY: allocated above, not loaded.
                unsafe { bindings::kpi_dmamem_free(self.0.as_ptr(), va, map) };
                None
            }
        }
    }

    /// Give such memory back. May sleep.
    ///
    /// # Safety
    /// All of it came from one [`Tag::mem_alloc`] of this tag; it is used no
    /// more, by the device either.
    pub unsafe fn mem_free(&self, va: *mut c_void, map: *mut c_void) {
        // SAFETY: the contract.
        unsafe {
            bindings::kpi_dmamap_unload(self.0.as_ptr(), map.cast());
            bindings::kpi_dmamem_free(self.0.as_ptr(), va, map.cast());
        }
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        // SAFETY: the tag is ours; its maps are gone (else bus_dma(9) refuses
        // and the tag stays).
        unsafe { bindings::kpi_dma_tag_destroy(self.0.as_ptr()) };
    }
}
