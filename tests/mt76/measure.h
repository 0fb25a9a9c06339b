/* SPDX-License-Identifier: BSD-2-Clause */
/* What measure_host.c calls in the kernel that is linked to it.  Seen by
 * FreeBSD C and by a host's C: no includes. */
#ifndef _MT76_MEASURE_H_
#define _MT76_MEASURE_H_

#define	MEASURE_BATCH	64	/* frames of a poll */

enum measure_mode {
	MEASURE_DIRECT,		/* freed in the poll */
	MEASURE_THREAD,		/* by another thread, after it */
	MEASURE_COPY,		/* copied and freed in the poll */
	MEASURE_MBUF,		/* made an mbuf in its buffer, freed as THREAD's */
	MEASURE_MBUF_COPY,	/* made an mbuf with a copy, freed as THREAD's */
};

/* Once, in this order. */
void	measure_kernel_boot(void);
void	measure_boot(enum measure_mode, unsigned len);
/* The chip: so many frames are in the ring. */
void	measure_receive(unsigned n);
/* The driver: mt76_dma_rx_poll(), with a budget of MEASURE_BATCH. */
int	measure_poll(void);
/* The stack's other thread frees what it kept. */
void	measure_give_back(void);
/* Frames that came out above. */
unsigned long measure_frames(void);

#endif /* _MT76_MEASURE_H_ */
