/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of edu.ko. */
#ifndef _EDU_CASES_H_
#define _EDU_CASES_H_

#include "kmod/selftest/selftest.h"

#include <linux/mm.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <net/page_pool/helpers.h>

#include "edu.h"

uint64_t lkpirs_stat(const char *name);

/* void test_name(struct test *), of a body that has the device `dev'. */
#define	CASE(name)							\
	static void name(struct test *, struct device *);		\
	void								\
	test_ ## name(struct test *t)					\
	{								\
		edu_case(t, name);					\
	}								\
	static void							\
	name(struct test *t, struct device *dev __unused)

/* edu.c: the device held, and its mask as it was at first. */
void	edu_case(struct test *, void (*)(struct test *, struct device *));

/* bytes.c.  The bytes that a seed gives, in memory that the CPU sees. */
void	pattern(void *, size_t len, uint32_t seed);
bool	holds(const void *, size_t len, uint32_t seed);
/* All of them are this one. */
bool	filled(const void *, size_t len, uint8_t);
/*
 * The device writes them to, or reads them from, an address; it has them from
 * the reference memory, and brings them there, so that only this side of a
 * transfer is ours.  device_holds() is false for other bytes.
 */
void	device_writes(struct test *, uint64_t dma, size_t len, uint32_t seed);
bool	device_holds(struct test *, uint64_t dma, size_t len, uint32_t seed);
/* Makes one of these bytes wrong, if compat.edu.spoil says so. */
void	spoil(uint8_t *, size_t len);
extern int edu_spoil;

/* pool.c: a pool as mt76 has it, but for the direction.  NULL, and the case
 * has failed, if there is none. */
struct page_pool *pool_make(struct test *, struct device *,
	    enum dma_data_direction, u_int order);
/* A page of it, which is where the device reaches it itself. */
struct page *pool_take(struct test *, struct page_pool *);

/* hardware.c */
void	test_registers(struct test *);
void	test_interrupts(struct test *);
void	test_reference(struct test *);
void	test_control(struct test *);
void	test_reattach(struct test *);
/* pool.c */
void	test_receive(struct test *);
void	test_transmit(struct test *);
void	test_fragments(struct test *);
void	test_offsets(struct test *);
void	test_order1(struct test *);
void	test_recycle(struct test *);
void	test_masks(struct test *);
void	test_destroy_out(struct test *);
void	test_threads(struct test *);
/* stream.c */
void	test_single(struct test *);
void	test_page(struct test *);
void	test_both_ways(struct test *);
void	test_coherent(struct test *);
void	test_bounce(struct test *);
void	test_bounce_block(struct test *);

#endif /* _EDU_CASES_H_ */
