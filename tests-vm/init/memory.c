/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the kernel's memory is in use, by malloc(9) type and by uma(9) zone,
 * from the streams that vmstat -m and -z read; and wired pages.
 */
#include "init.h"

#define MAX_KINDS	1024
#define NAME		32
#define PERCPU		64	/* bytes of a CPU's statistics, in both streams */

struct stream {			/* the header of both */
	uint32_t version, maxcpus, count, pad;
};
struct kind {
	char name[NAME];
	int64_t in_use;		/* bytes of a malloc type, items of a zone */
};
struct table {
	struct kind kind[MAX_KINDS];
	size_t n;
};

/* An uma_type_header: numbers of the zone itself after ten 32-bit fields. */
#define ZONE_HEADER	120
#define ZONE_ALLOCS	72
#define ZONE_FREES	80

static char raw[64 << 20];	/* MAXCPU records a type: 21 MB on amd64 */
static struct table mallocs, zones, mallocs_then, zones_then;
static int64_t wired_then;
static int taken;

static uint64_t
u64_at(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (v);
}

/* Names can occur twice: such count together. */
static void
add(struct table *t, const char *name, int64_t in_use)
{
	size_t i;

	for (i = 0; i < t->n && !same(t->kind[i].name, name); i++)
		;
	if (i == MAX_KINDS)
		return;
	if (i == t->n) {
		t->n++;
		memcpy(t->kind[i].name, name, NAME);
		t->kind[i].name[NAME - 1] = '\0';
		t->kind[i].in_use = 0;
	}
	t->kind[i].in_use += in_use;
}

/*
 * Records of a name, a rest of the header, and each CPU's numbers of which the
 * first are given out and the second taken back.
 */
static long
read_stream(const char *sysctl, struct table *t, size_t header)
{
	const struct stream *s = (const struct stream *)raw;
	const char *p = raw + sizeof(*s);
	size_t len = 0;
	uint32_t i, cpu;
	long r;

	t->n = 0;
	/* The kernel wires what it is offered: not more than it needs. */
	r = sysctl_raw(sysctl, 0, &len);
	if (r < 0)
		return (r);
	len += len / 8 + 65536;
	if (len > sizeof(raw))
		len = sizeof(raw);
	r = sysctl_raw(sysctl, raw, &len);
	if (r < 0)
		return (r);
	if (len < sizeof(*s) || s->version != 1 || len - sizeof(*s) !=
	    (size_t)s->count * (header + (size_t)s->maxcpus * PERCPU)) {
		show(sysctl);
		show(": not a layout that this init knows");
		return (DIFFERS);
	}
	for (i = 0; i < s->count; i++) {
		const char *name = p;
		int64_t in_use = 0;

		if (header == ZONE_HEADER)
			in_use = (int64_t)(u64_at(p + ZONE_ALLOCS) -
			    u64_at(p + ZONE_FREES));
		p += header;
		for (cpu = 0; cpu < s->maxcpus; cpu++, p += PERCPU)
			in_use += (int64_t)(u64_at(p) - u64_at(p + 8));
		add(t, name, in_use);
	}
	return (0);
}

static int64_t
wired(void)
{
	uint32_t v = 0;
	size_t len = sizeof(v);

	sysctl_raw("vm.stats.vm.v_wire_count", &v, &len);
	return (v);
}

static long
read_all(void)
{
	long r = read_stream("kern.malloc_stats", &mallocs, NAME);

	return (r < 0 ? r : read_stream("vm.zone_stats", &zones, ZONE_HEADER));
}

long
memory_snapshot(void)
{
	long r = read_all();

	if (r < 0)
		return (r);
	memcpy(&mallocs_then, &mallocs, sizeof(mallocs));
	memcpy(&zones_then, &zones, sizeof(zones));
	wired_then = wired();
	taken = 1;
	return (0);
}

static void
tell(const char *what, const char *name, int64_t by, const char *unit)
{
	put("# ");
	put(what);
	put(" ");
	put(name);
	put(by < 0 ? " " : " +");
	put_number(by);
	put(unit);
	put("\n");
}

/*
 * Every ten seconds FreeBSD fits the hashes of its address space to what is in
 * use, in powers of two; what is lost there is seen in zone "vmem btag".  Zone
 * "vm pgcache" holds free pages for a CPU.
 */
static int
comes_and_goes(const char *name)
{
	return (same(name, "vmem") || same(name, "vm pgcache"));
}

/* How many kinds grew by more than the slack. */
static int
grown(const char *what, const char *unit, const struct table *now,
    const struct table *then, int64_t slack)
{
	size_t i, j;
	int n = 0;

	for (i = 0; i < now->n; i++) {
		const struct kind *k = &now->kind[i];
		int64_t before = 0;

		for (j = 0; j < then->n; j++)
			if (same(then->kind[j].name, k->name))
				before = then->kind[j].in_use;
		if (k->in_use - before > slack && !comes_and_goes(k->name)) {
			tell(what, k->name, k->in_use - before, unit);
			n++;
		}
	}
	return (n);
}

/* "bytes=N items=N pages=N": slack for types, zones and wired pages. */
long
memory_expect_same(char *slack)
{
	int64_t bytes = 0, items = 0, pages = 0, drift;
	char *w;
	long r;
	int n;

	if (!taken)
		return (BAD);
	while (*(w = word(&slack)) != '\0') {
		char *name = cut(&w, '=');

		if (!number(w, same(name, "bytes") ? &bytes :
		    same(name, "items") ? &items : &pages))
			return (BAD);
	}
	r = read_all();
	if (r < 0)
		return (r);
	n = grown("malloc type", " bytes", &mallocs, &mallocs_then, bytes);
	n += grown("zone", " items", &zones, &zones_then, items);
	drift = wired() - wired_then;
	tell("wired", "memory", drift, " pages");
	if (drift > pages)
		n++;
	if (n == 0)
		return (0);
	show("memory grew, see above");
	return (DIFFERS);
}

/* These malloc types are gone, or nothing of theirs is in use. */
long
memory_expect_none(char *types)
{
	char *type;
	size_t i;
	long r = read_stream("kern.malloc_stats", &mallocs, NAME), bad = 0;

	if (r < 0)
		return (r);
	while (*(type = word(&types)) != '\0')
		for (i = 0; i < mallocs.n; i++)
			if (same(mallocs.kind[i].name, type) &&
			    mallocs.kind[i].in_use != 0) {
				tell("malloc type", type,
				    mallocs.kind[i].in_use, " bytes in use");
				bad++;
			}
	if (bad == 0)
		return (0);
	show("memory in use, see above");
	return (DIFFERS);
}
