// SPDX-License-Identifier: BSD-2-Clause
//! What kmod/page_pool/mbuf.c asks: buffers that become mbufs' external storage.

use crate::capi;
use crate::capi_life::PagePool;
use crate::kernel::{head_of_virt, misuse};
use crate::loan::Refusal;
use crate::refs;
use crate::sys::PageRef;
use core::ffi::{c_int, c_uint, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering::Relaxed};
use kpi::page::Page;

// FreeBSD's own values; some are others on Linux.
const ENXIO: c_int = 6;
const EBUSY: c_int = 16;
const EINVAL: c_int = 22;
const EOPNOTSUPP: c_int = 45;
const ENOBUFS: c_int = 55;

// In kmod/page_pool/mbuf.c: a sysctl variable, and m_extadd(9) with what frees.
extern "C" {
    static lkpirs_page_pool_mbuf_share: AtomicI32;
    fn lkpirs_mbuf_extadd(m: *mut c_void, buf: *mut c_void, size: c_uint, page: *mut Page);
}

/// Buffers that pools were too short of pages to lend.
pub static REFUSED: AtomicU64 = AtomicU64::new(0);
/// Lent by pools that have gone.
pub static PAST: AtomicU64 = AtomicU64::new(0);
/// Whether there was ever a loan.
static EVER: AtomicBool = AtomicBool::new(false);

/// Whether a page of a pool has users, and the buffer is in it.
#[inline]
fn holds(page: PageRef, buf: *const c_void, len: c_uint) -> bool {
    let last = buf.wrapping_byte_add((len as usize).wrapping_sub(1));
    // Of a larger block the last byte's page is looked up as well.
    let in_one = (1..=kpi::PAGE_SIZE).contains(&(len as usize)) && (buf as usize ^ last as usize) < kpi::PAGE_SIZE;
    !refs::is_at_rest(page) && (in_one || is_whole(page, last, len))
}

#[cold]
#[inline(never)]
fn is_whole(page: PageRef, last: *const c_void, len: c_uint) -> bool {
    (1..=kpi::PAGE_SIZE << page.order()).contains(&(len as usize)) && head_of_virt(last).is_some_and(|p| ptr::eq(p, page))
}

fn lend(buf: *const c_void, len: c_uint) -> Result<PageRef, c_int> {
    let page = head_of_virt(buf).filter(|p| refs::is_pool(p)).ok_or(EOPNOTSUPP)?;
    if !holds(page, buf, len) {
        misuse(c"page_pool: loan of what is no buffer of a pool", buf);
        return Err(EINVAL);
    }
    // SAFETY: a page with users is in a pool, which waits for it.
    let pool = unsafe { &*page.pp.load(Relaxed).cast::<PagePool>() };
    // SAFETY: an int that sysctl(9) writes.
    let share = unsafe { lkpirs_page_pool_mbuf_share.load(Relaxed) }.max(0);
    pool.core.lend(page, len, share as u32).map_err(|refusal| match refusal {
        Refusal::NotLent => EINVAL,
        Refusal::Shared => EBUSY,
        Refusal::Closed => ENXIO,
        Refusal::Short => {
            REFUSED.fetch_add(1, Relaxed);
            ENOBUFS
        }
    })?;
    if !EVER.load(Relaxed) {
        EVER.store(true, Relaxed);
    }
    Ok(page)
}

/// m_extadd(9) of a buffer, one pool reference of which becomes the mbuf's: 0, or
/// an errno and nothing is done (lkpirs/page_pool_mbuf.h). Consumer; does not
/// sleep.
///
/// # Safety
/// `m` is an mbuf without storage.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_m_extadd(m: *mut c_void, buf: *mut c_void, size: c_uint) -> c_int {
    match lend(buf, size) {
        Ok(page) => {
            // SAFETY: the contract.
            unsafe { lkpirs_mbuf_extadd(m, buf, size, ptr::from_ref(page).cast_mut()) }
            0
        }
        Err(errno) => errno,
    }
}

/// A lent buffer comes back. Any context that may take a mutex(9).
///
/// # Safety
/// From `lkpirs_mbuf_extadd`, once a loan.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_take_back(page: *mut Page) {
    // SAFETY: the loan is a user of the page, whose pool waits for it.
    unsafe {
        let pool = (*page).pp.load(Relaxed).cast::<PagePool>();
        (*pool).core.returned();
        capi::lkpirs_page_pool_put(pool, page, c_uint::MAX);
    }
}

/// Whether a buffer was ever lent: then somebody may be on his way out of the
/// function that took it back.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_ever_lent() -> bool {
    EVER.load(Relaxed)
}
