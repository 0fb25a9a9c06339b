# SPDX-License-Identifier: BSD-2-Clause
# Nothing of it is needed here: see bsd.kmod.mk.
