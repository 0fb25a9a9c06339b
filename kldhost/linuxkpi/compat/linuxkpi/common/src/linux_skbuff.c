/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands where FreeBSD's tree has its linux_skbuff.c: our own file of that name
 * (sys/compat/linuxkpi/common/src) includes it and replaces linuxkpi_build_skb()
 * and linuxkpi_kfree_skb().  As there, an skb, its shared info and the head that
 * alloc_skb() gives are one piece of memory.
 */
SYSCTL_DECL(_compat);
SYSCTL_NODE(_compat, OID_AUTO, linuxkpi, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "hosted LinuxKPI");
SYSCTL_NODE(_compat_linuxkpi, OID_AUTO, skb, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "skbs");
MALLOC_DEFINE(M_HOSTED_SKB, "hosted skb", "hosted LinuxKPI's skbs");

struct sk_buff *
linuxkpi_alloc_skb(size_t size, gfp_t gfp)
{
	const size_t own = roundup2(sizeof(struct sk_buff) +
	    sizeof(struct skb_shared_info), CACHE_LINE_SIZE);
	struct sk_buff *skb;

	skb = malloc(own + size, M_HOSTED_SKB, gfp & GFP_NATIVE_MASK);
	if (skb == NULL)
		return (NULL);
	memset(skb, 0, own);
	skb->shinfo = (struct skb_shared_info *)(skb + 1);
	if (size == 0)
		return (skb);
	skb->head = skb->data = skb->tail = (uint8_t *)skb + own;
	skb->end = skb->head + size;
	skb->truesize = size;
	return (skb);
}

/* Replaced. */
struct sk_buff *
linuxkpi_build_skb(void *data __unused, size_t size __unused)
{
	return (NULL);
}

/* What is left when heads and fragments have gone. */
void
linuxkpi_kfree_skb(struct sk_buff *skb)
{
	free(skb, M_HOSTED_SKB);
}
