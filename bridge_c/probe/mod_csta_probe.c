/*
 * A module of the switch for measurements, compiled and loaded by csta/bench. It
 * fires DTMF events of a leg, as the switch itself does when a digit is taken
 * from the leg's queue, and says when each was fired and when the switch's
 * dispatcher brought it to a handler. It can also write the same bytes to sockets
 * from there, which is what any way of telling clients is compared with. Times are
 * CLOCK_MONOTONIC in nanoseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../switch_abi.h"

#define MODULE "mod_csta_probe"
/* Events of one run. */
#define MOST 100000
/* How long the last events of a run may take to the handler. */
#define PATIENCE_NS INT64_C(5000000000)

/* Sockets that the handler writes to, and bytes that it writes to each. */
#define MOST_SOCKETS 1000
#define MOST_BYTES 65536

static int64_t fired[MOST], handled[MOST], written[MOST];
static int sockets[MOST_SOCKETS];
static int open_sockets;
static char bytes[MOST_BYTES];
static size_t length;
static _Atomic int next_handled, unwritten;
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
	if (n >= MOST) {
		return;
	}
	handled[n] = nanoseconds_now();
	for (int i = 0; i < open_sockets; i++) {
		if (send(sockets[i], bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)length) {
			atomic_fetch_add(&unwritten, 1);
		}
	}
	written[n] = nanoseconds_now();
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
	atomic_store(&unwritten, 0);
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
	if (atomic_load(&unwritten) > 0) {
		stream->write_function(stream, "-ERR a socket was full\n");
		return;
	}
	for (int n = 0; n < count; n++) {
		stream->write_function(stream, "%" PRId64 " %" PRId64 " %" PRId64 "\n", fired[n],
			handled[n], written[n]);
	}
}

static void close_sockets(void)
{
	while (open_sockets > 0) {
		close(sockets[--open_sockets]);
	}
}

static bool connect_one(int port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return false;
	}
	if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0
		|| setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0) {
		close(fd);
		return false;
	}
	sockets[open_sockets++] = fd;
	return true;
}

/* csta_probe_writes <port> <sockets> <file with the bytes>; no sockets: writes nothing any
 * more. Only while nothing is fired: the handler reads what stands here. */
static switch_status_t writes(const char *text, switch_core_session_t *session,
	switch_stream_handle_t *stream)
{
	char file[256];
	int port, count;
	FILE *from;

	(void)session;
	if (text == NULL || sscanf(text, "%d %d %255s", &port, &count, file) != 3 || port < 1
		|| port > 65535 || count < 0 || count > MOST_SOCKETS) {
		stream->write_function(stream, "-ERR usage: port sockets file\n");
		return SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_lock(&running);
	close_sockets();
	length = 0;
	from = fopen(file, "rb");
	if (from != NULL) {
		length = fread(bytes, 1, sizeof bytes, from);
		fclose(from);
	}
	while (length > 0 && open_sockets < count && connect_one(port)) {
	}
	if (open_sockets < count) {
		close_sockets();
		stream->write_function(stream, "-ERR not connected\n");
	} else {
		stream->write_function(stream, "+OK\n");
	}
	pthread_mutex_unlock(&running);
	return SWITCH_STATUS_SUCCESS;
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
	api = switch_loadable_module_create_interface(*module, SWITCH_API_INTERFACE);
	api->interface_name = "csta_probe_writes";
	api->desc = "Has the dispatcher write bytes to sockets at each event";
	api->function = writes;
	api->syntax = "<port> <sockets> <file>";
	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t unload(void)
{
	switch_event_unbind(&node);
	close_sockets();
	return SWITCH_STATUS_SUCCESS;
}

__attribute__((visibility("default")))
switch_loadable_module_function_table_t mod_csta_probe_module_interface = {
	.switch_api_version = SWITCH_API_VERSION,
	.load = load,
	.shutdown = unload,
};
