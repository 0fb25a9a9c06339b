// SPDX-License-Identifier: BSD-2-Clause
//! What the kernel linker reads of a kld or of a kernel, of any architecture:
//! relocatable (amd64's klds) and shared objects, and executables.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{bail, ensure, Context, Result};
use object::read::{File, ReadRef};
use object::{elf, Endianness, Object, ObjectKind, ObjectSection, ObjectSymbol, Relocation, RelocationTarget, SymbolIndex};

/// MODULE_DEPEND
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depend {
    /// Module name.
    pub module: String,
    /// Oldest, preferred and newest version.
    pub versions: [i32; 3],
}

/// How a file defines a name, as a look-up from outside finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// Global (or weak, or any in the hash table of a shared object).
    Global,
    /// Local to one object, found because debug.link_elf_obj_leak_locals is 1.
    Leaked,
}

/// A name that relocations refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Zero if nobody has it.
    pub weak: bool,
}

/// A parsed file.
pub struct Image {
    /// File name without its folder.
    pub name: String,
    /// FreeBSD's name of the architecture.
    pub arch: &'static str,
    /// Names that it defines.
    pub defines: HashMap<String, Definition>,
    /// Names that it needs.
    pub needs: BTreeMap<String, Need>,
    /// MODULE_DEPEND records in their order.
    pub depends: Vec<Depend>,
    /// MODULE_VERSION records.
    pub versions: Vec<(String, i32)>,
}

impl Image {
    /// Reads a kld (`kernel` false) or a kernel's executable.
    pub fn read(path: &Path, kernel: bool) -> Result<Image> {
        let data = std::fs::read(path).context("cannot read")?;
        ensure!(data.len() > 16 && data[..4] == elf::ELFMAG, "not an ELF file");
        let file = File::parse(&*data).context("damaged file")?;
        let relocatable = match (file.kind(), kernel) {
            (ObjectKind::Relocatable, false) => true,
            (ObjectKind::Dynamic, _) | (ObjectKind::Executable, true) => false,
            (_, true) => bail!("not a kernel (no executable)"),
            (_, false) => bail!("not a kld (neither a relocatable nor a shared object)"),
        };
        let mut image = Image {
            name: crate::loader::short(path),
            arch: arch(&file)?,
            defines: HashMap::new(),
            needs: BTreeMap::new(),
            depends: Vec::new(),
            versions: Vec::new(),
        };
        let memory = Memory::new(&file, relocatable)?;
        image.read_symbols(&file, relocatable, &memory);
        image.read_metadata(&memory).context("module metadata")?;
        Ok(image)
    }

    /// kldload looks through a relocatable object's whole table in its order,
    /// where local names come first, and through a shared one's hash table.
    fn read_symbols<'d, R: ReadRef<'d>>(&mut self, file: &File<'d, R>, relocatable: bool, memory: &Memory<'d>) {
        let table = if relocatable { file.symbols() } else { file.dynamic_symbols() };
        for s in table {
            let Ok(name) = s.name() else { continue };
            if name.is_empty() || matches!(s.kind(), object::SymbolKind::File | object::SymbolKind::Section) {
                continue;
            }
            if s.is_undefined() {
                let set = name.strip_prefix("__start_").or_else(|| name.strip_prefix("__stop_"));
                // The linker makes these of the sections.
                let own_set = relocatable && set.is_some_and(|s| file.section_by_name(s).is_some());
                if !own_set && memory.referenced.contains(&s.index().0) {
                    self.needs.insert(name.to_string(), Need { weak: s.is_weak() });
                }
            } else if relocatable && s.is_local() {
                self.defines.entry(name.to_string()).or_insert(Definition::Leaked);
            } else if !s.is_local() {
                self.defines.entry(name.to_string()).or_insert(Definition::Global);
            }
        }
    }

    fn read_metadata(&mut self, memory: &Memory<'_>) -> Result<()> {
        let Some((at, size)) = memory.set else { return Ok(()) };
        let ptr = memory.pointer_size;
        for i in 0..size / ptr {
            let record = memory.pointer(at.plus(i * ptr))?;
            let kind = memory.int(record.plus(4))?;
            let data = memory.pointer(record.plus(8))?;
            match kind {
                // MDT_DEPEND, MDT_VERSION of sys/module.h
                1 => {
                    let module = memory.string(memory.pointer(record.plus(8 + ptr))?)?;
                    let versions = [memory.int(data)?, memory.int(data.plus(4))?, memory.int(data.plus(8))?];
                    self.depends.push(Depend { module, versions });
                }
                3 => {
                    let module = memory.string(memory.pointer(record.plus(8 + ptr))?)?;
                    self.versions.push((module, memory.int(data)?));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Does it hold this module?
    pub fn has_module(&self, name: &str) -> bool {
        self.versions.iter().any(|(m, _)| m == name)
    }
}

fn arch<'d, R: ReadRef<'d>>(file: &File<'d, R>) -> Result<&'static str> {
    use object::Architecture::{Aarch64, Arm, I386, PowerPc64, Riscv64, X86_64};
    Ok(match file.architecture() {
        X86_64 => "amd64",
        Aarch64 => "arm64",
        Riscv64 => "riscv64",
        I386 => "i386",
        Arm => "arm",
        PowerPc64 => "powerpc64",
        other => bail!("for a machine that FreeBSD does not know here ({other:?})"),
    })
}

/// A place: an address, or in a relocatable object a section and an offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Place {
    section: Option<usize>,
    offset: u64,
}

impl Place {
    fn plus(self, n: u64) -> Place {
        Place { offset: self.offset.wrapping_add(n), ..self }
    }
}

/// A file's contents as they are after relocation, without loading it.
struct Memory<'d> {
    /// Section, address in the file, bytes.
    sections: Vec<(usize, u64, &'d [u8])>,
    relocatable: bool,
    /// What relocations write: the target, unless that is another file's.
    pointers: HashMap<Place, Option<Place>>,
    /// Symbols that relocations name.
    referenced: std::collections::HashSet<usize>,
    pointer_size: u64,
    endian: Endianness,
    /// Where the linker set of module metadata is, and its size.
    set: Option<(Place, u64)>,
}

impl<'d> Memory<'d> {
    fn new<R: ReadRef<'d>>(file: &File<'d, R>, relocatable: bool) -> Result<Memory<'d>> {
        let mut m = Memory {
            sections: Vec::new(),
            relocatable,
            pointers: HashMap::new(),
            referenced: std::collections::HashSet::new(),
            pointer_size: if file.is_64() { 8 } else { 4 },
            endian: file.endianness(),
            set: None,
        };
        for s in file.sections() {
            let object::SectionFlags::Elf { sh_flags } = s.flags() else { continue };
            if sh_flags & u64::from(elf::SHF_ALLOC) == 0 {
                continue;
            }
            let data = s.data().context("damaged section")?;
            m.sections.push((s.index().0, s.address(), data));
            if s.name() == Ok("set_modmetadata_set") {
                m.set = Some((m.place(s.index().0, s.address(), 0), s.size()));
            }
            if relocatable {
                for (offset, r) in s.relocations() {
                    let at = Place { section: Some(s.index().0), offset };
                    m.relocation(at, &r, |i| file.symbol_by_index(i).ok().map(|s| (s.section_index(), s.address())));
                }
            }
        }
        for (address, r) in file.dynamic_relocations().into_iter().flatten() {
            let table = file.dynamic_symbol_table();
            let at = Place { section: None, offset: address };
            m.relocation(at, &r, |i| {
                use object::ObjectSymbolTable;
                let s = table.as_ref()?.symbol_by_index(i).ok()?;
                Some((s.section_index(), s.address()))
            });
        }
        Ok(m)
    }

    fn place(&self, section: usize, address: u64, offset: u64) -> Place {
        match self.relocatable {
            true => Place { section: Some(section), offset },
            false => Place { section: None, offset: address.wrapping_add(offset) },
        }
    }

    fn relocation(
        &mut self, at: Place, r: &Relocation, symbol: impl Fn(SymbolIndex) -> Option<(Option<object::SectionIndex>, u64)>,
    ) {
        let addend = if r.has_implicit_addend() { self.word(at).unwrap_or(0) } else { r.addend() as u64 };
        let target = match r.target() {
            RelocationTarget::Symbol(i) => {
                self.referenced.insert(i.0);
                symbol(i).and_then(|(section, value)| {
                    section.map(|s| Place { section: self.relocatable.then_some(s.0), offset: value.wrapping_add(addend) })
                })
            }
            RelocationTarget::Section(s) => Some(Place { section: Some(s.0), offset: addend }),
            _ => Some(Place { section: None, offset: addend }),
        };
        self.pointers.insert(at, target);
    }

    fn bytes(&self, at: Place, len: usize) -> Result<&'d [u8]> {
        let found = self.sections.iter().find_map(|(index, address, data)| {
            let offset = match at.section {
                Some(s) => (s == *index).then_some(at.offset)?,
                None => at.offset.checked_sub(*address)?,
            };
            data.get(usize::try_from(offset).ok()?..)?.get(..len)
        });
        found.context("points out of the file")
    }

    fn int(&self, at: Place) -> Result<i32> {
        let b: [u8; 4] = self.bytes(at, 4)?.try_into()?;
        Ok(if self.endian == Endianness::Little { i32::from_le_bytes(b) } else { i32::from_be_bytes(b) })
    }

    fn word(&self, at: Place) -> Result<u64> {
        let b = self.bytes(at, self.pointer_size as usize)?;
        let add = |v: u64, b: &u8| v << 8 | u64::from(*b);
        Ok(if self.endian == Endianness::Little { b.iter().rev().fold(0, add) } else { b.iter().fold(0, add) })
    }

    fn pointer(&self, at: Place) -> Result<Place> {
        match self.pointers.get(&at) {
            Some(target) => target.context("points to another file"),
            None => Ok(Place { section: None, offset: self.word(at)? }),
        }
    }

    fn string(&self, at: Place) -> Result<String> {
        let mut name = Vec::new();
        for i in 0..256 {
            match self.bytes(at.plus(i), 1)?[0] {
                0 => return Ok(String::from_utf8_lossy(&name).into_owned()),
                c => name.push(c),
            }
        }
        bail!("a name of more than 255 bytes")
    }
}
