/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An access point that only this chip hears: open, of one station.  It answers
 * scans with a beacon and a probe response, probe requests, authentication,
 * association, and hands data frames to the network behind it (net.c).  A chip
 * that tells its host all it hears gets its beacons as they come.
 */
#include "chip.h"

enum {
	/* First byte of frame control, and the bits of the second. */
	ASSOC_REQ = 0x00, ASSOC_RESP = 0x10, REASSOC_REQ = 0x20,
	REASSOC_RESP = 0x30, PROBE_REQ = 0x40, PROBE_RESP = 0x50, BEACON = 0x80,
	DISASSOC = 0xa0, AUTH = 0xb0, DEAUTH = 0xc0,
	TYPE = 0x0c, MANAGEMENT = 0x00, DATA = 0x08, NO_DATA = 0x40, QOS = 0x80,
	TO_DS = 0x01, FROM_DS = 0x02,
	HEADER = 24, LLC = 8,
	CAP_ESS = 0x1, CAP_SHORT_SLOT = 0x400,
	AID = 1, INTERVAL = 100, INTERVAL_US = INTERVAL * 1024, AIR_US = 2000,
};

static const char ssid[] = "mt76sim";
static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t llc[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };

void
ap_init(struct chip *c)
{
	memcpy(c->ap.bssid, c->mac, 6);
	c->ap.bssid[3] ^= 0x80;
}

static uint8_t *
begin(struct chip *c, uint8_t type, uint8_t flags, const uint8_t to[6],
    const uint8_t from[6], size_t body, uint64_t delay)
{
	uint8_t *p = frame_new(c, HEADER + body, delay);

	if (p == NULL)
		return (NULL);
	p[0] = type;
	p[1] = flags;
	memcpy(p + 4, to, 6);
	memcpy(p + 10, c->ap.bssid, 6);
	memcpy(p + 16, from, 6);
	le16enc(p + 22, c->ap.seq++ << 4);
	return (p + HEADER);
}

static uint8_t *
rates(uint8_t *p)
{
	/* 1, 2, 5.5, 11, 6, 12, 24, 36 Mbit/s; the first four are basic. */
	static const uint8_t b[] = { 1, 8, 0x82, 0x84, 0x8b, 0x96, 12, 24, 48,
	    72 };
	/* 6, 9, 12, 18, 24, 36, 48, 54 */
	static const uint8_t a[] = { 1, 8, 0x8c, 18, 0x98, 36, 0xb0, 72, 96,
	    108 };

	memcpy(p, chip_knobs.channel > 14 ? a : b, sizeof(a));
	return (p + sizeof(a));
}
#define	RATES	10

/* Beacons and probe responses differ in their type and the traffic map. */
static void
beacon(struct chip *c, uint8_t type, const uint8_t to[6], uint64_t delay)
{
	const size_t len = 12 + 2 + sizeof(ssid) - 1 + RATES + 3 +
	    (type == BEACON ? 6 : 0);
	uint8_t *p = begin(c, type, 0, to, c->ap.bssid, len, delay);

	if (p == NULL)
		return;
	COUNT(COUNT_BEACONS);
	le64enc(p, c->now);
	le16enc(p + 8, INTERVAL);
	le16enc(p + 10, CAP_ESS | CAP_SHORT_SLOT);
	p[12] = 0;
	p[13] = sizeof(ssid) - 1;
	memcpy(p + 14, ssid, sizeof(ssid) - 1);
	p = rates(p + 14 + sizeof(ssid) - 1);
	*p++ = 3;
	*p++ = 1;
	*p++ = chip_knobs.channel;
	if (type == BEACON)
		memcpy(p, "\x05\x04\x00\x01\x00\x00", 6);
}

void
ap_scan(struct chip *c, bool active)
{
	if (!chip_knobs.ap)
		return;
	beacon(c, BEACON, everyone, AIR_US);
	if (active)
		beacon(c, PROBE_RESP, c->own, AIR_US);
}

/* Asked for any network or for this one, which is the request's first element. */
static void
probe(struct chip *c, const uint8_t *frame, size_t len)
{
	const uint8_t *p = frame + HEADER;

	if (len < HEADER + 2 || p[0] != 0 || len < HEADER + 2 + p[1] ||
	    (p[1] != 0 && (p[1] != sizeof(ssid) - 1 ||
	    memcmp(p + 2, ssid, sizeof(ssid) - 1) != 0)))
		return;
	beacon(c, PROBE_RESP, frame + 10, AIR_US);
}

static void
authenticate(struct chip *c, const uint8_t *frame, size_t len)
{
	uint8_t *p;

	if (len < HEADER + 6)
		return;
	p = begin(c, AUTH, 0, frame + 10, c->ap.bssid, 6, AIR_US);
	if (p == NULL)
		return;
	memcpy(p, frame + HEADER, 2);
	le16enc(p + 2, 2);
	/* Open, the first message of it; else not supported. */
	if (le16dec(frame + HEADER) == 0 && le16dec(frame + HEADER + 2) == 1) {
		COUNT(COUNT_AUTHS);
		le16enc(p + 4, 0);
		memcpy(c->ap.sta, frame + 10, 6);
		c->ap.authenticated = true;
		c->ap.associated = false;
	} else
		le16enc(p + 4, 13);
}

static void
associate(struct chip *c, const uint8_t *frame)
{
	uint8_t *p;

	p = begin(c, frame[0] == REASSOC_REQ ? REASSOC_RESP : ASSOC_RESP, 0,
	    frame + 10, c->ap.bssid, 6 + RATES, AIR_US);
	if (p == NULL)
		return;
	COUNT(COUNT_ASSOCS);
	le16enc(p, CAP_ESS | CAP_SHORT_SLOT);
	le16enc(p + 2, 0);
	le16enc(p + 4, 0xc000 | AID);
	rates(p + 6);
	c->ap.associated = true;
	c->ap.sta_ip = 0;
}

static void
data(struct chip *c, const uint8_t *frame, size_t len)
{
	size_t header = (frame[0] & QOS) != 0 ? HEADER + 2 : HEADER;

	if ((frame[0] & NO_DATA) != 0)
		return;
	if (len < header + LLC || (frame[1] & (TO_DS | FROM_DS)) != TO_DS ||
	    memcmp(frame + header, llc, sizeof(llc)) != 0) {
		COUNT(COUNT_OTHERS);
		return;
	}
	net_frame(c, be16dec(frame + header + 6), frame + header + LLC,
	    len - header - LLC);
}

uint8_t *
ap_data(struct chip *c, uint16_t ethertype, size_t len)
{
	uint8_t *p;

	if (!c->ap.associated)
		return (NULL);
	p = begin(c, DATA, FROM_DS, c->ap.sta, c->ap.bssid, LLC + len, 0);
	if (p == NULL)
		return (NULL);
	memcpy(p, llc, sizeof(llc));
	be16enc(p + 6, ethertype);
	return (p + LLC);
}

/* A frame of the chip's driver, to whomever. */
void
ap_heard(struct chip *c, const uint8_t *frame, size_t len)
{
	bool heard = chip_knobs.ap && bss_tuned(c, chip_knobs.channel);
	bool mine = len >= HEADER && memcmp(frame + 4, c->ap.bssid, 6) == 0;
	bool known = c->ap.authenticated && len >= HEADER &&
	    memcmp(frame + 10, c->ap.sta, 6) == 0;

	/* Those are meant to find out who hears them. */
	if (len >= HEADER && frame[0] == PROBE_REQ) {
		COUNT(COUNT_PROBES);
		if (heard)
			probe(c, frame, len);
		return;
	}
	if (!mine || !heard) {
		COUNT(COUNT_UNHEARD);
		return;
	}
	if (frame[0] == AUTH)
		authenticate(c, frame, len);
	else if ((frame[0] == ASSOC_REQ || frame[0] == REASSOC_REQ) && known)
		associate(c, frame);
	else if (frame[0] == DEAUTH || frame[0] == DISASSOC) {
		COUNT(COUNT_DEAUTHS);
		c->ap.authenticated = c->ap.associated = false;
	} else if ((frame[0] & TYPE) == DATA && known && c->ap.associated)
		data(c, frame, len);
	else
		COUNT(COUNT_OTHERS);
}

/* A beacon, and frames of the flood up to half of the queue, if the chip
 * listens. */
void
ap_step(struct chip *c)
{
	if (!chip_knobs.ap || !bss_tuned(c, chip_knobs.channel))
		return;
	if (c->radio && c->now >= c->ap.beacon) {
		c->ap.beacon = rounddown(c->now, INTERVAL_US) + INTERVAL_US;
		beacon(c, BEACON, everyone, 0);
	}
	while (chip_knobs.flood > 0 && frame_room(c) > FRAMES / 2 &&
	    net_flood(c)) {
		atomic_subtract_int(&chip_knobs.flood, 1);
		COUNT(COUNT_FLOODED);
	}
}
