// SPDX-License-Identifier: BSD-2-Clause
//! Rows `pool/ring_from_N`: one thread allocates, N others put.

use super::side::{Conf, Context, Pool, Queue, Side};
use super::time::{on_cpu, tsc, Sample};
use crate::report::Row;
use std::sync::Barrier;

/// Passes of each side, short ones: most meet nothing else that the machine
/// does.
const ROUNDS: usize = 240;
/// Pages of a timed pass.
const PAGES: usize = 4096;

/// Pages that may be on the way to each thread.
const WINDOW: usize = 256;

/// Rows for 1, 2 and 4 threads, and what the way there costs by itself.
pub fn rows() -> Vec<Row> {
    let conf = Conf { size: 1024, dma: 0, napi: 0 };
    // Not those that this thread is kept on, which is one.
    // SAFETY: asks for a number.
    let cpus = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }.max(1) as usize;
    let mut rows = Vec::new();
    for putters in [1, 2, 4] {
        let sides = [Some(Side::ours()), Side::linux()];
        let pools: Vec<(Side, Pool)> = sides.into_iter().flatten().map(|s| pool(s, &conf)).collect();
        let null = pool(Side::null(), &conf);
        let mut sample = Sample::default();
        let mut way = Vec::new();
        for round in 0..ROUNDS {
            for i in 0..pools.len() {
                let which = (i + round) % pools.len();
                let (side, pool) = &pools[which];
                let cycles = pass(*side, pool, putters, cpus);
                if which == 0 { &mut sample.ours } else { &mut sample.peer }.push(cycles);
            }
            way.push(pass(null.0, &null.1, putters, cpus));
        }
        let way = crate::measure::sorted(way.into_iter())[ROUNDS / 2];
        let row = sample.row();
        let net = row.cycles.map(|c| (c.ours - way) / (c.peer - way)).filter(|n| n.is_finite());
        let net = net.map_or(String::new(), |n| format!("; without it {n:.2}"));
        rows.push(Row {
            name: format!("pool/ring_from_{putters}"),
            goal: Some(0.5),
            note: format!("the way there alone {way:.1} cycles{net}"),
            ..row
        });
        for (side, pool) in pools {
            side.enter(0, Context::Poll);
            drop(pool);
        }
    }
    rows
}

fn pool(side: Side, conf: &Conf) -> (Side, Pool) {
    side.enter(0, Context::Poll);
    (side, side.create(conf))
}

/// Cycles a page.
fn pass(side: Side, pool: &Pool, putters: usize, cpus: usize) -> f64 {
    let queues: Vec<Queue> = (0..putters).map(|_| Queue::new()).collect();
    let ready = Barrier::new(putters + 1);
    std::thread::scope(|scope| {
        for (i, q) in queues.iter().enumerate() {
            let ready = &ready;
            scope.spawn(move || {
                // The first CPU is the consumer's alone, if there are more.
                on_cpu(if cpus > 1 { 1 + i % (cpus - 1) } else { 0 });
                side.enter(1 + i, Context::Thread);
                ready.wait();
                pool.put_all(q);
            });
        }
        side.enter(0, Context::Poll);
        ready.wait();
        let refs: Vec<&Queue> = queues.iter().collect();
        let pools = std::slice::from_ref(pool);
        side.run("feed", pools, PAGES / 4, WINDOW, &refs);
        let start = tsc();
        side.run("feed", pools, PAGES, WINDOW, &refs);
        let cycles = tsc() - start;
        queues.iter().for_each(Queue::stop);
        cycles as f64 / PAGES as f64
    })
}
