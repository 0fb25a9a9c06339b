// SPDX-License-Identifier: BSD-2-Clause
//! Information elements: identifier, length, as many bytes (9.4.2.1).

/// The identifier that says that the next byte extends it.
pub const EXTENSION: u8 = 255;

/// Offset of the first element `id` whose data holds `pattern` at `at`. What
/// does not fit into `elements` ends the search.
pub fn find(id: u8, elements: &[u8], pattern: &[u8], at: usize) -> Option<usize> {
    let mut offset = 0;
    while let [eid, len, rest @ ..] = elements.get(offset..)? {
        let data = rest.get(..usize::from(*len))?;
        if *eid == id && data.get(at..).is_some_and(|d| d.starts_with(pattern)) {
            return Some(offset);
        }
        offset += 2 + data.len();
    }
    None
}

/// Offset of the first element with this extended identifier.
pub fn find_extended(ext: u8, elements: &[u8]) -> Option<usize> {
    find(EXTENSION, elements, &[ext], 0)
}

/// Offset of the first vendor-specific element of an organization (24 bits)
/// and, unless it is negative or above a byte, of this type.
pub fn find_vendor(oui: u32, kind: i32, elements: &[u8]) -> Option<usize> {
    let [_, a, b, c] = oui.to_be_bytes();
    match u8::try_from(kind) {
        Ok(kind) => find(221, elements, &[a, b, c, kind], 0),
        Err(_) => find(221, elements, &[a, b, c], 0),
    }
}
