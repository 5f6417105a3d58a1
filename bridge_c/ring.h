/*
 * A ring of records between many producers, which never wait, and one consumer.
 * Producers reserve their bytes by moving `head`, copy, and publish by storing
 * the record's size last; the consumer takes records in the order of their
 * reservation, and clears what it took, since a size of 0 means "not yet". The
 * consumer is Go's (ring/ring.go): a crossing into C would cost it more than the
 * records do.
 */
#ifndef CSTA_RING_H
#define CSTA_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge.h"

typedef struct {
	unsigned char *memory;
	size_t size;
	int wake;
	/* Producers and the consumer write to different cache lines. */
	_Alignas(64) _Atomic uint64_t head;
	_Atomic uint64_t handled;
	_Atomic uint64_t lost;
	_Atomic uint64_t truncated;
	_Atomic uint64_t wakeups;
	_Atomic uint32_t deepest;
	_Alignas(64) _Atomic uint64_t tail;
	_Alignas(64) _Atomic uint32_t asleep;
} csta_ring;

/* size is a power of two. false: memory or descriptors ran out. */
bool csta_ring_open(csta_ring *ring, size_t size);
void csta_ring_free(csta_ring *ring);

/* Copies a csta_record into the ring and wakes the consumer if it sleeps.
 * false: full, nothing done. */
bool csta_ring_put(csta_ring *ring, const unsigned char *record);

/* Where the consumer finds what it shares with the producers (see bridge.h). */
void csta_ring_share(csta_ring *ring, csta_ring_view *view);

/* Bytes that are reserved and not yet taken; any thread may ask. */
size_t csta_ring_waiting(csta_ring *ring);

#endif
