// SPDX-License-Identifier: BSD-2-Clause
//! The KPI: right use passes, each wrong use and each leak is caught.

mod common;
use common::{kld, run, script};

#[test]
fn hello_and_arguments() {
    let ko = kld("hello");
    run(&[], &ko, &["hello_entry"]).exits(0).says("hello from CPU 0, argc 1").says("kldhost: ok klds=1 leaks=0");
    run(&["--env", "compat.hello.value=7"], &ko, &["hello_entry", "3"]).exits(1).says("value 7").says("returned 3");
    run(&[], &ko, &["no_such_entry"]).exits(2).says("no loaded kld exports no_such_entry");
    run(&["-q"], &ko, &[]).exits(0).never_says("kldhost");
}

#[test]
fn right_use_passes() {
    for (ko, entries) in [
        ("memory", &["t_malloc", "t_pages", "t_static", "t_holes", "t_segments", "t_fictitious", "t_numa"][..]),
        ("threads", &["t_time", "t_locks"]),
        ("services", &["t_services"]),
    ] {
        for t in entries {
            run(&[], &kld(ko), &[t]).exits(0);
        }
    }
}

#[test]
fn threads_and_preemption() {
    let ko = kld("threads");
    for cpus in ["1", "2", "8"] {
        run(&["--cpus", cpus], &ko, &["t_threads"]).exits(0);
        run(&["--cpus", cpus], &ko, &["t_preempt"]).exits(0);
    }
    for _ in 0..5 {
        run(&["--cpus", "2"], &ko, &["t_quiesce"]).exits(0);
    }
    run(&[], &ko, &["panic_quiesce"]).exits(3).says("called in a critical section");
}

#[test]
fn machines() {
    let ko = kld("memory");
    run(&["--mem", "0-640K,1M-3G,4G-6G@1"], &ko, &["t_holes"]).exits(0).says("holes 2 segments 3 domains 2");
    run(&["--mem", "0-640K,1M-3G,4G-6G@1"], &ko, &["t_numa"]).exits(0).says("domains 2");
    run(&["--mem", "0-640K,1M-3G,4G-6G@1"], &ko, &["t_segments"]).exits(0);
    run(&["--mem", "16M-19M,+18M-18944K,20M-30M"], &ko, &["t_segments"]).exits(0);
    run(&["--fictitious", "200G-201G"], &ko, &["t_fictitious"]).exits(0);
    run(&["--fictitious", "2M-3M"], &ko, &[]).exits(2).says("overlaps RAM");
    run(&["--mem", "1M-3M,2M-9M"], &ko, &[]).exits(2).says("overlaps");
    run(&["--mem", "nonsense"], &ko, &[]).exits(2).says("--mem");
}

#[test]
fn sixteen_tebibytes_start_in_no_time() {
    let ko = kld("memory");
    let t = std::time::Instant::now();
    run(&["--mem", "1M-3G,4G-16T"], &ko, &["t_segments"]).exits(0);
    assert!(t.elapsed().as_millis() < 1000, "took {:?}", t.elapsed());
    run(&["--mem", "1M-3G,4G-16T"], &ko, &["t_pages"]).exits(0);
}

#[test]
fn each_leak_is_named() {
    let ko = kld("bad");
    for (entry, what) in [
        ("leak_malloc", "malloc \"bad\", 77 bytes"),
        ("leak_temp", "malloc \"temp\", 78 bytes"),
        ("leak_big", "malloc \"bad\", 200000 bytes"),
        ("leak_page", "1 physical page(s)"),
        ("leak_kva", "KVA, 12288 bytes"),
        ("leak_kmem", "kmem \"kmem_malloc\", 12288 bytes"),
        ("leak_counter", "counter"),
        ("leak_lock", "lock \"leaked lock\""),
        ("leak_sysctl", "sysctl node \"debug.leaked\""),
        ("leak_taskqueue", "taskqueue \"leaked\""),
        ("leak_event", "event handler \"leaked_event\""),
        ("leak_tag", "DMA tag"),
        ("leak_map", "DMA map"),
        ("leak_fictitious", "fictitious range"),
    ] {
        run(&[], &ko, &[entry]).exits(1).says(&format!("leak: {what}")).says(&format!("{entry}+0x"));
    }
    // Named however large the machine is.
    run(&["--mem", "1M-3G,4G-16T"], &ko, &["leak_page"]).exits(1).says("1 physical page(s)").says("leak_page+0x");
    run(&[], &ko, &["leak_wire"]).exits(1).says("wirings of pages are off by 1");
    run(&[], &ko, &["leak_callout"]).exits(1).says("1 pending callout(s), first never+");
    run(&[], &ko, &["leak_thread"]).exits(1).says("1 running thread(s), first idle+");
}

#[test]
fn lock_order_reversal_fails_the_run() {
    run(&[], &kld("bad"), &["lor"]).exits(1).says("lock order reversal").says("lock a").says("lock b");
}

#[test]
fn each_misuse_panics() {
    let ko = kld("bad");
    for (entry, what) in [
        ("panic_plain", "on purpose 7"),
        ("panic_kept", "still held"),
        ("panic_recurse", "recursed on non-recursive mutex lock a"),
        ("panic_unowned", "not owned"),
        ("panic_spin_sleep", "may sleep"),
        ("panic_mtx_sleep", "non-sleepable lock (lock a) held"),
        ("panic_crit_mtx", "acquiring blockable sleep lock"),
        ("panic_sx_in_mtx", "acquiring sleepable lock (sx lock)"),
        ("panic_double_free", "is free already"),
        ("panic_wrong_type", "is of type bad, not bad2"),
        ("panic_bad_free", "was not allocated by malloc"),
        ("panic_overrun", "byte 0 past the end was overwritten"),
        ("panic_uaf", "memory modified after free"),
        ("panic_page_uaf", "modified after free at offset 0"),
        ("panic_free_wired", "has references"),
        ("panic_page_double", "is free already"),
        ("panic_unwire", "counter underflow"),
        ("panic_null", "NULL pointer access at 0x8"),
        ("panic_hole", "physical address 0x4100000"),
        ("panic_kva", "unbacked kernel address"),
        ("panic_deadlock", "deadlock"),
        ("panic_destroyed", "of destroyed mutex"),
        ("panic_text", "page fault"),
    ] {
        let r = run(&[], &ko, &[entry]).exits(3).says("panic: ").says(what);
        if entry != "panic_deadlock" {
            r.says(&format!("{entry}{}", if entry == "panic_kept" { ":" } else { "+0x" }));
        }
    }
}

#[test]
fn a_hang_ends_at_the_time_limit() {
    let t = std::time::Instant::now();
    let ko = kld("hang");
    run(&["--timeout", "1"], &ko, &["spin"]).exits(3).says("time limit").says("spin+0x");
    assert!(t.elapsed().as_secs() < 20);
}

#[test]
fn dma_in_every_mode() {
    let ko = kld("dma");
    for mode in ["identity", "translate", "bounce"] {
        let o = ["--iommu", mode];
        run(&o, &ko, &["roundtrip", mode]).exits(0);
        run(&o, &ko, &["destroy_loaded"]).exits(0);
        run(&o, &ko, &["limits"]).exits(0);
        run(&o, &ko, &["dmamem"]).exits(0);
        run(&o, &ko, &["dmamem_nowait"]).exits(0);
    }
}

#[test]
fn dma_mistakes_show() {
    let ko = kld("dma");
    run(&["--iommu", "bounce"], &ko, &["nosync"]).exits(0);
    run(&["--iommu", "identity"], &ko, &["nosync"]).exits(1).says("wrong == 2");
    run(&["--iommu", "translate"], &ko, &["stale"]).exits(3).says("IOMMU fault").says("stale+0x");
    run(&["--iommu", "translate"], &ko, &["sync_unloaded"]).exits(3).says("is not loaded");
    run(&["--iommu", "bounce"], &ko, &["sync_unloaded"]).exits(3).says("is not loaded");
}

#[test]
fn bounce_zones_are_made_where_one_may_sleep() {
    let ko = kld("bounce");
    for entry in ["zone_under_mutex", "allocnow_under_mutex"] {
        run(&[], &ko, &[entry])
            .exits(3)
            .says("acquiring sleepable lock (sysctl lock) with non-sleepable lock (driver lock) held from")
            .says(&format!("{entry}+0x"))
            .says("zone_of+0x");
    }
    run(&[], &ko, &["zone_before_mutex"]).exits(0);
    run(&["--iommu", "translate"], &ko, &["zone_under_mutex"]).exits(0);
    run(&[], &ko, &["zone_without_pages"]).exits(0);
    run(&["--iommu", "bounce"], &ko, &["load_under_spin"]).exits(3).says("acquiring blockable sleep lock");
    run(&["--iommu", "identity"], &ko, &["load_under_spin"]).exits(0);
}

#[test]
fn bounce_zones_are_shared_and_stay() {
    let ko = kld("bounce");
    let text = format!(
        "load {0}\nexpect hw.busdma.total_bpages 0\ncall zone_before_mutex\n\
         expect hw.busdma.zone0.total_bpages 4\nexpect hw.busdma.zone0.free_bpages 4\n\
         expect hw.busdma.zone0.lowaddr 0xffffff\nexpect-fail sysctl hw.busdma.zone1.domain\n\
         call zone_stricter\nexpect hw.busdma.zone1.lowaddr 0xefffff\nexpect hw.busdma.zone2.alignment 8192\n\
         unload bounce\nexpect hw.busdma.zone1.total_bpages 1\n",
        ko.display()
    );
    script(&[], &text).exits(0);
    run(&["--mem", "1M-33M@0,33M-65M@1"], &ko, &["zone_of_domain"]).exits(0);
}

#[test]
fn bounced_loads_wait_for_pages_or_fail() {
    let ko = kld("bounce");
    let o = ["--iommu", "bounce"];
    run(&o, &ko, &["zone_runs_out"]).exits(0);
    run(&o, &ko, &["destroy_waiting"]).exits(3).says("waits for pages");
    let text = format!(
        "load {}\ncall zone_runs_out\nexpect hw.busdma.zone0.total_deferred 1\n\
         expect hw.busdma.zone0.active_bpages 0\nexpect hw.busdma.zone0.reserved_bpages 0\n",
        ko.display()
    );
    script(&o, &text).exits(0);
}

#[test]
fn fault_sweep_finds_the_careless() {
    let ko = kld("faults");
    run(&["--fail-sweep"], &ko, &["careful"]).exits(0).says("fail-sweep: points=4 passed=4 failed=0");
    run(&["--fail-sweep"], &ko, &["careless"])
        .exits(1)
        .says("fail-sweep: points=4 passed=3 failed=1")
        .says("fault 2 of 4")
        .says("leak: malloc \"faults\", 100 bytes, from work+0x");
    run(&["--fail", "2", "-v"], &ko, &["careful"]).exits(1).says("vm_page_alloc_noobj fails").says("returned 12");
}
