/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel environment and tunables. */
#include "kh.h"
#include <sys/libkern.h>

static MALLOC_DEFINE(M_KENV, "kenv", "kernel environment");

void khi_kenv_init(void) { malloc_init(M_KENV); }

char *
kern_getenv(const char *name)
{
	char buf[1024], *p;

	if (host_getenv(name, buf, sizeof(buf)) != 0)
		return (NULL);
	p = khi_malloc_at(strlen(buf) + 1, 1, M_KENV, M_WAITOK, -1, KHI_CALLER);
	strcpy(p, buf);
	return (p);
}

void freeenv(char *p) { free(p, M_KENV); }

int
testenv(const char *name)
{
	char buf[1024];

	return (host_getenv(name, buf, sizeof(buf)) == 0);
}

int kern_setenv(const char *name, const char *v) { return (host_setenv(name, v)); }
int kern_unsetenv(const char *name) { return (host_setenv(name, NULL)); }

int
getenv_string(const char *name, char *data, int size)
{
	char buf[1024];

	if (host_getenv(name, buf, sizeof(buf)) != 0)
		return (0);
	strlcpy(data, buf, size);
	return (1);
}

int
getenv_quad(const char *name, quad_t *data)
{
	char buf[1024], *end;
	quad_t v;

	if (host_getenv(name, buf, sizeof(buf)) != 0)
		return (0);
	v = strtoq(buf, &end, 0);
	if (end == buf)
		return (0);
	switch (*end) {
	case 't': case 'T': v *= 1024;	/* FALLTHROUGH */
	case 'g': case 'G': v *= 1024;	/* FALLTHROUGH */
	case 'm': case 'M': v *= 1024;	/* FALLTHROUGH */
	case 'k': case 'K': v *= 1024;
		end++;
	}
	if (*end != 0)
		return (0);
	*data = v;
	return (1);
}

#define	NUMBER(fn, type)						\
int									\
fn(const char *name, type *data)					\
{									\
	quad_t v;							\
									\
	if (getenv_quad(name, &v) == 0)					\
		return (0);						\
	*data = (type)v;						\
	return (1);							\
}
NUMBER(getenv_int, int)
NUMBER(getenv_uint, u_int)
NUMBER(getenv_long, long)
NUMBER(getenv_ulong, u_long)
NUMBER(getenv_int64, int64_t)
NUMBER(getenv_uint64, uint64_t)

int
getenv_bool(const char *name, bool *data)
{
	char buf[16];

	if (getenv_string(name, buf, sizeof(buf)) == 0)
		return (0);
	if (strcmp(buf, "1") == 0 || strcasecmp(buf, "true") == 0)
		*data = true;
	else if (strcmp(buf, "0") == 0 || strcasecmp(buf, "false") == 0)
		*data = false;
	else
		return (0);
	return (1);
}

bool
getenv_is_true(const char *name)
{
	bool v;

	return (getenv_bool(name, &v) && v);
}

bool
getenv_is_false(const char *name)
{
	bool v;

	return (getenv_bool(name, &v) && !v);
}

#define	TUNE(kind, get)							\
void									\
tunable_##kind##_init(const void *arg)					\
{									\
	const struct tunable_##kind *t = arg;				\
									\
	get(t->path, t->var);						\
}
TUNE(int, getenv_int)
TUNE(long, getenv_long)
TUNE(ulong, getenv_ulong)
TUNE(int64, getenv_int64)
TUNE(uint64, getenv_uint64)
TUNE(quad, getenv_quad)
TUNE(bool, getenv_bool)

void
tunable_str_init(const void *arg)
{
	const struct tunable_str *t = arg;

	getenv_string(t->path, t->var, t->size);
}
