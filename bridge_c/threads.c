/*
 * Keeps Go's threads and the switch's apart.
 *
 * The switch runs its threads in real time when it may, and its signal handlers
 * are not made for goroutines' small stacks. So Go's threads must be born with
 * normal scheduling and with the asynchronous signals blocked; and since Go may
 * start a thread from whatever thread it is entered by, the switch's own threads
 * never enter it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "internal.h"

/* Stack of the thread that enters Go; goroutines have their own, and what C does
 * on it is little. The switch's limit for its threads may be smaller. */
#define ENTRY_STACK_BYTES (512 * 1024)

/* Signals that a thread raises by itself, and those that Go's runtime sends to
 * its threads. All others are the switch's. */
static void go_signals(sigset_t *blocked)
{
	static const int kept[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGURG,
		SIGPROF };

	sigfillset(blocked);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		sigdelset(blocked, kept[i]);
	}
}

static struct {
	bool changed;
	pthread_t thread;
	int policy;
	struct sched_param priority;
	int nice;
	sigset_t signals;
} before_go;

/* Runs before Go's own initialiser, in the thread that loads the file: Go's first
 * thread, and by it most others, inherit what this sets. csta_threads_restore
 * gives the loading thread back what it had. On later loads the file is still
 * mapped and this does not run. */
__attribute__((constructor(101))) static void prepare_for_go(void)
{
	const struct sched_param normal = { .sched_priority = 0 };
	sigset_t blocked;

	before_go.thread = pthread_self();
	if (pthread_getschedparam(before_go.thread, &before_go.policy, &before_go.priority) != 0) {
		return;
	}
	go_signals(&blocked);
	if (pthread_sigmask(SIG_SETMASK, &blocked, &before_go.signals) != 0) {
		return;
	}
	if (before_go.policy != SCHED_OTHER) {
		pthread_setschedparam(before_go.thread, SCHED_OTHER, &normal);
	}
	errno = 0;
	before_go.nice = getpriority(PRIO_PROCESS, 0);
	if (errno != 0) {
		before_go.nice = 0;
	}
	if (before_go.nice < 0) {
		setpriority(PRIO_PROCESS, 0, 0);
	}
	before_go.changed = true;
}

void csta_threads_restore(void)
{
	bool kept = false;

	if (!before_go.changed || !pthread_equal(before_go.thread, pthread_self())) {
		return;
	}
	before_go.changed = false;
	pthread_sigmask(SIG_SETMASK, &before_go.signals, NULL);
	if (before_go.nice < 0) {
		kept = setpriority(PRIO_PROCESS, 0, before_go.nice) != 0;
	}
	if (before_go.policy != SCHED_OTHER) {
		kept = pthread_setschedparam(before_go.thread, before_go.policy, &before_go.priority) != 0
			|| kept;
	}
	if (kept) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING,
			"The loading thread keeps normal scheduling: no right to its former priority\n");
	}
}

typedef struct {
	void (*function)(void *);
	void *argument;
} entry;

static void *enter(void *to)
{
	const struct sched_param normal = { .sched_priority = 0 };
	entry *e = to;
	sigset_t blocked;

	/* What it inherited from the switch's thread. */
	go_signals(&blocked);
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
	pthread_setschedparam(pthread_self(), SCHED_OTHER, &normal);
	if (getpriority(PRIO_PROCESS, 0) < 0) {
		setpriority(PRIO_PROCESS, 0, 0);
	}
	e->function(e->argument);
	return NULL;
}

bool csta_enter_go(void (*function)(void *), void *argument)
{
	entry e = { .function = function, .argument = argument };
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, ENTRY_STACK_BYTES);
	error = pthread_create(&thread, &attributes, enter, &e);
	pthread_attr_destroy(&attributes);
	if (error != 0) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "No thread for the engine: %s\n", strerror(error));
		return false;
	}
	pthread_join(thread, NULL);
	return true;
}
