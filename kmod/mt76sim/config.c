/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/endian.h>
#include <dev/pci/pcireg.h>

#include "config.h"

enum { CAP_PCIE = 0x40, CAP_PM = 0x80, CAP_MSI = 0x90 };

static void
set(struct config *c, u_int reg, int width, uint32_t value, uint32_t writable)
{
	int i;

	for (i = 0; i < width; i++) {
		c->value[reg + i] = value >> 8 * i;
		c->writable[reg + i] = writable >> 8 * i;
	}
}

void
config_init(struct config *c, uint16_t vendor, uint16_t device, uint64_t bar,
    uint32_t bar_size, bool msi)
{
	memset(c, 0, sizeof(*c));
	set(c, PCIR_VENDOR, 2, vendor, 0);
	set(c, PCIR_DEVICE, 2, device, 0);
	set(c, PCIR_COMMAND, 2, 0, PCIM_CMD_MEMEN | PCIM_CMD_BUSMASTEREN |
	    PCIM_CMD_PERRESPEN | PCIM_CMD_SERRESPEN | PCIM_CMD_INTxDIS);
	set(c, PCIR_STATUS, 2, PCIM_STATUS_CAPPRESENT, 0);
	set(c, PCIR_SUBCLASS, 2, PCIC_NETWORK << 8 | PCIS_NETWORK_OTHER, 0);
	set(c, PCIR_CACHELNSZ, 1, 0, 0xff);
	set(c, PCIR_BAR(0), 4, bar | PCIM_BAR_MEM_64 | PCIM_BAR_MEM_PREFETCH,
	    ~(bar_size - 1));
	set(c, PCIR_BAR(1), 4, bar >> 32, 0xffffffff);
	set(c, PCIR_SUBVEND_0, 2, vendor, 0);
	set(c, PCIR_SUBDEV_0, 2, device, 0);
	set(c, PCIR_CAP_PTR, 1, CAP_PCIE, 0);
	set(c, PCIR_INTLINE, 1, 0xff, 0xff);
	set(c, PCIR_INTPIN, 1, 1, 0);

	set(c, CAP_PCIE, 2, PCIY_EXPRESS | CAP_PM << 8, 0);
	set(c, CAP_PCIE + PCIER_FLAGS, 2, 2 | PCIEM_TYPE_ENDPOINT, 0);
	set(c, CAP_PCIE + PCIER_DEVICE_CAP, 4, PCIEM_CAP_MAX_PAYLOAD & 1, 0);
	set(c, CAP_PCIE + PCIER_DEVICE_CTL, 2, 0x2810, 0x7fff);
	set(c, CAP_PCIE + PCIER_LINK_CAP, 4, 0x00000012, 0);
	set(c, CAP_PCIE + PCIER_LINK_CTL, 2, 0, 0x01fb);
	set(c, CAP_PCIE + PCIER_LINK_STA, 2, 0x0012, 0);
	set(c, CAP_PCIE + PCIER_DEVICE_CTL2, 2, 0, 0x001f);

	set(c, CAP_PM, 2, PCIY_PMG | (msi ? CAP_MSI << 8 : 0), 0);
	set(c, CAP_PM + PCIR_POWER_CAP, 2, 0x4803, 0);
	set(c, CAP_PM + PCIR_POWER_STATUS, 2, 0x0008, PCIM_PSTAT_DMASK |
	    PCIM_PSTAT_PMEENABLE);

	if (!msi)
		return;
	set(c, CAP_MSI, 2, PCIY_MSI, 0);
	set(c, CAP_MSI + PCIR_MSI_CTRL, 2, PCIM_MSICTRL_64BIT,
	    PCIM_MSICTRL_MSI_ENABLE | PCIM_MSICTRL_MME_MASK);
	set(c, CAP_MSI + PCIR_MSI_ADDR, 4, 0, 0xfffffffc);
	set(c, CAP_MSI + PCIR_MSI_ADDR_HIGH, 4, 0, 0xffffffff);
	set(c, CAP_MSI + PCIR_MSI_DATA_64BIT, 2, 0, 0xffff);
}

uint32_t
config_read(const struct config *c, u_int reg, int width)
{
	uint32_t v = 0;
	int i;

	for (i = 0; i < width; i++)
		if (reg + i < CONFIG_SIZE)
			v |= (uint32_t)c->value[reg + i] << 8 * i;
	return (v);
}

void
config_write(struct config *c, u_int reg, uint32_t value, int width)
{
	uint8_t m;
	int i;

	for (i = 0; i < width; i++) {
		if (reg + i >= CONFIG_SIZE)
			return;
		m = c->writable[reg + i];
		c->value[reg + i] = (c->value[reg + i] & ~m) |
		    (value >> 8 * i & m);
	}
}

struct config_is
config_is(const struct config *c)
{
	uint32_t command = config_read(c, PCIR_COMMAND, 2);
	struct config_is is = { 0 };

	is.master = (command & PCIM_CMD_BUSMASTEREN) != 0;
	is.msi = c->value[CAP_MSI] == PCIY_MSI && (config_read(c, CAP_MSI +
	    PCIR_MSI_CTRL, 2) & PCIM_MSICTRL_MSI_ENABLE) != 0;
	is.pin = (command & PCIM_CMD_INTxDIS) == 0;
	return (is);
}
