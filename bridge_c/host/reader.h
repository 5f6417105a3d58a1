/* The ring's reader for programs without Go: the rules of csta_ring_view in C. */
#ifndef CSTA_HOST_READER_H
#define CSTA_HOST_READER_H

#include <stddef.h>

#include "../bridge.h"

/* Moves as many records as fit to buf. If there is none, 0: the reader then counts
 * as asleep. */
size_t host_take(const csta_ring_view *ring, unsigned char *buf, size_t size);

#endif
