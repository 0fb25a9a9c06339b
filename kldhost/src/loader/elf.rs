// SPDX-License-Identifier: BSD-2-Clause
//! Reads a kld: an amd64 ET_REL file, laid out for loading.

use object::read::elf::{ElfFile64, FileHeader as _, SectionHeader as _, Sym as _};
use object::{elf, LittleEndian as LE, SymbolIndex};
use thiserror::Error;

/// Why a file cannot be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Not ELF at all.
    #[error("not an ELF file")]
    NotElf,
    /// 32-bit or big-endian.
    #[error("not a 64-bit little-endian ELF file")]
    Class,
    /// Another architecture.
    #[error("is for another architecture ({0}), not amd64")]
    Machine(String),
    /// A shared object or executable.
    #[error("is {0}, not a relocatable object (ET_REL) as amd64 klds are")]
    Type(&'static str),
    /// Truncated or inconsistent.
    #[error("damaged file: {0}")]
    Damaged(String),
    /// A relocation that kldload does not handle.
    #[error("unsupported relocation type {0} in section {1}")]
    Reloc(String, String),
    /// The value does not fit in the field.
    #[error("relocation {0} against {1} does not fit")]
    Range(String, String),
    /// Nobody has these symbols.
    #[error("undefined symbol{}: {}", if .0.len() == 1 { "" } else { "s" }, .0.join(", "))]
    Undefined(Vec<String>),
    /// A dependency is not there.
    #[error("depends on module {0}, which is not available")]
    MissingDep(String),
    /// A dependency is there with another version.
    #[error("depends on module {0} version {1}..{2}, but version {3} is there")]
    DepVersion(String, i32, i32, i32),
    /// Two files need each other.
    #[error("circular dependency through module {0}")]
    Circular(String),
    /// A module of this name is loaded already.
    #[error("module {0} is already loaded (from {1})")]
    Duplicate(String, String),
    /// The file is loaded already.
    #[error("is already loaded")]
    Loaded,
    /// No module in it.
    #[error("holds no module (DECLARE_MODULE is missing)")]
    NoModule,
    /// MOD_LOAD failed.
    #[error("MOD_LOAD failed with error {0} ({1})")]
    ModLoad(i32, &'static str),
    /// No memory to load it.
    #[error("cannot get {0} bytes below 2 GiB to load it")]
    NoMemory(u64),
    /// The file cannot be read.
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
}

/// Access class of a section.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Text.
    Rx,
    /// Constants.
    Ro,
    /// Data and bss.
    Rw,
}

/// An allocated section.
pub struct Section {
    /// Index in the file.
    pub index: usize,
    /// Name.
    pub name: String,
    /// Offset in the image.
    pub offset: u64,
    /// Size.
    pub size: u64,
    /// Contents; empty for bss.
    pub data: Vec<u8>,
}

/// Where a symbol is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Offset in the image.
    Image(u64),
    /// A constant.
    Absolute(u64),
    /// To be found elsewhere.
    Undefined,
    /// In a section that is not loaded.
    Nowhere,
}

/// A symbol.
pub struct Symbol {
    /// Name; the section's for section symbols.
    pub name: String,
    /// Where.
    pub place: Place,
    /// Visible to other files.
    pub global: bool,
    /// May stay undefined.
    pub weak: bool,
    /// Size.
    pub size: u64,
}

/// A relocation.
pub struct Reloc {
    /// Offset in the image.
    pub offset: u64,
    /// Section it applies to, for messages.
    pub section: usize,
    /// Type.
    pub kind: u32,
    /// Symbol number.
    pub sym: usize,
    /// Addend.
    pub addend: i64,
}

/// A parsed kld.
pub struct Image {
    /// Allocated sections.
    pub sections: Vec<Section>,
    /// All symbols by number.
    pub symbols: Vec<Symbol>,
    /// All relocations of allocated sections.
    pub relocs: Vec<Reloc>,
    /// Size in memory, whole pages.
    pub size: u64,
    /// Start and end of each access class.
    pub classes: [(u64, u64); 3],
}

fn machine_name(m: u16) -> String {
    match m {
        elf::EM_AARCH64 => "arm64".into(),
        elf::EM_386 => "i386".into(),
        elf::EM_RISCV => "riscv64".into(),
        elf::EM_ARM => "arm".into(),
        elf::EM_PPC64 => "powerpc64".into(),
        other => format!("ELF machine {other}"),
    }
}

/// Name of a relocation type.
pub fn reloc_name(kind: u32) -> String {
    match kind {
        elf::R_X86_64_64 => "R_X86_64_64".into(),
        elf::R_X86_64_PC32 => "R_X86_64_PC32".into(),
        elf::R_X86_64_PLT32 => "R_X86_64_PLT32".into(),
        elf::R_X86_64_32 => "R_X86_64_32".into(),
        elf::R_X86_64_32S => "R_X86_64_32S".into(),
        elf::R_X86_64_GOTPCREL => "R_X86_64_GOTPCREL".into(),
        elf::R_X86_64_GOTPCRELX => "R_X86_64_GOTPCRELX".into(),
        elf::R_X86_64_REX_GOTPCRELX => "R_X86_64_REX_GOTPCRELX".into(),
        elf::R_X86_64_PC64 => "R_X86_64_PC64".into(),
        elf::R_X86_64_GOTTPOFF => "R_X86_64_GOTTPOFF".into(),
        other => other.to_string(),
    }
}

fn check_header(data: &[u8]) -> Result<(), LoadError> {
    if data.len() < 16 || data[..4] != elf::ELFMAG {
        return Err(LoadError::NotElf);
    }
    let half = |at: usize| data.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    if data[5] != elf::ELFDATA2LSB {
        return Err(LoadError::Class);
    }
    let machine = half(18).ok_or_else(|| LoadError::Damaged("header is cut off".into()))?;
    if machine != elf::EM_X86_64 {
        return Err(LoadError::Machine(machine_name(machine)));
    }
    if data[4] != elf::ELFCLASS64 {
        return Err(LoadError::Class);
    }
    match half(16) {
        Some(elf::ET_REL) => Ok(()),
        Some(elf::ET_DYN) => Err(LoadError::Type("a shared object")),
        Some(elf::ET_EXEC) => Err(LoadError::Type("an executable")),
        _ => Err(LoadError::Type("of another ELF type")),
    }
}

impl Image {
    /// Parses a file's bytes.
    pub fn parse(data: &[u8]) -> Result<Image, LoadError> {
        let bad = |e: object::read::Error| LoadError::Damaged(e.to_string());
        check_header(data)?;
        // Parsed once through the convenience type for its consistency checks.
        ElfFile64::<LE>::parse(data).map_err(bad)?;
        let header = elf::FileHeader64::<LE>::parse(data).map_err(bad)?;
        let table = header.sections(LE, data).map_err(bad)?;
        let mut sections = Vec::new();
        for (i, s) in table.iter().enumerate() {
            let flags = s.sh_flags(LE);
            if flags & u64::from(elf::SHF_ALLOC) == 0 || s.sh_size(LE) == 0 {
                continue;
            }
            let class = if flags & u64::from(elf::SHF_EXECINSTR) != 0 {
                Class::Rx
            } else if flags & u64::from(elf::SHF_WRITE) != 0 {
                Class::Rw
            } else {
                Class::Ro
            };
            let name = String::from_utf8_lossy(table.section_name(LE, s).map_err(bad)?).into_owned();
            let size = s.sh_size(LE);
            if size > 1 << 30 || s.sh_addralign(LE) > 4096 {
                return Err(LoadError::Damaged(format!("section {name} has size {size:#x}")));
            }
            let bytes = s.data(LE, data).map_err(bad)?.to_vec();
            if s.sh_type(LE) != elf::SHT_NOBITS && bytes.len() as u64 != size {
                return Err(LoadError::Damaged(format!("section {name} is cut off")));
            }
            sections.push((class, s.sh_addralign(LE).max(1), Section { index: i, name, offset: 0, size, data: bytes }));
        }
        let mut classes = [(0, 0); 3];
        let mut at = 0u64;
        for (n, class) in [Class::Rx, Class::Ro, Class::Rw].into_iter().enumerate() {
            at = at.next_multiple_of(4096);
            classes[n].0 = at;
            for (_, align, s) in sections.iter_mut().filter(|(c, _, _)| *c == class) {
                at = at.next_multiple_of(*align);
                s.offset = at;
                at += s.size;
            }
            at = at.next_multiple_of(4096);
            classes[n].1 = at;
        }
        let sections: Vec<Section> = sections.into_iter().map(|(_, _, s)| s).collect();
        let symbols = read_symbols(&table, data, &sections)?;
        let relocs = read_relocs(&table, data, &sections, symbols.len())?;
        Ok(Image { sections, symbols, relocs, size: at, classes })
    }

    /// Bounds of a section in the image.
    pub fn set_bounds(&self, name: &str) -> Option<(u64, u64)> {
        self.sections.iter().find(|s| s.name == name).map(|s| (s.offset, s.offset + s.size))
    }
}

fn read_symbols(
    table: &object::read::elf::SectionTable<'_, elf::FileHeader64<LE>>, data: &[u8], sections: &[Section],
) -> Result<Vec<Symbol>, LoadError> {
    let bad = |e: object::read::Error| LoadError::Damaged(e.to_string());
    let syms = table.symbols(LE, data, elf::SHT_SYMTAB).map_err(bad)?;
    let mut out = Vec::new();
    for s in syms.iter() {
        let mut name = String::from_utf8_lossy(s.name(LE, syms.strings()).map_err(bad)?).into_owned();
        let shndx = s.st_shndx(LE);
        let place = match shndx {
            elf::SHN_UNDEF => Place::Undefined,
            elf::SHN_ABS => Place::Absolute(s.st_value(LE)),
            elf::SHN_COMMON => {
                return Err(LoadError::Damaged(format!("common symbol {name} (compile with -fno-common)")));
            }
            n => match sections.iter().find(|x| x.index == n as usize) {
                Some(x) if s.st_value(LE) > x.size => {
                    return Err(LoadError::Damaged(format!("symbol {name} lies outside of its section")));
                }
                Some(x) => {
                    if s.st_type() == elf::STT_SECTION {
                        name.clone_from(&x.name);
                    }
                    Place::Image(x.offset + s.st_value(LE))
                }
                None => Place::Nowhere,
            },
        };
        out.push(Symbol {
            global: s.st_bind() != elf::STB_LOCAL && s.st_visibility() != elf::STV_HIDDEN,
            weak: s.st_bind() == elf::STB_WEAK,
            size: s.st_size(LE),
            name,
            place,
        });
    }
    Ok(out)
}

fn read_relocs(
    table: &object::read::elf::SectionTable<'_, elf::FileHeader64<LE>>, data: &[u8], sections: &[Section], nsyms: usize,
) -> Result<Vec<Reloc>, LoadError> {
    let bad = |e: object::read::Error| LoadError::Damaged(e.to_string());
    let mut out = Vec::new();
    for s in table.iter() {
        let Some((n, target)) = sections.iter().enumerate().find(|(_, x)| x.index == s.sh_info(LE) as usize) else { continue };
        if s.sh_type(LE) == elf::SHT_REL {
            return Err(LoadError::Reloc("REL".into(), target.name.clone()));
        }
        let Some((relas, _)) = s.rela(LE, data).map_err(bad)? else { continue };
        for r in relas {
            let sym: SymbolIndex = SymbolIndex(r.r_sym(LE, false) as usize);
            let offset = r.r_offset.get(LE);
            if sym.0 >= nsyms || offset >= target.size {
                return Err(LoadError::Damaged(format!("relocation outside of section {}", target.name)));
            }
            out.push(Reloc {
                offset: target.offset + offset,
                section: n,
                kind: r.r_type(LE, false),
                sym: sym.0,
                addend: r.r_addend.get(LE),
            });
        }
    }
    Ok(out)
}
