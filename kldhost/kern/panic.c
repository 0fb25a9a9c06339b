/* SPDX-License-Identifier: BSD-2-Clause */
/* panic(9), stack(9) and symbol names. */
#include "kh.h"
#include <machine/stdarg.h>
#include <sys/kdb.h>
#include <sys/linker.h>
#include <sys/sbuf.h>
#include <sys/stack.h>

const char *panicstr;
int dumping, rebooting, cold = 1;
u_char kdb_active;
bool scheduler_stopped;
static char panicbuf[1024];

/* The function at addr, as symbol+0xoffset. */
static const char *
name_of(uintptr_t addr, char *buf, size_t len)
{
	char sym[128];
	long off;

	if (host_symbol(addr, sym, sizeof(sym), &off) != 0)
		snprintf(buf, len, "%#lx", addr);
	else
		snprintf(buf, len, "%s+%#lx", sym, off);
	return (buf);
}

static int
walk(uintptr_t fp, uintptr_t *pcs, int max)
{
	struct kthr *kt = curk;
	int n = 0;

	if (kt == NULL)
		return (0);
	while (n < max && fp >= kt->stack_lo && fp + 16 <= kt->stack_hi &&
	    (fp & 7) == 0) {
		uintptr_t next = ((uintptr_t *)fp)[0];
		uintptr_t pc = ((uintptr_t *)fp)[1];

		if (pc < 4096)
			break;
		pcs[n++] = pc;
		if (next <= fp)
			break;
		fp = next;
	}
	return (n);
}

/* See KHI_CALLER in kh.h. */
uint64_t
khi_caller(void *ra, void *fp)
{
	uintptr_t pcs[2] = { 0, 0 };

	if (fp != NULL)
		walk((uintptr_t)fp, pcs, 2);
	return ((uint64_t)(uint32_t)(uintptr_t)ra |
	    (uint64_t)(uint32_t)pcs[1] << 32);
}

void
vpanic(const char *fmt, va_list ap)
{
	struct kthr *kt = curk;

	if (panicstr != NULL)
		host_exit(3);
	panicstr = panicbuf;
	vsnprintf(panicbuf, sizeof(panicbuf), fmt, ap);
	host_write(2, "panic: ", 7);
	host_write(2, panicbuf, strlen(panicbuf));
	host_write(2, "\n", 1);
	if (kt != NULL) {
		char line[96];
		int n = snprintf(line, sizeof(line),
		    "cpuid = %d, thread \"%s\"\n", kt->oncpu, kt->td.td_name);

		host_write(2, line, n);
		host_backtrace(0, (uintptr_t)__builtin_frame_address(0),
		    kt->stack_lo, kt->stack_hi);
	}
	host_exit(3);
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
}

void
kassert_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
}

/* A fault that the signal handler could not resolve. */
void
khi_fatal(const char *msg, uintptr_t pc, uintptr_t fp)
{
	struct kthr *kt = curk;

	if (panicstr != NULL)
		host_exit(3);
	panicstr = msg;
	host_write(2, "panic: ", 7);
	host_write(2, msg, strlen(msg));
	host_write(2, "\n", 1);
	host_backtrace(pc, fp, kt != NULL ? kt->stack_lo : 0,
	    kt != NULL ? kt->stack_hi : 0);
	host_exit(3);
}

void
kdb_backtrace(void)
{
	struct stack st;

	stack_save(&st);
	printf("KDB: stack backtrace:\n");
	stack_print(&st);
}

void kdb_enter(const char *why __unused, const char *msg) { panic("%s", msg); }

/* --- stack(9) ---------------------------------------------------------------- */
void
stack_save(struct stack *st)
{
	uintptr_t pcs[STACK_MAX];
	int i;

	st->depth = walk((uintptr_t)__builtin_frame_address(0), pcs, STACK_MAX);
	for (i = 0; i < st->depth; i++)
		st->pcs[i] = pcs[i];
}

int
stack_save_td(struct stack *st, struct thread *td)
{
	if (td != curthread)
		return (EOPNOTSUPP);
	stack_save(st);
	return (0);
}

void
stack_print(const struct stack *st)
{
	char buf[160];
	int i;

	for (i = 0; i < st->depth; i++)
		printf("#%d %p at %s\n", i, (void *)st->pcs[i],
		    name_of(st->pcs[i], buf, sizeof(buf)));
}

void stack_print_ddb(const struct stack *st) { stack_print(st); }
void stack_zero(struct stack *st) { bzero(st, sizeof(*st)); }
void stack_copy(const struct stack *a, struct stack *b) { *b = *a; }

int
stack_put(struct stack *st, vm_offset_t pc)
{
	if (st->depth >= STACK_MAX)
		return (-1);
	st->pcs[st->depth++] = pc;
	return (0);
}

void
stack_sbuf_print(struct sbuf *sb, const struct stack *st)
{
	char buf[160];
	int i;

	for (i = 0; i < st->depth; i++)
		sbuf_printf(sb, "#%d %p at %s\n", i, (void *)st->pcs[i],
		    name_of(st->pcs[i], buf, sizeof(buf)));
}

struct stack *
stack_create(int flags)
{
	return (khi_malloc_at(sizeof(struct stack), 8, M_TEMP, flags | M_ZERO,
	    -1, KHI_CALLER));
}

void stack_destroy(struct stack *st) { free(st, M_TEMP); }

/* --- linker's symbol lookups --------------------------------------------------- */
int
linker_search_symbol_name(caddr_t value, char *buf, u_int len, long *off)
{
	return (host_symbol((uintptr_t)value, buf, len, off) != 0 ? ENOENT : 0);
}

int
linker_search_symbol_name_flags(caddr_t value, char *buf, u_int len, long *off,
    int flags __unused)
{
	return (linker_search_symbol_name(value, buf, len, off));
}

int
linker_ddb_search_symbol_name(caddr_t value, char *buf, u_int len, long *off)
{
	return (linker_search_symbol_name(value, buf, len, off));
}
