/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chip: an MT7921 as its driver sees it, in plain functions.  It knows the
 * kernel only by struct chip_host.
 *
 * BAR 0 is ordinary memory: an access traps nowhere, so whoever calls
 * chip_step() again and again is the chip's clock.  What a step finds changed
 * was written by the driver, what it writes itself the driver reads later.
 * Registers that both write are updated with atomic operations that give way to
 * the driver; wfdma.c says what that means for each.
 */
#ifndef _MT76SIM_CHIP_H_
#define _MT76SIM_CHIP_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/endian.h>
#include <machine/atomic.h>

#include "regs.h"

/* How the chip reaches its host.  Called in chip_step() only. */
struct chip_host {
	/* Memory at a DMA address: 0 or EFAULT.  May not sleep. */
	int	(*read)(void *, uint64_t dma, void *buf, size_t len);
	int	(*write)(void *, uint64_t dma, const void *buf, size_t len);
	/* One interrupt message. */
	void	(*interrupt)(void *);
	/* A frame the driver sent: the descriptor's words are not part. */
	void	(*frame)(void *, const uint8_t *frame, size_t len);
};

/* Knobs and counters, of all chips together; see mt76sim.c. */
struct chip_knobs {
	int	latency_us;	/* from a command to its event */
	int	dead;		/* 1: the MCU is silent; 2: hand-shakes too */
	int	lose_interrupts; /* so many next ones are lost */
	int	sleep_forgets;	/* the DMA engine loses its state in sleep */
	int	check_images;	/* downloaded bytes must be image.c's */
};
extern struct chip_knobs chip_knobs;

enum chip_count {
	COUNT_COMMANDS, COUNT_EVENTS, COUNT_SCATTERS, COUNT_SCANS,
	COUNT_FRAMES, COUNT_INTERRUPTS, COUNT_LOST, COUNT_STARTS,
	COUNT_RESETS, COUNT_SLEEPS,
	/* What a right driver does not do. */
	COUNT_BAD_DMA, COUNT_BAD_COMMANDS, COUNT_BAD_IMAGES, COUNT_BAD_RINGS,
	COUNTS
};
extern u_int chip_counts[COUNTS];
#define	COUNT(c)	atomic_add_int(&chip_counts[c], 1)

#define	EVENTS		32		/* a power of 2 */
#define	EVENT_SIZE	512
#define	BUFFER_SIZE	16384		/* two descriptor lengths are less */
#define	TOKENS		64

struct event {
	uint64_t	due;
	uint32_t	len;
	uint32_t	ring;
	uint8_t		data[EVENT_SIZE];
};

struct download {
	uint32_t	want, got;	/* bytes of the region under way */
	uint32_t	sum;		/* of what came, but for the last word */
	uint32_t	tail;		/* the last word */
	uint32_t	regions;	/* complete ones since the patch */
	bool		patched, broken;
};

struct chip {
	volatile uint32_t *bar;
	const struct chip_host *host;
	void		*arg;		/* host's */
	uint16_t	id;		/* 0x7961 */
	uint8_t		mac[6];
	bool		master;		/* may do DMA */

	bool		in_reset, running, asleep;
	struct download	load;

	uint32_t	pending;	/* interrupt causes in R_INT_STA */
	uint32_t	fresh;		/* those that are not there yet */
	bool		shown;		/* R_INT_STA has been written */
	bool		raised;		/* a message, not yet acknowledged */

	uint64_t	now;		/* microseconds, of this step */
	struct event	events[EVENTS];
	u_int		event_head, event_tail;
	uint16_t	tokens[TOKENS];	/* of frames sent, to be given back */
	u_int		ntokens;
	uint8_t		buffer[BUFFER_SIZE];
};

static inline uint32_t
reg_read(struct chip *c, uint32_t r)
{
	return (atomic_load_acq_32(&c->bar[r / 4]));
}

static inline void
reg_write(struct chip *c, uint32_t r, uint32_t v)
{
	atomic_store_rel_32(&c->bar[r / 4], v);
}

/* False: the driver has written meanwhile. */
static inline bool
reg_swap(struct chip *c, uint32_t r, uint32_t old, uint32_t new)
{
	return (atomic_cmpset_32(&c->bar[r / 4], old, new) != 0);
}

/* chip.c */
void	chip_init(struct chip *, uint16_t id, const struct chip_host *,
	    void *arg);
/* Does what there is to do at a time in microseconds: whether there was any. */
bool	chip_step(struct chip *, uint64_t now);

/* wfdma.c: the rings and the interrupt causes */
bool	wfdma_step(struct chip *);
void	wfdma_reset(struct chip *);
void	wfdma_interrupts(struct chip *);

/* mcu.c */
void	mcu_command(struct chip *, const uint8_t *, size_t);
struct event *mcu_event(struct chip *, uint64_t delay, size_t len);
u_int	mcu_room(struct chip *);	/* events that can be queued */
void	mcu_frames_sent(struct chip *);	/* gives tokens back */

/* download.c: what the boot ROM does; results are the events' */
uint8_t	download_semaphore(struct chip *, uint32_t op);
uint8_t	download_region(struct chip *, uint32_t len);
void	download_scatter(struct chip *, const uint8_t *, size_t);
uint8_t	download_finish_patch(struct chip *);
uint8_t	download_start(struct chip *);
uint32_t download_sum(uint32_t sum, const uint8_t *, size_t);
#define	DOWNLOAD_SUM_START	0x811c9dc5u

#endif /* _MT76SIM_CHIP_H_ */
