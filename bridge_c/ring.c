#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bridge.h"

/* How long the consumer stays awake after the last record. Waking it costs a
 * handler several times what its record costs, and events come in bursts. */
#define LINGER_NS 20000

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	"records are read as little endian by clients of the ring");
_Static_assert(sizeof(csta_record) == 32 && offsetof(csta_record, at) == 8,
	"the record's header has no padding");
_Static_assert(CSTA_RECORD_MAX % CSTA_RECORD_ALIGN == 0 && CSTA_RECORD_MAX < UINT16_MAX,
	"offsets in a record fit in 16 bits");

bool csta_ring_open(csta_ring *ring, size_t size)
{
	memset(ring, 0, sizeof *ring);
	ring->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (ring->wake < 0) {
		return false;
	}
	/* Populated now, so that no handler waits for a page. */
	ring->memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ring->memory == MAP_FAILED) {
		ring->memory = NULL;
		close(ring->wake);
		return false;
	}
	ring->size = size;
	return true;
}

void csta_ring_free(csta_ring *ring)
{
	if (ring->memory != NULL) {
		munmap(ring->memory, ring->size);
		close(ring->wake);
	}
	memset(ring, 0, sizeof *ring);
}

/* The size in a record's first four bytes is what publishes it. */
static _Atomic uint32_t *size_at(csta_ring *ring, uint64_t position)
{
	return (_Atomic uint32_t *)(void *)(ring->memory + (position & (ring->size - 1)));
}

static void publish(csta_ring *ring, uint64_t position, const csta_record *head,
	const unsigned char *body, size_t size)
{
	unsigned char *to = ring->memory + (position & (ring->size - 1));

	/* The gap at the ring's end may be shorter than a header. */
	memcpy(to + sizeof head->size, (const unsigned char *)head + sizeof head->size,
		sizeof head->kind + sizeof head->fields);
	if (body != NULL) {
		memcpy(to + CSTA_RECORD_ALIGN, body + CSTA_RECORD_ALIGN, size - CSTA_RECORD_ALIGN);
	}
	atomic_store_explicit(size_at(ring, position), (uint32_t)size, memory_order_release);
}

static void note_depth(csta_ring *ring, uint64_t depth)
{
	uint32_t deepest = atomic_load_explicit(&ring->deepest, memory_order_relaxed);

	while (depth > deepest && !atomic_compare_exchange_weak_explicit(&ring->deepest, &deepest,
		(uint32_t)depth, memory_order_relaxed, memory_order_relaxed)) {
	}
}

static void wake(csta_ring *ring)
{
	const uint64_t one = 1;

	/* Orders the record's publication before the look at `asleep`; the
	 * consumer does the reverse, so that one of the two sees the other. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ring->asleep, memory_order_relaxed) != 0
		&& atomic_exchange(&ring->asleep, 0) != 0) {
		atomic_fetch_add_explicit(&ring->wakeups, 1, memory_order_relaxed);
		while (write(ring->wake, &one, sizeof one) < 0 && errno == EINTR) {
		}
	}
}

bool csta_ring_put(csta_ring *ring, const unsigned char *record)
{
	csta_record head;
	csta_record gap = { .kind = CSTA_KIND_NONE };
	uint64_t at = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t used, skip;

	memcpy(&head, record, sizeof head);
	do {
		uint64_t left = ring->size - (at & (ring->size - 1));

		/* A record is never split; what is left at the end is skipped. */
		skip = left < head.size ? left : 0;
		used = at + skip + head.size - atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (used > ring->size) {
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(&ring->head, &at, at + skip + head.size,
		memory_order_relaxed, memory_order_relaxed));
	if (skip > 0) {
		publish(ring, at, &gap, NULL, skip);
	}
	publish(ring, at + skip, &head, record, head.size);
	note_depth(ring, used);
	wake(ring);
	return true;
}

static size_t drain(csta_ring *ring, unsigned char *buf, size_t room)
{
	uint64_t at = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t taken = 0;

	for (;;) {
		uint32_t size = atomic_load_explicit(size_at(ring, at), memory_order_acquire);
		unsigned char *from = ring->memory + (at & (ring->size - 1));
		uint16_t kind;

		if (size == 0) {
			break;
		}
		memcpy(&kind, from + offsetof(csta_record, kind), sizeof kind);
		if (kind != CSTA_KIND_NONE) {
			if (size > room - taken) {
				break;
			}
			memcpy(buf + taken, from, size);
			taken += size;
		}
		memset(from, 0, size);
		at += size;
		atomic_store_explicit(&ring->tail, at, memory_order_release);
	}
	return taken;
}

static int64_t nanoseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Drains, if need be for a while. */
static size_t linger(csta_ring *ring, unsigned char *buf, size_t size)
{
	size_t taken = drain(ring, buf, size);
	int64_t end;

	if (taken > 0) {
		return taken;
	}
	end = nanoseconds_now() + LINGER_NS;
	do {
		sched_yield();
		taken = drain(ring, buf, size);
	} while (taken == 0 && nanoseconds_now() < end);
	return taken;
}

size_t csta_ring_get(csta_ring *ring, unsigned char *buf, size_t size)
{
	size_t taken;

	atomic_store_explicit(&ring->asleep, 0, memory_order_relaxed);
	taken = linger(ring, buf, size);
	if (taken > 0) {
		return taken;
	}
	atomic_store_explicit(&ring->asleep, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	taken = drain(ring, buf, size);
	if (taken > 0) {
		atomic_store_explicit(&ring->asleep, 0, memory_order_relaxed);
	}
	return taken;
}
