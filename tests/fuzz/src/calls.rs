// SPDX-License-Identifier: BSD-2-Clause
//! A run's bytes are a pool's parameters and a sequence of calls; pool and
//! model have to agree after each (src/page_pool/src/model.rs).
#![no_main]

use libfuzzer_sys::fuzz_target;
use page_pool::lane::LANES;
use page_pool::model::{run, Op};
use page_pool::params::{Flags, Params};
use page_pool::testing::params;

/// Three bytes a call.
fn op(b: &[u8]) -> Op {
    let n = usize::from(u16::from_le_bytes([b[1], b[2]]));
    let size = n as u32 % 4096 + 1;
    match b[0] % 16 {
        0 | 1 => Op::Page,
        2 | 3 => Op::Frag(size),
        4 => Op::Sized(size),
        5 | 6 => Op::Put(n, false),
        7 | 8 => Op::Put(n, true),
        9 => Op::Bulk(n % 24),
        10 => Op::Split(n as i8 % 7 + 8),
        11 => Op::Get(n),
        12 => Op::Release(n),
        13 => Op::Node(n as i32 % 3 - 1),
        14 => Op::Cpu(n % (LANES + 2)),
        _ if n & 1 == 0 => Op::FailAlloc(n / 2 % 70),
        _ => Op::FailMap(n / 2 % 70),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [flags, ring, calls @ ..] = bytes else { return };
    let p = Params { pool_size: u32::from(*ring) + 1, ..params() };
    let ops: Vec<_> = calls.chunks_exact(3).map(op).collect();
    let on = |bit: u8| flags & bit != 0;
    let scrub = if on(8) { Flags::SCRUB.bits() } else { 0 };
    let flags = if on(1) { p.flags } else { 0 } | scrub;
    run(&ops, Params { flags, ..p }, (on(2), on(4)));
});
