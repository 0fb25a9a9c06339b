/* SPDX-License-Identifier: BSD-2-Clause */
/* mt76.ko: what FreeBSD's mt76 drivers need beside LinuxKPI. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/sysctl.h>

#include <lkpirs/mt76.h>

/* if_mt7996 is built without the source that has these, and calls them. */
int	mt7996_init_debugfs(void *phy);
void	mt7996_debugfs_rx_fw_monitor(void *dev, const void *data, int len);
bool	mt7996_debugfs_rx_log(void *dev, const void *data, int len);

/* As in a Linux without debugfs. */
int
mt7996_init_debugfs(void *phy __unused)
{
	return (0);
}

/* What the firmware reports for a file that nobody can open. */
void
mt7996_debugfs_rx_fw_monitor(void *dev __unused, const void *data __unused,
    int len __unused)
{
	lkpirs_absent("mt7996_debugfs_rx_fw_monitor");
}

/* False: not taken, the caller handles the message as any other. */
bool
mt7996_debugfs_rx_log(void *dev __unused, const void *data __unused,
    int len __unused)
{
	return (false);
}

static int
sysctl_absent(SYSCTL_HANDLER_ARGS)
{
	uint64_t calls = lkpirs_absent_calls(NULL);

	return (sysctl_handle_64(oidp, &calls, 0, req));
}

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, mt76, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "mt76");
SYSCTL_PROC(_compat_mt76, OID_AUTO, absent_calls, CTLTYPE_U64 | CTLFLAG_RD |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_absent, "QU",
    "Calls of functions that do nothing; the log says which");

static int
mt76_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
	case MOD_UNLOAD:
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t mt76_mod = { "mt76", mt76_event, NULL };

DECLARE_MODULE(mt76, mt76_mod, SI_SUB_DRIVERS, SI_ORDER_FIRST);
MODULE_VERSION(mt76, 1);
MODULE_DEPEND(mt76, lkpi_page, 1, 1, 1);
MODULE_DEPEND(mt76, page_pool, 1, 1, 1);

/* The crate asserts the same. */
CTASSERT(sizeof(struct lkpirs_rate) == 12);
