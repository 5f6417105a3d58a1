/*
 * Measures the event handler as the switch's dispatcher would feel it: a burst
 * over all kinds of events with as many headers as the switch gives them, while
 * a reader takes them out. Prints the median and the 99th percentile in
 * nanoseconds for each kind and for all; the budget is 2500 at the median over
 * all, and 1000 for CALLSTATE and DTMF.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../bridge.h"
#include "core.h"
#include "reader.h"

/* Bursts of one event of each kind, built in another thread than the
 * dispatcher's, as on the switch. */
#define BURSTS 2000
#define KINDS (CSTA_KIND_LEG - 1)

extern switch_loadable_module_function_table_t mod_csta_socket_module_interface;

static const struct {
	const char *kind, *event, *subclass;
} kinds[KINDS] = {
#define K(kind, event, subclass) { #kind, event, subclass },
	CSTA_EVENT_KINDS(K)
#undef K
};

static const struct {
	const char *header;
} fields[] = {
#define H(field, header, max) { header },
	CSTA_FIELDS(H)
#undef H
};

/* Headers seen on a real switch. */
static int header_count(const char *kind)
{
	static const struct {
		const char *kind;
		int count;
	} counts[] = {
		{ "CREATE", 122 }, { "OUTGOING", 62 }, { "CALLSTATE", 80 }, { "DTMF", 63 },
		{ "ANSWER", 165 }, { "BRIDGE", 190 }, { "UNBRIDGE", 195 }, { "HANGUP", 200 },
		{ "DESTROY", 280 }, { "REGISTER", 35 }, { "UNREGISTER", 35 }, { "EXPIRE", 30 },
		{ "RELOADXML", 13 }, { "SHUTDOWN", 14 }, { "BOWOUT", 20 }
	};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		if (strcmp(counts[i].kind, kind) == 0) {
			return counts[i].count;
		}
	}
	return 170;
}

static switch_event_t *build(int kind, int burst)
{
	switch_event_t *event = host_event(kinds[kind].event, kinds[kind].subclass, NULL);
	const bool variables = header_count(kinds[kind].kind) > 100;
	int want = header_count(kinds[kind].kind) - 13;
	char name[64], value[64];

	for (size_t f = 0; f < sizeof fields / sizeof fields[0] && want > 0; f++) {
		const char *h = fields[f].header;
		const bool variable = strncmp(h, "variable_", 9) == 0;
		/* Of the variables that we want, a leg usually has a third. */
		const bool usual = !variable || (variables && f % 3 == 0);

		if (h[0] == '\0' || !usual) {
			continue;
		}
		if (strcmp(h, "Application") == 0) {
			snprintf(value, sizeof value, "playback");
		} else if (strcmp(h, "Action") == 0) {
			snprintf(value, sizeof value, "add-member");
		} else {
			snprintf(value, sizeof value, "%08x-3c1e-4ee0-9df0-1d2b63a0a1b2", burst);
		}
		host_header(event, h, value);
		want--;
	}
	for (; want > 0; want--) {
		snprintf(name, sizeof name, "variable_some_other_name_%d", want);
		snprintf(value, sizeof value, "some value of it %d", want);
		host_header(event, name, value);
	}
	return event;
}

static int64_t samples[KINDS][BURSTS];
static int taken[KINDS];

static void sample(const switch_event_t *event, int64_t nanoseconds)
{
	/* The handler was given its kind as the binding's data. */
	const size_t kind = (size_t)(uintptr_t)event->bind_user_data - 1;

	if (kind < KINDS && taken[kind] < BURSTS) {
		samples[kind][taken[kind]++] = nanoseconds;
	}
}

static _Atomic bool over;

static void *drain(void *unused)
{
	static unsigned char batch[1 << 16];
	csta_ring_view ring;
	struct pollfd ready = { .fd = csta_ring_listen(&ring), .events = POLLIN };
	uint64_t value;

	(void)unused;
	while (!atomic_load(&over)) {
		if (host_take(&ring, batch, sizeof batch) == 0) {
			poll(&ready, 1, 100);
			if (read(ready.fd, &value, sizeof value) < 0) {
				continue;
			}
		}
	}
	close(ready.fd);
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *name, int headers, int64_t *samples, size_t count)
{
	qsort(samples, count, sizeof *samples, ascending);
	printf("%-18s %7d %8lld %8lld\n", name, headers, (long long)samples[count / 2],
		(long long)samples[count * 99 / 100]);
}

int main(void)
{
	static int64_t all[KINDS * BURSTS];
	csta_ring_counters counters;
	pthread_t reader;

	host_open(1);
	if (!host_load(&mod_csta_socket_module_interface)) {
		return 1;
	}
	pthread_create(&reader, NULL, drain, NULL);
	host_time_handlers(sample);
	for (int burst = 0; burst < BURSTS; burst++) {
		switch_event_t *events[KINDS];

		for (int kind = 0; kind < (int)KINDS; kind++) {
			events[kind] = build(kind, burst);
		}
		for (int kind = 0; kind < (int)KINDS; kind++) {
			host_fire(events[kind]);
		}
		host_drain();
	}
	host_time_handlers(NULL);
	atomic_store(&over, true);
	pthread_join(reader, NULL);
	memcpy(all, samples, sizeof all);
	printf("%-18s %7s %8s %8s\n", "event", "headers", "p50 ns", "p99 ns");
	for (int kind = 0; kind < (int)KINDS; kind++) {
		print(kinds[kind].kind, header_count(kinds[kind].kind), samples[kind], BURSTS);
	}
	print("all", 0, all, KINDS * BURSTS);
	csta_ring_count(&counters);
	printf("handled %llu, lost %llu, wakeups %llu\n", (unsigned long long)counters.handled,
		(unsigned long long)counters.lost, (unsigned long long)counters.wakeups);
	host_unload();
	host_close();
	return 0;
}
