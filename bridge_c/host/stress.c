/*
 * Stresses the event ring alone: several producers, as the switch may have
 * several dispatcher threads, and one consumer. Each producer waits until what it
 * put has been taken, so that the ring is nearly empty all the time: a record
 * that is refused all the same, or a depth beyond what can be outstanding, is a
 * fault of the reservation. The ring is small, and a signal makes now this, now
 * that producer sleep wherever it is: one that slept in the middle of a
 * reservation finds that the ring has gone round meanwhile. A second round lets
 * the producers run freely: the ring is often full then, and what it took must
 * come out once, whole and in order.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../bridge.h"
#include "../ring.h"
#include "expect.h"
#include "reader.h"

#define PRODUCERS 8
#define OUTSTANDING 16
#define SHORTEST 48
#define LONGEST 120
#define RING_BYTES 16384
#define BATCH_BYTES 4096
/* How long a disturbed producer sleeps, and the pause between two signals. */
#define SLEEP_NS 300000
#define PAUSE_NS 50000

/* What the producers can have in the ring at once, and the gap at its end. */
#define DEEPEST (PRODUCERS * OUTSTANDING * LONGEST + LONGEST)
_Static_assert(DEEPEST < RING_BYTES, "what is outstanding always fits");

static csta_ring ring;
static long records;
static bool patient;
static _Atomic bool produced;
static _Atomic int running;
static _Atomic long taken[PRODUCERS];
static _Atomic long refused[PRODUCERS];
static long skipped[PRODUCERS];

typedef struct {
	csta_record head;
	int64_t producer, number;
	unsigned char filling[LONGEST - sizeof(csta_record) - 16];
} numbered;
_Static_assert(sizeof(numbered) == LONGEST, "a record without padding");

static size_t size_of(long producer, long number)
{
	return SHORTEST + (size_t)(number * 7 + producer) % 10 * CSTA_RECORD_ALIGN;
}

static unsigned char filling_of(long producer, long number)
{
	return (unsigned char)(number * 31 + producer + 1);
}

static void sleep_for(long nanoseconds)
{
	const struct timespec time = { .tv_nsec = nanoseconds };

	nanosleep(&time, NULL);
}

static void disturbed(int unused)
{
	(void)unused;
	sleep_for(SLEEP_NS);
}

static pthread_t producers[PRODUCERS];

static void *disturb(void *unused)
{
	(void)unused;
	for (unsigned i = 0; !atomic_load(&produced); i++) {
		pthread_kill(producers[i % PRODUCERS], SIGUSR1);
		sleep_for(PAUSE_NS);
	}
	return NULL;
}

static void *produce(void *which)
{
	const long me = (long)(intptr_t)which;

	for (long number = 1; number <= records; number++) {
		numbered r = {
			.head = { .size = (uint32_t)size_of(me, number), .kind = CSTA_KIND_CREATE },
			.producer = me,
			.number = number,
		};

		memset(r.filling, filling_of(me, number), sizeof r.filling);
		if (!csta_ring_put(&ring, (const unsigned char *)&r)) {
			atomic_fetch_add(&refused[me], 1);
			sched_yield();
		}
		while (patient && number - atomic_load(&taken[me]) - atomic_load(&refused[me])
			>= OUTSTANDING) {
			sched_yield();
		}
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void check(const unsigned char *record, long *last)
{
	numbered r = { 0 };
	uint32_t size;
	bool whole;

	memcpy(&size, record, sizeof size);
	EXPECT(size >= SHORTEST && size <= LONGEST);
	memcpy(&r, record, size <= LONGEST ? size : LONGEST);
	EXPECT(r.producer >= 0 && r.producer < PRODUCERS);
	if (r.producer < 0 || r.producer >= PRODUCERS) {
		return;
	}
	EXPECT(size == size_of(r.producer, r.number));
	EXPECT(r.number > last[r.producer]);
	skipped[r.producer] += r.number - last[r.producer] - 1;
	last[r.producer] = r.number;
	whole = true;
	for (size_t i = 0; i < size - offsetof(numbered, filling); i++) {
		whole = whole && r.filling[i] == filling_of(r.producer, r.number);
	}
	EXPECT(whole);
	atomic_fetch_add(&taken[r.producer], 1);
}

static void *consume(void *unused)
{
	static unsigned char batch[BATCH_BYTES];
	struct pollfd ready = { .fd = ring.wake, .events = POLLIN };
	long last[PRODUCERS] = { 0 };
	csta_ring_view shared;

	(void)unused;
	csta_ring_share(&ring, &shared);
	for (;;) {
		bool over = atomic_load(&produced);
		size_t n = host_take(&shared, batch, sizeof batch);
		uint32_t size;

		for (size_t at = 0; at < n; at += size) {
			memcpy(&size, batch + at, sizeof size);
			check(batch + at, last);
		}
		EXPECT(csta_ring_waiting(&ring) <= RING_BYTES);
		if (n == 0) {
			uint64_t value;

			if (over) {
				break;
			}
			/* Nobody says when the producers are done. */
			poll(&ready, 1, 50);
			if (read(ready.fd, &value, sizeof value) < 0) {
				continue;
			}
		}
	}
	for (int i = 0; i < PRODUCERS; i++) {
		skipped[i] += records - last[i];
	}
	return NULL;
}

static void play(const char *name, bool waiting_for_the_consumer)
{
	pthread_t consumer, disturber;
	long came = 0, lost = 0;

	EXPECT(csta_ring_open(&ring, RING_BYTES));
	patient = waiting_for_the_consumer;
	atomic_store(&produced, false);
	atomic_store(&running, PRODUCERS);
	for (int i = 0; i < PRODUCERS; i++) {
		atomic_store(&taken[i], 0);
		atomic_store(&refused[i], 0);
		skipped[i] = 0;
	}
	pthread_create(&consumer, NULL, consume, NULL);
	for (int i = 0; i < PRODUCERS; i++) {
		pthread_create(&producers[i], NULL, produce, (void *)(intptr_t)i);
	}
	pthread_create(&disturber, NULL, disturb, NULL);
	/* A thread may be signalled as long as it is not joined. */
	while (atomic_load(&running) > 0) {
		sleep_for(PAUSE_NS);
	}
	atomic_store(&produced, true);
	pthread_join(disturber, NULL);
	for (int i = 0; i < PRODUCERS; i++) {
		pthread_join(producers[i], NULL);
	}
	pthread_join(consumer, NULL);
	for (int i = 0; i < PRODUCERS; i++) {
		came += atomic_load(&taken[i]);
		lost += atomic_load(&refused[i]);
		EXPECT(skipped[i] == atomic_load(&refused[i]));
	}
	printf("%s: %ld records, %ld refused, %u bytes at the deepest\n", name, came, lost,
		atomic_load(&ring.deepest));
	EXPECT(came + lost == records * PRODUCERS);
	EXPECT(csta_ring_waiting(&ring) == 0);
	EXPECT(atomic_load(&ring.deepest) <= RING_BYTES);
	if (patient) {
		EXPECT(lost == 0);
		EXPECT(atomic_load(&ring.deepest) <= DEEPEST);
	}
	csta_ring_free(&ring);
}

/* The argument is how many records each producer puts. */
int main(int count, char **arguments)
{
	const struct sigaction on_signal = { .sa_handler = disturbed, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &on_signal, NULL);
	records = count > 1 ? atol(arguments[1]) : 40000;
	play("nearly empty", true);
	play("often full", false);
	if (failed > 0) {
		fprintf(stderr, "%d expectations failed\n", failed);
		return 1;
	}
	puts("all expectations hold");
	return 0;
}
