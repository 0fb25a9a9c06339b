/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and traffic: what ifconfig(8), ping(8) and ttcp would do. */
#include "init.h"

enum {
	AF_INET = 2, SOCK_DGRAM = 2, SOCK_RAW = 3, ICMP = 1,
	SOL_SOCKET = 0xffff, SO_SNDBUF = 0x1001, SO_RCVBUF = 0x1002,
	SO_RCVTIMEO = 0x1006, MSG_DONTWAIT = 0x80,
	EAGAIN = 35, ENOBUFS = 55,
	ECHO_PORT = 7, DISCARD_PORT = 9,
	ID = 0x7621, PING_DATA = 1400, SIZE_MAX = 1472
};
#define SIOCAIFADDR	0x8044692bul	/* _IOW('i', 43, 68 bytes) */

struct address {
	uint8_t len, family, port[2], ip[4], zero[8];
};
struct alias {
	char name[16];
	struct address address, broadcast, mask;
	int vhid;
};

static uint8_t packet[2048];

static int
parse(const char *s, struct address *a)
{
	int i, n;

	memset(a, 0, sizeof(*a));
	a->len = sizeof(*a);
	a->family = AF_INET;
	for (i = 0; i < 4; i++) {
		for (n = -1; *s >= '0' && *s <= '9' && n < 256; s++)
			n = (n < 0 ? 0 : n * 10) + *s - '0';
		if (n < 0 || n > 255 || *s != (i < 3 ? '.' : '\0'))
			return (0);
		a->ip[i] = (uint8_t)n;
		s += i < 3;
	}
	return (1);
}

/* A socket with room for bursts; what is received is waited for this long. */
static long
open_socket(int type, int protocol, long ms)
{
	long fd = syscall3(SYS_socket, AF_INET, type, protocol);
	long tv[2] = { ms / 1000, ms % 1000 * 1000 };
	int room = 1024 * 1024;

	if (fd < 0)
		return (fd);
	syscall6(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, (long)tv,
	    sizeof(tv), 0);
	syscall6(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVBUF, (long)&room,
	    sizeof(room), 0);
	room = 128 * 1024;
	syscall6(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, (long)&room,
	    sizeof(room), 0);
	return (fd);
}

/* When the interface's queue is full, later. */
static long
send(long fd, size_t len, const struct address *to)
{
	long pause[2] = { 0, 1000000 }, r;
	int tries;

	for (tries = 0; tries < 5000; tries++) {
		r = syscall6(SYS_sendto, fd, (long)packet, (long)len, 0,
		    (long)to, sizeof(*to));
		if (r != -ENOBUFS)
			return (r < 0 ? r : 0);
		syscall3(SYS_nanosleep, pause, 0, 0);
	}
	return (-ENOBUFS);
}

static long
receive(long fd, int flags)
{
	return (syscall6(SYS_recvfrom, fd, (long)packet, sizeof(packet), flags,
	    0, 0));
}

static void
show_number(int64_t n)
{
	char buf[24];

	show(format(buf, (uint64_t)n, 0));
}

/* What came of how many, and if it took long enough for that, a measure: how
 * many in a second. */
static void
tell(const char *name, int64_t got, int64_t of, int64_t ns)
{
	uint32_t ms = (uint32_t)divide(divide((uint64_t)ns, 1000, 0), 1000, 0);

	show_number(got);
	show(" of ");
	show_number(of);
	if (ms < 1000)
		return;
	/* divide() takes 16 bits. */
	while (ms > 0xffff) {
		ms /= 2;
		got /= 2;
	}
	put("# measure mt76_");
	put(name);
	put(" ");
	put_number((int64_t)divide((uint64_t)got * 1000, ms, 0));
	put(" frames/s\n");
}

static long
set_address(const char *name, const char *ip)
{
	struct alias a;
	long fd, r;

	memset(&a, 0, sizeof(a));
	if (length(name) == 0 || length(name) >= sizeof(a.name) ||
	    !parse(ip, &a.address) || !parse("255.255.255.0", &a.mask))
		return (BAD);
	memcpy(a.name, name, length(name));
	fd = open_socket(SOCK_DGRAM, 0, 0);
	if (fd < 0)
		return (fd);
	r = syscall3(SYS_ioctl, fd, SIOCAIFADDR, &a);
	syscall3(SYS_close, fd, 0, 0);
	return (r);
}

static void
checksum(uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	p[2] = (uint8_t)(~sum >> 8);
	p[3] = (uint8_t)~sum;
}

static long
ping_once(long fd, const struct address *to, int seq)
{
	long r;
	int i;

	memset(packet, 0, 8);
	packet[0] = 8;
	packet[4] = ID >> 8;
	packet[5] = ID & 0xff;
	packet[6] = (uint8_t)(seq >> 8);
	packet[7] = (uint8_t)seq;
	for (i = 8; i < 8 + PING_DATA; i++)
		packet[i] = (uint8_t)(seq + i);
	checksum(packet, 8 + PING_DATA);
	r = send(fd, 8 + PING_DATA, to);
	if (r < 0)
		return (r);
	do {
		r = receive(fd, 0);
		if (r < 0)
			return (r);
	} while (r < 28 || packet[20] != 0 || packet[24] != ID >> 8 ||
	    packet[25] != (ID & 0xff) || packet[26] != (uint8_t)(seq >> 8) ||
	    packet[27] != (uint8_t)seq);
	for (i = 8; i < 8 + PING_DATA; i++)
		if (r != 28 + PING_DATA || packet[20 + i] != (uint8_t)(seq + i))
			return (DIFFERS);
	return (0);
}

/* All must be answered, with what was sent. */
static long
ping(const struct address *to, int64_t n)
{
	long fd = open_socket(SOCK_RAW, ICMP, 10000), r = 0;
	int64_t i, start = now();

	if (fd < 0)
		return (fd);
	for (i = 0; i < n && r == 0; i++)
		r = ping_once(fd, to, (int)i);
	syscall3(SYS_close, fd, 0, 0);
	if (r == 0)
		tell("ping", n, n, now() - start);
	return (r);
}

/* UDP there and back, `window' of them on the way; ten silent seconds end it.
 * All must come back. */
static long
echo(struct address *to, int64_t n, int64_t size, int64_t window)
{
	long fd = open_socket(SOCK_DGRAM, 0, 10000), r = 0;
	int64_t sent = 0, got = 0, start = now();

	if (fd < 0)
		return (fd);
	to->port[1] = ECHO_PORT;
	while (got < n && r >= 0) {
		if (sent < n && sent - got < window) {
			memset(packet, (int)sent, (size_t)size);
			r = send(fd, (size_t)size, to);
			sent += r == 0;
			if (r == 0 && receive(fd, MSG_DONTWAIT) == size)
				got++;
			continue;
		}
		r = receive(fd, 0);
		got += r == size;
	}
	syscall3(SYS_close, fd, 0, 0);
	tell("echo", got, sent, now() - start);
	return (got == n ? 0 : r == -EAGAIN ? DIFFERS : r);
}

/* UDP that nobody answers. */
static long
discard(struct address *to, int64_t n, int64_t size)
{
	long fd = open_socket(SOCK_DGRAM, 0, 0), r = 0;
	int64_t sent, start = now();

	if (fd < 0)
		return (fd);
	to->port[1] = DISCARD_PORT;
	for (sent = 0; sent < n && r == 0; sent++) {
		memset(packet, (int)sent, (size_t)size);
		r = send(fd, (size_t)size, to);
	}
	syscall3(SYS_close, fd, 0, 0);
	tell("discard", sent - (r < 0), n, now() - start);
	return (r);
}

static int64_t
udp_counter(int i)
{
	static uint64_t stats[32];
	size_t len = sizeof(stats);

	return (sysctl_raw("net.inet.udp.stats", stats, &len) < 0 ? -1 :
	    (int64_t)stats[i]);
}

/* The access point's flood: UDP must see all of them, this socket what it can
 * read in time.  A silent second ends it. */
static long
flood(const char *count, int64_t n)
{
	struct address any;
	long fd = open_socket(SOCK_DGRAM, 0, 1000), r;
	int64_t before = udp_counter(0), read = 0, start, seen, last;

	if (fd < 0)
		return (fd);
	parse("0.0.0.0", &any);
	any.port[1] = DISCARD_PORT;
	r = syscall3(SYS_bind, fd, &any, sizeof(any));
	start = last = now();
	if (r == 0)
		r = sysctl_set("compat.mt76sim.flood", count);
	while (r >= 0 && (r = receive(fd, 0)) >= 0) {
		read++;
		last = now();
	}
	syscall3(SYS_close, fd, 0, 0);
	seen = udp_counter(0) - before;
	tell("flood", seen, n, last - start);
	show(", read ");
	show_number(read);
	return (r != -EAGAIN ? r : seen == n ? 0 : DIFFERS);
}

static long held = -1;

/* The same flood, which stays in a socket until free_held(). */
static long
hold(const char *count, int64_t n)
{
	long pause[2] = { 0, 10000000 }, r;
	int64_t before = udp_counter(0);
	struct address any;
	int tries;

	if (held >= 0 || (held = open_socket(SOCK_DGRAM, 0, 0)) < 0)
		return (held < 0 ? held : BAD);
	parse("0.0.0.0", &any);
	any.port[1] = DISCARD_PORT;
	r = syscall3(SYS_bind, held, &any, sizeof(any));
	if (r == 0)
		r = sysctl_set("compat.mt76sim.flood", count);
	for (tries = 0; r >= 0 && tries < 1000 && udp_counter(0) - before < n;
	    tries++)
		syscall3(SYS_nanosleep, pause, 0, 0);
	show_number(udp_counter(0) - before);
	return (r < 0 ? r : udp_counter(0) - before == n ? 0 : DIFFERS);
}

static long
free_held(void)
{
	long r = held < 0 ? BAD : syscall3(SYS_close, held, 0, 0);

	held = -1;
	return (r);
}

/* address NAME IP; ping IP N; echo IP N SIZE WINDOW; discard IP N SIZE;
 * flood N; hold N; free */
long
ip(char *line)
{
	char *verb = word(&line), *what = word(&line), *count = word(&line);
	int64_t n = 0, size = 1, window = 1;
	struct address to;
	char *s;

	if (same(verb, "address"))
		return (set_address(what, count));
	if (same(verb, "flood"))
		return (number(what, &n) && n > 0 ? flood(what, n) : BAD);
	if (same(verb, "hold"))
		return (number(what, &n) && n > 0 ? hold(what, n) : BAD);
	if (same(verb, "free"))
		return (free_held());
	s = word(&line);
	if (!parse(what, &to) || !number(count, &n) || n < 1 ||
	    (*s != '\0' && !number(s, &size)) || size < 1 || size > SIZE_MAX ||
	    (*line != '\0' && !number(word(&line), &window)) || window < 1)
		return (BAD);
	if (same(verb, "ping"))
		return (ping(&to, n));
	if (same(verb, "echo"))
		return (echo(&to, n, size, window));
	if (same(verb, "discard"))
		return (discard(&to, n, size));
	return (BAD);
}
