/* SPDX-License-Identifier: BSD-2-Clause */
/* mt76.ko: what LinuxKPI lacks for the mt76 drivers, without its structures.
 * Any context. */
#ifndef _LKPIRS_MT76_H_
#define _LKPIRS_MT76_H_

#include <sys/types.h>

/* Sequence numbers, modulo 4096. */
bool	lkpirs_ieee80211_sn_less(uint16_t, uint16_t);
uint16_t lkpirs_ieee80211_sn_add(uint16_t, uint16_t);

/* Fields of a header, as they are sent. */
bool	lkpirs_ieee80211_is_frag(uint16_t frame_control, uint16_t seq_ctrl);
bool	lkpirs_ieee80211_is_first_frag(uint16_t seq_ctrl);
bool	lkpirs_ieee80211_has_pm(uint16_t frame_control);

/* Frames. */
bool	lkpirs_ieee80211_is_robust_mgmt(const uint8_t *, size_t);
bool	lkpirs_ieee80211_is_bufferable(const uint8_t *, size_t);
bool	lkpirs_ieee80211_is_ftm_frame(const uint8_t *, size_t);
bool	lkpirs_ieee80211_is_timing_frame(const uint8_t *, size_t);

/* Elements: the first that fits, or NULL. */
const uint8_t *lkpirs_cfg80211_find_elem(uint8_t id, const uint8_t *, size_t,
	    const uint8_t *pattern, size_t, size_t offset);
const uint8_t *lkpirs_cfg80211_find_ext_ie(uint8_t ext, const uint8_t *, size_t);
const uint8_t *lkpirs_cfg80211_find_vendor_ie(unsigned int oui, int type,
	    const uint8_t *, size_t);

/* Channel definitions, in MHz; width is enum nl80211_chan_width.  The nth
 * channel of 20 MHz of one, 0 after the last. */
bool	lkpirs_chandef_valid(uint32_t control, uint32_t center1, uint32_t center2,
	    uint32_t width);
uint32_t lkpirs_chandef_channel(uint32_t center1, uint32_t center2,
	    uint32_t width, uint32_t n);

struct lkpirs_rate {
	uint16_t	legacy;		/* 100 kbit/s */
	uint8_t		encoding;	/* enum mac80211_rx_encoding */
	uint8_t		bw;		/* enum rate_info_bw */
	uint8_t		mcs;
	uint8_t		nss;
	uint8_t		gi;
	uint8_t		ru;
	uint8_t		dcm;
	uint8_t		short_preamble;
	uint8_t		greenfield;
	uint8_t		two_ghz;
};
/* In 100 kbit/s; in microseconds.  0 for what there is not. */
uint32_t lkpirs_bitrate(const struct lkpirs_rate *);
uint32_t lkpirs_airtime(const struct lkpirs_rate *, uint32_t len);

/* A call of a function that is not there: logged once; what it returns. */
int	lkpirs_absent(const char *name);
uint64_t lkpirs_absent_calls(const char *name);

#endif /* _LKPIRS_MT76_H_ */
