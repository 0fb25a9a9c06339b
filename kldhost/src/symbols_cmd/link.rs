// SPDX-License-Identifier: BSD-2-Clause
//! Who provides a symbol, by the rules of FreeBSD's kernel linker
//! (sys/kern/kern_linker.c): the file itself, the kernel, then the files that
//! it depends on directly, in the order of its MODULE_DEPENDs. The first that
//! has the name wins, and nothing is said.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::image::{Definition, Depend, Image};
use super::warn::Warning;
use crate::loader::resolve::KERNEL_VERSION;
use crate::symbols;

/// The kernel that the klds are meant for.
pub enum Kernel {
    /// What the hosted kernel offers.
    Hosted,
    /// An executable.
    File(Image),
}

impl Kernel {
    fn defines(&self, name: &str) -> bool {
        match self {
            Kernel::Hosted => symbols::kernel().contains_key(name),
            Kernel::File(i) => i.defines.get(name) == Some(&Definition::Global),
        }
    }

    /// Its modules and their versions.
    pub fn versions(&self) -> Vec<(String, i32)> {
        match self {
            Kernel::Hosted => vec![("kernel".into(), KERNEL_VERSION)],
            Kernel::File(i) => i.versions.clone(),
        }
    }
}

/// A file of the set, the kernel, or nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Nobody: kldload refuses the file.
    Nobody,
    /// Nobody, and zero will do.
    WeakNobody,
    /// A name local to one of the file's own objects.
    Itself,
    /// The kernel.
    Kernel,
    /// A kld, by its number.
    Kld(usize),
}

/// Whose a provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Nobody's.
    Nobody,
    /// The kernel's.
    Kernel,
    /// LinuxKPI's.
    LinuxKpi,
    /// This project's.
    Us,
    /// Another kld's of the set, or the file's own.
    Others,
}

impl Group {
    /// All of them, in the order of reports.
    pub const ALL: [Group; 5] = [Group::Kernel, Group::LinuxKpi, Group::Us, Group::Others, Group::Nobody];

    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Group::Nobody => "nobody",
            Group::Kernel => "kernel",
            Group::LinuxKpi => "LinuxKPI",
            Group::Us => "us",
            Group::Others => "others",
        }
    }
}

/// A symbol that was looked up.
pub struct Found {
    /// Who has it.
    pub provider: Provider,
    /// By a local name of theirs.
    pub leaked: bool,
    /// May stay zero.
    pub weak: bool,
}

/// A file with what became of its needs.
pub struct Linked {
    /// The file.
    pub image: Image,
    /// For each MODULE_DEPEND: the provider, if there is one.
    pub deps: Vec<(Depend, Option<Provider>)>,
    /// What it needs, by name.
    pub found: BTreeMap<String, Found>,
}

/// Modules that are this project's own.
const OURS: [&str; 6] = ["lkpi_page", "page_pool", "mt76", "softdev", "selftest", "selftest_pool"];

/// Whose klds with these modules are.
pub fn group_of(image: &Image) -> Group {
    let kpi = |m: &str| m == "linuxkpi" || m == "lindebugfs" || m.starts_with("linuxkpi_");
    if image.versions.iter().any(|(m, _)| OURS.contains(&m.as_str())) {
        Group::Us
    } else if image.versions.iter().any(|(m, _)| kpi(m)) {
        Group::LinuxKpi
    } else {
        Group::Others
    }
}

/// The whole set.
pub struct Set {
    /// Where look-ups begin.
    pub kernel: Kernel,
    /// Files, in the order given.
    pub klds: Vec<Linked>,
    /// What is wrong without being missing.
    pub warnings: Vec<Warning>,
}

impl Set {
    /// Links all files against each other and the kernel.
    pub fn link(kernel: Kernel, images: Vec<Image>) -> Set {
        let mut warnings = Vec::new();
        let all = modules(&kernel, &images, &mut warnings);
        let deps: Vec<_> = images.iter().map(|i| dependencies(i, &all, &kernel, &mut warnings)).collect();
        let found: Vec<_> = (0..images.len()).map(|n| look_up(n, &images, &kernel, &deps[n], &mut warnings)).collect();
        let klds = images.into_iter().zip(deps).zip(found);
        let klds = klds.map(|((image, deps), found)| Linked { image, deps, found }).collect();
        let mut set = Set { kernel, klds, warnings };
        super::abi::check(&mut set);
        set
    }

    /// Whose a provider is.
    pub fn group(&self, p: Provider) -> Group {
        match p {
            Provider::Nobody | Provider::WeakNobody => Group::Nobody,
            Provider::Itself => Group::Others,
            Provider::Kernel => Group::Kernel,
            Provider::Kld(n) => group_of(&self.klds[n].image),
        }
    }

    /// As reports name it.
    pub fn provider_name(&self, p: Provider) -> &str {
        match p {
            Provider::Nobody => "NOBODY",
            Provider::WeakNobody => "nobody (weak)",
            Provider::Itself => "the file itself",
            Provider::Kernel => "kernel",
            Provider::Kld(n) => &self.klds[n].image.name,
        }
    }

    /// Files that no other of the set depends on: the drivers. In a circle
    /// every file is one.
    pub fn drivers(&self) -> Vec<usize> {
        let needed: HashSet<usize> =
            self.klds.iter().enumerate().flat_map(|(n, k)| direct(k).filter(move |d| *d != n)).collect();
        let top: Vec<usize> = (0..self.klds.len()).filter(|n| !needed.contains(n)).collect();
        if top.is_empty() { (0..self.klds.len()).collect() } else { top }
    }

    /// A file and all files of the set that it pulls in.
    pub fn closure(&self, driver: usize) -> Vec<usize> {
        let mut all = vec![driver];
        let mut at = 0;
        while let Some(n) = all.get(at).copied() {
            all.extend(direct(&self.klds[n]).filter(|d| !all.contains(d)).collect::<HashSet<_>>());
            at += 1;
        }
        all.sort_unstable();
        all
    }

    /// Is anything, a symbol or a module, provided by nobody?
    pub fn incomplete(&self) -> bool {
        self.klds.iter().any(|k| k.found.values().any(|f| f.provider == Provider::Nobody)) || self.missing_modules() > 0
    }

    /// MODULE_DEPENDs that nobody satisfies. The hosted kernel does not stand
    /// for a real one's many modules: those are not counted against it.
    pub fn missing_modules(&self) -> usize {
        match self.kernel {
            Kernel::Hosted => 0,
            Kernel::File(_) => self.klds.iter().flat_map(|k| &k.deps).filter(|d| d.1.is_none()).count(),
        }
    }
}

/// The files of the set that a file depends on directly.
fn direct(k: &Linked) -> impl Iterator<Item = usize> + '_ {
    k.deps.iter().filter_map(|(_, p)| if let Some(Provider::Kld(n)) = p { Some(*n) } else { None })
}

type Modules = HashMap<String, Vec<(Provider, i32)>>;

fn modules(kernel: &Kernel, images: &[Image], warnings: &mut Vec<Warning>) -> Modules {
    let mut all = Modules::new();
    for (m, v) in kernel.versions() {
        all.entry(m).or_default().push((Provider::Kernel, v));
    }
    for (n, image) in images.iter().enumerate() {
        for (m, v) in &image.versions {
            let at = all.entry(m.clone()).or_default();
            if let Some((other, _)) = at.iter().find(|(_, w)| w == v) {
                let other = match other {
                    Provider::Kld(o) => images[*o].name.clone(),
                    _ => "kernel".into(),
                };
                warnings.push(Warning::TwoModules { module: m.clone(), first: other, second: image.name.clone() });
            }
            at.push((Provider::Kld(n), *v));
        }
    }
    all
}

/// As modlist_lookup2(): the preferred version, else the newest that will do.
fn choose(dep: &Depend, there: &[(Provider, i32)]) -> Option<Provider> {
    let [min, preferred, max] = dep.versions;
    let exact = there.iter().find(|(_, v)| *v == preferred);
    let best = || there.iter().filter(|(_, v)| (min..=max).contains(v)).rev().max_by_key(|(_, v)| *v);
    exact.or_else(best).map(|(p, _)| *p)
}

fn dependencies(
    image: &Image, all: &Modules, kernel: &Kernel, warnings: &mut Vec<Warning>,
) -> Vec<(Depend, Option<Provider>)> {
    let mut out = Vec::new();
    for d in &image.depends {
        // A file's own module is no dependency.
        if image.has_module(&d.module) {
            continue;
        }
        let there = all.get(&d.module).map_or(&[][..], Vec::as_slice);
        let p = choose(d, there);
        if p.is_none() {
            let have = there.first().map(|(_, v)| *v);
            let hosted = matches!(kernel, Kernel::Hosted);
            warnings.push(Warning::NoModule { file: image.name.clone(), depend: d.clone(), have, hosted });
        }
        out.push((d.clone(), p));
    }
    out
}

fn look_up(
    me: usize, images: &[Image], kernel: &Kernel, deps: &[(Depend, Option<Provider>)], warnings: &mut Vec<Warning>,
) -> BTreeMap<String, Found> {
    let image = &images[me];
    let mut order = Vec::new();
    for (_, p) in deps {
        match p {
            Some(Provider::Kld(n)) if *n != me && !order.contains(n) => order.push(*n),
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    for (name, need) in &image.needs {
        let mut have: Vec<(Provider, bool)> = Vec::new();
        if image.defines.contains_key(name) {
            have.push((Provider::Itself, true));
        }
        if kernel.defines(name) {
            have.push((Provider::Kernel, false));
        }
        have.extend(order.iter().filter_map(|n| {
            images[*n].defines.get(name).map(|d| (Provider::Kld(*n), *d == Definition::Leaked))
        }));
        let nobody = if need.weak { Provider::WeakNobody } else { Provider::Nobody };
        let (provider, leaked) = have.first().copied().unwrap_or((nobody, false));
        if leaked {
            let provider = if let Provider::Kld(n) = provider { &images[n].name } else { &image.name };
            warnings.push(Warning::Leaked { file: image.name.clone(), symbol: name.clone(), provider: provider.clone() });
        }
        // Another local name of the same spelling is nobody's intent, unless
        // it stands in front of the symbol that is meant.
        let rivals: Vec<String> = have
            .iter()
            .filter(|(p, l)| !*l || *p == provider)
            .map(|(p, _)| match p {
                Provider::Kld(n) => images[*n].name.clone(),
                Provider::Itself => format!("{} itself", image.name),
                _ => "kernel".into(),
            })
            .collect();
        if rivals.len() > 1 {
            warnings.push(Warning::TwoProviders { file: image.name.clone(), symbol: name.clone(), providers: rivals });
        }
        out.insert(name.clone(), Found { provider, leaked, weak: need.weak });
    }
    out
}
