/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the header that a kernel build generates; no methods are used. */
#ifndef _bus_if_h_
#define _bus_if_h_
#include <sys/kobj.h>
#endif
