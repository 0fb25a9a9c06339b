// SPDX-License-Identifier: BSD-2-Clause
//! The kernel linker: files, references, loading and unloading, with the
//! semantics of FreeBSD's kldload(2) and kldunload(2).

pub mod elf;
pub mod file;
pub mod reloc;
pub mod resolve;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use elf::LoadError;
use file::{File, SI_SUB_KLD};
use resolve::KERNEL_VERSION;

use crate::kern;

/// A result that names the file it is about.
pub type Result<T> = std::result::Result<T, (String, LoadError)>;

/// All files, loaded or only available.
#[derive(Default)]
pub struct Linker {
    /// Loaded files in the order they were loaded.
    pub loaded: Vec<File>,
    available: HashMap<String, PathBuf>,
    /// Boot is not over: SYSINITs after SI_SUB_KLD wait.
    pub early: bool,
    next_id: usize,
}

/// The name errors and `kldunload` use for a file.
pub fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

impl Linker {
    /// Files of which modules can be taken to satisfy dependencies.
    pub fn offer(&mut self, path: &Path) -> Result<()> {
        let name = short(path);
        let f = File::prepare(path, 0).map_err(|e| (name.clone(), e))?;
        for (m, _) in &f.meta.versions {
            self.available.insert(m.clone(), path.to_path_buf());
        }
        f.discard();
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        let bare = |s: &str| s.strip_suffix(".ko").unwrap_or(s).to_string();
        self.loaded.iter().position(|f| bare(&f.name) == bare(name))
    }

    fn provider(&self, module: &str) -> Option<(usize, i32)> {
        self.loaded.iter().find_map(|f| {
            f.meta.versions.iter().find(|(m, _)| m == module).map(|(_, v)| (f.id, *v))
        })
    }

    fn by_id(&mut self, id: usize) -> Option<&mut File> {
        self.loaded.iter_mut().find(|f| f.id == id)
    }

    /// kldload(2): loads a file that somebody asked for.
    pub fn kldload(&mut self, path: &Path) -> Result<u64> {
        let name = short(path);
        if self.find(&name).is_some() {
            return Err((name, LoadError::Loaded));
        }
        let us = self.load(path, &mut Vec::new())?;
        if let Some(f) = self.loaded.last_mut() {
            f.user_refs = 1;
        }
        Ok(us)
    }

    fn load(&mut self, path: &Path, stack: &mut Vec<PathBuf>) -> Result<u64> {
        let name = short(path);
        let fail = |e| (name.clone(), e);
        let started = Instant::now();
        self.next_id += 1;
        let mut f = File::prepare(path, self.next_id).map_err(fail)?;
        stack.push(path.to_path_buf());
        if let Err(e) = self.link(&mut f, path, stack) {
            for id in f.deps.clone() {
                self.drop_ref(id);
            }
            f.discard();
            return Err(e);
        }
        stack.pop();
        for (i, (m, addr)) in f.meta.modules.iter().enumerate() {
            if !kern::module_register(*addr, f.id) {
                let owner = self.loaded.iter().find(|o| o.meta.modules.iter().any(|(n, _)| n == m));
                let owner = owner.map_or_else(|| name.clone(), |o| o.name.clone());
                let err = LoadError::Duplicate(m.clone(), owner);
                if i > 0 {
                    kern::module_forget(f.id);
                }
                for id in f.deps.clone() {
                    self.drop_ref(id);
                }
                f.discard();
                return Err(fail(err));
            }
        }
        f.refs = 1;
        let until = if self.early { SI_SUB_KLD } else { u32::MAX };
        f.publish();
        let error = f.start(until);
        if error != 0 {
            // The module took its own memory back (or did not: the leak
            // check will tell); the file goes as the kernel lets it go.
            f.stop();
            kern::module_forget(f.id);
            let deps = f.deps.clone();
            f.unmap();
            for id in deps {
                self.drop_ref(id);
            }
            return Err(fail(LoadError::ModLoad(error, kern::errno_name(error))));
        }
        let us = started.elapsed().as_micros() as u64;
        kern::load_time(&f.name, us);
        f.load_us = us;
        self.loaded.push(f);
        Ok(us)
    }

    /// Dependencies first, then the symbols.
    fn link(&mut self, f: &mut File, path: &Path, stack: &mut Vec<PathBuf>) -> Result<()> {
        let name = f.name.clone();
        let fail = |e| (name.clone(), e);
        if f.meta.modules.is_empty() {
            return Err(fail(LoadError::NoModule));
        }
        for d in f.meta.depends.clone() {
            let version = |v: i32| {
                if v < d.min || v > d.max {
                    Err(fail(LoadError::DepVersion(d.module.clone(), d.min, d.max, v)))
                } else {
                    Ok(())
                }
            };
            if d.module == "kernel" {
                version(KERNEL_VERSION)?;
                continue;
            }
            if f.meta.versions.iter().any(|(m, _)| *m == d.module) {
                continue;
            }
            if self.provider(&d.module).is_none() {
                let dep = self.locate(&d.module, path).ok_or_else(|| fail(LoadError::MissingDep(d.module.clone())))?;
                if stack.contains(&dep) {
                    return Err(fail(LoadError::Circular(d.module.clone())));
                }
                self.load(&dep, stack)?;
                // It is here for us only: the reference it was born with
                // becomes ours.
                if let Some(l) = self.loaded.last_mut() {
                    l.refs = 0;
                }
            }
            let (id, v) = self.provider(&d.module).ok_or_else(|| fail(LoadError::MissingDep(d.module.clone())))?;
            version(v)?;
            if !f.deps.contains(&id) {
                f.deps.push(id);
                if let Some(p) = self.by_id(id) {
                    p.refs += 1;
                }
            }
        }
        f.relocate(&self.loaded).map_err(fail)
    }

    fn locate(&self, module: &str, near: &Path) -> Option<PathBuf> {
        if let Some(p) = self.available.get(module) {
            return Some(p.clone());
        }
        let p = near.with_file_name(format!("{module}.ko"));
        p.exists().then_some(p)
    }

    /// Later SYSINITs of preloaded files, up to and including a subsystem.
    pub fn run_pending(&mut self, until: u32) -> Result<()> {
        loop {
            let next = self
                .loaded
                .iter()
                .enumerate()
                .filter_map(|(i, f)| f.next_sysinit().filter(|k| k.0 <= until).map(|k| (k, i)))
                .min();
            let Some((_, i)) = next else { return Ok(()) };
            let error = self.loaded[i].run_one();
            if error != 0 {
                let name = self.loaded[i].name.clone();
                let id = self.loaded[i].id;
                kern::module_forget(id);
                self.drop_ref(id);
                return Err((name, LoadError::ModLoad(error, kern::errno_name(error))));
            }
        }
    }

    /// linker_file_unload(): returns an errno.
    fn drop_ref(&mut self, id: usize) -> i32 {
        let Some(f) = self.by_id(id) else { return 0 };
        if f.refs <= 1 {
            for what in [kern::MOD_QUIESCE, kern::MOD_UNLOAD] {
                let e = kern::module_event(id, what);
                if e != 0 {
                    return e;
                }
            }
        }
        let Some(f) = self.by_id(id) else { return 0 };
        f.refs -= 1;
        if f.refs > 0 {
            return 0;
        }
        let at = self.loaded.iter().position(|f| f.id == id).unwrap_or(0);
        let mut f = self.loaded.remove(at);
        f.stop();
        kern::module_forget(id);
        let deps = f.deps.clone();
        f.unmap();
        // As the kernel: an error here is nobody's, and the file strands.
        for d in deps {
            self.drop_ref(d);
        }
        0
    }

    /// kldunload(2): an errno, 0 also when others still hold the file.
    pub fn kldunload(&mut self, name: &str) -> std::result::Result<(), i32> {
        let i = self.find(name).ok_or(libc::ENOENT)?;
        let id = self.loaded[i].id;
        if self.loaded[i].user_refs == 0 {
            return Err(libc::EBUSY);
        }
        self.loaded[i].user_refs -= 1;
        let e = self.drop_ref(id);
        if e == 0 {
            return Ok(());
        }
        if let Some(f) = self.by_id(id) {
            f.user_refs += 1;
        }
        Err(e)
    }

    /// The address of a global function of any loaded file, last first.
    pub fn entry(&self, name: &str) -> Option<u64> {
        self.loaded.iter().rev().find_map(|f| resolve::exported(&f.image, f.base, name))
    }

    /// Sorts files so that what others need comes first; the given order is
    /// kept otherwise. Files that cannot be read stay where they are: loading
    /// them reports why.
    pub fn order(paths: &[PathBuf]) -> Vec<PathBuf> {
        type Meta = Option<(Vec<(String, i32)>, Vec<resolve::Depend>)>;
        let metas: Vec<Meta> = paths
            .iter()
            .map(|p| {
                File::prepare(p, 0).ok().map(|f| {
                    let m = (f.meta.versions.clone(), f.meta.depends.clone());
                    f.discard();
                    m
                })
            })
            .collect();
        let mut out: Vec<usize> = Vec::new();
        let mut visiting = vec![false; paths.len()];
        fn visit(
            i: usize, metas: &[Meta], visiting: &mut [bool], out: &mut Vec<usize>,
        ) {
            if visiting[i] {
                return;
            }
            visiting[i] = true;
            if let Some((_, deps)) = &metas[i] {
                for d in deps {
                    for (j, m) in metas.iter().enumerate() {
                        if j != i && m.as_ref().is_some_and(|(v, _)| v.iter().any(|(n, _)| *n == d.module)) {
                            visit(j, metas, visiting, out);
                        }
                    }
                }
            }
            out.push(i);
        }
        for i in 0..paths.len() {
            visit(i, &metas, &mut visiting, &mut out);
        }
        out.into_iter().map(|i| paths[i].clone()).collect()
    }
}
