/* SPDX-License-Identifier: BSD-2-Clause */
/* What ifconfig(8) does for wlan(4), and devctl(8) for devices. */
#include "init.h"

enum { IFNAMSIZ = 16, AF_INET = 2, SOCK_DGRAM = 2, O_RDWR = 2 };
enum { OPMODE_STA = 1, IFF_UP = 1, IOC_SSID = 1, IOC_SCAN_REQ = 103,
    SCAN_NOPICK = 1, SCAN_ACTIVE = 2, SCAN_ONCE = 0x10, MEDIA_ACTIVE = 2 };

/* ioctl(2) numbers carry the direction and the size. */
#define IOC(dir, group, n, type) \
	((dir) | (unsigned long)sizeof(type) << 16 | (group) << 8 | (n))
#define IN	0x80000000ul
#define OUT	0x40000000ul

struct ifreq {
	char name[IFNAMSIZ];
	union {
		void *data;
		struct {
			short low, high;
		} flags;
		char room[16];
	} u;
};
struct clone_params {
	char parent[IFNAMSIZ];
	uint16_t opmode, flags;
	uint8_t bssid[6], macaddr[6];
};
struct wlan_request {
	char name[IFNAMSIZ];
	uint16_t type;
	short value;
	uint16_t len;
	void *data;
};
struct scan_request {
	int flags;
	uint32_t duration, min_dwell, max_dwell;
	int nssid;
	struct {
		int len;
		uint8_t ssid[32];
	} ssid[3];
};
struct media_request {
	char name[IFNAMSIZ];
	int current, mask, status, active, count;
	int *list;
};
struct device_request {
	char name[128];
	int flags;
	union {
		struct {
			void *buffer;
			size_t length;
		} buffer;
		void *data;
	} u;
};

#define SIOCSIFFLAGS	IOC(IN, 'i', 16, struct ifreq)
#define SIOCGIFFLAGS	IOC(IN | OUT, 'i', 17, struct ifreq)
#define SIOCGIFMEDIA	IOC(IN | OUT, 'i', 56, struct media_request)
#define SIOCIFDESTROY	IOC(IN, 'i', 121, struct ifreq)
#define SIOCIFCREATE2	IOC(IN | OUT, 'i', 124, struct ifreq)
#define SIOCS80211	IOC(IN, 'i', 234, struct wlan_request)
#define DEV_ATTACH	IOC(IN, 'D', 1, struct device_request)
#define DEV_DETACH	IOC(IN, 'D', 2, struct device_request)

static int
copy_name(char *to, size_t size, const char *from)
{
	size_t n = length(from);

	if (n == 0 || n >= size)
		return (0);
	memcpy(to, from, n + 1);
	return (1);
}

static long
socket_ioctl(unsigned long what, void *arg)
{
	long fd = syscall3(SYS_socket, AF_INET, SOCK_DGRAM, 0), r;

	if (fd < 0)
		return (fd);
	r = syscall3(SYS_ioctl, fd, what, arg);
	syscall3(SYS_close, fd, 0, 0);
	return (r);
}

static long
wlan_create(struct ifreq *ifr, const char *parent)
{
	struct clone_params cp;
	long r;

	memset(&cp, 0, sizeof(cp));
	if (!copy_name(cp.parent, sizeof(cp.parent), parent))
		return (BAD);
	cp.opmode = OPMODE_STA;
	ifr->u.data = &cp;
	r = socket_ioctl(SIOCIFCREATE2, ifr);
	if (r >= 0)
		show(ifr->name);
	return (r);
}

static long
wlan_flags(struct ifreq *ifr, int up)
{
	long r = socket_ioctl(SIOCGIFFLAGS, ifr);

	if (r < 0)
		return (r);
	ifr->u.flags.low = (short)(up ? ifr->u.flags.low | IFF_UP :
	    ifr->u.flags.low & ~IFF_UP);
	return (socket_ioctl(SIOCSIFFLAGS, ifr));
}

static long
wlan_scan(const char *name)
{
	struct wlan_request req;
	struct scan_request scan;

	memset(&req, 0, sizeof(req));
	memset(&scan, 0, sizeof(scan));
	scan.flags = SCAN_NOPICK | SCAN_ACTIVE | SCAN_ONCE;
	scan.duration = 0x7fffffff;
	copy_name(req.name, sizeof(req.name), name);
	req.type = IOC_SCAN_REQ;
	req.len = sizeof(scan);
	req.data = &scan;
	return (socket_ioctl(SIOCS80211, &req));
}

/* An empty name joins any. */
static long
wlan_join(const char *name, char *ssid)
{
	struct wlan_request req;

	memset(&req, 0, sizeof(req));
	copy_name(req.name, sizeof(req.name), name);
	req.type = IOC_SSID;
	req.len = (uint16_t)length(ssid);
	req.data = ssid;
	return (socket_ioctl(SIOCS80211, &req));
}

/* DIFFERS: it is not as asked. */
static long
wlan_joined(const char *name, int joined)
{
	struct media_request req;
	long r;

	memset(&req, 0, sizeof(req));
	copy_name(req.name, sizeof(req.name), name);
	r = socket_ioctl(SIOCGIFMEDIA, &req);
	if (r < 0)
		return (r);
	return (((req.status & MEDIA_ACTIVE) != 0) == joined ? 0 : DIFFERS);
}

/*
 * create NAME PARENT; join NAME SSID; up, scan, joined, lost, down,
 * destroy NAME
 */
long
wlan(char *line)
{
	char *verb = word(&line), *name = word(&line);
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (!copy_name(ifr.name, sizeof(ifr.name), name))
		return (BAD);
	if (same(verb, "create"))
		return (wlan_create(&ifr, word(&line)));
	if (same(verb, "join"))
		return (wlan_join(name, word(&line)));
	if (same(verb, "joined"))
		return (wlan_joined(name, 1));
	if (same(verb, "lost"))
		return (wlan_joined(name, 0));
	if (same(verb, "up"))
		return (wlan_flags(&ifr, 1));
	if (same(verb, "down"))
		return (wlan_flags(&ifr, 0));
	if (same(verb, "scan"))
		return (wlan_scan(name));
	if (same(verb, "destroy"))
		return (socket_ioctl(SIOCIFDESTROY, &ifr));
	return (BAD);
}

/* attach or detach NAME: newbus's name or address of a device */
long
device(char *line)
{
	char *verb = word(&line), *name = word(&line);
	struct device_request req;
	long fd, r;

	memset(&req, 0, sizeof(req));
	if (!copy_name(req.name, sizeof(req.name), name) ||
	    (!same(verb, "attach") && !same(verb, "detach")))
		return (BAD);
	fd = syscall3(SYS_open, "/dev/devctl2", O_RDWR, 0);
	if (fd < 0)
		return (fd);
	r = syscall3(SYS_ioctl, fd, same(verb, "attach") ? DEV_ATTACH :
	    DEV_DETACH, &req);
	syscall3(SYS_close, fd, 0, 0);
	return (r);
}
