/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(9): the handlers, and requests made by the host. */
#include "sysctl.h"
#include <sys/counter.h>
#include <sys/sbuf.h>

extern struct sysctl_oid_list sysctl__children;

#define	HANDLE(fn, type)						\
int									\
fn(SYSCTL_HANDLER_ARGS)							\
{									\
	type tmp = arg1 != NULL ? *(type *)arg1 : (type)arg2;		\
	int error = SYSCTL_OUT(req, &tmp, sizeof(tmp));			\
									\
	if (error != 0 || req->newptr == NULL)				\
		return (error);						\
	if (arg1 == NULL)						\
		return (EPERM);						\
	return (SYSCTL_IN(req, arg1, sizeof(type)));			\
}
HANDLE(sysctl_handle_8, int8_t)
HANDLE(sysctl_handle_16, int16_t)
HANDLE(sysctl_handle_32, int32_t)
HANDLE(sysctl_handle_64, int64_t)
HANDLE(sysctl_handle_int, int)
HANDLE(sysctl_handle_long, long)

int
sysctl_handle_bool(SYSCTL_HANDLER_ARGS)
{
	uint8_t tmp = arg1 != NULL ? *(bool *)arg1 : (arg2 != 0);
	int error = SYSCTL_OUT(req, &tmp, sizeof(tmp));

	if (error != 0 || req->newptr == NULL)
		return (error);
	if (arg1 == NULL)
		return (EPERM);
	error = SYSCTL_IN(req, &tmp, sizeof(tmp));
	if (error == 0)
		*(bool *)arg1 = tmp != 0;
	return (error);
}

int
sysctl_handle_string(SYSCTL_HANDLER_ARGS)
{
	size_t len = strlen(arg1) + 1, n;
	int error = SYSCTL_OUT(req, arg1, len);

	if (error != 0 || req->newptr == NULL)
		return (error);
	n = req->newlen - req->newidx;
	if (arg2 == 0 || n >= (size_t)arg2)
		return (EINVAL);
	error = SYSCTL_IN(req, arg1, n);
	((char *)arg1)[n] = 0;
	return (error);
}

int
sysctl_handle_opaque(SYSCTL_HANDLER_ARGS)
{
	int error = SYSCTL_OUT(req, arg1, arg2);

	if (error != 0 || req->newptr == NULL)
		return (error);
	return (SYSCTL_IN(req, arg1, arg2));
}

int
sysctl_handle_counter_u64(SYSCTL_HANDLER_ARGS)
{
	uint64_t v = counter_u64_fetch(*(counter_u64_t *)arg1);
	int error = SYSCTL_OUT(req, &v, sizeof(v));

	if (error != 0 || req->newptr == NULL)
		return (error);
	/* Any write clears the counter. */
	counter_u64_zero(*(counter_u64_t *)arg1);
	return (0);
}

int
sysctl_handle_counter_u64_array(SYSCTL_HANDLER_ARGS)
{
	intmax_t i;
	int error = 0;

	for (i = 0; i < arg2 && error == 0; i++) {
		uint64_t v = counter_u64_fetch(((counter_u64_t *)arg1)[i]);

		error = SYSCTL_OUT(req, &v, sizeof(v));
	}
	if (error != 0 || req->newptr == NULL)
		return (error);
	for (i = 0; i < arg2; i++)
		counter_u64_zero(((counter_u64_t *)arg1)[i]);
	return (0);
}

int
sysctl_msec_to_ticks(SYSCTL_HANDLER_ARGS)
{
	int tt = *(int *)arg1, s = tt * 1000 / hz, error;

	error = sysctl_handle_int(oidp, &s, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	tt = s * hz / 1000;
	if (tt < 1)
		return (EINVAL);
	*(int *)arg1 = tt;
	return (0);
}

/* --- requests ----------------------------------------------------------------- */
static int
old_kernel(struct sysctl_req *req, const void *p, size_t l)
{
	size_t room = req->oldidx < req->oldlen ? req->oldlen - req->oldidx : 0;
	size_t n = l < room ? l : room;

	if (req->oldptr != NULL && n > 0)
		memcpy((char *)req->oldptr + req->oldidx, p, n);
	req->oldidx += l;
	return (req->oldptr != NULL && n != l ? ENOMEM : 0);
}

static int
new_kernel(struct sysctl_req *req, void *p, size_t l)
{
	if (req->newptr == NULL)
		return (0);
	if (req->newlen - req->newidx < l)
		return (EINVAL);
	memcpy(p, (const char *)req->newptr + req->newidx, l);
	req->newidx += l;
	return (0);
}

static int
run(struct sysctl_oid *o, struct sysctl_req *req)
{
	struct kthr *kt = curk;
	int held = kt->nheld, error;

	if (o->oid_handler == NULL)
		return ((o->oid_kind & CTLTYPE) == CTLTYPE_NODE ? EISDIR :
		    EINVAL);
	if (req->newptr != NULL && (o->oid_kind & CTLFLAG_WR) == 0)
		return (EPERM);
	if (req->newptr == NULL && (o->oid_kind & CTLFLAG_RD) == 0)
		return (EPERM);
	atomic_add_int(&o->oid_running, 1);
	if ((o->oid_kind & CTLFLAG_MPSAFE) == 0)
		mtx_lock(&Giant);
	error = o->oid_handler(o, o->oid_arg1, o->oid_arg2, req);
	if ((o->oid_kind & CTLFLAG_MPSAFE) == 0)
		mtx_unlock(&Giant);
	atomic_subtract_int(&o->oid_running, 1);
	khi_held_check(held, "sysctl", (uintptr_t)o->oid_handler);
	return (error);
}

struct sysctl_oid *
khi_sysctl_lookup(const char *name)
{
	struct sysctl_oid_list *list = &sysctl__children;
	struct sysctl_oid *o = NULL;

	for (;;) {
		size_t n = strcspn(name, ".");

		RB_FOREACH(o, sysctl_oid_list, list)
			if (strlen(o->oid_name) == n &&
			    strncmp(o->oid_name, name, n) == 0)
				break;
		if (o == NULL)
			return (NULL);
		name += n;
		if (*name == 0)
			return (o);
		name++;
		list = &o->oid_children;
	}
}

/* Formats a raw value as sysctl(8) prints it. */
static int
show(struct sysctl_oid *o, const char *raw, size_t len, char *buf, size_t size)
{
	size_t i;

	buf[0] = 0;
#define	ONE(ct, type, fmt, cast)					\
	case ct:							\
		for (i = 0; i + sizeof(type) <= len; i += sizeof(type))	\
			snprintf(buf + strlen(buf), size - strlen(buf),	\
			    i == 0 ? fmt : " " fmt,			\
			    (cast)*(const type *)(raw + i));		\
		return (0)
	switch (o->oid_kind & CTLTYPE) {
	ONE(CTLTYPE_INT, int, "%d", int);
	ONE(CTLTYPE_UINT, u_int, "%u", u_int);
	ONE(CTLTYPE_LONG, long, "%ld", long);
	ONE(CTLTYPE_ULONG, u_long, "%lu", u_long);
	ONE(CTLTYPE_S64, int64_t, "%ld", long);
	ONE(CTLTYPE_U64, uint64_t, "%lu", u_long);
	ONE(CTLTYPE_S32, int32_t, "%d", int);
	ONE(CTLTYPE_U32, uint32_t, "%u", u_int);
	ONE(CTLTYPE_S16, int16_t, "%d", int);
	ONE(CTLTYPE_U16, uint16_t, "%u", u_int);
	ONE(CTLTYPE_S8, int8_t, "%d", int);
	ONE(CTLTYPE_U8, uint8_t, "%u", u_int);
	case CTLTYPE_STRING:
		for (i = 0; i < len && i + 1 < size && raw[i] != 0; i++)
			buf[i] = raw[i];
		buf[i] = 0;
		return (0);
	default:
		for (i = 0; i < len && 2 * i + 3 < size; i++)
			snprintf(buf + 2 * i, 3, "%02x", (u_char)raw[i]);
	}
	return (0);
}

static int
read_oid(struct sysctl_oid *o, char *buf, size_t *len)
{
	struct sysctl_req req = { .td = curthread, .lock = REQ_UNWIRED,
	    .oldptr = buf, .oldlen = *len, .oldfunc = old_kernel,
	    .newfunc = new_kernel };
	int error;

	req.validlen = req.oldlen;
	error = run(o, &req);
	*len = error != 0 ? 0 : MIN(req.oldidx, req.oldlen);
	return (error);
}

int
khi_sysctl_read(const char *name, char *buf, size_t size)
{
	struct sysctl_oid *o = khi_sysctl_lookup(name);
	static char raw[256 * 1024];
	size_t len = sizeof(raw);
	int error;

	if (o == NULL)
		return (ENOENT);
	error = read_oid(o, raw, &len);
	return (error != 0 ? error : show(o, raw, len, buf, size));
}

/* The value as it is; its length in *len, which is the room at first. */
int
khi_sysctl_read_raw(const char *name, char *buf, size_t *len)
{
	struct sysctl_oid *o = khi_sysctl_enter(name);
	int error;

	if (o == NULL) {
		*len = 0;
		return (ENOENT);
	}
	error = read_oid(o, buf, len);
	atomic_subtract_int(&o->oid_running, 1);
	return (error);
}

int
khi_sysctl_write_oid(struct sysctl_oid *o, const char *value)
{
	struct sysctl_req req = { .td = curthread, .lock = REQ_UNWIRED,
	    .oldfunc = old_kernel, .newfunc = new_kernel };
	char *end;
	int64_t v = strtoq(value, &end, 0);
	static const uint8_t width[16] = { [CTLTYPE_INT] = 4,
	    [CTLTYPE_UINT] = 4, [CTLTYPE_LONG] = 8, [CTLTYPE_ULONG] = 8,
	    [CTLTYPE_S64] = 8, [CTLTYPE_U64] = 8, [CTLTYPE_S32] = 4,
	    [CTLTYPE_U32] = 4, [CTLTYPE_S16] = 2, [CTLTYPE_U16] = 2,
	    [CTLTYPE_S8] = 1, [CTLTYPE_U8] = 1 };
	int w = width[o->oid_kind & CTLTYPE];

	if (w != 0) {
		if (end == value || *end != 0)
			return (EINVAL);
		req.newptr = &v;
		req.newlen = w;
	} else {
		req.newptr = value;
		req.newlen = strlen(value);
	}
	return (run(o, &req));
}

int
khi_sysctl_write(const char *name, const char *value)
{
	struct sysctl_oid *o = khi_sysctl_lookup(name);

	return (o == NULL ? ENOENT : khi_sysctl_write_oid(o, value));
}

static void
walk(struct sysctl_oid_list *list, const char *prefix, const char *want,
    void (*fn)(const char *, void *), void *arg)
{
	struct sysctl_oid *o;
	char name[256];

	RB_FOREACH(o, sysctl_oid_list, list) {
		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] != 0 ? "." : "", o->oid_name);
		if ((o->oid_kind & CTLTYPE) == CTLTYPE_NODE &&
		    o->oid_handler == NULL)
			walk(&o->oid_children, name, want, fn, arg);
		/* As sysctl(8), which does not know what is in opaque ones. */
		else if ((o->oid_kind & CTLFLAG_SKIP) == 0 &&
		    (o->oid_kind & CTLTYPE) != CTLTYPE_OPAQUE)
			fn(name, arg);
	}
}

/* Calls fn with the name of every leaf below name ("" for all). */
int
khi_sysctl_walk(const char *name, void (*fn)(const char *, void *), void *arg)
{
	struct sysctl_oid *o;

	if (name[0] == 0) {
		walk(&sysctl__children, "", "", fn, arg);
		return (0);
	}
	o = khi_sysctl_lookup(name);
	if (o == NULL)
		return (ENOENT);
	if ((o->oid_kind & CTLTYPE) == CTLTYPE_NODE && o->oid_handler == NULL)
		walk(&o->oid_children, name, "", fn, arg);
	else
		fn(name, arg);
	return (0);
}

/* --- sbuf glue -------------------------------------------------------------------- */
static int
sbuf_sysctl_drain(void *arg, const char *data, int len)
{
	struct sysctl_req *req = arg;
	int error = SYSCTL_OUT(req, data, len);

	return (error == 0 ? len : -error);
}

struct sbuf *
sbuf_new_for_sysctl(struct sbuf *s, char *buf, int length,
    struct sysctl_req *req)
{
	s = sbuf_new(s, buf, length, SBUF_FIXEDLEN | SBUF_INCLUDENUL);
	sbuf_set_drain(s, sbuf_sysctl_drain, req);
	return (s);
}
