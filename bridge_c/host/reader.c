#include "reader.h"

#include <stdatomic.h>
#include <string.h>

static size_t drain(const csta_ring_view *ring, unsigned char *buf, size_t room)
{
	_Atomic uint64_t *tail = (_Atomic uint64_t *)(void *)ring->tail;
	uint64_t at = atomic_load_explicit(tail, memory_order_relaxed);
	size_t taken = 0;

	for (;;) {
		unsigned char *from = ring->memory + (at & (ring->size - 1));
		uint32_t size = atomic_load_explicit((_Atomic uint32_t *)(void *)from, memory_order_acquire);
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
		atomic_store_explicit(tail, at, memory_order_release);
	}
	return taken;
}

size_t host_take(const csta_ring_view *ring, unsigned char *buf, size_t size)
{
	_Atomic uint32_t *asleep = (_Atomic uint32_t *)(void *)ring->asleep;
	size_t taken;

	atomic_store_explicit(asleep, 0, memory_order_relaxed);
	taken = drain(ring, buf, size);
	if (taken > 0) {
		return taken;
	}
	atomic_store_explicit(asleep, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	taken = drain(ring, buf, size);
	if (taken > 0) {
		atomic_store_explicit(asleep, 0, memory_order_relaxed);
	}
	return taken;
}
