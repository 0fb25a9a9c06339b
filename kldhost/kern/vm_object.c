/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anonymous memory objects (OBJT_SWAP), as shmem files of LinuxKPI are made of:
 * pages that belong to an object, which keeps them when the last wiring goes.
 * Nothing is ever paged out.
 */
#include "kh.h"
#include <sys/rwlock.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>

extern volatile u_long khi_wires_live;

static MALLOC_DEFINE(M_VMOBJECT, "vm_object", "Memory objects");

void khi_object_init(void) { malloc_init(M_VMOBJECT); }

/* An object and its pages by index, NULL where there is none. */
struct khi_object {
	struct vm_object obj;		/* first: klds have its address */
	vm_page_t	 pages[];
};

vm_object_t
vm_pager_allocate(objtype_t type, void *handle, vm_ooffset_t size,
    vm_prot_t prot __unused, vm_ooffset_t off __unused,
    struct ucred *cred __unused)
{
	struct khi_object *o;
	vm_pindex_t n = howmany(size, PAGE_SIZE);

	khi_sleep_check("vm_pager_allocate");
	if (type != OBJT_SWAP || handle != NULL)
		panic("vm_pager_allocate: only anonymous OBJT_SWAP is modelled");
	o = khi_malloc_at(sizeof(*o) + n * sizeof(o->pages[0]), 8, M_VMOBJECT,
	    M_WAITOK | M_ZERO, -1, KHI_CALLER);
	rw_init_flags(&o->obj.lock, "vm object", RW_DUPOK | RW_NEW);
	o->obj.type = type;
	o->obj.size = n;
	o->obj.ref_count = 1;
	o->obj.memattr = VM_MEMATTR_DEFAULT;
	return (&o->obj);
}

void
vm_object_reference(vm_object_t obj)
{
	atomic_add_int(&obj->ref_count, 1);
}

void
vm_object_deallocate(vm_object_t obj)
{
	struct khi_object *o = (struct khi_object *)obj;
	vm_page_t m;

	if (atomic_fetchadd_int(&obj->ref_count, -1) != 1)
		return;
	for (vm_pindex_t i = 0; i < obj->size; i++) {
		m = o->pages[i];
		if (m == NULL)
			continue;
		/* A page that is wired stays with whoever wired it. */
		m->object = NULL;
		if (vm_page_drop(m, VPRC_OBJREF) == VPRC_OBJREF)
			vm_page_free(m);
	}
	rw_destroy(&obj->lock);
	free(o, M_VMOBJECT);
}

static vm_page_t
page_at(vm_object_t obj, vm_pindex_t i, const char *what)
{
	if (obj->lock.rw_lock == RW_UNLOCKED)
		panic("%s: object %p is not locked", what, obj);
	return (i < obj->size ? ((struct khi_object *)obj)->pages[i] : NULL);
}

vm_page_t
vm_page_lookup(vm_object_t obj, vm_pindex_t i)
{
	return (page_at(obj, i, "vm_page_lookup"));
}

vm_page_t
vm_page_grab(vm_object_t obj, vm_pindex_t i, int flags)
{
	vm_page_t m = page_at(obj, i, "vm_page_grab");

	if (i >= obj->size)
		panic("vm_page_grab: page %lu of %lu", (u_long)i, (u_long)obj->size);
	if (m == NULL) {
		/* The real one sleeps for memory with the lock dropped. */
		m = vm_page_alloc_noobj(flags & VM_ALLOC_ZERO);
		if (m == NULL)
			return (NULL);
		m->object = obj;
		m->pindex = i;
		m->oflags = 0;
		m->ref_count = VPRC_OBJREF;
		((struct khi_object *)obj)->pages[i] = m;
		obj->resident_page_count++;
	}
	if ((flags & VM_ALLOC_NOBUSY) == 0)
		vm_page_busy_acquire(m, flags);
	if ((flags & VM_ALLOC_WIRED) != 0)
		vm_page_wire(m);
	return (m);
}
