/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"
#include "image.h"

#include <sys/kthread.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/time.h>
#include <vm/vm.h>
#include <vm/pmap.h>

int unit_poll_us = 50, unit_idle_us = 1000;

static void
unit_interrupt(void *arg)
{
	struct unit *u = arg;
	struct config_is is = config_is(&u->config);

	if (is.msi)
		vector_raise(&u->msi);
	else if (is.pin)
		vector_raise(&u->pin);
}

static void
unit_frame(void *arg, const uint8_t *frame, size_t len)
{
}

static const struct chip_host unit_host = {
	dma_read, dma_write, unit_interrupt, unit_frame
};

/* The chip's clock.  It rests longer after some steps with nothing to do. */
static void
unit_thread(void *arg)
{
	struct unit *u = arg;
	int idle = 0, us;

	thread_lock(curthread);
	sched_prio(curthread, PI_NET);
	thread_unlock(curthread);
	mtx_lock(&u->lock);
	while (u->stop == 0) {
		if (chip_step(&u->chip, sbttous(sbinuptime())))
			idle = 0;
		else
			idle++;
		us = idle < 20 ? unit_poll_us : unit_idle_us;
		us = MAX(1, MIN(us, 100000));
		msleep_sbt(u, &u->lock, 0, "mt76sim", ustosbt(us), 0, 0);
	}
	u->stop = 2;
	wakeup(&u->stop);
	mtx_unlock(&u->lock);
	kthread_exit();
}

struct unit *
unit_create(int slot, const struct chip_model *model, bool msi)
{
	struct unit *u = malloc(sizeof(*u), M_MT76SIM, M_WAITOK | M_ZERO);

	u->slot = slot;
	/* Aligned as a BAR is; 32 bits so that it looks like any other. */
	u->bar = contigmalloc(BAR_SIZE, M_MT76SIM, M_WAITOK | M_ZERO, 0,
	    0xffffffff, BAR_SIZE, 0);
	if (u->bar == NULL) {
		free(u, M_MT76SIM);
		return (NULL);
	}
	u->bar_pa = vtophys(u->bar);
	mtx_init(&u->lock, "mt76sim", NULL, MTX_DEF);
	vector_init(&u->pin);
	vector_init(&u->msi);
	config_init(&u->config, MEDIATEK, model->id, u->bar_pa, BAR_SIZE,
	    msi);
	u->chip.bar = u->bar;
	/* Locally administered. */
	memcpy(u->chip.mac, "\x02\x0c\x43\x76\x76\x00", 6);
	u->chip.mac[5] = slot;
	chip_init(&u->chip, model, &unit_host, u);
	image_eeprom(model);
	if (kthread_add(unit_thread, u, NULL, NULL, 0, 0, "mt76sim%d",
	    slot) != 0) {
		u->stop = 2;
		unit_destroy(u);
		return (NULL);
	}
	return (u);
}

void
unit_destroy(struct unit *u)
{
	mtx_lock(&u->lock);
	if (u->stop == 0)
		u->stop = 1;
	wakeup(u);
	while (u->stop != 2)
		msleep(&u->stop, &u->lock, 0, "mt76end", 0);
	mtx_unlock(&u->lock);
	vector_destroy(&u->msi);
	vector_destroy(&u->pin);
	mtx_destroy(&u->lock);
	contigfree(u->bar, BAR_SIZE, M_MT76SIM);
	free(u, M_MT76SIM);
}

uint32_t
unit_config_read(struct unit *u, u_int reg, int width)
{
	uint32_t v;

	mtx_lock(&u->lock);
	v = config_read(&u->config, reg, width);
	mtx_unlock(&u->lock);
	return (v);
}

/* When it returns, a chip that lost its bus mastery does no DMA any more. */
void
unit_config_write(struct unit *u, u_int reg, uint32_t value, int width)
{
	mtx_lock(&u->lock);
	config_write(&u->config, reg, value, width);
	u->chip.master = config_is(&u->config).master;
	mtx_unlock(&u->lock);
}
