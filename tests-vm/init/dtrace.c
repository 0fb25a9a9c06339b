/* SPDX-License-Identifier: BSD-2-Clause */
/* What dtrace -lv would tell of a probe, asked of /dev/dtrace/dtrace. */
#include "init.h"

#define	O_RDWR		2
/* _IOWR('x', 5, dtrace_probedesc_t), _IOWR('x', 9, dtrace_argdesc_t) */
#define	PROBEMATCH	0xc1847805ul
#define	PROBEARG	0xc10c7809ul
#define	ARG_NONE	(-1)

static struct {
	uint32_t id;
	char	provider[64], module[64], function[192], name[64];
} probe;
static struct {
	uint32_t id;
	int	number, mapping;
	char	native[128], translated[128];
} argument;

static void
copy(char *to, const char *from)
{
	memcpy(to, from, length(from) + 1);
}

/* PROVIDER NAME TYPE,TYPE...: the probe is there, with these arguments. */
long
dtrace_probe(char *line)
{
	char *provider = word(&line), *name = word(&line), *type;
	long fd = syscall3(SYS_open, "/dev/dtrace/dtrace", O_RDWR, 0), r;
	int n;

	if (fd < 0)
		return (fd);
	memset(&probe, 0, sizeof(probe));
	if (length(provider) >= sizeof(probe.provider) ||
	    length(name) >= sizeof(probe.name))
		return (BAD);
	copy(probe.provider, provider);
	copy(probe.name, name);
	r = syscall3(SYS_ioctl, fd, PROBEMATCH, &probe);
	for (n = 0; r >= 0; n++) {
		memset(&argument, 0, sizeof(argument));
		argument.id = probe.id;
		argument.number = n;
		r = syscall3(SYS_ioctl, fd, PROBEARG, &argument);
		if (r < 0 || argument.number == ARG_NONE)
			break;
		show(n > 0 ? "," : "");
		show(argument.native);
		for (type = cut(&line, ','); *type == ' '; type++)
			;
		if (!same(type, argument.native))
			r = DIFFERS;
	}
	syscall3(SYS_close, fd, 0, 0);
	return (r < 0 ? r : *line != '\0' ? DIFFERS : 0);
}
