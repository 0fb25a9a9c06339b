# SPDX-License-Identifier: BSD-2-Clause
# Sourced by test-mt76.sh and bench-mt76.sh, in the tree's root with $root set:
# where Linux's mt76 is unpacked and built, and how it is compiled.
. tools/headers.sh
ARCH=amd64
. tools/arch.sh
package=linux-source-6.12
dir=obj/test-mt76
tree=$dir/$package/drivers/net/wireless/mediatek/mt76

# mt76_flags ours|stub: clang's, with the hosted LinuxKPI behind our headers; the
# stub's page_pool comes before them.
mt76_flags() {
	overlay=-I$root/sys/compat/linuxkpi/common/include
	stub='' define=''
	[ "$1" = ours ] || stub="-I$root/kldhost/linuxkpi/stub " define=-DPOOL_STUB
	flags=$(sh tools/kld-cflags.sh) || return 1
	echo "$flags" |
	    sed "s|$overlay|$stub$overlay -I$root/kldhost/linuxkpi/include -I$root/kldhost/linuxkpi|; s|\$| $define -DCONFIG_ARCH_DMA_ADDR_T_64BIT=1 -DCONFIG_PAGE_POOL_STATS=1|"
}
