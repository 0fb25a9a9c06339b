/* SPDX-License-Identifier: BSD-2-Clause */
/* mbuf(9): what works on chains. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>

#include <machine/atomic.h>

/* n shares m's storage.  Only what carries the count knows how it is freed. */
static void
share(struct mbuf *n, struct mbuf *m)
{
	volatile u_int *count = (m->m_ext.ext_flags & EXT_FLAG_EMBREF) != 0 ?
	    &m->m_ext.ext_count : m->m_ext.ext_cnt;

	memcpy(&n->m_ext, &m->m_ext, m_ext_copylen);
	n->m_ext.ext_flags &= ~EXT_FLAG_EMBREF;
	n->m_ext.ext_cnt = count;
	n->m_flags |= M_EXT | (m->m_flags & M_RDONLY);
	atomic_add_int(count, 1);
}

void
m_copydata(const struct mbuf *m, int off, int len, caddr_t to)
{
	for (; len > 0; m = m->m_next, off = 0) {
		int n;

		if (off >= m->m_len) {
			off -= m->m_len;
			for (m = m->m_next; off >= m->m_len; m = m->m_next)
				off -= m->m_len;
		}
		n = MIN(m->m_len - off, len);
		memcpy(to, mtod(m, char *) + off, n);
		to += n;
		len -= n;
	}
}

/* All of a packet, or of a chain: other parts are not hosted. */
struct mbuf *
m_copym(struct mbuf *m, int off, int len, int how)
{
	struct mbuf *first = NULL, **at = &first, *n;

	if (off != 0 || len != M_COPYALL)
		panic("m_copym: a part of a chain is not hosted");
	for (; m != NULL; m = m->m_next, at = &n->m_next) {
		n = (m->m_flags & M_PKTHDR) != 0 ? m_gethdr(how, m->m_type) :
		    m_get(how, m->m_type);
		if (n == NULL) {
			m_freem(first);
			return (NULL);
		}
		*at = n;
		if ((m->m_flags & M_PKTHDR) != 0)
			n->m_pkthdr = m->m_pkthdr;
		n->m_flags |= m->m_flags & M_COPYFLAGS;
		n->m_len = m->m_len;
		if ((m->m_flags & M_EXT) != 0) {
			share(n, m);
			n->m_data = m->m_data;
		} else
			memcpy(mtod(n, char *), mtod(m, char *), m->m_len);
	}
	return (first);
}

/* len bytes in front; the chain is freed if there is no mbuf for them. */
struct mbuf *
m_prepend(struct mbuf *m, int len, int how)
{
	struct mbuf *n = (m->m_flags & M_PKTHDR) != 0 ?
	    m_gethdr(how, m->m_type) : m_get(how, m->m_type);

	if (n == NULL) {
		m_freem(m);
		return (NULL);
	}
	KASSERT(len <= M_SIZE(n), ("m_prepend: %d bytes", len));
	if ((m->m_flags & M_PKTHDR) != 0) {
		n->m_pkthdr = m->m_pkthdr;
		n->m_flags |= m->m_flags & M_COPYFLAGS;
		m->m_flags &= ~(M_PKTHDR | M_COPYFLAGS);
	}
	n->m_next = m;
	n->m_data += (M_SIZE(n) - len) & ~(sizeof(long) - 1);
	n->m_len = len;
	return (n);
}

/* The first len bytes in the first mbuf, which is another if they do not fit
 * behind its data; NULL, and the chain is freed, if that cannot be. */
struct mbuf *
m_pullup(struct mbuf *m, int len)
{
	struct mbuf *n = m;
	int more, k;

	if (m->m_len < len && ((m->m_flags & M_EXT) != 0 ||
	    M_TRAILINGSPACE(m) < len - m->m_len)) {
		if (len > MHLEN || (n = m_prepend(m, 0, M_NOWAIT)) == NULL) {
			if (len > MHLEN)
				m_freem(m);
			return (NULL);
		}
		n->m_data = (n->m_flags & M_PKTHDR) != 0 ? n->m_pktdat : n->m_dat;
	}
	for (more = len - n->m_len; more > 0; more -= k) {
		struct mbuf *from = n->m_next;

		if (from == NULL) {
			m_freem(n);
			return (NULL);
		}
		k = MIN(from->m_len, more);
		memcpy(mtod(n, char *) + n->m_len, mtod(from, char *), k);
		n->m_len += k;
		from->m_data += k;
		from->m_len -= k;
		if (from->m_len == 0)
			n->m_next = m_free(from);
	}
	return (n);
}

/* Storage that others share is copied. */
struct mbuf *
m_unshare(struct mbuf *m0, int how)
{
	struct mbuf **at = &m0, *m, *n;

	for (; (m = *at) != NULL; at = &(*at)->m_next) {
		if ((m->m_flags & M_EXT) == 0 || M_WRITABLE(m))
			continue;
		n = m_get2(m->m_len, how, m->m_type, m->m_flags & M_PKTHDR);
		if (n == NULL) {
			m_freem(m0);
			return (NULL);
		}
		if ((m->m_flags & M_PKTHDR) != 0)
			n->m_pkthdr = m->m_pkthdr;
		n->m_flags |= m->m_flags & M_COPYFLAGS;
		n->m_len = m->m_len;
		memcpy(mtod(n, char *), mtod(m, char *), m->m_len);
		n->m_next = m_free(m);
		*at = n;
	}
	return (m0);
}

/* Bytes off the front, or, if negative, off the end. */
void
m_adj(struct mbuf *m0, int len)
{
	struct mbuf *m;
	int all = 0, n;

	for (m = m0; m != NULL; m = m->m_next)
		all += m->m_len;
	if (len < 0)
		len = -MIN(-len, all);
	else
		len = MIN(len, all);
	if ((m0->m_flags & M_PKTHDR) != 0)
		m0->m_pkthdr.len -= abs(len);
	for (m = m0; m != NULL; m = m->m_next)
		if (len >= 0) {
			n = MIN(len, m->m_len);
			m->m_data += n;
			m->m_len -= n;
			len -= n;
		} else {
			/* What is left of all of it. */
			n = MAX(all + len, 0);
			all -= m->m_len;
			m->m_len = MIN(m->m_len, n);
		}
}
