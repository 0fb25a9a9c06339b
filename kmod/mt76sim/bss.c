/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver tells the firmware of stations, of its BSS and of the channel
 * to be on: commands, each a header and options (tag, length, value).  The chip hears and is heard on a channel that it was told of, and knows by
 * their numbers the stations that it was told of.
 */
#include "chip.h"

enum {
	ROC = 0x27,
	DEV_BASIC = 0, BSS_BASIC = 0, BSS_RLM = 2, STA_BASIC = 0, ROC_ACQUIRE = 0,
	ROC_ABORT = 1,
	ROC_GRANT_LEN = 20,
};

/* The next option of a command, or NULL. */
static const uint8_t *
option(const uint8_t **p, size_t *len, u_int *tag, size_t min)
{
	const uint8_t *o;
	size_t n;

	while (*len >= 4) {
		o = *p;
		*tag = le16dec(o);
		n = le16dec(o + 2);
		if (n < 4 || n > *len) {
			COUNT(COUNT_BAD_COMMANDS);
			return (NULL);
		}
		*p += n;
		*len -= n;
		if (n >= min)
			return (o);
	}
	return (NULL);
}

static void
station(struct chip *c, const uint8_t addr[6], uint16_t wlan, bool there)
{
	struct peer *p, *room = NULL;

	for (p = c->peers; p < c->peers + PEERS; p++) {
		if (p->used && memcmp(p->addr, addr, 6) == 0)
			break;
		if (!p->used && room == NULL)
			room = p;
	}
	if (p == c->peers + PEERS)
		p = room;
	if (p == NULL)
		return;
	memcpy(p->addr, addr, 6);
	p->wlan = wlan;
	p->used = there;
}

static void
roc(struct chip *c, const uint8_t *o)
{
	uint8_t *p;

	c->roc_channel = o[6];
	p = mcu_notice(c, 0, ROC, true, 4 + ROC_GRANT_LEN);
	le16enc(p + 4 + 2, ROC_GRANT_LEN);
	p[4 + 4] = o[4];			/* BSS */
	p[4 + 5] = o[5];			/* token */
	p[4 + 7] = o[6];
	p[4 + 9] = o[8];
	p[4 + 11] = o[10];
	p[4 + 13] = o[15];			/* kind of request */
	memcpy(p + 4 + 16, o + 16, 4);		/* milliseconds */
}

void
bss_command(struct chip *c, enum bss_what what, size_t header, const uint8_t *p,
    size_t len)
{
	const uint8_t *o, *h = p;
	u_int tag;

	if (len < header)
		return;
	p += header;
	len -= header;
	while ((o = option(&p, &len, &tag, 5)) != NULL) {
		if (what == BSS_DEVICE && tag == DEV_BASIC && o + 12 <= p)
			memcpy(c->own, o + 6, 6);
		else if (what == BSS_STATION && tag == STA_BASIC && o + 18 <= p)
			station(c, o + 12, h[1] | h[6] << 8, o[8] != 0);
		else if (what == BSS_BSS && tag == BSS_BASIC && o[4] == 0)
			c->bss_channel = 0;
		else if (what == BSS_BSS && tag == BSS_RLM)
			c->bss_channel = o[4];
		else if (what == BSS_ROC && tag == ROC_ACQUIRE && o + 20 <= p)
			roc(c, o);
		else if (what == BSS_ROC && tag == ROC_ABORT)
			c->roc_channel = 0;
	}
}

/* A station's number; for others one that the driver has for nobody. */
uint16_t
bss_wlan(struct chip *c, const uint8_t addr[6])
{
	struct peer *p;

	for (p = c->peers; p < c->peers + PEERS; p++)
		if (p->used && memcmp(p->addr, addr, 6) == 0)
			return (p->wlan);
	return (0x3ff);
}

bool
bss_tuned(struct chip *c, uint8_t channel)
{
	return (channel == c->bss_channel || channel == c->roc_channel ||
	    (c->radio && channel == c->radio_channel));
}

void
bss_reset(struct chip *c)
{
	memset(c->peers, 0, sizeof(c->peers));
	c->bss_channel = c->roc_channel = c->radio_channel = 0;
	c->radio = false;
}
