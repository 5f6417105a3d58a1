/*
 * A module of the switch for measurements, compiled and loaded by csta/bench. It
 * fires DTMF events of a leg, as the switch itself does when a digit is taken
 * from the leg's queue, and says when each was fired and when the switch's
 * dispatcher brought it to a handler. Times are CLOCK_MONOTONIC in nanoseconds.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../switch_abi.h"

#define MODULE "mod_csta_probe"
/* Events of one run. */
#define MOST 100000
/* How long the last events of a run may take to the handler. */
#define PATIENCE_NS INT64_C(5000000000)

static int64_t fired[MOST], handled[MOST];
static _Atomic int next_handled;
static _Atomic bool counting;
static pthread_mutex_t running = PTHREAD_MUTEX_INITIALIZER;
static switch_event_node_t *node;
static switch_event_types_t dtmf;

static int64_t nanoseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void wait_until(int64_t when)
{
	const struct timespec then = { .tv_sec = when / 1000000000, .tv_nsec = when % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
}

/* Runs in the switch's dispatcher. */
static void handle(switch_event_t *event)
{
	int n;

	(void)event;
	if (!atomic_load(&counting)) {
		return;
	}
	n = atomic_fetch_add(&next_handled, 1);
	if (n < MOST) {
		handled[n] = nanoseconds_now();
	}
}

/* Fires one event with all that the switch knows of the leg. */
static bool fire(switch_channel_t *channel, int n)
{
	static const char digits[] = "0123456789*#ABCD";
	const char digit[2] = { digits[n % 16], 0 };
	switch_event_t *event;

	if (switch_event_create_subclass_detailed(CSTA_HERE, &event, dtmf, NULL)
		!= SWITCH_STATUS_SUCCESS) {
		return false;
	}
	switch_channel_event_set_data(channel, event);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "DTMF-Digit", digit);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "DTMF-Duration", "1280");
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "DTMF-Source", "RTP");
	fired[n] = nanoseconds_now();
	return switch_event_fire_detailed(CSTA_HERE, &event, NULL) == SWITCH_STATUS_SUCCESS;
}

static void run(switch_stream_handle_t *stream, const char *uuid, int count, int64_t gap,
	int64_t spread)
{
	switch_core_session_t *session = switch_core_session_perform_locate(uuid, CSTA_HERE);
	switch_channel_t *channel;
	int64_t at, patience;

	if (session == NULL) {
		stream->write_function(stream, "-ERR no such leg\n");
		return;
	}
	channel = switch_core_session_get_channel(session);
	atomic_store(&next_handled, 0);
	atomic_store(&counting, true);
	at = nanoseconds_now();
	for (int n = 0; n < count; n++) {
		if (gap > 0) {
			at += gap + (spread > 0 ? (int64_t)random() % spread : 0);
			wait_until(at);
		}
		if (!fire(channel, n)) {
			stream->write_function(stream, "-ERR event %d was not fired\n", n);
			count = n;
		}
	}
	switch_core_session_rwunlock(session);
	patience = nanoseconds_now() + PATIENCE_NS;
	while (atomic_load(&next_handled) < count && nanoseconds_now() < patience) {
		wait_until(nanoseconds_now() + 1000000);
	}
	atomic_store(&counting, false);
	for (int n = 0; n < count; n++) {
		stream->write_function(stream, "%" PRId64 " %" PRId64 "\n", fired[n], handled[n]);
	}
}

/* csta_probe <uuid> <count> <microseconds between two> <random part of them> */
static switch_status_t command(const char *text, switch_core_session_t *session,
	switch_stream_handle_t *stream)
{
	char uuid[64];
	int count;
	long gap, spread;

	(void)session;
	if (text == NULL || sscanf(text, "%63s %d %ld %ld", uuid, &count, &gap, &spread) != 4
		|| count < 1 || count > MOST || gap < 0 || spread < 0) {
		stream->write_function(stream, "-ERR usage: uuid count gap spread\n");
		return SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_lock(&running);
	run(stream, uuid, count, (int64_t)gap * 1000, (int64_t)spread * 1000);
	pthread_mutex_unlock(&running);
	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t load(switch_loadable_module_interface_t **module,
	switch_memory_pool_t *pool)
{
	switch_api_interface_t *api;

	*module = switch_loadable_module_create_module_interface(pool, MODULE);
	if (switch_name_event("DTMF", &dtmf) != SWITCH_STATUS_SUCCESS
		|| switch_event_bind_removable(MODULE, dtmf, NULL, handle, NULL, &node)
			!= SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_FALSE;
	}
	api = switch_loadable_module_create_interface(*module, SWITCH_API_INTERFACE);
	api->interface_name = "csta_probe";
	api->desc = "Fires events for measurements";
	api->function = command;
	api->syntax = "<uuid> <count> <microseconds between two> <random part>";
	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t shutdown(void)
{
	switch_event_unbind(&node);
	return SWITCH_STATUS_SUCCESS;
}

__attribute__((visibility("default")))
switch_loadable_module_function_table_t mod_csta_probe_module_interface = {
	.switch_api_version = SWITCH_API_VERSION,
	.load = load,
	.shutdown = shutdown,
};
