// SPDX-License-Identifier: BSD-2-Clause
//! What is kept for each device that drivers map memory for: its tag, its
//! limits and its mappings, behind a lock of its own.
//!
//! A device is found without a lock. Its place is never freed while the kld is
//! loaded, only used again, so that a reader may come late: the lock shows
//! whose place it is. There are no more places than there were devices at one
//! time: a free one goes to the chain where it is needed.

use crate::kernel::{Lock};
use crate::memory::{alloc_slice, free_slice, malloc_type, Zero};
use crate::lock::Locked;
use crate::provider::{self, Device, Info, Use};
use crate::streaming::{Place, Store, Table};
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::{AcqRel, Acquire, Relaxed, Release}};
use kpi::bindings;
use kpi::dma::Tag;
use kpi::errno::{LinuxErr, ENODEV, ENOMEM};

/// The longest streaming mapping that bus_dma(9) makes or we bounce: what the
/// page allocator gives at most.
pub const LARGEST: usize = kpi::PAGE_SIZE << bindings::KPI_MAX_PAGE_ORDER;
/// Where we bounce ourselves: see [`crate::bounce`].
const OWN_BOUNCE: bool = cfg!(target_arch = "x86_64");

// SAFETY: a free place: Kind 0, no links.
unsafe impl Zero for Place {}
// SAFETY: a number.
unsafe impl Zero for u32 {}

/// A table's memory; never sleeps.
pub struct Malloc;

impl Store for Malloc {
    fn places(&self, n: usize) -> Option<&'static mut [Place]> {
        alloc_slice(n, false)
    }
    fn free_places(&self, p: &'static mut [Place]) {
        // SAFETY: from places(), handed over.
        unsafe { free_slice(p) }
    }
    fn links(&self, n: usize) -> Option<&'static mut [u32]> {
        alloc_slice(n, false)
    }
    fn free_links(&self, l: &'static mut [u32]) {
        // SAFETY: from links(), handed over.
        unsafe { free_slice(l) }
    }
}

/// What is kept for a device; behind its lock.
pub struct Context {
    /// Its mappings.
    pub table: Table,
    /// The highest address that the driver allows for streaming mappings.
    pub mask: u64,
    /// The same for coherent memory, if the driver told it apart.
    pub coherent: Option<u64>,
    /// Without an IOMMU, on amd64: memory up to here is seen at its own
    /// address, what is above is bounced by us. Else 0: bus_dma(9) maps it.
    pub limit: u64,
    tag: Tag,
    provider: Use,
    /// Stays when it is empty, until its provider says that the device goes.
    stays: bool,
}

impl Context {
    /// The device's tag, whose maps the lock guards.
    pub fn tag(&self) -> &Tag {
        &self.tag
    }

    /// Whether the device can form these addresses.
    pub fn is_within_mask(&self, addr: u64, len: usize) -> bool {
        addr.checked_add(len as u64 - 1).is_some_and(|end| end <= self.mask)
    }

    /// Whether the device sees this memory at its own address.
    pub fn reaches(&self, pa: u64, len: usize) -> bool {
        let within = pa.checked_add(len as u64 - 1).is_some_and(|end| end <= self.limit);
        within && self.tag.identity(pa, len)
    }
}

/// A device's place.
///
/// # Invariants
/// `dev` is NULL while there is no context, and changes with the lock held.
/// `next` changes with the writers' lock held: that of a place that is found, and
/// that of the place before one that is free and goes to another chain.
struct Spot {
    dev: AtomicPtr<Device>,
    next: AtomicPtr<Spot>,
    context: Locked<Lock, Option<Context>>,
}

const CHAINS: usize = 64;
/// Places by device. The lock is that of writers; it comes before a place's.
static CHAIN: [AtomicPtr<Spot>; CHAINS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHAINS];
static WRITERS: Locked<Lock, ()> = Locked::new(Lock::new(), ());
/// How often a free place went to another chain. It is counted after the place
/// has left the one and before it leads into the other.
static MOVES: AtomicUsize = AtomicUsize::new(0);

/// # Safety
/// From MOD_LOAD, once, before anything else here.
pub unsafe fn load() {
    // SAFETY: the contract; a static does not move.
    unsafe { WRITERS.raw().init(c"page_pool devices") }
}

/// # Safety
/// From MOD_UNLOAD: no mapping is left, no provider registered, and nothing
/// here is used again.
pub unsafe fn unload() {
    for head in &CHAIN {
        let mut at = head.swap(ptr::null_mut(), Relaxed);
        // SAFETY: places are made by spot() and freed here only.
        while let Some(s) = unsafe { at.as_ref() } {
            let next = s.next.load(Relaxed);
            // SAFETY: nobody is left (the contract).
            unsafe { free_spot(at) };
            at = next;
        }
    }
    // SAFETY: the contract.
    unsafe { WRITERS.raw().destroy() }
}

/// # Safety
/// A place without a context that nobody uses.
unsafe fn free_spot(s: *mut Spot) {
    if let Some(at) = ptr::NonNull::new(s) {
        // SAFETY: the contract; made by spot(). An Option that is None has
        // nothing to drop.
        unsafe {
            at.as_ref().context.raw().destroy();
            malloc_type().free(at.cast());
        }
    }
}

fn chain(dev: *mut Device) -> &'static AtomicPtr<Spot> {
    let h = (dev as usize as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    &CHAIN[(h >> 32) as usize % CHAINS]
}

fn spots(head: &'static AtomicPtr<Spot>) -> impl Iterator<Item = &'static Spot> {
    // SAFETY: a chain's places stay until unload().
    let first = unsafe { head.load(Acquire).as_ref() };
    // SAFETY: as above.
    core::iter::successors(first, |s| unsafe { s.next.load(Acquire).as_ref() })
}

/// What `look` finds in chains: again if a place took it along to another one.
fn settled<R>(mut look: impl FnMut() -> R) -> R {
    loop {
        let before = MOVES.load(Acquire);
        let r = look();
        if MOVES.load(Acquire) == before {
            return r;
        }
    }
}

fn lookup(dev: *mut Device) -> Option<&'static Spot> {
    settled(|| spots(chain(dev)).find(|s| s.dev.load(Acquire) == dev))
}

/// A free place, which is in no chain any more. Writers' lock.
fn take_free() -> Option<&'static Spot> {
    CHAIN.iter().find_map(|head| {
        let mut link = head;
        // SAFETY: a chain's places stay until unload().
        while let Some(s) = unsafe { link.load(Acquire).as_ref() } {
            if s.dev.load(Acquire).is_null() {
                link.store(s.next.load(Relaxed), Release);
                MOVES.fetch_add(1, AcqRel);
                return Some(s);
            }
            link = &s.next;
        }
        None
    })
}

/// Run `f` on a device's context, if it has one, with its lock held. A context
/// that is empty afterwards goes, unless it stays. Does not sleep.
pub fn with<R>(dev: *mut Device, f: impl FnOnce(&mut Context) -> R) -> Option<R> {
    let spot = lookup(dev)?;
    let (r, gone) = spot.context.with(|c| {
        // The place may have become another device's before the lock was ours.
        if spot.dev.load(Relaxed) != dev {
            return None;
        }
        let r = f(c.as_mut()?);
        let gone = c.take_if(|c| c.table.is_empty() && !c.stays);
        if gone.is_some() {
            spot.dev.store(ptr::null_mut(), Relaxed);
        }
        Some((r, gone))
    })?;
    if let Some(c) = gone {
        close(c);
    }
    Some(r)
}

/// The same for a device that is to have a context: made if there is none.
/// ENODEV for a device that nobody knows, ENOMEM. Does not sleep on amd64;
/// elsewhere, what makes a device's tag first may (bus_dma(9)'s bounce zone).
pub fn with_new<R>(dev: *mut Device, f: impl FnOnce(&mut Context) -> R) -> Result<R, LinuxErr> {
    let mut f = Some(f);
    loop {
        // A context that was just made may be gone again: somebody else's last
        // mapping was undone. Then it is made once more.
        let mut run = |c: &mut Context| f.take().map(|f| f(c));
        if let Some(r) = with(dev, &mut run) {
            return r.ok_or(ENODEV);
        }
        make(dev)?;
    }
}

fn close(mut c: Context) {
    c.table.clear(&Malloc);
    let Context { tag, provider, .. } = c;
    drop(tag);
    provider::release(provider);
}

/// The limit of [`Context::limit`] for a tag: the mask, or less if a tag above
/// it allows less.
fn limit(tag: &Tag, mask: u64) -> u64 {
    if !OWN_BOUNCE || !tag.identity(0, 1) {
        return 0;
    }
    let mut limit = mask;
    while limit > 0xff_ffff && !tag.identity(limit, 1) {
        limit >>= 1;
    }
    limit
}

fn new_tag(info: &Info) -> Result<Tag, LinuxErr> {
    // SAFETY: the provider keeps the parent while it is in use.
    unsafe { Tag::create(info.parent, info.mask, LARGEST, info.domain) }
}

/// Make a context, with no lock held; who comes second throws its own away.
fn make(dev: *mut Device) -> Result<(), LinuxErr> {
    let (provider, info) = provider::acquire(dev)?;
    let made = new_tag(&info).map(|tag| Context {
        table: Table::new(),
        mask: info.mask,
        coherent: None,
        limit: limit(&tag, info.mask),
        tag,
        provider,
        stays: provider::says_gone(&provider),
    });
    let context = match made {
        Ok(c) => c,
        Err(e) => {
            provider::release(provider);
            return Err(e);
        }
    };
    let fresh = spot();
    let mut context = Some(context);
    let (spare, r) = WRITERS.with(|_| publish(dev, fresh, &mut context));
    if let Some(c) = context {
        close(c);
    }
    // SAFETY: not published.
    unsafe { free_spot(spare) };
    r
}

/// A place for nobody, or NULL.
fn spot() -> *mut Spot {
    let Some(at) = malloc_type().zalloc(size_of::<Spot>()) else { return ptr::null_mut() };
    let s = at.cast::<Spot>().as_ptr();
    // SAFETY: fresh memory of the right size, where the lock stays.
    unsafe {
        s.write(Spot {
            dev: AtomicPtr::new(ptr::null_mut()),
            next: AtomicPtr::new(ptr::null_mut()),
            context: Locked::new(Lock::new(), None),
        });
        (*s).context.raw().init(c"page_pool device");
    }
    s
}

/// Give a context to a place of its device's chain, a free one or `fresh`;
/// what was not used stays. Writers' lock.
fn publish(dev: *mut Device, fresh: *mut Spot, context: &mut Option<Context>) -> (*mut Spot, Result<(), LinuxErr>) {
    if lookup(dev).is_some() {
        return (fresh, Ok(()));
    }
    let mut fill = |s: &Spot| s.context.with(|c| {
        *c = context.take();
        s.dev.store(dev, Release);
    });
    // SAFETY: NULL or ours alone, and to stay if it is taken.
    let (s, spare) = match (take_free(), unsafe { fresh.as_ref() }) {
        (Some(s), _) => (s, fresh),
        (None, Some(s)) => (s, ptr::null_mut()),
        (None, None) => return (fresh, Err(ENOMEM)),
    };
    fill(s);
    let head = chain(dev);
    s.next.store(head.load(Relaxed), Release);
    head.store(ptr::from_ref(s).cast_mut(), Release);
    (spare, Ok(()))
}

/// Have the tag, or a new one after the mask has changed, before it is wanted
/// where nobody may sleep. A device whose context does not stay has none yet.
pub fn prepare(dev: *mut Device) {
    let Ok((u, info)) = provider::acquire(dev) else { return };
    if provider::says_gone(&u) {
        // Without memory the first mapping makes it, or fails.
        let _ = with_new(dev, |_| ());
    }
    let mut tag = new_tag(&info).ok();
    with(dev, |c| {
        c.mask = info.mask;
        c.limit = c.limit.min(info.mask);
        // Maps belong to the tag that they were made with.
        if let Some(new) = tag.as_mut().filter(|_| c.table.maps() == 0) {
            c.limit = limit(new, info.mask);
            core::mem::swap(&mut c.tag, new);
        }
    });
    drop(tag);
    provider::release(u);
}

/// The device goes: nothing of its context stays once it is empty.
pub fn let_go(dev: *mut Device) {
    with(dev, |c| c.stays = false);
}

/// The provider goes: contexts that only stayed for it go now.
pub fn purge(u: Use) {
    settled(|| {
        for s in CHAIN.iter().flat_map(spots) {
            let dev = s.dev.load(Acquire);
            if !dev.is_null() {
                with(dev, |c| c.stays &= c.provider != u);
            }
        }
    })
}

/// How many mappings all devices have.
pub fn mappings() -> usize {
    let count = |s: &Spot| s.context.with(|c| c.as_ref().map_or(0, |c| c.table.len()));
    settled(|| CHAIN.iter().flat_map(spots).map(count).sum())
}
