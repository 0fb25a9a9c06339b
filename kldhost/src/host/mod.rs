// SPDX-License-Identifier: BSD-2-Clause
//! The services that the C part of the hosted kernel calls (`host_*` there).
//!
//! Arguments are checked by nobody: both sides are one program, built together
//! from kern/kh.h and this. What a C function promises is in each `# Safety`.

mod arena;
mod env;
mod libc_like;
mod memory;
mod report;
mod thread;
mod time;

pub use env::setenv;
