/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network behind the access point: one IPv4 host, 10.118.UNIT.1, that
 * answers ARP and ping, echoes UDP at port 7, swallows it at port 9 and can send
 * it to the station's port 9.
 */
#include "chip.h"

enum {
	IPV4 = 0x0800, ARP = 0x0806,
	ARP_LEN = 28, ARP_REQUEST = 1, ARP_REPLY = 2,
	IP_HEADER = 20, ICMP = 1, UDP = 17, UDP_HEADER = 8,
	PING = 8, PONG = 0,
	ECHO_PORT = 7, DISCARD_PORT = 9,
};

static uint32_t
sum(const uint8_t *p, size_t len, uint32_t s)
{
	for (; len > 1; len -= 2, p += 2)
		s += be16dec(p);
	if (len > 0)
		s += *p << 8;
	return (s);
}

static uint16_t
checksum(uint32_t s)
{
	while (s > 0xffff)
		s = (s & 0xffff) + (s >> 16);
	return (~s);
}

static void
arp(struct chip *c, const uint8_t *p, size_t len)
{
	uint8_t *a;

	/* Ethernet and IPv4, a request, for us. */
	if (len < ARP_LEN || memcmp(p, "\0\1\x08\0\6\4\0\1", 8) != 0 ||
	    be32dec(p + 24) != AP_IP(c))
		return;
	a = ap_data(c, ARP, ARP_LEN);
	if (a == NULL)
		return;
	COUNT(COUNT_ARPS);
	c->ap.sta_ip = be32dec(p + 14);
	memcpy(a, p, 6);
	be16enc(a + 6, ARP_REPLY);
	memcpy(a + 8, c->ap.bssid, 6);
	be32enc(a + 14, AP_IP(c));
	memcpy(a + 18, p + 8, 10);
}

/* A copy of an IP packet with the addresses swapped, which keeps the sums. */
static uint8_t *
turned(struct chip *c, const uint8_t *p, size_t len)
{
	uint8_t *a = ap_data(c, IPV4, len);

	if (a == NULL)
		return (NULL);
	memcpy(a, p, len);
	memcpy(a + 12, p + 16, 4);
	memcpy(a + 16, p + 12, 4);
	return (a);
}

static void
icmp(struct chip *c, const uint8_t *p, size_t len)
{
	uint8_t *a;

	if (len < IP_HEADER + 8 || p[IP_HEADER] != PING ||
	    checksum(sum(p + IP_HEADER, len - IP_HEADER, 0)) != 0) {
		COUNT(COUNT_OTHERS);
		return;
	}
	a = turned(c, p, len);
	if (a == NULL)
		return;
	COUNT(COUNT_PINGS);
	a += IP_HEADER;
	a[0] = PONG;
	be16enc(a + 2, 0);
	be16enc(a + 2, checksum(sum(a, len - IP_HEADER, 0)));
}

static void
udp(struct chip *c, const uint8_t *p, size_t len)
{
	uint8_t *a;

	if (len >= IP_HEADER + UDP_HEADER &&
	    be16dec(p + IP_HEADER + 2) == DISCARD_PORT) {
		COUNT(COUNT_DISCARDS);
		return;
	}
	if (len < IP_HEADER + UDP_HEADER ||
	    be16dec(p + IP_HEADER + 2) != ECHO_PORT) {
		COUNT(COUNT_OTHERS);
		return;
	}
	a = turned(c, p, len);
	if (a == NULL)
		return;
	COUNT(COUNT_ECHOES);
	memcpy(a + IP_HEADER, p + IP_HEADER + 2, 2);
	memcpy(a + IP_HEADER + 2, p + IP_HEADER, 2);
}

void
net_frame(struct chip *c, uint16_t ethertype, const uint8_t *p, size_t len)
{
	size_t n;

	if (ethertype == ARP) {
		arp(c, p, len);
		return;
	}
	/* Without options, whole, for us. */
	if (ethertype != IPV4 || len < IP_HEADER || p[0] != 0x45 ||
	    (be16dec(p + 6) & 0x3fff) != 0 || be32dec(p + 16) != AP_IP(c) ||
	    (n = be16dec(p + 2)) > len || n < IP_HEADER ||
	    checksum(sum(p, IP_HEADER, 0)) != 0) {
		COUNT(COUNT_OTHERS);
		return;
	}
	c->ap.sta_ip = be32dec(p + 12);
	if (p[9] == ICMP)
		icmp(c, p, n);
	else if (p[9] == UDP)
		udp(c, p, n);
	else
		COUNT(COUNT_OTHERS);
}

/* The data is the frame's number. */
bool
net_flood(struct chip *c)
{
	size_t data = MAX(8, MIN(chip_knobs.flood_size, 1472));
	size_t len = IP_HEADER + UDP_HEADER + data;
	uint8_t *p;
	size_t i;

	if (c->ap.sta_ip == 0)
		return (false);
	p = ap_data(c, IPV4, len);
	if (p == NULL)
		return (false);
	memset(p, 0, IP_HEADER + UDP_HEADER);
	p[0] = 0x45;
	be16enc(p + 2, len);
	be16enc(p + 4, c->ap.flooded);
	p[8] = 64;
	p[9] = UDP;
	be32enc(p + 12, AP_IP(c));
	be32enc(p + 16, c->ap.sta_ip);
	be16enc(p + 10, checksum(sum(p, IP_HEADER, 0)));
	p += IP_HEADER;
	be16enc(p, DISCARD_PORT);
	be16enc(p + 2, DISCARD_PORT);
	be16enc(p + 4, UDP_HEADER + data);
	p += UDP_HEADER;
	be32enc(p, c->ap.flooded);
	for (i = 4; i < data; i++)
		p[i] = c->ap.flooded + i;
	be32enc(p, c->ap.flooded++);
	return (true);
}
