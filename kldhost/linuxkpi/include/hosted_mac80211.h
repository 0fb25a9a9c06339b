/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test does in the place of mac80211 and of the network above it. */
#ifndef _HOSTED_MAC80211_H_
#define _HOSTED_MAC80211_H_

#include <net/mac80211.h>

/* The frame is the stack's in both.  They may not sleep. */
struct hosted_stack {
	/* From the driver's NAPI or a work queue. */
	void	(*rx)(void *arg, struct ieee80211_sta *, struct sk_buff *);
	/* One that was sent, or that the driver gave up (sent: false). */
	void	(*tx_done)(void *arg, struct sk_buff *, bool sent);
};

/* Before ieee80211_register_hw(). */
void	hosted_stack_set(struct ieee80211_hw *, const struct hosted_stack *,
	    void *arg);

/* A device has one interface, and that one station; these sleep.
 * hosted_sta_add() takes it to AUTHORIZED, or says the driver's error in an
 * ERR_PTR; hosted_sta_remove() back, and frees the frames in its queues. */
struct ieee80211_vif *hosted_vif_add(struct ieee80211_hw *, enum nl80211_iftype);
void	hosted_vif_remove(struct ieee80211_hw *);
struct ieee80211_sta *hosted_sta_add(struct ieee80211_hw *, const u8 *addr);
void	hosted_sta_remove(struct ieee80211_hw *);
int	hosted_sta_move(struct ieee80211_hw *, enum ieee80211_sta_state was,
	    enum ieee80211_sta_state is);

/* A frame to be sent, and the driver's wake_tx_queue after one or several. */
void	hosted_txq_push(struct ieee80211_hw *, struct ieee80211_txq *,
	    struct sk_buff *);
void	hosted_txq_wake(struct ieee80211_hw *, struct ieee80211_txq *);

/* How many WARN_ON()s were true since the kld was loaded. */
u_int	hosted_warnings(void);

#endif /* _HOSTED_MAC80211_H_ */
