// SPDX-License-Identifier: BSD-2-Clause
//! What a report warns of.

use std::fmt;

use super::image::Depend;

/// Something that kldload accepts and a reader should know, or a module that
/// is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A MODULE_DEPEND without a module.
    NoModule {
        /// Whose.
        file: String,
        /// On what.
        depend: Depend,
        /// Another version that is there.
        have: Option<i32>,
        /// The kernel is the hosted one, which has few of a real one's.
        hosted: bool,
    },
    /// A module in two files.
    TwoModules {
        /// Its name.
        module: String,
        /// The file that look-ups take.
        first: String,
        /// The other.
        second: String,
    },
    /// A symbol that more than one of those asked has.
    TwoProviders {
        /// Who needs it.
        file: String,
        /// Its name.
        symbol: String,
        /// In the order of the look-up.
        providers: Vec<String>,
    },
    /// A symbol that is found only because local names are shown.
    Leaked {
        /// Who needs it.
        file: String,
        /// Its name.
        symbol: String,
        /// Who has it.
        provider: String,
    },
    /// Both kinds of struct page in one file.
    MixedPages {
        /// The file.
        file: String,
        /// Functions on native pages that it calls.
        symbols: Vec<String>,
    },
    /// A file with our struct page on a LinuxKPI with the native one.
    StockLinuxKpi {
        /// The file.
        file: String,
        /// Functions that meet pages there.
        symbols: Vec<String>,
    },
    /// Two drivers that share structures and not the struct page.
    MixedKlds {
        /// The file with our struct page.
        ours: String,
        /// The file with native pages.
        theirs: String,
    },
}

impl Warning {
    /// A short name for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Warning::NoModule { .. } => "no-module",
            Warning::TwoModules { .. } => "two-modules",
            Warning::TwoProviders { .. } => "two-providers",
            Warning::Leaked { .. } => "leaked-local",
            Warning::MixedPages { .. } => "mixed-pages",
            Warning::StockLinuxKpi { .. } => "stock-linuxkpi",
            Warning::MixedKlds { .. } => "mixed-klds",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::NoModule { file, depend, have, hosted } => {
                let [min, _, max] = depend.versions;
                write!(f, "{file}: depends on module {} {min}..{max}, ", depend.module)?;
                match have {
                    Some(v) => write!(f, "but version {v} is there"),
                    None if *hosted => write!(f, "which no file here has (a real kernel may: --kernel)"),
                    None => write!(f, "which nobody has"),
                }
            }
            Warning::TwoModules { module, first, second } => {
                write!(f, "module {module} is in {first} and in {second}: {first} is taken, at run time the one loaded first")
            }
            Warning::TwoProviders { file, symbol, providers } => {
                write!(f, "{file}: {symbol} is in {}: the first wins", providers.join(" and in "))
            }
            Warning::Leaked { file, symbol, provider } => {
                write!(f, "{file}: {symbol} is local to {provider}, found by debug.link_elf_obj_leak_locals=1 only")
            }
            Warning::MixedPages { file, symbols } => {
                write!(f, "{file}: built with our struct page, but calls LinuxKPI's functions on native pages: {}", symbols.join(", "))
            }
            Warning::StockLinuxKpi { file, symbols } => write!(
                f,
                "{file}: built with our struct page, but its linuxkpi is not (no module {}): {}",
                super::abi::ABI_MODULE,
                symbols.join(", ")
            ),
            Warning::MixedKlds { ours, theirs } => {
                write!(f, "{ours} is built with our struct page, {theirs} with LinuxKPI's: they share structures")
            }
        }
    }
}
