// SPDX-License-Identifier: BSD-2-Clause
//! The `symbols` command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::loader::elf::{Image, LoadError, Place};
use crate::loader::{reloc, short};
use crate::symbols;

fn read(path: &PathBuf) -> Result<Image, LoadError> {
    let image = Image::parse(&std::fs::read(path)?)?;
    reloc::check(&image)?;
    Ok(image)
}

/// Prints what each file exports and needs; an exit code.
pub fn run(klds: &[PathBuf], quiet: bool) -> i32 {
    let mut images = Vec::new();
    let mut code = 0;
    for p in klds {
        match read(p) {
            Ok(i) => images.push((short(p), i)),
            Err(e) => {
                eprintln!("kldhost: {}: {e}", short(p));
                code = 2;
            }
        }
    }
    let mut exports: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, image) in &images {
        for s in image.symbols.iter().filter(|s| s.global && matches!(s.place, Place::Image(_))) {
            exports.entry(&s.name).or_insert(name);
        }
    }
    let kernel = symbols::kernel();
    for (name, image) in &images {
        if !quiet {
            println!("{name}: exports");
            let mine: BTreeSet<&str> = image
                .symbols
                .iter()
                .filter(|s| s.global && matches!(s.place, Place::Image(_)))
                .map(|s| s.name.as_str())
                .collect();
            mine.iter().for_each(|s| println!("  {s}"));
            println!("{name}: needs");
        }
        let needs: BTreeSet<(&str, bool)> = image
            .symbols
            .iter()
            .enumerate()
            .filter(|(i, s)| s.place == Place::Undefined && *i != 0 && image.relocs.iter().any(|r| r.sym == *i))
            .map(|(_, s)| (s.name.as_str(), s.weak))
            .collect();
        for (s, weak) in needs {
            let set = s.strip_prefix("__start_").or_else(|| s.strip_prefix("__stop_"));
            let who = if set.is_some_and(|s| s.starts_with("set_")) {
                "the file itself"
            } else if kernel.contains_key(s) {
                "kernel"
            } else if let Some(k) = exports.get(s) {
                k
            } else if weak {
                "nobody (weak)"
            } else {
                code = code.max(1);
                println!("{}{s:<40} NOBODY", if quiet { "" } else { "  " });
                continue;
            };
            if !quiet {
                println!("  {s:<40} {who}");
            }
        }
    }
    code
}
