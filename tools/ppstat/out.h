/* SPDX-License-Identifier: BSD-2-Clause */
/* libxo(3), or, where a system has none, as much of it as is used here. */
#ifndef OUT_H
#define OUT_H

#ifdef PPSTAT_LIBXO
#include <libxo/xo.h>
#else
#include <stdint.h>

typedef struct xo_handle xo_handle_t;	/* only ever NULL */
#define	XO_STYLE_TEXT	0
#define	XO_STYLE_JSON	2
#define	XOF_PRETTY	1

int	xo_parse_args(int argc, char **argv);
void	xo_set_style(xo_handle_t *, unsigned style);
void	xo_set_flags(xo_handle_t *, uint64_t flags);
void	xo_open_container(const char *name);
void	xo_close_container(const char *name);
void	xo_open_list(const char *name);
void	xo_close_list(const char *name);
void	xo_open_instance(const char *name);
void	xo_close_instance(const char *name);
void	xo_emit(const char *fmt, ...);
void	xo_flush(void);
int	xo_finish(void);
void	xo_warnx(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
void	xo_errx(int status, const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));
void	xo_err(int status, const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));
#endif

#endif
