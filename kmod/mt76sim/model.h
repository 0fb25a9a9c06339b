/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between chips.  Each has a file with one of these tables
 * (chip7921.c, chip7915.c) and a line in chip.c's list; nothing else asks which
 * chip it is.
 */
#ifndef _MT76SIM_MODEL_H_
#define _MT76SIM_MODEL_H_

#include "chip.h"

/* Rings of commands, firmware and frames; some chips have a second processor
 * (WA) with rings of its own. */
enum { TX_MCU, TX_WA, TX_DOWNLOAD, TX_DATA, TX_RINGS };
/* Rings of events: of the boot ROM, of the firmware, of the WA; and of frames. */
enum { RX_ROM, RX_MCU, RX_WA, RX_DATA, RX_RINGS };

/* Its registers, as an offset in BAR 0 (0: there is no such ring), and its bit
 * of the interrupt causes. */
struct chip_ring {
	uint32_t	reg, cause;
};

enum image_kind { IMAGE_PATCH, IMAGE_RAM, IMAGE_EEPROM };

/* A file that the driver asks firmware(9) for: first the patch, then RAM images
 * in the order in which they are started. */
#define	IMAGE_STRIDE	0x10000		/* from a region to the next */
struct chip_image {
	const char	*name;
	enum image_kind	kind;
	uint32_t	addr;		/* of its section or first region */
	bool		clc;		/* RAM: with regulatory data, features */
};

/* The places of a sent frame's pieces. */
#define	PIECES		6
struct pieces {
	uint16_t	token;
	u_int		n;
	uint32_t	dma[PIECES];
	uint16_t	len[PIECES];
};

struct chip_model {
	uint16_t	id;		/* of PCI and of the EEPROM */
	const struct chip_image *images;
	u_int		nimages;
	/* Images that are started before the firmware runs: the option of each. */
	uint32_t	start[2];
	u_int		starts;

	/* Registers, as offsets in BAR 0. */
	uint32_t	engine[2];	/* DMA engines; 0: no second one */
	struct chip_ring tx[TX_RINGS], rx[RX_RINGS];
	u_int		notices;	/* RX ring of notices of sent frames */
	uint32_t	int_sta, int_ena, pcie_int_ena;
	/*
	 * A bit of int_sta that no driver enables, so none writes it back: while
	 * it is there, nobody has acknowledged anything.
	 */
	uint32_t	unread;

	/* When power comes: all registers are 0, the EEPROM has its number and
	 * address. */
	void	(*init)(struct chip *);
	void	(*eeprom)(uint8_t *);	/* the rest of it; may be NULL */
	/* Reset and ownership, at the begin of a step: whether anything was done. */
	bool	(*hand_shakes)(struct chip *);
	/* The firmware's state, at the end of a step, when the host's memory is
	 * not touched any more.  May be NULL. */
	void	(*show_state)(struct chip *);
	/* All of the firmware is there. */
	void	(*started)(struct chip *);
	/* Whether frames can go to the driver; if not, it is asked to wake the
	 * chip.  NULL: always. */
	bool	(*awake)(struct chip *);
	void	(*command)(struct chip *, const struct command *);
	/* A crash begins, with room for an event.  NULL: it has none. */
	void	(*crash)(struct chip *);
	/* What follows a TX descriptor; false: malformed. */
	bool	(*pieces)(const uint8_t *txp, size_t len, struct pieces *);
};

extern const struct chip_model chip7921, chip7915;
extern const struct chip_model *const chip_models[];
extern const u_int chip_nmodels;

/* frame.c: two forms of what follows a TX descriptor */
bool	frame_hw_txp(const uint8_t *, size_t, struct pieces *);
bool	frame_fw_txp(const uint8_t *, size_t, struct pieces *);

#endif /* _MT76SIM_MODEL_H_ */
