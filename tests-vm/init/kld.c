/* SPDX-License-Identifier: BSD-2-Clause */
/* kldload(2) and its kin. */
#include "init.h"

#define MAXPATHLEN	1024

struct kld_file_stat {
	int version;
	char name[MAXPATHLEN];
	int refs, id;
	void *address;
	size_t size;
	char pathname[MAXPATHLEN];
};

long
kld_load(const char *name)
{
	long r = syscall3(SYS_kldload, name, 0, 0);

	return (r < 0 ? r : 0);
}

long
kld_find(const char *name)
{
	return (syscall3(SYS_kldfind, name, 0, 0));
}

long
kld_unload(const char *name)
{
	long r = kld_find(name);

	return (r < 0 ? r : syscall3(SYS_kldunload, r, 0, 0));
}

/* The next file after id, or 0; its name without the kernel's ".ko". */
static long
next_file(long id, struct kld_file_stat *st)
{
	size_t n;

	id = syscall3(SYS_kldnext, id, 0, 0);
	if (id <= 0)
		return (0);
	st->version = sizeof(*st);
	if (syscall3(SYS_kldstat, id, st, 0) < 0)
		return (0);
	n = length(st->name);
	if (n > 3 && same(st->name + n - 3, ".ko"))
		st->name[n - 3] = '\0';
	return (id);
}

void
kld_print(void)
{
	static struct kld_file_stat st;
	long id = 0;

	while ((id = next_file(id, &st)) != 0) {
		put("# kld ");
		put_number(st.id);
		put(" ");
		put(st.name);
		put(" ");
		put(st.pathname);
		put(" refs ");
		put_number(st.refs);
		put(" size ");
		put_number((int64_t)st.size);
		put("\n");
	}
}

/* Exactly these files are loaded, besides the kernel. */
long
kld_expect(char *names)
{
	static struct kld_file_stat st;
	static char copy[1024];
	char *list, *name;
	long id = 0, found = 0, wanted = 0;

	memcpy(copy, names, length(names) + 1);
	for (list = copy; *(name = word(&list)) != '\0';) {
		wanted++;
		if (kld_find(name) < 0) {
			show(name);
			show(" is not loaded");
			return (DIFFERS);
		}
	}
	while ((id = next_file(id, &st)) != 0)
		if (!same(st.name, "kernel"))
			found++;
	if (found == wanted)
		return (0);
	show("there are others:");
	for (id = 0; (id = next_file(id, &st)) != 0;) {
		show(" ");
		show(st.name);
	}
	return (DIFFERS);
}
