/* SPDX-License-Identifier: BSD-2-Clause */
/* Right use of sysctl(9), event handlers, zones, vmem(9), kmem, printf(9). */
#include "mod.h"
#include <sys/eventhandler.h>
#include <sys/sbuf.h>
#include <sys/vmem.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/vm_kern.h>
#include <vm/uma.h>

/* Without the compiler's format check, which does not know %b. */
static int (*volatile print_to)(char *, size_t, const char *, ...) = snprintf;
static int evh_count;
typedef void (*good_fn)(void *, int);
EVENTHANDLER_DECLARE(good_event, good_fn);
static void on_event(void *arg __unused, int n) { evh_count += n; }

static int
sysctl_text(SYSCTL_HANDLER_ARGS)
{
	struct sbuf sb;
	int error;

	sysctl_wire_old_buffer(req, 0);
	sbuf_new_for_sysctl(&sb, NULL, 128, req);
	sbuf_printf(&sb, "%s %d", "text", 7);
	error = sbuf_finish(&sb);
	sbuf_delete(&sb);
	return (error);
}

ENTRY(t_services)
{
	struct sysctl_ctx_list ctx;
	struct sysctl_oid *o;
	eventhandler_tag tag;
	uma_zone_t z;
	vmem_addr_t a;
	char buf[64];
	void *p;

	sysctl_ctx_init(&ctx);
	o = SYSCTL_ADD_NODE(&ctx, SYSCTL_STATIC_CHILDREN(_debug), OID_AUTO,
	    "good", CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, "");
	SYSCTL_ADD_PROC(&ctx, SYSCTL_CHILDREN(o), OID_AUTO, "text",
	    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, sysctl_text,
	    "A", "");
	CHECK(sysctl_ctx_free(&ctx) == 0);
	tag = EVENTHANDLER_REGISTER(good_event, on_event, NULL,
	    EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_INVOKE(good_event, 5);
	EVENTHANDLER_DEREGISTER(good_event, tag);
	EVENTHANDLER_INVOKE(good_event, 5);
	CHECK(evh_count == 5);
	z = uma_zcreate("good zone", 40, NULL, NULL, NULL, NULL, UMA_ALIGN_PTR, 0);
	p = uma_zalloc(z, M_WAITOK | M_ZERO);
	uma_zfree(z, p);
	uma_zdestroy(z);
	CHECK(vmem_xalloc(kernel_arena, 8 * PAGE_SIZE, 65536, 0, 0,
	    VMEM_ADDR_MIN, VMEM_ADDR_MAX, M_WAITOK | M_BESTFIT, &a) == 0);
	CHECK((a & 65535) == 0);
	vmem_xfree(kernel_arena, a, 8 * PAGE_SIZE);
	p = kmem_malloc(5 * PAGE_SIZE, M_WAITOK | M_ZERO);
	CHECK(((char *)p)[5 * PAGE_SIZE - 1] == 0);
	kmem_free(p, 5 * PAGE_SIZE);
	print_to(buf, sizeof(buf), "%-5d|%05x|%#lx|%s|%jd|%b", 42, 0xbeef,
	    0x10UL, "s", (intmax_t)-3, 5, "\20\1ONE\3THREE");
	CHECK(strcmp(buf, "42   |0beef|0x10|s|-3|5<ONE,THREE>") == 0);
	return (0);
}

MODULE_(services, plain_event);
