// SPDX-License-Identifier: BSD-2-Clause
//! critical(9): a thread that stays on its CPU, alone.

use crate::bindings;
use core::ffi::c_void;

/// A critical section, until it is dropped: the thread stays on its CPU and no
/// other runs there. Its holder takes no lock and does not sleep.
pub struct Critical {
    td: *mut c_void,
}

impl Critical {
    /// Enter one; they nest. With the number of the CPU.
    #[inline(always)]
    pub fn enter() -> (Critical, usize) {
        let (td, cpu) = enter();
        (Critical { td }, cpu)
    }
}

impl Drop for Critical {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: entered on this thread: a raw pointer is not Send.
        unsafe { exit(self.td) }
    }
}

/// Wait until every critical section that had begun is over; later ones see what
/// the caller has stored, and the caller what was stored in them (sys/smp.h,
/// `quiesce_all_critical`, which alone promises neither). Interrupts every CPU;
/// not in a critical section, nor with a spin mutex.
pub fn quiesce() {
    // SAFETY: takes nothing.
    unsafe { bindings::kpi_quiesce() }
}

/// Where the sources' options are known, as critical_enter() of sys/systm.h is
/// inline then; amd64 alone is worth it.
#[cfg(target_arch = "x86_64")]
const INLINE: bool = bindings::KPI_CRITICAL_INLINE != 0;

/// `curthread` if it is needed again, and the CPU.
#[inline(always)]
fn enter() -> (*mut c_void, usize) {
    #[cfg(target_arch = "x86_64")]
    if INLINE {
        let (td, cpu): (*mut c_void, u32);
        // SAFETY: the kernel's own fields of this CPU and thread, at the
        // headers' offsets; interrupts see the count in one step.
        unsafe {
            core::arch::asm!(
                "mov {td}, gs:[{curthread}]",
                "inc dword ptr [{td} + {critnest}]",
                "mov {cpu:e}, gs:[{cpuid}]",
                td = out(reg) td,
                cpu = out(reg) cpu,
                curthread = const bindings::KPI_OFF_CURTHREAD,
                critnest = const bindings::KPI_OFF_CRITNEST,
                cpuid = const bindings::KPI_OFF_CPUID,
                options(nostack),
            );
        }
        return (td, cpu as usize);
    }
    // SAFETY: takes nothing.
    (core::ptr::null_mut(), unsafe { bindings::kpi_pin() } as usize)
}

/// # Safety
/// From `enter()` on this thread, once.
#[inline(always)]
unsafe fn exit(td: *mut c_void) {
    #[cfg(target_arch = "x86_64")]
    if INLINE {
        // SAFETY: as in enter(); the thread lives, it is this one.
        unsafe {
            core::arch::asm!(
                "dec dword ptr [{td} + {critnest}]",
                td = in(reg) td,
                critnest = const bindings::KPI_OFF_CRITNEST,
                options(nostack),
            );
            let owed = td.cast::<u8>().add(bindings::KPI_OFF_OWEPREEMPT as usize);
            if owed.read_volatile() != 0 {
                bindings::critical_exit_preempt();
            }
        }
        return;
    }
    let _ = td;
    // SAFETY: enter() called kpi_pin().
    unsafe { bindings::kpi_unpin() }
}
