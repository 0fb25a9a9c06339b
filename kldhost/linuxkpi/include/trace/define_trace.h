/* SPDX-License-Identifier: BSD-2-Clause */
/* tracepoint.h has defined what there is to define. */
