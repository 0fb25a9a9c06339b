/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of a word, told by the mask of their bits. */
#ifndef _HOSTED_LINUX_BITFIELD_H_
#define _HOSTED_LINUX_BITFIELD_H_

#include <linux/bitops.h>

#define	HOSTED_FIELD_SHIFT(mask)	__builtin_ctzll(mask)
#define	FIELD_PREP(mask, v)						\
	((__typeof(mask))(((__typeof(mask))(v) <<			\
	    HOSTED_FIELD_SHIFT(mask)) & (mask)))
#define	FIELD_GET(mask, word)						\
	((__typeof(mask))(((word) & (mask)) >> HOSTED_FIELD_SHIFT(mask)))

#endif /* _HOSTED_LINUX_BITFIELD_H_ */
