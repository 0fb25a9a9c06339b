/* SPDX-License-Identifier: BSD-2-Clause */
/* Never comes back. */
#include "mod.h"

ENTRY(spin)
{
	for (;;)
		__asm __volatile("" ::: "memory");
}

MODULE_(hang, plain_event);
