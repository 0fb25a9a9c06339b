/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's doubly linked lists, as far as struct page's users need them. */
#ifndef _LINUXKPI_LINUX_LIST_H_
#define _LINUXKPI_LINUX_LIST_H_

#include <linux/types.h>

#ifndef container_of
#define	container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif
#define	LIST_HEAD_INIT(name)	{ &(name), &(name) }
/* queue(3) has the name LIST_HEAD too, with two arguments: both work. */
#include <sys/queue.h>
#undef	LIST_HEAD
#define	LIST_HEAD(...) \
	__LIST_HEAD_PICK(__VA_ARGS__, __LIST_HEAD_QUEUE, __LIST_HEAD_LINUX)(__VA_ARGS__)
#define	__LIST_HEAD_PICK(a, b, pick, ...)	pick
#define	__LIST_HEAD_LINUX(name)	struct list_head name = LIST_HEAD_INIT(name)
#define	__LIST_HEAD_QUEUE(name, type) \
	struct name { struct type *lh_first; }

static inline void
INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct list_head *l)
{
	return (l->next == l);
}

static inline void
__list_insert(struct list_head *new, struct list_head *prev, struct list_head *next)
{
	new->prev = prev;
	new->next = next;
	prev->next = new;
	next->prev = new;
}

static inline void
list_add(struct list_head *new, struct list_head *head)
{
	__list_insert(new, head, head->next);
}

static inline void
list_add_tail(struct list_head *new, struct list_head *head)
{
	__list_insert(new, head->prev, head);
}

static inline void
list_del(struct list_head *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
}

static inline void
list_del_init(struct list_head *e)
{
	list_del(e);
	INIT_LIST_HEAD(e);
}

#define	list_entry(p, type, member)		container_of(p, type, member)
#define	list_first_entry(h, type, member)	list_entry((h)->next, type, member)
#define	list_last_entry(h, type, member)	list_entry((h)->prev, type, member)
#define	list_next_entry(p, member)		list_entry((p)->member.next, __typeof(*(p)), member)
#define	list_first_entry_or_null(h, type, member) \
	(list_empty(h) ? NULL : list_first_entry(h, type, member))
#define	list_for_each_entry(p, h, member) \
	for (p = list_first_entry(h, __typeof(*(p)), member); &(p)->member != (h); \
	    p = list_next_entry(p, member))
#define	list_for_each_entry_safe(p, n, h, member) \
	for (p = list_first_entry(h, __typeof(*(p)), member), n = list_next_entry(p, member); \
	    &(p)->member != (h); p = n, n = list_next_entry(n, member))

#endif /* _LINUXKPI_LINUX_LIST_H_ */
