/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu_linuxkpi.ko: edu.ko as a driver of the rebuilt linuxkpi.ko, which is the
 * provider of its device, and whose DMA functions are page_pool.ko's.
 */
#include "kmod/edu/edu.c"

MODULE_DEPEND(edu, linuxkpi_page_abi, 1, 1, 1);
