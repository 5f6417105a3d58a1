#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "producers.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The ring as the module has it. */
#include "../../ring.c"

#define MOST_THREADS 16
#define SHORTEST 48
/* Every so many records a producer sleeps, so that the reader does, too. */
#define PAUSE_EVERY 64
#define PAUSE_NS 100000

struct producers {
	csta_ring ring;
	int threads;
	long records;
	_Atomic int next;
	_Atomic long refused;
	_Atomic bool over;
	pthread_t thread[MOST_THREADS];
};

typedef struct {
	csta_record head;
	int64_t producer, number;
	unsigned char filling[208];
} numbered;

static void *produce(void *of)
{
	producers *all = of;
	const int64_t me = atomic_fetch_add(&all->next, 1);
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int64_t number = 1; number <= all->records; number++) {
		numbered r = {
			.head = { .size = SHORTEST + (uint32_t)(number * 7 + me) % 20 * CSTA_RECORD_ALIGN,
				.kind = CSTA_KIND_CREATE },
			.producer = me,
			.number = number,
		};

		memset(r.filling, (int)(number % 251), sizeof r.filling);
		while (!csta_ring_put(&all->ring, (const unsigned char *)&r) && !atomic_load(&all->over)) {
			atomic_fetch_add(&all->refused, 1);
			sched_yield();
		}
		if (number % PAUSE_EVERY == 0) {
			nanosleep(&pause, NULL);
		}
	}
	return NULL;
}

producers *producers_start(size_t size, int threads, long records, csta_ring_view *view, int *wake)
{
	producers *all = aligned_alloc(64, (sizeof *all + 63) / 64 * 64);

	if (all == NULL || threads > MOST_THREADS) {
		free(all);
		return NULL;
	}
	memset(all, 0, sizeof *all);
	all->records = records;
	if (!csta_ring_open(&all->ring, size)) {
		free(all);
		return NULL;
	}
	csta_ring_share(&all->ring, view);
	*wake = dup(all->ring.wake);
	while (all->threads < threads
		&& pthread_create(&all->thread[all->threads], NULL, produce, all) == 0) {
		all->threads++;
	}
	return all;
}

long producers_refused(producers *of)
{
	return atomic_load(&of->refused);
}

void producers_end(producers *of)
{
	atomic_store(&of->over, true);
	for (int i = 0; i < of->threads; i++) {
		pthread_join(of->thread[i], NULL);
	}
	csta_ring_free(&of->ring);
	free(of);
}
