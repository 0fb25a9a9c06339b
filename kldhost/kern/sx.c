/* SPDX-License-Identifier: BSD-2-Clause */
/* sx(9) */
#include "rwcore.h"
#include <sys/sx.h>

struct sx modules_sx;

void
sx_init_flags(struct sx *sx, const char *desc, int opts)
{
	int flags = LO_SLEEPABLE | LO_UPGRADABLE;

	if ((opts & SX_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & SX_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & SX_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	khi_lock_init(&sx->lock_object, KLC_SX, desc, NULL, flags,
	    (opts & SX_NEW) != 0, KHI_CALLER);
	sx->sx_lock = SX_LOCK_UNLOCKED;
}

void
sx_sysinit(const void *arg)
{
	const struct sx_args *a = arg;

	sx_init_flags(a->sa_sx, a->sa_desc, a->sa_flags);
}

void
sx_destroy(struct sx *sx)
{
	khi_rw_destroy(&sx->lock_object, &sx->sx_lock, "sx_destroy");
}

#define	LO	&sx->lock_object, &sx->sx_lock

int
_sx_xlock(struct sx *sx, int opts, const char *file, int line)
{
	khi_rw_wlock(LO, 0, opts & SX_DUPOK, "sx_xlock", file, line);
	return (0);
}

int
_sx_slock(struct sx *sx, int opts, const char *file, int line)
{
	khi_rw_rlock(LO, 0, opts & SX_DUPOK, "sx_slock", file, line);
	return (0);
}

int
_sx_slock_int(struct sx *sx, int opts, const char *file, int line)
{
	return (_sx_slock(sx, opts, file, line));
}

int
_sx_xlock_hard(struct sx *sx, uintptr_t x __unused, int opts, const char *file,
    int line)
{
	return (_sx_xlock(sx, opts, file, line));
}

int
sx_try_xlock_(struct sx *sx, const char *file, int line)
{
	return (khi_rw_wlock(LO, 1, 0, "sx_try_xlock", file, line));
}

int
sx_try_slock_(struct sx *sx, const char *file, int line)
{
	return (khi_rw_rlock(LO, 1, 0, "sx_try_slock", file, line));
}

int
sx_try_xlock_int(struct sx *sx, const char *file, int line)
{
	return (sx_try_xlock_(sx, file, line));
}

int
sx_try_slock_int(struct sx *sx, const char *file, int line)
{
	return (sx_try_slock_(sx, file, line));
}

void
_sx_xunlock(struct sx *sx, const char *file, int line)
{
	khi_rw_wunlock(LO, "sx_xunlock", file, line);
}

void
_sx_xunlock_hard(struct sx *sx, uintptr_t x __unused, const char *file,
    int line)
{
	_sx_xunlock(sx, file, line);
}

void
_sx_sunlock(struct sx *sx, const char *file, int line)
{
	khi_rw_runlock(LO, "sx_sunlock", file, line);
}

void
_sx_sunlock_int(struct sx *sx, const char *file, int line)
{
	_sx_sunlock(sx, file, line);
}

int
sx_try_upgrade_(struct sx *sx, const char *file, int line)
{
	return (khi_rw_upgrade(LO, "sx_try_upgrade", file, line));
}

int
sx_try_upgrade_int(struct sx *sx, const char *file, int line)
{
	return (sx_try_upgrade_(sx, file, line));
}

void
sx_downgrade_(struct sx *sx, const char *file, int line)
{
	khi_rw_downgrade(LO, "sx_downgrade", file, line);
}

void
sx_downgrade_int(struct sx *sx, const char *file, int line)
{
	sx_downgrade_(sx, file, line);
}

void
_sx_assert(const struct sx *sx, int what, const char *file, int line)
{
	khi_rw_assert(&sx->lock_object, sx->sx_lock, what, file, line);
}
