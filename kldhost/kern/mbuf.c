/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbuf(9): mbufs, their clusters and other external storage.  Of zones, those
 * of mbufs, of packets (an mbuf with its cluster) and of page-sized clusters; no
 * tags, no pages of sendfile(2).  What works on chains is mbuf_chain.c.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>

#include <machine/atomic.h>

uma_zone_t zone_mbuf, zone_clust, zone_pack, zone_jumbop;

void	khi_mbuf_init(void);

/* Probes of the inline functions in sys/mbuf.h; none is ever enabled. */
#define	PROBE(name)	struct sdt_probe sdt_sdt___m__##name
PROBE(init);
PROBE(gethdr_raw);
PROBE(gethdr);
PROBE(get_raw);
PROBE(get);
PROBE(getcl);
PROBE(getjcl);
PROBE(clget);
PROBE(cljget);
PROBE(cljset);
PROBE(free);
PROBE(freem);
PROBE(freemp);

static int
mbuf_ctor(void *p, int size __unused, void *arg, int how __unused)
{
	const struct mb_args *args = arg;
	struct mbuf *m = p;

	m->m_next = m->m_nextpkt = NULL;
	m->m_len = 0;
	m->m_type = args->type;
	m->m_flags = args->flags;
	m->m_data = m->m_dat;
	if ((args->flags & M_PKTHDR) != 0) {
		memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
		m->m_data = m->m_pktdat;
	}
	return (0);
}

static void
mbuf_dtor(void *p, int size __unused, void *arg __unused)
{
	struct mbuf *m = p;

	if ((m->m_flags & M_PKTHDR) != 0 && !SLIST_EMPTY(&m->m_pkthdr.tags))
		m_tag_delete_chain(m, NULL);
}

static void
give_cluster(struct mbuf *m, char *cluster, u_int size, int type)
{
	m->m_flags |= M_EXT;
	m->m_data = m->m_ext.ext_buf = cluster;
	m->m_ext.ext_size = size;
	m->m_ext.ext_type = type;
	m->m_ext.ext_flags = EXT_FLAG_EMBREF;
	m->m_ext.ext_count = 1;
	m->m_ext.ext_free = NULL;
	m->m_ext.ext_arg1 = m->m_ext.ext_arg2 = NULL;
}

/* A packet keeps its cluster while nobody has it. */
static int
packet_init(void *p, int size __unused, int how)
{
	struct mbuf *m = p;

	m->m_ext.ext_buf = uma_zalloc_arg(zone_clust, NULL, how);
	return (m->m_ext.ext_buf == NULL ? ENOMEM : 0);
}

static void
packet_fini(void *p, int size __unused)
{
	uma_zfree_arg(zone_clust, ((struct mbuf *)p)->m_ext.ext_buf, NULL);
}

static int
packet_ctor(void *p, int size, void *arg, int how)
{
	struct mbuf *m = p;

	(void)mbuf_ctor(p, size, arg, how);
	give_cluster(m, m->m_ext.ext_buf, MCLBYTES, EXT_PACKET);
	return (0);
}

void
khi_mbuf_init(void)
{
	zone_mbuf = uma_zcreate("mbuf", MSIZE, mbuf_ctor, mbuf_dtor, NULL, NULL,
	    MSIZE - 1, 0);
	zone_clust = uma_zcreate("mbuf_cluster", MCLBYTES, NULL, NULL, NULL,
	    NULL, UMA_ALIGN_PTR, 0);
	zone_pack = uma_zcreate("mbuf_packet", MSIZE, packet_ctor, mbuf_dtor,
	    packet_init, packet_fini, MSIZE - 1, 0);
	zone_jumbop = uma_zcreate("mbuf_jumbo_page", MJUMPAGESIZE, NULL, NULL,
	    NULL, NULL, UMA_ALIGN_PTR, 0);
}

/* NULL for more than a page, too. */
struct mbuf *
m_get2(int size, int how, short type, int flags)
{
	struct mb_args args = { .flags = flags, .type = type };
	struct mbuf *m;
	void *cluster;

	if (size <= ((flags & M_PKTHDR) != 0 ? MHLEN : MLEN))
		return (uma_zalloc_arg(zone_mbuf, &args, how));
	if (size <= MCLBYTES)
		return (uma_zalloc_arg(zone_pack, &args, how));
	if (size > MJUMPAGESIZE)
		return (NULL);
	m = uma_zalloc_arg(zone_mbuf, &args, how);
	if (m == NULL)
		return (NULL);
	cluster = uma_zalloc_arg(zone_jumbop, NULL, how);
	if (cluster == NULL) {
		uma_zfree_arg(zone_mbuf, m, NULL);
		return (NULL);
	}
	give_cluster(m, cluster, MJUMPAGESIZE, EXT_JUMBOP);
	return (m);
}

void
m_extadd(struct mbuf *m, char *buf, u_int size, m_ext_free_t free_ext,
    void *arg1, void *arg2, int flags, int type)
{
	KASSERT(type != EXT_CLUSTER, ("m_extadd: EXT_CLUSTER not allowed"));
	give_cluster(m, buf, size, type);
	m->m_flags |= flags;
	m->m_ext.ext_free = free_ext;
	m->m_ext.ext_arg1 = arg1;
	m->m_ext.ext_arg2 = arg2;
	if (type == EXT_EXTREF)
		m->m_ext.ext_flags = 0;
}

/* The storage goes; what carries its count goes with it. */
static void
free_storage(struct mbuf *carrier)
{
	switch (carrier->m_ext.ext_type) {
	case EXT_PACKET:
		carrier->m_ext.ext_count = 1;
		uma_zfree_arg(zone_pack, carrier, NULL);
		return;
	case EXT_JUMBOP:
		uma_zfree_arg(zone_jumbop, carrier->m_ext.ext_buf, NULL);
		break;
	case EXT_SFBUF:
	case EXT_NET_DRV:
	case EXT_MOD_TYPE:
	case EXT_DISPOSABLE:
		KASSERT(carrier->m_ext.ext_free != NULL,
		    ("mb_free_ext: ext_free not set"));
		carrier->m_ext.ext_free(carrier);
		break;
	default:
		panic("mb_free_ext: type %d is not hosted",
		    carrier->m_ext.ext_type);
	}
	uma_zfree_arg(zone_mbuf, carrier, NULL);
}

void
mb_free_ext(struct mbuf *m)
{
	bool carries = (m->m_ext.ext_flags & EXT_FLAG_EMBREF) != 0;
	volatile u_int *count = carries ? &m->m_ext.ext_count : m->m_ext.ext_cnt;
	struct mbuf *carrier = __containerof(count, struct mbuf,
	    m_ext.ext_count);

	KASSERT((m->m_flags & M_EXT) != 0, ("mb_free_ext: no M_EXT"));
	KASSERT(*count != 0, ("mb_free_ext: nobody has the storage"));
	if (*count == 1 || atomic_fetchadd_int(count, -1) == 1)
		free_storage(carrier);
	/* What carries the count stays until that is 0. */
	if (!carries)
		uma_zfree_arg(zone_mbuf, m, NULL);
}

void
mb_free_extpg(struct mbuf *m __unused)
{
	panic("mb_free_extpg: not hosted");
}

void
m_tag_delete_chain(struct mbuf *m, struct m_tag *t __unused)
{
	if (!SLIST_EMPTY(&m->m_pkthdr.tags))
		panic("m_tag_delete_chain: not hosted");
}

void
m_snd_tag_destroy(struct m_snd_tag *mst __unused)
{
	panic("m_snd_tag_destroy: not hosted");
}

void
m_freem(struct mbuf *m)
{
	while (m != NULL)
		m = m_free(m);
}
