/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mt76_test.ko: a driver on Linux's mt76 core, as mt7921 is one, its chip
 * (kmod/mt76sim's) with frames in the air, and the network above it.
 *
 *   air.c     the chip's thread, the frames it receives and those it sends
 *   driver.c  the driver: set-up, interrupts, reset, end
 *   mac.c     its frames: RX and TX descriptors, tokens
 *   mcu.c     its commands and firmware
 *   stack.c   what takes received frames, and makes those to be sent
 *   cases.c   skbs by themselves, before it
 *   main.c    the job
 */
#ifndef _MT76_TEST_H_
#define _MT76_TEST_H_

#include <hosted_mac80211.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>

#include "mt76.h"
#include "dma.h"
#include <kmod/mt76sim/chip.h>
#include <kmod/mt76sim/regs7921.h>

/* What an RX descriptor has in front of a frame, and its packet types. */
#define	AIR_RXD	24
#define	RXD_LEN		GENMASK(15, 0)
#define	RXD_TYPE	GENMASK(31, 27)
#define	AIR_AMSDU	BIT(0)		/* of the third word: a part of one, */
#define	AIR_FIRST	BIT(1)
#define	AIR_LAST	BIT(2)
#define	PKT_NORMAL	2
#define	PKT_TXRX_NOTIFY	6
#define	PKT_EVENT	7

/* A frame's body begins with this; its last word is serial ^ FRAME_END. */
struct frame_body {
	uint32_t	serial;
	uint32_t	len;		/* of the body */
};
#define	FRAME_END	0xa5a5a5a5U
#define	FRAME_HEADER	26		/* 802.11, with QoS */
#define	FRAME_FULL	64		/* each so many: every byte tells */
static inline uint8_t
frame_byte(uint32_t serial, size_t i)
{
	return (serial * 31 + i * 7);
}

/* --- air.c: the chip --- */
struct air {
	struct chip	chip;
	struct mtx	lock;		/* of a step */
	int		stop;		/* 1 asked, 2 done */
	uint64_t	mask;		/* what it reaches */
	void		(*irq)(void *);
	void		*arg;

	/* Frames to the host: */
	uint64_t	rx_want;	/* so many in all */
	uint64_t	rx_sent, rx_lost; /* lost: numbers that were left out */
	uint64_t	rx_long;	/* of several buffers */
	uint64_t	rx_thrown;	/* by resets: sent, and never seen */
	uint32_t	serial;		/* the next group's first */
	uint8_t		group[8];	/* the order of its frames */
	u_int		ngroup, at;
	bool		amsdu;		/* the group is one A-MSDU */
	uint16_t	sn;		/* the group's first sequence number */
	volatile uint64_t *taken;	/* by the stack; */
	u_int		ahead;		/* at most so many are not taken yet */
	/* Frames from the host: */
	uint64_t	tx_seen, tx_sum, tx_bad;
	uint64_t	bad_rx;		/* descriptors out of reach, or not ours */
};
int	air_start(struct air *);	/* 0 or an errno */
void	air_stop(struct air *);

/* --- driver.c --- */
struct test_dev {
	union {		/* mt76's macros want both names */
		struct mt76_dev mt76;
		struct mt76_phy mphy;
	};
	struct device	*device;
	struct air	*air;
	struct taskqueue *irq_tq;
	struct task	irq_task;
	uint64_t	interrupts;
	struct ieee80211_sta *sta;
	uint64_t	seen;		/* frames in mac_rx_skb() */
	uint64_t	amsdu_parts;	/* among them */
	/* The data queue's pool: what it did, but for what resets did. */
	struct page_pool_stats stats;
};
int	driver_probe(struct device *, struct air *, const struct hosted_stack *,
	    void *arg, struct test_dev **);
int	driver_start(struct test_dev *);	/* interface and station */
void	driver_stop(struct test_dev *);
void	driver_reset(struct test_dev *);
void	driver_remove(struct test_dev *);
#define	BA_WINDOW	64

/* --- mac.c --- */
#define	TXD_SIZE	32
#define	TXWI_SIZE	64
int	mac_tx_prepare(struct mt76_dev *, void *txwi, enum mt76_txq_id,
	    struct mt76_wcid *, struct ieee80211_sta *, struct mt76_tx_info *);
void	mac_tx_complete(struct mt76_dev *, struct mt76_queue_entry *);
bool	mac_rx_check(struct mt76_dev *, void *, int);
void	mac_rx_skb(struct mt76_dev *, enum mt76_rxq_id, struct sk_buff *, u32 *);
void	mac_tokens_free(struct mt76_dev *);	/* of frames that never were sent */

/* --- mcu.c --- */
extern const struct mt76_mcu_ops mcu_ops;
int	mcu_boot(struct test_dev *);		/* firmware download */
int	mcu_echo(struct test_dev *, uint32_t word);

/* --- stack.c --- */
enum stack_mode {
	STACK_THREAD,	/* another thread frees them, a quarter at once */
	STACK_DIRECT,	/* all are freed at once */
	STACK_COPY,	/* and copied before, as LinuxKPI does for net80211 */
	STACK_MBUF,	/* made mbufs, which go as in STACK_THREAD */
};
struct stack {
	enum stack_mode	mode;
	struct mtx	lock;
	int		stop, running;	/* running: threads */
	struct sk_buff_head in;		/* for the thread: skbs, or */
	struct mbuf	*mbufs;		/* these, under the same lock */
	/* received */
	volatile uint64_t rx, taken;	/* seen; and given back */
	uint64_t	rx_bad, rx_disorder;
	uint64_t	uncopied, copied, no_mbuf; /* frames, bytes, frames */
	uint32_t	last;		/* its serial */
	bool		any;
	/* to be sent */
	struct test_dev	*dev;
	uint64_t	tx_want, tx_made, tx_sum;
	volatile uint64_t tx_done, tx_dropped;
};
extern const struct hosted_stack stack_ops;
int	stack_start(struct stack *);
void	stack_send(struct stack *, struct test_dev *, uint64_t frames);
void	stack_stop(struct stack *);

/* --- cases.c --- */
int	run_cases(void);			/* 0 or an errno */

#endif /* _MT76_TEST_H_ */
