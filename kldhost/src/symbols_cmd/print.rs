// SPDX-License-Identifier: BSD-2-Clause
//! The report as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{json, Value};

use super::link::{group_of, Group, Kernel, Linked, Provider, Set};
use super::Options;

/// How many symbols of each group.
#[derive(Default)]
struct Count(BTreeMap<Group, usize>);

impl Count {
    fn add(&mut self, g: Group) {
        *self.0.entry(g).or_default() += 1;
    }

    fn get(&self, g: Group) -> usize {
        self.0.get(&g).copied().unwrap_or(0)
    }

    fn json(&self) -> Value {
        Group::ALL.iter().map(|g| (g.name().to_lowercase(), json!(self.get(*g)))).collect::<serde_json::Map<_, _>>().into()
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = Group::ALL.iter().filter(|g| self.get(**g) > 0 || **g == Group::Nobody);
        let parts: Vec<_> = shown.map(|g| format!("{} {}", g.name(), self.get(*g))).collect();
        f.write_str(&parts.join(", "))
    }
}

/// Symbols of these files by group, each name and provider once.
fn count<'a>(set: &Set, klds: impl Iterator<Item = &'a Linked>) -> Count {
    let mut seen = BTreeSet::new();
    let mut c = Count::default();
    for (name, f) in klds.flat_map(|k| &k.found) {
        if f.provider != Provider::WeakNobody && seen.insert((name, f.provider)) {
            c.add(set.group(f.provider));
        }
    }
    c
}

fn exports(k: &Linked) -> BTreeSet<&str> {
    let global = |d| d == super::image::Definition::Global;
    k.image.defines.iter().filter(|(_, d)| global(**d)).map(|(n, _)| n.as_str()).collect()
}

fn file_text(set: &Set, k: &Linked, o: &Options) {
    let deps: Vec<_> = k
        .deps
        .iter()
        .filter(|d| d.1 != Some(Provider::Kernel))
        .map(|(d, p)| match p {
            Some(p) => set.provider_name(*p).to_string(),
            None => format!("{} (not here)", d.module),
        })
        .collect();
    let deps = if deps.is_empty() { String::new() } else { format!("; depends on {}", deps.join(", ")) };
    println!("{}: {} symbols: {}{deps}", k.image.name, k.found.len(), count(set, std::iter::once(k)));
    if o.defined {
        exports(k).iter().for_each(|s| println!("  {s:<44} exported"));
    }
    if o.summary {
        return;
    }
    let mut rows: Vec<_> = k.found.iter().collect();
    rows.sort_by_key(|(name, f)| (set.group(f.provider), f.provider, *name));
    for (name, f) in rows {
        println!("  {name:<44} {}{}", set.provider_name(f.provider), if f.leaked { " (local)" } else { "" });
    }
}

fn drivers_text(set: &Set) {
    for d in set.drivers() {
        let all = set.closure(d);
        let c = count(set, all.iter().map(|n| &set.klds[*n]));
        let with: Vec<_> = all.iter().filter(|n| **n != d).map(|n| set.klds[*n].image.name.as_str()).collect();
        let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
        println!("{}{with}: {c}", set.klds[d].image.name);
        for n in all {
            for name in missing(&set.klds[n]) {
                println!("  {name:<44} NOBODY (needed by {})", set.klds[n].image.name);
            }
        }
    }
}

fn missing(k: &Linked) -> impl Iterator<Item = &str> {
    k.found.iter().filter(|(_, f)| f.provider == Provider::Nobody).map(|(n, _)| n.as_str())
}

/// Prints the report.
pub fn text(set: &Set, o: &Options) {
    if o.quiet {
        for k in &set.klds {
            missing(k).for_each(|s| println!("{}: {s} NOBODY", k.image.name));
        }
    } else if o.by == super::By::Driver {
        drivers_text(set);
    } else {
        set.klds.iter().for_each(|k| file_text(set, k, o));
    }
    set.warnings.iter().for_each(|w| println!("warning: {w}"));
    if !o.quiet {
        let n = set.klds.len();
        let files = if n == 1 { "1 file".into() } else { format!("{n} files") };
        println!("{files}: {}; {} warnings", count(set, set.klds.iter()), set.warnings.len());
    }
}

fn file_json(set: &Set, k: &Linked, o: &Options) -> Value {
    let deps = k.deps.iter().map(|(d, p)| {
        let [minimum, preferred, maximum] = d.versions;
        json!({ "module": d.module, "minimum": minimum, "preferred": preferred, "maximum": maximum,
            "provider": p.map(|p| set.provider_name(p)) })
    });
    let needs = k.found.iter().map(|(name, f)| {
        let provider = match f.provider {
            Provider::Nobody | Provider::WeakNobody => Value::Null,
            p => set.provider_name(p).into(),
        };
        json!({ "symbol": name, "group": set.group(f.provider).name().to_lowercase(), "provider": provider,
            "weak": f.weak, "leaked": f.leaked })
    });
    let mut v = json!({
        "file": k.image.name,
        "arch": k.image.arch,
        "group": group_of(&k.image).name().to_lowercase(),
        "modules": k.image.versions.iter().map(|(m, v)| json!({ "module": m, "version": v })).collect::<Vec<_>>(),
        "depends": deps.collect::<Vec<_>>(),
        "counts": count(set, std::iter::once(k)).json(),
        "needs": needs.collect::<Vec<_>>(),
    });
    if o.defined {
        v["exports"] = exports(k).into_iter().collect();
    }
    v
}

/// Prints the report for programs.
pub fn json(set: &Set, o: &Options) {
    let drivers = set.drivers().into_iter().map(|d| {
        let all = set.closure(d);
        let nobody: BTreeSet<_> = all.iter().flat_map(|n| missing(&set.klds[*n])).collect();
        json!({
            "driver": set.klds[d].image.name,
            "files": all.iter().map(|n| &set.klds[*n].image.name).collect::<Vec<_>>(),
            "counts": count(set, all.iter().map(|n| &set.klds[*n])).json(),
            "nobody": nobody,
        })
    });
    let kernel = match &set.kernel {
        Kernel::Hosted => "kldhost",
        Kernel::File(i) => &i.name,
    };
    let version = set.kernel.versions().iter().find(|(m, _)| m == "kernel").map(|(_, v)| *v);
    let warnings = set.warnings.iter().map(|w| json!({ "kind": w.kind(), "text": w.to_string() }));
    let v = json!({
        "kernel": { "name": kernel, "version": version },
        "files": set.klds.iter().map(|k| file_json(set, k, o)).collect::<Vec<_>>(),
        "drivers": drivers.collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
        "counts": count(set, set.klds.iter()).json(),
    });
    println!("{v:#}");
}
