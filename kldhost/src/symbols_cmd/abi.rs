// SPDX-License-Identifier: BSD-2-Clause
//! Two kinds of `struct page` in one address space: LinuxKPI's is the native
//! `struct vm_page`, ours is not. What takes or returns ours has a link name
//! that begins with `lkpirs_`, so who was built with which shows.

use super::image::Image;
use super::link::{group_of, Group, Linked, Provider, Set};
use super::warn::Warning;

/// Ours.
const PREFIX: &str = "lkpirs_";

/// The module of a LinuxKPI that was built with our `struct page`.
pub const ABI_MODULE: &str = "linuxkpi_page_abi";

/// LinuxKPI's functions that take or return pages, by the names they have
/// where a page is a native page.
const NATIVE: [&str; 18] = [
    "__get_user_pages_fast",
    "get_user_pages",
    "get_user_pages_remote",
    "linux_alloc_kmem",
    "linux_alloc_pages",
    "linux_free_kmem",
    "linux_free_pages",
    "linux_page_address",
    "linux_shmem_read_mapping_page_gfp",
    "linuxkpi__page_frag_cache_drain",
    "linuxkpi_page_frag_alloc",
    "linuxkpi_page_frag_free",
    "linuxkpi_pfn_to_page",
    "linuxkpi_virt_to_page",
    "lkpi_page_address",
    "lkpi_vm_page_to_page",
    "lkpi_vmap",
    "vmap",
];

/// Functions whose arguments hold pages without showing them: right when the
/// LinuxKPI that provides them was built with our `struct page`.
const HIDDEN: [&str; 6] = [
    "linux_dma_map_sg_attrs",
    "linux_dma_unmap_sg_attrs",
    "linuxkpi_dma_sync",
    "linuxkpi_ieee80211_rx",
    "linuxkpi_kfree_skb",
    "sg_alloc_table",
];

fn built_with_ours(k: &Linked) -> bool {
    k.found.keys().any(|s| s.starts_with(PREFIX)) && group_of(&k.image) != Group::Us
}

fn native_names(k: &Linked) -> Vec<String> {
    k.found.keys().filter(|s| NATIVE.contains(&s.as_str())).cloned().collect()
}

fn is_stock(image: &Image) -> bool {
    image.has_module("linuxkpi") && !image.has_module(ABI_MODULE)
}

/// Adds what mixes the two.
pub fn check(set: &mut Set) {
    let mut warnings = Vec::new();
    for (n, k) in set.klds.iter().enumerate() {
        let file = k.image.name.clone();
        if built_with_ours(k) {
            let names = native_names(k);
            if !names.is_empty() {
                warnings.push(Warning::MixedPages { file: file.clone(), symbols: names });
            }
            let hidden = k.found.iter().filter(|(s, f)| {
                HIDDEN.contains(&s.as_str()) && matches!(f.provider, Provider::Kld(p) if is_stock(&set.klds[p].image))
            });
            let hidden: Vec<String> = hidden.map(|(s, _)| s.clone()).collect();
            if !hidden.is_empty() {
                warnings.push(Warning::StockLinuxKpi { file: file.clone(), symbols: hidden });
            }
        }
        // Klds that share structures with pages in them: drivers, not LinuxKPI.
        for d in set.closure(n).into_iter().filter(|d| *d != n) {
            let other = &set.klds[d];
            let drivers = group_of(&k.image) == Group::Others && group_of(&other.image) == Group::Others;
            let native = |k: &Linked| !native_names(k).is_empty() && !built_with_ours(k);
            if drivers && (built_with_ours(k) && native(other) || native(k) && built_with_ours(other)) {
                let (ours, theirs) = if built_with_ours(k) { (k, other) } else { (other, k) };
                let (ours, theirs) = (ours.image.name.clone(), theirs.image.name.clone());
                warnings.push(Warning::MixedKlds { ours, theirs });
            }
        }
    }
    set.warnings.extend(warnings);
}
