// SPDX-License-Identifier: BSD-2-Clause
//! The host's clocks.

extern "C" {
    fn kh_khi_clock_tick();
}

fn clock(id: libc::clockid_t) -> u64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: ts is ours to write.
    unsafe { libc::clock_gettime(id, &mut ts) };
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

#[no_mangle]
extern "C" fn kh_host_nanouptime() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

#[no_mangle]
extern "C" fn kh_host_walltime() -> u64 {
    clock(libc::CLOCK_REALTIME)
}

#[no_mangle]
extern "C" fn kh_host_start_clock() {
    std::thread::spawn(|| loop {
        std::thread::sleep(std::time::Duration::from_millis(1));
        // SAFETY: takes only the scheduler lock, and never a CPU.
        unsafe { kh_khi_clock_tick() };
    });
}
