// SPDX-License-Identifier: BSD-2-Clause
//! A bounded ring of references: many producers under a lock, one consumer
//! without any.
//!
//! A slot is NULL when free. The producer publishes with a Release store, the
//! consumer takes with an Acquire load and frees the slot with a Release
//! store. Who may produce and who may consume is shown by [`Head`] and
//! [`Tail`]: there is one of each, and both ends want theirs mutably.

use core::ptr;
use kpi::sync::atomic::{AtomicPtr, Ordering::{Acquire, Release}};

/// A ring's storage.
pub type Slots<T> = &'static [AtomicPtr<T>];

/// The producers' place; behind their lock.
#[derive(Default)]
pub struct Head(usize);

/// The consumer's place.
#[derive(Default)]
pub struct Tail(usize);

/// The ring.
///
/// # Invariants
/// A slot holds NULL or what [`Ring::push`] made of a `&'static T`.
pub struct Ring<T: 'static> {
    slots: Slots<T>,
}

impl<T> Ring<T> {
    /// A ring over free (NULL) slots, at least one.
    pub fn new(slots: Slots<T>) -> Self {
        Ring { slots }
    }

    /// How many references the ring holds at most.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The storage, to be given back when the ring is used no more.
    pub fn slots(&self) -> Slots<T> {
        self.slots
    }

    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        if at + 1 < self.slots.len() { at + 1 } else { 0 }
    }

    /// Whether `push` will succeed. Producer.
    #[inline]
    pub fn has_room(&self, head: &Head) -> bool {
        self.slots.get(head.0).is_some_and(|s| s.load(Acquire).is_null())
    }

    /// Store a reference; `false` if the ring is full. Producer.
    #[inline]
    pub fn push(&self, head: &mut Head, item: &'static T) -> bool {
        self.push_with(head, item, || ())
    }

    /// Store a reference once there is room and `prepare` has run; `false`,
    /// and nothing done, if the ring is full. Producer.
    #[inline(always)]
    pub fn push_with(&self, head: &mut Head, item: &'static T, prepare: impl FnOnce()) -> bool {
        let Some(slot) = self.slots.get(head.0).filter(|s| s.load(Acquire).is_null()) else { return false };
        prepare();
        // INVARIANT: made from a `&'static T`.
        slot.store(ptr::from_ref(item).cast_mut(), Release);
        head.0 = self.after(head.0);
        true
    }

    /// Whether there is nothing to pop just now. Consumer.
    #[inline]
    pub fn is_empty(&self, tail: &Tail) -> bool {
        self.slots.get(tail.0).is_none_or(|s| s.load(Acquire).is_null())
    }

    /// Fill places, from the first, with the oldest references; how many.
    /// Consumer.
    #[inline]
    pub fn pop_into(&self, tail: &mut Tail, places: &mut [Option<&'static T>]) -> usize {
        let mut n = 0;
        for place in places {
            let item = self.pop(tail);
            if item.is_none() {
                break;
            }
            *place = item;
            n += 1;
        }
        n
    }

    /// Take the oldest reference. Consumer.
    #[inline(always)]
    pub fn pop(&self, tail: &mut Tail) -> Option<&'static T> {
        let slot = self.slots.get(tail.0)?;
        let p = slot.load(Acquire);
        if p.is_null() {
            return None;
        }
        slot.store(ptr::null_mut(), Release);
        tail.0 = self.after(tail.0);
        // SAFETY: not NULL, so push() made it of a `&'static T` (invariant).
        Some(unsafe { &*p })
    }
}

/// Free slots on the heap, for tests.
#[cfg(test)]
pub fn test_slots<T>(n: usize) -> Slots<T> {
    Box::leak((0..n).map(|_| AtomicPtr::new(ptr::null_mut())).collect::<Vec<_>>().into_boxed_slice())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    static ITEMS: [u32; 5] = [0, 1, 2, 3, 4];

    #[test]
    fn fifo_and_full() {
        let (r, mut h, mut t) = (Ring::new(test_slots(3)), Head::default(), Tail::default());
        assert!(r.is_empty(&t) && r.pop(&mut t).is_none());
        for round in 0..4 {
            for (i, item) in ITEMS.iter().enumerate() {
                assert_eq!(r.push(&mut h, item), i < 3, "round {round}");
            }
            for i in 0..3 {
                assert_eq!(r.pop(&mut t), Some(&i));
            }
            assert!(r.is_empty(&t));
        }
    }

    #[test]
    fn no_slots_takes_nothing() {
        let r = Ring::new(test_slots(0));
        assert!(!r.push(&mut Head::default(), &ITEMS[0]));
        assert!(r.pop(&mut Tail::default()).is_none());
    }
}

#[cfg(all(test, loom))]
mod loom_model {
    use super::*;
    use loom::sync::{Arc, Mutex};

    static ITEMS: [u32; 3] = [0, 1, 2];

    /// Two producers, one consumer, a ring smaller than what goes through:
    /// every item that was accepted comes out once, per producer in order.
    #[test]
    fn producers_and_consumer() {
        loom::model(|| {
            let r = Arc::new((Ring::new(test_slots(2)), Mutex::new(Head::default())));
            let put = |items: &'static [u32]| {
                let r = r.clone();
                loom::thread::spawn(move || {
                    items.iter().map(|i| r.0.push(&mut r.1.lock().unwrap(), i)).filter(|&ok| ok).count()
                })
            };
            let (a, b) = (put(&ITEMS[..2]), put(&ITEMS[2..]));
            let mut t = Tail::default();
            let mut got: Vec<u32> = (0..2).filter_map(|_| r.0.pop(&mut t).copied()).collect();
            let sent = a.join().unwrap() + b.join().unwrap();
            got.extend(core::iter::from_fn(|| r.0.pop(&mut t).copied()));
            assert_eq!(got.len(), sent);
            let firsts: Vec<u32> = got.iter().copied().filter(|&i| i < 2).collect();
            assert!(firsts.windows(2).all(|w| w[0] < w[1]));
        });
    }
}
