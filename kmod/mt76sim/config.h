/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's PCI configuration space, in plain functions. */
#ifndef _MT76SIM_CONFIG_H_
#define _MT76SIM_CONFIG_H_

#include <sys/types.h>

#define	CONFIG_SIZE	256

struct config {
	uint8_t	value[CONFIG_SIZE];
	uint8_t	writable[CONFIG_SIZE];	/* bits */
};

struct config_is {
	bool	master;		/* may do DMA */
	bool	msi;		/* interrupts by message */
	bool	pin;		/* else: by its pin, if that is not disabled */
};

/* `bar' is BAR 0's address, of `bar_size' bytes, a power of 2. */
void	config_init(struct config *, uint16_t vendor, uint16_t device,
	    uint64_t bar, uint32_t bar_size, bool msi);
/* Width 1, 2 or 4.  What is not there reads as 0; writes there do nothing. */
uint32_t config_read(const struct config *, u_int reg, int width);
void	config_write(struct config *, u_int reg, uint32_t value, int width);
struct config_is config_is(const struct config *);

#endif /* _MT76SIM_CONFIG_H_ */
