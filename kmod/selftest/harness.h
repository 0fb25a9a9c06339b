/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the cases of a kld, says what came out in TAP, and judges what each
 * left behind.  Part of selftest.ko and of selftest_pool.ko. */
#include "kmod/selftest/selftest.h"

#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <machine/atomic.h>

bool
selftest_expect(struct test *t, bool ok, const char *file, int line,
    const char *expr)
{
	if (!ok && atomic_cmpset_int(&t->failed, 0, 1)) {
		t->file = file;
		t->line = line;
		t->expr = expr;
	}
	return (ok);
}

uint32_t
selftest_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8);
}

struct team {
	struct mtx	lock;
	int		left;
};

struct member {
	struct test	*t;
	struct team	*team;
	void		(*f)(struct test *, void *, int);
	void		*arg;
	int		id;
};

static void
member_thread(void *arg)
{
	struct member *m = arg;
	struct team *team = m->team;

	m->f(m->t, m->arg, m->id);
	mtx_lock(&team->lock);
	team->left--;
	wakeup(team);
	mtx_unlock(&team->lock);
	kthread_exit();
}

void
selftest_threads(struct test *t, int n, void (*f)(struct test *, void *, int),
    void *arg)
{
	struct team *team;
	struct member *m;
	int error;

	team = malloc(sizeof(*team), M_SELFTEST, M_WAITOK | M_ZERO);
	m = malloc(n * sizeof(*m), M_SELFTEST, M_WAITOK | M_ZERO);
	mtx_init(&team->lock, "selftest team", NULL, MTX_DEF);
	for (int i = 0; i < n; i++) {
		m[i] = (struct member){ t, team, f, arg, i };
		mtx_lock(&team->lock);
		team->left++;
		mtx_unlock(&team->lock);
		error = kthread_add(member_thread, &m[i], NULL, NULL, 0, 0,
		    "selftest%d", i);
		if (!EXPECT(error == 0)) {
			/* The others may wait for what it does. */
			f(t, arg, i);
			mtx_lock(&team->lock);
			team->left--;
			mtx_unlock(&team->lock);
		}
	}
	mtx_lock(&team->lock);
	while (team->left > 0)
		mtx_sleep(team, &team->lock, 0, "selftest", 0);
	mtx_unlock(&team->lock);
	mtx_destroy(&team->lock);
	free(m, M_SELFTEST);
	free(team, M_SELFTEST);
}

static int passed, failed;

/* Some things go back from a task: they have a second for it. */
static bool
all_back(uint64_t live)
{
	for (int i = 0; i < 200 && selftest_suite.live() != live; i++)
		pause_sbt("selftest", 5 * SBT_1MS, 0, C_HARDCLOCK);
	return (selftest_suite.live() == live);
}

static void
run_case(const struct test_case *c, int number)
{
	struct test test = { 0 }, *t = &test;
	uint64_t live = selftest_suite.live();
	uint64_t errors = selftest_suite.errors();

	c->fn(t);
	EXPECT(all_back(live));
	EXPECT(selftest_suite.errors() == errors + t->mistakes);
	if (t->failed != 0) {
		failed++;
		printf("not ok %d - %s: %s:%d %s\n", number, c->name, t->file,
		    t->line, t->expr);
	} else {
		passed++;
		printf("ok %d - %s%s%s\n", number, c->name,
		    t->skip != NULL ? " # SKIP " : "", t->skip != NULL ? t->skip : "");
	}
}

static const struct test_case *
find(const char *name)
{
	for (const struct test_case *c = selftest_suite.cases; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return (c);
	return (NULL);
}

/* All cases, or those named; 0 if all passed, else an errno. */
int
selftest_main(int argc, char **argv)
{
	const struct test_case *c;
	int n = 0;

	passed = failed = 0;
	for (int i = 1; i < argc; i++)
		if (find(argv[i]) == NULL) {
			printf("%s: no case \"%s\"\n", selftest_suite.name, argv[i]);
			return (EINVAL);
		}
	for (int i = 1; i < argc; i++)
		run_case(find(argv[i]), ++n);
	if (argc <= 1)
		for (c = selftest_suite.cases; c->name != NULL; c++)
			run_case(c, ++n);
	printf("1..%d\n%s: %d passed, %d failed\n", n, selftest_suite.name, passed,
	    failed);
	return (failed != 0 ? EDOOFUS : 0);
}
