// SPDX-License-Identifier: BSD-2-Clause
//! One kld in memory: mapping, relocation, SYSINITs, sysctl nodes.

use std::fs;
use std::path::{Path, PathBuf};

use super::elf::{Class, Image, LoadError, Place};
use super::{reloc, resolve};
use crate::{debug, kern, machine, symbols, track};

/// Where the kernel links preloaded klds.
pub const SI_SUB_KLD: u32 = 0x200_0000;

/// A file of the kernel linker.
pub struct File {
    /// Name without its folder.
    pub name: String,
    path: PathBuf,
    /// Identity, never reused.
    pub id: usize,
    /// Parsed contents.
    pub image: Image,
    /// Load address.
    pub base: u64,
    phys: u64,
    /// Module metadata.
    pub meta: resolve::Metadata,
    /// Files it depends on, each with a reference.
    pub deps: Vec<usize>,
    /// References: one by being loaded, one for each dependent file.
    pub refs: i32,
    /// References by kldload(2).
    pub user_refs: i32,
    /// Load time in microseconds.
    pub load_us: u64,
    pending: Vec<(u32, u32, u64)>,
}

#[repr(C)]
struct SysInit {
    subsystem: u32,
    order: u32,
    next: u64,
    func: u64,
    udata: u64,
}

impl File {
    /// Reads and maps a file and applies what needs nobody else.
    pub fn prepare(path: &Path, id: usize) -> Result<File, LoadError> {
        let image = Image::parse(&fs::read(path)?)?;
        reloc::check(&image)?;
        let (base, phys) = map_image(image.size)?;
        let mut f = File {
            name: super::short(path),
            path: path.to_path_buf(),
            id,
            image,
            base,
            phys,
            meta: resolve::Metadata::default(),
            deps: Vec::new(),
            refs: 0,
            user_refs: 0,
            load_us: 0,
            pending: Vec::new(),
        };
        let mem = f.memory();
        for s in &f.image.sections {
            mem[s.offset as usize..][..s.data.len()].copy_from_slice(&s.data);
        }
        let r = reloc::apply(&f.image, mem, base, |s| resolve::own(&f.image, base, s));
        // SAFETY: mapped above, local relocations just applied.
        let meta = r.and_then(|()| unsafe { resolve::metadata(&f.image, base) }.map_err(LoadError::Damaged));
        match meta {
            Ok(m) => f.meta = m,
            Err(e) => {
                f.discard();
                return Err(e);
            }
        }
        Ok(f)
    }

    fn memory(&self) -> &'static mut [u8] {
        // SAFETY: the mapping of this file, written only while it is loaded,
        // by one thread, before any of its code runs.
        unsafe { std::slice::from_raw_parts_mut(self.base as *mut u8, self.image.size as usize) }
    }

    /// Resolves the undefined symbols: the kernel, then the dependencies.
    pub fn relocate(&mut self, loaded: &[File]) -> Result<(), LoadError> {
        let mut missing = Vec::new();
        let deps: Vec<&File> = self.deps.iter().filter_map(|d| loaded.iter().find(|f| f.id == *d)).collect();
        let mut found = vec![None; self.image.symbols.len()];
        for (i, s) in self.image.symbols.iter().enumerate() {
            if s.place != Place::Undefined || i == 0 || resolve::set_symbol(&self.image, self.base, &s.name).is_some() {
                continue;
            }
            let v = resolve::from_kernel(&s.name)
                .or_else(|| deps.iter().find_map(|d| resolve::exported(&d.image, d.base, &s.name)));
            match v {
                Some(v) => found[i] = Some(v),
                None if s.name == "__this_linker_file" => found[i] = Some(self.id as u64),
                None if s.weak || s.name.starts_with("__start_set_") || s.name.starts_with("__stop_set_") => found[i] = Some(0),
                None if self.image.relocs.iter().any(|r| r.sym == i) => missing.push(s.name.clone()),
                None => {}
            }
        }
        if !missing.is_empty() {
            missing.sort();
            missing.dedup();
            return Err(LoadError::Undefined(missing));
        }
        reloc::apply(&self.image, self.memory(), self.base, |s| found[s])?;
        // A debugger cannot write breakpoints to shared memory that is read-only.
        let breakable = if debug::traced() { libc::PROT_WRITE } else { 0 };
        for (class, prot) in [
            (Class::Rx, libc::PROT_READ | libc::PROT_EXEC | breakable),
            (Class::Ro, libc::PROT_READ),
            (Class::Rw, machine::RW),
        ] {
            let (lo, hi) = self.image.classes[class as usize];
            if lo < hi {
                // SAFETY: whole pages of our own mapping.
                unsafe { libc::mprotect((self.base + lo) as *mut libc::c_void, (hi - lo) as usize, prot) };
            }
        }
        Ok(())
    }

    /// Makes the file's names known for reports.
    pub fn publish(&self) {
        let mut syms: Vec<_> = self
            .image
            .symbols
            .iter()
            .filter_map(|s| match s.place {
                Place::Image(off) if !s.name.is_empty() && !s.name.starts_with('.') && !s.name.starts_with("$") => {
                    Some((self.base + off, s.size, s.name.clone()))
                }
                _ => None,
            })
            .collect();
        syms.sort();
        let (lo, hi) = self.image.classes[Class::Rx as usize];
        let table =
            symbols::Table { file: self.name.clone(), start: self.base, end: self.base + self.image.size, syms, live: true };
        debug::to_perf(&table);
        debug::to_gdb(&self.path, &self.image, self.base);
        symbols::add(table, (self.base + lo, self.base + hi));
    }

    fn set(&self, name: &str) -> Vec<u64> {
        let Some((lo, hi)) = self.image.set_bounds(name) else { return Vec::new() };
        (lo..hi)
            .step_by(8)
            // SAFETY: inside the section, which is mapped and relocated.
            .map(|o| unsafe { *((self.base + o) as *const u64) })
            .collect()
    }

    fn inits(&self, set: &str) -> Vec<(u32, u32, u64)> {
        let mut v: Vec<_> = self
            .set(set)
            .into_iter()
            .map(|p| {
                // SAFETY: linker sets of SYSINITs hold pointers to them.
                let s = unsafe { &*(p as *const SysInit) };
                (s.subsystem, s.order, p)
            })
            .filter(|s| s.0 != 0)
            .collect();
        v.sort_by_key(|s| (s.0, s.1));
        v
    }

    fn call(p: u64) {
        // SAFETY: p is from inits(): an entry of a linker set of this file, which
        // is mapped and relocated while it is started and stopped.
        let s = unsafe { &*(p as *const SysInit) };
        kern::run_sysinit(s.func, s.udata);
    }

    /// Registers sysctl nodes and runs SYSINITs up to a subsystem; an errno.
    pub fn start(&mut self, until: u32) -> i32 {
        for o in self.set("set_sysctl_set") {
            kern::sysctl_register(o);
        }
        self.pending = self.inits("set_sysinit_set");
        self.pending.reverse();
        kern::loading(self.id);
        while self.next_sysinit().is_some_and(|k| k.0 <= until) {
            let e = self.run_one();
            if e != 0 {
                return e;
            }
        }
        0
    }

    /// Subsystem and order of the next SYSINIT.
    pub fn next_sysinit(&self) -> Option<(u32, u32)> {
        self.pending.last().map(|s| (s.0, s.1))
    }

    /// Runs the next SYSINIT; the error of a module event, or 0.
    pub fn run_one(&mut self) -> i32 {
        let Some(s) = self.pending.pop() else { return 0 };
        kern::loading(self.id);
        Self::call(s.2);
        kern::load_error()
    }

    /// SYSUNINITs and sysctl nodes, in reverse.
    pub fn stop(&mut self) {
        // Static nodes go leaves first.
        let nodes = self.set("set_sysctl_set");
        for o in nodes.iter().rev() {
            kern::sysctl_unregister(*o);
        }
        for s in self.inits("set_sysuninit_set").into_iter().rev() {
            Self::call(s.2);
        }
    }

    /// Takes the file out of memory after it has run.
    pub fn unmap(self) {
        let (lo, hi) = (self.base, self.base + self.image.size);
        // A thread that is about to return to the kernel gets its chance.
        if kern::threads_in(lo, hi).is_some() {
            kern::settle(0);
        }
        let mut stuck = false;
        for (what, found) in [
            ("pending callout(s)", kern::callouts_in(lo, hi)),
            ("queued task(s)", kern::tasks_in(lo, hi)),
            ("running thread(s)", kern::threads_in(lo, hi)),
        ] {
            if let Some((n, f)) = found {
                track::fail(format!("{}: unloaded with {n} {what}, first {}", self.name, symbols::name(f)));
                stuck = true;
            }
        }
        if stuck {
            // Its code is about to go: better an end than a crash later.
            std::process::exit(1);
        }
        for (_, name, caller) in track::inside(0, lo as usize, hi as usize) {
            track::fail(format!("{}: {}", self.name, track::leak_line("lock in unloaded memory", &name, 0, caller)));
        }
        symbols::retire(self.base);
        debug::gone(self.base);
        self.discard();
    }

    /// Gives the memory of a file back that never ran.
    pub fn discard(self) {
        kern::image_free(self.base, self.phys, self.image.size);
    }
}

/// Simulated memory for an image, seen below 2 GiB.
fn map_image(size: u64) -> Result<(u64, u64), LoadError> {
    let nomem = || LoadError::NoMemory(size);
    let len = size.max(4096);
    // SAFETY: a reservation where Linux finds room: nothing is replaced.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            len as usize,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        return Err(nomem());
    }
    let base = p as u64;
    if base < machine::KERNEL_MIN {
        // SAFETY: the reservation just made; nobody else knows of it.
        unsafe { libc::munmap(p, len as usize) };
        return Err(nomem());
    }
    let phys = kern::image_alloc(base, len).ok_or_else(nomem)?;
    Ok((base, phys))
}
