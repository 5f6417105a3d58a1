#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge.h"

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

/* The size in a record's first four bytes is what publishes it: stored with
 * release by its producer after all else, read with acquire by the consumer
 * before all else. */
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

/* Called between the reservation that ends at `end` and its publication: the
 * consumer cannot be beyond it yet. */
static void note_depth(csta_ring *ring, uint64_t end)
{
	uint64_t depth = end - atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t deepest = atomic_load_explicit(&ring->deepest, memory_order_relaxed);

	while (depth > deepest && !atomic_compare_exchange_weak_explicit(&ring->deepest, &deepest,
		(uint32_t)depth, memory_order_relaxed, memory_order_relaxed)) {
	}
}

static void wake(csta_ring *ring)
{
	const uint64_t one = 1;

	/* Orders the record's publication before the look at `asleep`; the
	 * consumer does the reverse, so that one of the two sees the other. Release
	 * and acquire would not do: a store may pass a later load of another word,
	 * on amd64 too. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ring->asleep, memory_order_relaxed) != 0
		&& atomic_exchange(&ring->asleep, 0) != 0) {
		atomic_fetch_add_explicit(&ring->wakeups, 1, memory_order_relaxed);
		while (write(ring->wake, &one, sizeof one) < 0 && errno == EINTR) {
		}
	}
}

/*
 * Reserves size bytes in one piece: they begin at *at + *skip, and the *skip bytes
 * before them, left at the ring's end, are reserved as well. false: full.
 *
 * Head and tail are two words, and a thread may sleep for milliseconds between
 * its looks at them. Read head first, and the tail may have passed it on return:
 * the difference is then negative, and as unsigned enormous. Read tail first, and
 * the ring may have gone round since: the difference is then more than the ring.
 * So tail is read before head, which keeps the difference from being negative, and
 * a ring that seems full is believed only if tail is still the same afterwards.
 *
 * Why the orders below are enough, on processors that reorder what may be
 * reordered (arm64) as well:
 * - tail, acquire, pairs with the consumer's release when it has cleared. What is free was
 *   cleared before we write there; and since the consumer read the sizes that
 *   producers released after they had moved head, the head that we read next is
 *   not older than that tail.
 * - head, acquire, pairs with the release of the exchange below. It keeps the
 *   second look at tail behind it; and since whoever moved head had read tail
 *   before, that look finds no older tail than that producer knew. If it finds the
 *   first one, nothing that made head what it is rests on a newer tail: the ring
 *   is full.
 * - the exchange's failure needs no order: everything is read anew. head never
 *   comes back to a value it had, so that its success proves *at current; tail
 *   may have moved on, which only leaves more room than was counted.
 * The loop ends: it goes round only when the consumer or another producer moved.
 */
static bool reserve(csta_ring *ring, size_t size, uint64_t *at, uint64_t *skip)
{
	for (;;) {
		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
		uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
		uint64_t left = ring->size - (head & (ring->size - 1));

		/* A record is never split; what is left at the end is skipped. */
		*skip = left < size ? left : 0;
		if (head - tail + *skip + size > ring->size) {
			if (atomic_load_explicit(&ring->tail, memory_order_relaxed) == tail) {
				return false;
			}
			continue;
		}
		*at = head;
		if (atomic_compare_exchange_weak_explicit(&ring->head, &head, head + *skip + size,
			memory_order_release, memory_order_relaxed)) {
			return true;
		}
	}
}

bool csta_ring_put(csta_ring *ring, const unsigned char *record)
{
	csta_record head;
	csta_record gap = { .kind = CSTA_KIND_NONE };
	uint64_t at, skip;

	memcpy(&head, record, sizeof head);
	if (!reserve(ring, head.size, &at, &skip)) {
		return false;
	}
	note_depth(ring, at + skip + head.size);
	if (skip > 0) {
		publish(ring, at, &gap, NULL, skip);
	}
	publish(ring, at + skip, &head, record, head.size);
	wake(ring);
	return true;
}

size_t csta_ring_waiting(csta_ring *ring)
{
	uint64_t tail, head;

	/* As in reserve: a head and a tail of the same moment. */
	do {
		tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
		head = atomic_load_explicit(&ring->head, memory_order_acquire);
	} while (atomic_load_explicit(&ring->tail, memory_order_relaxed) != tail);
	return (size_t)(head - tail);
}

void csta_ring_share(csta_ring *ring, csta_ring_view *view)
{
	*view = (csta_ring_view){
		.memory = ring->memory,
		.size = ring->size,
		.tail = (uint64_t *)(void *)&ring->tail,
		.lost = (uint64_t *)(void *)&ring->lost,
		.asleep = (uint32_t *)(void *)&ring->asleep,
	};
}
