/* SPDX-License-Identifier: BSD-2-Clause */
#include "kmod/edu/bytes.c"
