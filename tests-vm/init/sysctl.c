/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(3), with values as text. */
#include "init.h"

enum {
	CTLTYPE_INT = 2, CTLTYPE_STRING = 3, CTLTYPE_S64 = 4, CTLTYPE_UINT = 6,
	CTLTYPE_LONG = 7, CTLTYPE_ULONG = 8, CTLTYPE_U64 = 9, CTLTYPE_U8 = 10,
	CTLTYPE_U16 = 11, CTLTYPE_S8 = 12, CTLTYPE_S16 = 13, CTLTYPE_S32 = 14,
	CTLTYPE_U32 = 15
};
enum { NAME2OID = 3, OIDFMT = 4, MAXNAME = 24 };

static int
sysctl_type(const char *name)
{
	int query[2 + MAXNAME] = { 0, NAME2OID };
	static char fmt[256];
	size_t len = MAXNAME * sizeof(int);
	long r;

	r = syscall6(SYS_sysctl, (long)query, 2, (long)(query + 2), (long)&len,
	    (long)name, (long)length(name));
	if (r < 0)
		return ((int)r);
	query[1] = OIDFMT;
	r = (long)(len / sizeof(int));
	len = sizeof(fmt);
	r = syscall6(SYS_sysctl, (long)query, 2 + r, (long)fmt, (long)&len, 0,
	    0);
	if (r < 0)
		return ((int)r);
	return (*(int *)fmt & 0xf);
}

static int
is_signed(int type)
{
	return (type == CTLTYPE_INT || type == CTLTYPE_S64 ||
	    type == CTLTYPE_LONG || type == CTLTYPE_S8 ||
	    type == CTLTYPE_S16 || type == CTLTYPE_S32);
}

static size_t
type_size(int type)
{
	switch (type) {
	case CTLTYPE_U8: case CTLTYPE_S8:
		return (1);
	case CTLTYPE_U16: case CTLTYPE_S16:
		return (2);
	case CTLTYPE_INT: case CTLTYPE_UINT: case CTLTYPE_S32: case CTLTYPE_U32:
		return (4);
	case CTLTYPE_LONG: case CTLTYPE_ULONG:
		return (sizeof(long));
	default:
		return (8);
	}
}

long
sysctl_raw(const char *name, void *buf, size_t *len)
{
	return (syscall6(SYS_sysctlbyname, (long)name, (long)length(name),
	    (long)buf, (long)len, 0, 0));
}

long
sysctl_text(const char *name, char *text, size_t size)
{
	static char raw[65536];
	char buf[24];
	const char *s = raw;
	size_t len = sizeof(raw) - 1, i;
	long r;
	int type;

	type = sysctl_type(name);
	if (type < 0)
		return (type);
	r = sysctl_raw(name, raw, &len);
	if (r < 0)
		return (r);
	raw[len] = '\0';
	if (type != CTLTYPE_STRING) {
		uint64_t v = 0;
		int negative;

		len = len < 8 ? len : 8;
		memcpy(&v, raw, len);
		negative = is_signed(type) && len > 0 && (raw[len - 1] & 0x80);
		if (negative)
			v = (len < 8 ? 1ull << (len * 8) : 0) - v;
		s = format(buf, v, negative);
	}
	for (i = 0; s[i] != '\0' && i + 1 < size; i++)
		text[i] = s[i];
	text[i] = '\0';
	return (0);
}

long
sysctl_set(const char *name, const char *text)
{
	int64_t value;
	int type;

	type = sysctl_type(name);
	if (type < 0)
		return (type);
	if (type == CTLTYPE_STRING)
		return (syscall6(SYS_sysctlbyname, (long)name,
		    (long)length(name), 0, 0, (long)text, (long)length(text)));
	if (!number(text, &value))
		return (BAD);
	return (syscall6(SYS_sysctlbyname, (long)name, (long)length(name), 0,
	    0, (long)&value, (long)type_size(type)));
}
