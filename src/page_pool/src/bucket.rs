// SPDX-License-Identifier: BSD-2-Clause
//! A queue of references in buckets: one producer, one consumer, no lock, no
//! end.
//!
//! A bucket is filled once from its first place to its last; then the producer
//! links an empty one to it and goes on there. The consumer empties it in the
//! same order and, when the producer has gone on, gives it back.

use core::ptr;
use kpi::sync::atomic::{AtomicPtr, Ordering::{Acquire, Relaxed, Release}};

/// Places of a bucket: with the link, 512 bytes on 64-bit machines.
pub const BUCKET: usize = 63;

/// A bucket; all zeroes is an empty one.
///
/// # Invariants
/// A place holds NULL or what [`Producer::push`] made of a `&'static T`; `next`
/// NULL or what [`Producer::go_on`] made of a `&'static Bucket<T>`.
#[repr(C)]
pub struct Bucket<T: 'static> {
    places: [AtomicPtr<T>; BUCKET],
    next: AtomicPtr<Bucket<T>>,
}

impl<T> Default for Bucket<T> {
    fn default() -> Self {
        Bucket { places: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())), next: AtomicPtr::new(ptr::null_mut()) }
    }
}

/// The producer's end.
pub struct Producer<T: 'static> {
    /// Free places that there is leave to fill.
    room: &'static [AtomicPtr<T>],
    bucket: &'static Bucket<T>,
    /// Where `room` ends in the bucket.
    end: usize,
}

impl<T> Producer<T> {
    /// Begin with an empty bucket, and with leave to store `allowed`.
    pub fn new(bucket: &'static Bucket<T>, allowed: usize) -> Self {
        let mut p = Producer { room: &[], bucket, end: 0 };
        p.allow(allowed);
        p
    }

    /// Whether the next [`Producer::push`] succeeds.
    pub fn has_room(&self) -> bool {
        !self.room.is_empty()
    }

    fn at(&self) -> usize {
        self.end - self.room.len()
    }

    /// Whether this bucket is used up.
    pub fn is_at_end(&self) -> bool {
        self.at() == BUCKET
    }

    /// Give leave to store so many more, as far as the bucket goes.
    pub fn allow(&mut self, more: usize) {
        let at = self.at();
        self.end = BUCKET.min(at.saturating_add(more));
        self.room = self.bucket.places.get(at..self.end).unwrap_or_default();
    }

    /// Store a reference after `prepare`; `false`, and nothing done, if there
    /// is no room.
    #[inline(always)]
    pub fn push(&mut self, item: &'static T, prepare: impl FnOnce()) -> bool {
        let Some((place, rest)) = self.room.split_first() else { return false };
        prepare();
        // INVARIANT: made from a `&'static T`.
        place.store(ptr::from_ref(item).cast_mut(), Release);
        self.room = rest;
        true
    }

    /// Go on in an empty bucket, with leave for nothing yet; this one is used
    /// up.
    pub fn go_on(&mut self, next: &'static Bucket<T>) {
        // INVARIANT: made from a reference. The last access to this bucket.
        self.bucket.next.store(ptr::from_ref(next).cast_mut(), Release);
        *self = Producer { room: &[], bucket: next, end: 0 };
    }
}

/// The consumer's end.
pub struct Taker<T: 'static> {
    bucket: Option<&'static Bucket<T>>,
    at: usize,
}

impl<T> Default for Taker<T> {
    fn default() -> Self {
        Taker { bucket: None, at: 0 }
    }
}

impl<T> Taker<T> {
    /// Whether it knows where the queue begins.
    #[inline]
    pub fn has_begun(&self) -> bool {
        self.bucket.is_some()
    }

    /// Begin with the producer's first bucket.
    pub fn begin(&mut self, bucket: &'static Bucket<T>) {
        self.bucket = Some(bucket);
    }

    /// Forget the queue; the bucket that it is at.
    pub fn end(&mut self) -> Option<&'static Bucket<T>> {
        self.bucket.take()
    }

    /// Fill places, from the first, with the oldest references; how many.
    /// Emptied buckets go to `retire`.
    pub fn take_into(&mut self, places: &mut [&'static T], mut retire: impl FnMut(&'static Bucket<T>)) -> usize {
        let mut n = 0;
        while let Some(bucket) = self.bucket {
            let from = bucket.places.get(self.at..).unwrap_or_default();
            let before = n;
            for (place, to) in from.iter().zip(&mut places[n..]) {
                let p = place.load(Acquire);
                // SAFETY: not NULL, so push() made it of a `&'static T`.
                let Some(item) = (unsafe { p.as_ref() }) else { break };
                // Nobody reads it before the bucket has come round.
                place.store(ptr::null_mut(), Relaxed);
                *to = item;
                n += 1;
            }
            self.at += n - before;
            if self.at < BUCKET {
                break;
            }
            // SAFETY: NULL or made from a reference (the type's invariant).
            let Some(next) = (unsafe { bucket.next.load(Acquire).as_ref() }) else { break };
            bucket.next.store(ptr::null_mut(), Relaxed);
            (self.bucket, self.at) = (Some(next), 0);
            retire(bucket);
        }
        n
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    static ITEMS: [u32; 200] = {
        let mut a = [0; 200];
        let mut i = 0;
        while i < 200 {
            a[i] = i as u32;
            i += 1;
        }
        a
    };

    fn bucket() -> &'static Bucket<u32> {
        Box::leak(Box::default())
    }

    #[test]
    fn in_order_over_buckets_which_come_back_empty() {
        let first = bucket();
        let (mut p, mut t) = (Producer::new(first, usize::MAX), Taker::default());
        t.begin(first);
        let (mut got, mut spare) = (Vec::new(), vec![bucket(), bucket()]);
        for chunk in ITEMS.chunks(7) {
            for i in chunk {
                if !p.push(i, || ()) {
                    assert!(p.is_at_end());
                    p.go_on(spare.pop().unwrap());
                    p.allow(usize::MAX);
                    assert!(p.push(i, || ()));
                }
            }
            let mut out = [&ITEMS[0]; 5];
            let n = t.take_into(&mut out, |b| spare.push(b));
            got.extend(out[..n].iter().map(|i| **i));
        }
        let mut out = [&ITEMS[0]; 200];
        let n = t.take_into(&mut out, |b| spare.push(b));
        got.extend(out[..n].iter().map(|i| **i));
        assert!(got.iter().copied().eq(0..200));
        assert!(spare.iter().all(|b| b.next.load(Relaxed).is_null()));
        assert!(spare.iter().all(|b| b.places.iter().all(|p| p.load(Relaxed).is_null())));
    }

    #[test]
    fn no_more_than_allowed() {
        let mut p = Producer::new(bucket(), 3);
        assert_eq!(ITEMS.iter().take_while(|i| p.push(i, || ())).count(), 3);
        p.allow(2);
        assert_eq!(ITEMS.iter().take_while(|i| p.push(i, || ())).count(), 2);
        assert!(!p.is_at_end());
        p.allow(usize::MAX);
        assert_eq!(ITEMS.iter().take_while(|i| p.push(i, || ())).count(), BUCKET - 5);
        assert!(p.is_at_end());
    }
}
