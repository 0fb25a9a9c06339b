/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chip as its driver sees it, in plain functions.  It knows the kernel only
 * by struct chip_host.  What differs between chips is in model.h.
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
	int	efuse;		/* the EEPROM is in the efuse */
	int	bands;		/* of new chips: 1: 2.4 GHz, 2: 5 GHz, 3: both */
	int	crash;		/* so many next chips lose their firmware, of those
				 * whose driver recovers */
	int	ap;		/* the access point is there */
	int	channel;	/* of 2.4 or 5 GHz, that it is on */
	int	flood;		/* so many frames from it, as fast as can be */
	int	flood_size;	/* bytes of UDP in each */
};
extern struct chip_knobs chip_knobs;

enum chip_count {
	COUNT_COMMANDS, COUNT_EVENTS, COUNT_SCATTERS, COUNT_SCANS,
	COUNT_FRAMES, COUNT_INTERRUPTS, COUNT_LOST, COUNT_STARTS,
	COUNT_RESETS, COUNT_SLEEPS, COUNT_WAKES, COUNT_CRASHES, COUNT_CHANNELS,
	/* frame.c: frames for the driver; sent ones that nobody heard */
	COUNT_RECEIVED, COUNT_FLUSHED, COUNT_UNHEARD,
	/* ap.c and net.c */
	COUNT_BEACONS, COUNT_PROBES, COUNT_AUTHS, COUNT_ASSOCS, COUNT_DEAUTHS,
	COUNT_ARPS,
	COUNT_PINGS, COUNT_ECHOES, COUNT_DISCARDS, COUNT_FLOODED, COUNT_OTHERS,
	/* What a right driver does not do. */
	COUNT_BAD_DMA, COUNT_BAD_COMMANDS, COUNT_BAD_IMAGES, COUNT_BAD_RINGS,
	COUNTS
};
extern u_int chip_counts[COUNTS];
#define	COUNT(c)	atomic_add_int(&chip_counts[c], 1)

#define	EVENTS		32		/* a power of 2 */
#define	EVENT_SIZE	512
#define	BUFFER_SIZE	16384		/* two descriptor lengths are less */
#define	TOKENS		60		/* of a notice of sent frames */
#define	FRAMES		64		/* a power of 2 */
#define	RXD_SIZE	32
#define	FRAME_SIZE	1600		/* 802.11, without the checksum */
#define	PEERS		8
#define	EEPROM_SIZE	0xe00

struct event {
	uint64_t	due;
	uint32_t	len;
	uint32_t	ring;		/* RX_... of model.h */
	uint8_t		data[EVENT_SIZE];
};

struct download {
	uint32_t	want, got;	/* bytes of the region under way */
	uint32_t	sum;		/* of what came, but for the last word */
	uint32_t	tail;		/* the last word */
	uint32_t	regions;	/* of the image under way */
	uint32_t	images;		/* that were started */
	bool		patched, broken;
};

/* A command to the firmware, taken apart. */
struct command {
	uint8_t		id, ext, seq, set_query, s2d;
	bool		unified, ack;
	uint16_t	uni;
	const uint8_t	*body;
	size_t		len;
};
enum {
	COMMAND_EXT = 0xed,			/* command::id: see ext */
	COMMAND_QUERY = 0, COMMAND_NA = 3,	/* set_query */
	COMMAND_TO_WA = 2,			/* s2d */
	COMMAND_POWER = 0x04,
};

/* A frame for the driver, behind its descriptor. */
struct frame {
	uint64_t	due;
	uint32_t	len;
	uint8_t		data[RXD_SIZE + FRAME_SIZE];
};

/* A frame that the driver sent: what a notice says of it. */
struct sent {
	uint16_t	token, wlan;
	uint8_t		pid;		/* 0: no status is wanted */
};

/* Stations that the driver told of. */
struct peer {
	uint8_t		addr[6];
	uint16_t	wlan;		/* its number for it */
	bool		used;
};

/* The access point. */
struct ap {
	uint8_t		bssid[6], sta[6];
	bool		authenticated, associated;
	uint16_t	seq;
	uint32_t	sta_ip;		/* host order; 0 until it was seen */
	uint32_t	flooded;
	uint64_t	beacon;		/* when the next one is due */
};

struct chip {
	const struct chip_model *model;
	volatile uint32_t *bar;
	const struct chip_host *host;
	void		*arg;		/* host's */
	uint8_t		mac[6];
	uint8_t		eeprom[EEPROM_SIZE];
	bool		master;		/* may do DMA */

	bool		in_reset, running, asleep;
	uint64_t	boot;		/* when the boot ROM is ready */
	struct download	load;

	uint32_t	pending;	/* interrupt causes that are shown */
	uint32_t	fresh;		/* those that are not yet */
	bool		shown;		/* the status has been written */
	bool		raised;		/* a message, not yet acknowledged */

	uint64_t	now;		/* microseconds, of this step */
	struct event	events[EVENTS];
	u_int		event_head, event_tail;
	struct sent	sent[TOKENS];	/* not yet told */
	u_int		nsent;
	uint8_t		buffer[BUFFER_SIZE];

	/* frame.c, bss.c */
	struct frame	frames[FRAMES];
	u_int		frame_head, frame_tail;
	struct peer	peers[PEERS];
	uint8_t		own[6];		/* the address that the driver uses */
	uint8_t		bss_channel, roc_channel;	/* 0: none */
	uint8_t		radio_channel;
	bool		radio;		/* it listens, whatever the BSS */
	bool		crashed;

	struct ap	ap;
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
/* NULL: no such chip. */
const struct chip_model *chip_model_of(uint16_t id);
void	chip_init(struct chip *, const struct chip_model *,
	    const struct chip_host *, void *arg);
/* Does what there is to do at a time in microseconds: whether there was any. */
bool	chip_step(struct chip *, uint64_t now);
/* The firmware is gone, and what it knew. */
void	chip_stop(struct chip *);

/* wfdma.c: the rings and the interrupt causes */
bool	wfdma_step(struct chip *);
void	wfdma_reset(struct chip *);
void	wfdma_interrupts(struct chip *);
void	wfdma_cause(struct chip *, uint32_t bit);

/* mcu.c */
void	mcu_command(struct chip *, const uint8_t *, size_t);
struct event *mcu_event(struct chip *, uint64_t delay, size_t len);
u_int	mcu_room(struct chip *);	/* events that can be queued */
void	mcu_crash(struct chip *);	/* with room for an event */
#define	MCU_EVENT	36		/* bytes before an event's body */
/* The answer to a command; returns where its body is. */
uint8_t	*mcu_answer(struct chip *, const struct command *, uint8_t eid,
	    uint8_t ext, size_t body);
/* One that nobody asked for. */
uint8_t	*mcu_notice(struct chip *, uint64_t delay, uint8_t eid, bool unified,
	    size_t body);
/* What all chips do with commands of the boot ROM, and with extended ones. */
void	mcu_boot_rom(struct chip *, const struct command *);
void	mcu_extended(struct chip *, const struct command *);

/* frame.c: frames from the driver and to it */
void	frame_sent(struct chip *, const uint8_t *txwi, size_t len);
bool	frame_sent_room(struct chip *);	/* whether one more can be sent */
void	frame_notices(struct chip *);
/* Where an 802.11 frame of that length goes; NULL if there is no room. */
uint8_t	*frame_new(struct chip *, size_t len, uint64_t delay);
u_int	frame_room(struct chip *);
const struct frame *frame_first(struct chip *);	/* NULL: none is due */
void	frame_done(struct chip *);		/* with that one */
void	frame_flush(struct chip *);

/* bss.c: what the driver tells of stations and channels, in options */
enum bss_what { BSS_DEVICE, BSS_BSS, BSS_STATION, BSS_ROC };
void	bss_command(struct chip *, enum bss_what, size_t header,
	    const uint8_t *, size_t len);
uint16_t bss_wlan(struct chip *, const uint8_t addr[6]);
bool	bss_tuned(struct chip *, uint8_t channel);
void	bss_reset(struct chip *);

/* ap.c: the access point on the air */
void	ap_init(struct chip *);
void	ap_scan(struct chip *, bool active);	/* on its channel */
void	ap_heard(struct chip *, const uint8_t *frame, size_t len);
void	ap_step(struct chip *);
/* Begins a data frame to the station: where its bytes after LLC go. */
uint8_t	*ap_data(struct chip *, uint16_t ethertype, size_t len);
#define	AP_IP(c)	(10u << 24 | 118u << 16 | (c)->mac[5] << 8 | 1)

/* net.c: the network behind it */
void	net_frame(struct chip *, uint16_t ethertype, const uint8_t *,
	    size_t len);
bool	net_flood(struct chip *);	/* one more frame: whether it could */

/* download.c: what the boot ROM does; results are the events' */
uint8_t	download_semaphore(struct chip *, uint32_t op);
uint8_t	download_region(struct chip *, uint32_t addr, uint32_t len);
void	download_scatter(struct chip *, const uint8_t *, size_t);
uint8_t	download_finish_patch(struct chip *);
void	download_start(struct chip *, uint32_t option);
uint32_t download_sum(uint32_t sum, const uint8_t *, size_t);
#define	DOWNLOAD_SUM_START	0x811c9dc5u

#endif /* _MT76SIM_CHIP_H_ */
