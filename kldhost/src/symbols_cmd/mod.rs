// SPDX-License-Identifier: BSD-2-Clause
//! The `symbols` command: over a set of klds, who provides what they need.

mod abi;
mod image;
mod link;
mod print;
mod warn;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use link::{Kernel, Set};

use crate::loader::{elf, reloc, short};

/// What a line of the report stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A file.
    File,
    /// A file that no other depends on, with all that it pulls in.
    Driver,
}

/// Arguments of `symbols`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Klds: relocatable or shared objects of one architecture
    #[arg(required = true, value_name = "K.ko")]
    pub klds: Vec<PathBuf>,
    /// The kernel they are for: its executable (default: the hosted kernel)
    #[arg(long, value_name = "FILE")]
    pub kernel: Option<PathBuf>,
    /// A block for each file, or for each driver with all that it depends on
    #[arg(long, value_enum, default_value = "file")]
    pub by: By,
    /// What each file exports, too
    #[arg(long)]
    pub defined: bool,
    /// A line for each file only
    #[arg(short, long)]
    pub summary: bool,
    /// Only what nobody provides, and warnings
    #[arg(short, long)]
    pub quiet: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
    /// Warnings count as failures
    #[arg(long)]
    pub strict: bool,
}

/// What the command's help ends with.
pub const HELP: &str = "A symbol is looked up as FreeBSD's kernel linker does: in the file itself, the kernel,
then the files of its MODULE_DEPENDs in their order, and not in what those depend on.
Providers are the kernel, LinuxKPI, us (lkpi_page, page_pool, mt76 and test klds), others
(the remaining files) and nobody. Weak symbols that nobody has are zero and not counted.

Exit status:
  0  everything has a provider
  1  a symbol, or with --kernel a module, has none (--strict: or a warning)
  2  usage, or a file cannot be read";

fn read(path: &Path) -> anyhow::Result<image::Image> {
    let i = image::Image::read(path, false)?;
    if i.arch == "amd64" {
        // Those that kldhost runs, and so knows more of.
        match elf::Image::parse(&std::fs::read(path)?) {
            Ok(i) => reloc::check(&i)?,
            Err(elf::LoadError::Type(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(i)
}

/// Prints the report; an exit code.
pub fn run(o: &Options) -> i32 {
    let mut code = 0;
    let mut refuse = |path: &Path, e: anyhow::Error| {
        eprintln!("kldhost: {}: {e:#}", short(path));
        code = 2;
    };
    let mut images: Vec<image::Image> = Vec::new();
    for p in &o.klds {
        match read(p) {
            Ok(i) if images.first().is_some_and(|f| f.arch != i.arch) => {
                refuse(p, anyhow::anyhow!("is for {}, {} for {}", i.arch, images[0].name, images[0].arch));
            }
            Ok(i) => images.push(i),
            Err(e) => refuse(p, e),
        }
    }
    let kernel = match &o.kernel {
        None => Kernel::Hosted,
        Some(p) => match image::Image::read(p, true) {
            Ok(k) if images.first().is_some_and(|f| f.arch != k.arch) => {
                refuse(p, anyhow::anyhow!("is for {}, {} for {}", k.arch, images[0].name, images[0].arch));
                return 2;
            }
            Ok(k) => Kernel::File(k),
            Err(e) => {
                refuse(p, e);
                return 2;
            }
        },
    };
    let set = Set::link(kernel, images);
    if o.json {
        print::json(&set, o);
    } else {
        print::text(&set, o);
    }
    let failed = set.incomplete() || o.strict && !set.warnings.is_empty();
    code.max(i32::from(failed))
}
