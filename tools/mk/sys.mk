# SPDX-License-Identifier: BSD-2-Clause
# No built-in rules: see bsd.kmod.mk.
