// SPDX-License-Identifier: BSD-2-Clause
//! Relocation of an image.

use object::elf;

use super::elf::{reloc_name, Image, LoadError};

/// Refuses what kldload does not handle, before anything is loaded.
pub fn check(image: &Image) -> Result<(), LoadError> {
    for r in &image.relocs {
        let width = match r.kind {
            elf::R_X86_64_NONE => 0,
            elf::R_X86_64_64 => 8,
            elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 | elf::R_X86_64_32 | elf::R_X86_64_32S => 4,
            k => return Err(LoadError::Reloc(reloc_name(k), image.sections[r.section].name.clone())),
        };
        let s = &image.sections[r.section];
        if r.offset + width > s.offset + s.size {
            return Err(LoadError::Damaged(format!("relocation past the end of section {}", s.name)));
        }
    }
    Ok(())
}

/// Applies the relocations for which `value` knows the symbol's address.
/// `mem` is the image, which will run at `base`.
pub fn apply(
    image: &Image, mem: &mut [u8], base: u64, mut value: impl FnMut(usize) -> Option<u64>,
) -> Result<(), LoadError> {
    for r in &image.relocs {
        if r.kind == elf::R_X86_64_NONE {
            continue;
        }
        let Some(s) = value(r.sym) else { continue };
        let at = r.offset as usize;
        let p = base + r.offset;
        let v = s.wrapping_add_signed(r.addend);
        let range = || LoadError::Range(reloc_name(r.kind), image.symbols[r.sym].name.clone());
        match r.kind {
            elf::R_X86_64_64 => mem[at..at + 8].copy_from_slice(&v.to_le_bytes()),
            elf::R_X86_64_32 => {
                let v = u32::try_from(v).map_err(|_| range())?;
                mem[at..at + 4].copy_from_slice(&v.to_le_bytes());
            }
            elf::R_X86_64_32S => {
                let v = i32::try_from(v as i64).map_err(|_| range())?;
                mem[at..at + 4].copy_from_slice(&v.to_le_bytes());
            }
            // PC32 and PLT32: check() let nothing else through.
            _ => {
                let v = i32::try_from(v.wrapping_sub(p) as i64).map_err(|_| range())?;
                mem[at..at + 4].copy_from_slice(&v.to_le_bytes());
            }
        }
    }
    Ok(())
}
