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

/// A bus_dma tag for contiguous transfers; destroyed when dropped, after its
/// last map.
pub struct Tag(NonNull<bus_dma_tag>);

impl Tag {
    /// A tag under `parent` (or none) for transfers of up to `size` bytes at or
    /// below `high`. Does not sleep; ENOMEM.
    ///
    /// # Safety
    /// `parent` is NULL or a tag that outlives this one.
    pub unsafe fn create(parent: *mut bus_dma_tag, high: u64, size: usize) -> Result<Tag, LinuxErr> {
        let mut tag = ptr::null_mut();
        // SAFETY: the contract; `tag` is written on success only.
        match unsafe { bindings::kpi_dma_tag_create(parent, high as _, size as _, &mut tag) } {
            0 => NonNull::new(tag).map(Tag).ok_or(ENOMEM),
            _ => Err(ENOMEM),
        }
    }

    /// Memory for maps and bouncing comes from this domain, if it exists.
    pub fn set_domain(&self, domain: i32) {
        if domain >= 0 {
            // SAFETY: a tag of ours without maps.
            unsafe { bindings::kpi_dma_tag_set_domain(self.0.as_ptr(), domain) };
        }
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

    /// Map `len` bytes of physical memory: the device's address and the map.
    /// Does not sleep. Under the owner's lock.
    pub fn map_phys(&self, pa: u64, len: usize) -> Option<(u64, *mut c_void)> {
        let mut map = ptr::null_mut();
        // SAFETY: a live tag; `map` is written on success only.
        if unsafe { bindings::kpi_dmamap_create(self.0.as_ptr(), &mut map) } != 0 {
            return None;
        }
        match self.load(map.cast(), pa, len) {
            Some(addr) => Some((addr, map.cast())),
            None => {
                // SAFETY: created above, not loaded.
                unsafe { bindings::kpi_dmamap_destroy(self.0.as_ptr(), map) };
                None
            }
        }
    }

    fn load(&self, map: *mut c_void, pa: u64, len: usize) -> Option<u64> {
        let mut addr = 0;
        // SAFETY: a map of this tag.
        let error = unsafe {
            bindings::kpi_dmamap_load_phys(self.0.as_ptr(), map.cast(), pa as _, len as _, &mut addr)
        };
        if error != 0 {
            // SAFETY: as above; unloading what is not loaded does nothing.
            unsafe { bindings::kpi_dmamap_unload(self.0.as_ptr(), map.cast()) };
            return None;
        }
        Some(addr as u64)
    }

    /// Unmap and destroy a map. Under the owner's lock.
    ///
    /// # Safety
    /// `map` came from [`Tag::map_phys`] of this tag and is not used again.
    pub unsafe fn unmap(&self, map: *mut c_void) {
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
        // SAFETY: an address of the kernel.
        let pa = unsafe { bindings::kpi_va_to_phys(va as _) };
        match self.load(map.cast(), pa as u64, size) {
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
