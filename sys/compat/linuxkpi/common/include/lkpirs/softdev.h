/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * softdev: a device made of software, for tests and examples.  Its engine
 * reaches memory by DMA address only, and not beyond the device's mask.
 */
#ifndef _LKPIRS_SOFTDEV_H_
#define _LKPIRS_SOFTDEV_H_

#include <sys/types.h>

struct device;
struct lkpi_softdev_rxq;

/*
 * The device that reaches addresses up to and including mask, made when first
 * asked for; it stays until softdev.ko is unloaded.  NULL without memory.  The
 * tunable compat.softdev.dma_limit lowers every mask.  Sleeps.
 */
struct device *lkpi_softdev(uint64_t mask);

/*
 * Move bytes between the CPU's memory and the device's view of it.  0, EFAULT
 * for an address that the device cannot reach, ENODEV for a device that is not
 * a softdev; lkpi_softdev_check() EBADMSG if the bytes are others.
 */
int	lkpi_softdev_write(struct device *, uint64_t dma, const void *src, size_t);
int	lkpi_softdev_read(struct device *, uint64_t dma, void *dst, size_t);
int	lkpi_softdev_fill(struct device *, uint64_t dma, size_t, uint32_t seed);
int	lkpi_softdev_check(struct device *, uint64_t dma, size_t, uint32_t seed);

/* The same pattern for memory that the CPU sees: 0 or EBADMSG. */
void	lkpi_softdev_pattern(void *buf, size_t, uint32_t seed);
int	lkpi_softdev_pattern_check(const void *buf, size_t, uint32_t seed);

/*
 * A receive queue: a ring of descriptors in coherent memory, which the driver
 * fills with empty buffers and the device, a thread, with frames.
 */
struct lkpi_softdev_desc {
	uint64_t	addr;		/* driver: DMA address of the buffer */
	uint32_t	len;		/* driver: its size; device: the frame's */
	uint32_t	seq;		/* device: number of the frame */
};

/* At the beginning and, from offset `len - sizeof', at the end of each frame;
 * `sum' makes the 32-bit words of it add up to 0. */
struct lkpi_softdev_frame {
	uint32_t	seq;
	uint32_t	len;
	uint32_t	tag;		/* the queue's */
	uint32_t	sum;
};

/* Every so many frames are filled entirely: lkpi_softdev_pattern() of seq
 * between the two structures. */
#define	LKPI_SOFTDEV_FULL	64

struct lkpi_softdev_rxq_params {
	struct device	*dev;
	uint64_t	ring;		/* DMA address of the descriptors */
	uint32_t	ndesc;
	uint32_t	tag;
	uint32_t	frame_min, frame_max; /* lengths to send */
	uint64_t	frames;		/* stop after as many */
	void		(*intr)(void *arg); /* frames are there; from a thread */
	void		*arg;
};

/* 0 or an errno; the thread runs until lkpi_softdev_rxq_stop().  Both sleep. */
int	lkpi_softdev_rxq_start(const struct lkpi_softdev_rxq_params *,
	    struct lkpi_softdev_rxq **);
void	lkpi_softdev_rxq_stop(struct lkpi_softdev_rxq *);
/* The driver has filled descriptors up to, not including, cpu_idx. */
void	lkpi_softdev_rxq_kick(struct lkpi_softdev_rxq *, uint32_t cpu_idx);
/* The device has filled descriptors up to, not including, this one. */
uint32_t lkpi_softdev_rxq_done(const struct lkpi_softdev_rxq *);
/* The first error that the device met, or 0. */
int	lkpi_softdev_rxq_error(const struct lkpi_softdev_rxq *);

#endif /* _LKPIRS_SOFTDEV_H_ */
