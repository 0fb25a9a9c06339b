/* SPDX-License-Identifier: BSD-2-Clause */
/* rxdemo.ko: a driver's receive side on page_pool, and the main job. */
#ifndef _RXDEMO_H_
#define _RXDEMO_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>

#include <net/page_pool/helpers.h>
#include <lkpirs/softdev.h>

MALLOC_DECLARE(M_RXDEMO);

/* A receive buffer: a piece of a pool's page. */
struct rx_buf {
	struct page	*page;
	uint32_t	offset;
};

/* A receive queue as a driver would describe it. */
struct rxq_conf {
	const char	*name;
	uint32_t	ndesc;
	uint32_t	buf_size;
	uint32_t	frame_min, frame_max;
	uint32_t	share;		/* of the frames, in percent */
};

struct rxq {
	const struct rxq_conf *conf;
	int		id;
	struct device	*dev;
	struct page_pool *pool;
	struct lkpi_softdev_desc *desc;
	dma_addr_t	desc_dma;
	struct rx_buf	*buf;
	struct lkpi_softdev_rxq *hw;
	uint32_t	head;		/* next descriptor to fill */
	uint32_t	tail;		/* next descriptor to reap */
	uint32_t	filled;		/* between the two */
	struct stack	*stacks;
	int		nstacks;

	struct mtx	lock;
	bool		irq, stop, dead, started; /* under the lock */

	uint64_t	want, frames, direct, up;
	sbintime_t	busy;
	int		error;
};

/* What a frame becomes on its way up: the stack returns the buffer. */
struct rx_up {
	struct page_pool *pool;
	struct page	*page;
};

#define	UP_BATCH	32
#define	UP_MAX		128
#define	HOLD		48

/* A thread above the driver, on another CPU. */
struct stack {
	struct mtx	lock;
	struct rx_up	in[UP_MAX], out[UP_MAX];
	int		nin;
	bool		stop, dead;	/* under the lock */
	struct rx_up	held[HOLD];	/* like data in a socket */
	int		nheld;
	uint64_t	returned;
	int		cpu;
};

/* driver.c */
int	rxq_init(struct rxq *, const struct rxq_conf *, struct device *, int id);
int	rxq_start(struct rxq *, uint64_t frames);
void	rxq_stop(struct rxq *);
bool	rxq_finished(struct rxq *);
void	rxq_cleanup(struct rxq *);

/* stack.c */
int	stack_start(struct stack *, int id, int cpu);
void	stack_stop(struct stack *);
int	stack_up(struct stack *, const struct rx_up *, int n);
void	stack_release_held(struct stack *);
int	nth_cpu(int n);
void	bind_to(int cpu);

#endif /* _RXDEMO_H_ */
