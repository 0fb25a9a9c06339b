/* SPDX-License-Identifier: BSD-2-Clause */
/* A device: its chip, its configuration space, its memory and its thread. */
#ifndef _MT76SIM_UNIT_H_
#define _MT76SIM_UNIT_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#include "model.h"
#include "config.h"

#define	UNITS		32	/* slots of a bus */
#define	MEDIATEK		0x14c3
#define	IRQ_BASE	0x760000
#define	IRQ_PIN(u)	(IRQ_BASE + 2 * (u))
#define	IRQ_MSI(u)	(IRQ_PIN(u) + 1)
#define	IRQ_END		(IRQ_PIN(UNITS) - 1)

MALLOC_DECLARE(M_MT76SIM);

/* vector.c: an interrupt and who handles it. */
struct handler {
	LIST_ENTRY(handler) link;
	driver_filter_t	*filter;
	driver_intr_t	*intr;
	void		*arg;
	void		*swi;
};
struct vector {
	struct mtx	lock;
	struct intr_event *event;
	LIST_HEAD(, handler) handlers;
};
void	vector_init(struct vector *);
void	vector_destroy(struct vector *);	/* without handlers */
/* May sleep. */
int	vector_add(struct vector *, const char *name, int flags,
	    driver_filter_t *, driver_intr_t *, void *arg, struct handler **);
/* Returns when the handler runs no more and will not again.  May sleep. */
void	vector_remove(struct vector *, struct handler *);
/* Has the handlers run by an interrupt thread. */
void	vector_raise(struct vector *);

struct unit {
	int		slot;
	struct mtx	lock;		/* config and chip */
	struct config	config;
	struct chip	chip;
	void		*bar;		/* BAR_SIZE bytes, physically contiguous */
	vm_paddr_t	bar_pa;
	struct vector	pin, msi;
	int		stop;		/* under the lock: 1 asked, 2 done */
};

/* NULL: no memory.  May sleep, as unit_destroy() does. */
struct unit *unit_create(int slot, const struct chip_model *, bool msi);
void	unit_destroy(struct unit *);
uint32_t unit_config_read(struct unit *, u_int reg, int width);
void	unit_config_write(struct unit *, u_int reg, uint32_t value, int width);

/* dma.c: memory at a DMA address, which is the physical one. */
int	dma_read(void *, uint64_t dma, void *buf, size_t len);
int	dma_write(void *, uint64_t dma, const void *buf, size_t len);

/* How long a chip rests: while busy and otherwise, in microseconds. */
extern int unit_poll_us, unit_idle_us;

/* bridge.c: the devices on the bus.  Under the topology lock. */
int	bridge_units(void);
int	bridge_set_units(int n);
void	bridge_each_unit(void (*)(struct unit *, void *), void *);
/* mt76sim.c: what a new device is. */
extern int unit_msi, unit_device;

#endif /* _MT76SIM_UNIT_H_ */
