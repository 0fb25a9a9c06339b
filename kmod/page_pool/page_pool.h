/* SPDX-License-Identifier: BSD-2-Clause */
/* What the C files of page_pool.ko share. */
#ifndef PAGE_POOL_H
#define PAGE_POOL_H

MALLOC_DECLARE(M_PAGE_POOL);
SYSCTL_DECL(_compat_page_pool);

/*
 * Around what reads the list of pools: the module does not go meanwhile.
 * read_exit() also follows a read_enter() that said no.
 */
bool	lkpirs_page_pool_read_enter(void);
void	lkpirs_page_pool_read_exit(void);

/* At unload, with no pool left: nobody is in what mbufs call; 0 or an errno. */
int	lkpirs_page_pool_mbufs_end(void);

#endif
