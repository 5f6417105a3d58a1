#ifndef CSTA_CHECK_PRODUCERS_H
#define CSTA_CHECK_PRODUCERS_H

#include "../../bridge.h"

typedef struct producers producers;

/* NULL: memory or threads ran out. *wake is to be closed by the caller. */
producers *producers_start(size_t size, int threads, long records, csta_ring_view *view, int *wake);
long producers_refused(producers *of);
void producers_end(producers *of);

#endif
