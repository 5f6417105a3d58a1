/*
 * Runs the module's C side, linked in with a stub for Go, through everything it
 * does. It is built with sanitizers.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bridge.h"
#include "core.h"
#include "expect.h"
#include "reader.h"
#include "stub.h"

extern switch_loadable_module_function_table_t mod_csta_socket_module_interface;

#define S(literal) ((csta_str){ literal, sizeof literal - 1 })
#define EVENT_KINDS (CSTA_KIND_LEG - 1)

static csta_str text_of(const char *text)
{
	return (csta_str){ text, strlen(text) };
}

static void load(void)
{
	EXPECT(host_load(&mod_csta_socket_module_interface));
}

static void nothing_left(void)
{
	EXPECT(host_bindings() == 0);
	EXPECT(host_completions() == 0);
	EXPECT(host_subclasses() == 0);
}

/* Looks for a field in a record; NULL if it is not there. */
static const char *field(const unsigned char *record, csta_field wanted, char *out)
{
	csta_record head;
	size_t at = sizeof head;

	memcpy(&head, record, sizeof head);
	for (int i = 0; i < head.fields; i++) {
		uint16_t part[2];

		memcpy(part, record + at, sizeof part);
		at += sizeof part;
		if (at + part[1] > head.size) {
			EXPECT(!"field within its record");
			return NULL;
		}
		if (part[0] == wanted) {
			memcpy(out, record + at, part[1]);
			out[part[1]] = '\0';
			return out;
		}
		at += part[1];
	}
	return NULL;
}

static bool field_is(const unsigned char *record, csta_field wanted, const char *value)
{
	char out[2048];
	const char *found = field(record, wanted, out);

	if (found == NULL || strcmp(found, value) != 0) {
		fprintf(stderr, "field %d is %s, want %s\n", wanted, found != NULL ? found : "missing", value);
		return false;
	}
	return true;
}

static bool lacks_field(const unsigned char *record, csta_field wanted)
{
	char out[2048];

	return field(record, wanted, out) == NULL;
}

static csta_record head_of(const unsigned char *record)
{
	csta_record head;

	memcpy(&head, record, sizeof head);
	return head;
}

/* A descriptor of the ring's eventfd, to be closed; -1 if the module is not loaded. */
static int host_ring_wake(void)
{
	csta_ring_view ring;

	return csta_ring_listen(&ring);
}

/* host_take with the module's ring; 0 if it is not loaded. *lost is the total of the
 * events lost since the load. */
static size_t host_take_events(unsigned char *buf, size_t size, uint64_t *lost)
{
	csta_ring_view ring;
	int wake = csta_ring_listen(&ring);
	size_t taken;

	*lost = 0;
	if (wake < 0) {
		return 0;
	}
	taken = host_take(&ring, buf, size);
	*lost = atomic_load((_Atomic uint64_t *)(void *)ring.lost);
	close(wake);
	return taken;
}

/* Takes one batch, of which exactly one record is expected. */
static unsigned char batch[1 << 16];

static bool take_one(csta_kind kind)
{
	uint64_t lost;
	size_t n;

	host_drain();
	n = host_take_events(batch, sizeof batch, &lost);
	if (n == 0 || head_of(batch).size != n || head_of(batch).kind != kind) {
		fprintf(stderr, "want one record of kind %d, got %zu bytes, kind %d\n", kind, n,
			n > 0 ? head_of(batch).kind : -1);
		return false;
	}
	return true;
}

static bool take_none(void)
{
	uint64_t lost;

	host_drain();
	return host_take_events(batch, sizeof batch, &lost) == 0;
}

static void test_loads(void)
{
	for (int i = 0; i < 20; i++) {
		int fd;

		load();
		EXPECT(host_bindings() == EVENT_KINDS);
		EXPECT(host_completions() > 0);
		fd = host_ring_wake();
		EXPECT(fd >= 0);
		close(fd);
		host_fire(host_event("CHANNEL_CREATE", NULL, "a"));
		EXPECT(take_one(CSTA_KIND_CREATE));
		host_unload();
		nothing_left();
		EXPECT(host_ring_wake() == -1);
		EXPECT(take_none());
	}
	EXPECT(stub_loads == 20 && stub_shutdowns == 20);
	EXPECT(host_logged(SWITCH_LOG_WARNING) == 0);
}

static void test_refusals(void)
{
	stub_refuse = 1;
	EXPECT(!host_load(&mod_csta_socket_module_interface));
	nothing_left();
	stub_refuse = 0;

	switch_event_reserve_subclass_detailed("another", CSTA_SUBCLASS);
	EXPECT(!host_load(&mod_csta_socket_module_interface));
	EXPECT(host_bindings() == 0);
	switch_event_free_subclass_detailed("another", CSTA_SUBCLASS);
	EXPECT(host_logged(SWITCH_LOG_ERROR) == 1);
	load();
	host_unload();
	nothing_left();
}

static void test_stopped(void)
{
	char uuid[CSTA_NEW_UUID_SIZE], cause[CSTA_CAUSE_SIZE];
	csta_text text;
	csta_core_state state;
	int a, b;

	EXPECT(csta_originate(S("x"), S("user/1"), S(""), S(""), S(""), 1, S(""), S(""), 0, cause)
		== CSTA_STOPPED);
	EXPECT(csta_cancel(S("x")) == CSTA_STOPPED);
	EXPECT(csta_answer(S("x")) == CSTA_STOPPED);
	EXPECT(csta_hang_up(S("x"), S(""), 0) == CSTA_STOPPED);
	EXPECT(csta_legs(&text) == CSTA_STOPPED && text.p == NULL);
	EXPECT(csta_leg(S("x"), &text) == CSTA_STOPPED);
	EXPECT(csta_registrations(&text) == CSTA_STOPPED);
	EXPECT(csta_settings(S("csta_socket.conf"), S("applications"), S("application"), &text) == CSTA_STOPPED);
	EXPECT(csta_subscribers(1, &text) == CSTA_STOPPED);
	EXPECT(csta_reload_files(&text) == CSTA_STOPPED);
	EXPECT(csta_global(S("x"), &text) == CSTA_STOPPED);
	EXPECT(csta_default_domain(&text) == CSTA_STOPPED);
	EXPECT(csta_switch_version(&text) == CSTA_STOPPED);
	EXPECT(csta_look_up(S("1"), S("x"), &a, &text, &b) == CSTA_STOPPED);
	EXPECT(csta_directory(S("1"), S("x"), 0, S("uacsta"), &text) == CSTA_STOPPED);
	EXPECT(csta_acl_allows(S("127.0.0.1"), S("friends"), &a) == CSTA_STOPPED);
	EXPECT(csta_fire(S("NOTIFY"), S(""), S("")) == CSTA_STOPPED);
	EXPECT(csta_contacts(S("internal"), S("1000"), S("example.com"), &text) == CSTA_STOPPED);
	EXPECT(csta_registered(S("internal"), S("1000"), S("example.com"), &text) == CSTA_STOPPED);
	EXPECT(csta_new_uuid(uuid) == CSTA_STOPPED);
	EXPECT(csta_core(&state) == CSTA_STOPPED);
	csta_log(CSTA_LOG_ERROR, S("f"), S("f"), 1, S(""), S("not to be seen"));
	EXPECT(host_logged(SWITCH_LOG_DEBUG) == 0);
}

static void test_fields(void)
{
	switch_event_t *event;
	csta_record head;

	load();
	event = host_event("CHANNEL_CREATE", NULL, "leg-1");
	host_header(event, "call-direction", "inbound");
	host_header(event, "Caller-Caller-ID-Name", "Zo\xc3\xab");
	host_header(event, "Caller-Caller-ID-Name", "a second one");
	host_header(event, "variable_dialed_user", "1001");
	host_header(event, "variable_other", "not wanted");
	host_header(event, "variable_user_name", "");
	host_fire(event);
	EXPECT(take_one(CSTA_KIND_CREATE));
	head = head_of(batch);
	EXPECT(head.fields == 4);
	EXPECT(head.sequence > 0);
	EXPECT(head.at > INT64_C(1500000000000000000));
	EXPECT(head.truncated == 0);
	EXPECT(field_is(batch, CSTA_FIELD_UNIQUE_ID, "leg-1"));
	EXPECT(field_is(batch, CSTA_FIELD_DIRECTION, "inbound"));
	EXPECT(field_is(batch, CSTA_FIELD_CALLER_NAME, "Zo\xc3\xab"));
	EXPECT(field_is(batch, CSTA_FIELD_DIALED_USER, "1001"));

	/* A header whose hash the core has not computed. */
	event = host_event("CHANNEL_HANGUP", NULL, "leg-1");
	host_header(event, "Hangup-Cause", "USER_BUSY");
	event->last_header->hash = 0;
	host_fire(event);
	EXPECT(take_one(CSTA_KIND_HANGUP));
	EXPECT(field_is(batch, CSTA_FIELD_HANGUP_CAUSE, "USER_BUSY"));

	host_fire(host_event("SHUTDOWN", NULL, NULL));
	EXPECT(take_one(CSTA_KIND_SHUTDOWN));
	EXPECT(head_of(batch).fields == 0);
	host_unload();
}

static void test_filters(void)
{
	static const struct {
		const char *event, *subclass, *header, *value;
		csta_kind kind;
	} cases[] = {
		{ "CHANNEL_EXECUTE", NULL, "Application", "playback", CSTA_KIND_EXECUTE },
		{ "CHANNEL_EXECUTE", NULL, "Application", "set", 0 },
		{ "CHANNEL_EXECUTE", NULL, "Other", "x", 0 },
		{ "CHANNEL_EXECUTE_COMPLETE", NULL, "Application", "conference",
			CSTA_KIND_EXECUTE_COMPLETE },
		{ "CUSTOM", "conference::maintenance", "Action", "add-member", CSTA_KIND_CONFERENCE },
		{ "CUSTOM", "conference::maintenance", "Action", "start-talking", 0 },
		{ "CUSTOM", "sofia::register", "from-user", "1000", CSTA_KIND_REGISTER },
		{ "CUSTOM", "sofia::register_attempt", "from-user", "1000", 0 },
		{ "CUSTOM", "sofia::expire", "user", "1000", CSTA_KIND_EXPIRE },
		{ "PHONE_FEATURE_SUBSCRIBE", NULL, "Feature-Action", "SetDoNotDisturb", CSTA_KIND_FEATURE },
		{ "PHONE_FEATURE", NULL, "Feature-Event", "init", 0 },
		{ "CHANNEL_STATE", NULL, "a", "b", 0 },
	};

	load();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		switch_event_t *event = host_event(cases[i].event, cases[i].subclass, "leg-1");

		host_header(event, cases[i].header, cases[i].value);
		host_fire(event);
		EXPECT(cases[i].kind != 0 ? take_one(cases[i].kind) : take_none());
	}
	host_unload();
}

/* Every event with every header at great length: no field pushes out another,
 * and nothing is written beyond the record. */
static void test_lengths(void)
{
	static const char *const headers[] = {
#define H(field, header, max) header,
		CSTA_FIELDS(H)
#undef H
	};
	static const struct {
		const char *event, *subclass;
	} events[] = {
#define E(kind, event, subclass) { event, subclass },
		CSTA_EVENT_KINDS(E)
#undef E
	};
	char value[3000];
	csta_ring_counters counters;

	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	load();
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
		switch_event_t *event = host_event(events[i].event, events[i].subclass, NULL);

		for (size_t h = 0; h < sizeof headers / sizeof headers[0]; h++) {
			const char *given = value;

			if (strcmp(headers[h], "Application") == 0) {
				given = "bridge";
			} else if (strcmp(headers[h], "Action") == 0) {
				given = "del-member";
			}
			if (headers[h][0] != '\0') {
				host_header(event, headers[h], given);
			}
		}
		host_fire(event);
		EXPECT(take_one((csta_kind)(i + 1)));
		EXPECT(head_of(batch).size <= CSTA_RECORD_MAX && head_of(batch).size % CSTA_RECORD_ALIGN == 0);
		if (head_of(batch).fields > 2) {
			EXPECT(head_of(batch).truncated > 0);
		}
	}
	csta_ring_count(&counters);
	EXPECT(counters.handled == sizeof events / sizeof events[0]);
	EXPECT(counters.truncated > 100);
	EXPECT(counters.lost == 0 && counters.waiting == 0);
	host_unload();
}

static void test_full_ring(void)
{
	csta_ring_counters counters;
	uint64_t lost, sequence = 0, taken = 0;
	const int fired = 60000;
	switch_event_t *event;
	size_t n;

	load();
	/* Long records: the ring is full before all are fired. */
	event = host_event("RECORD_START", NULL, "leg-1");
	for (int i = 0; i < 2; i++) {
		char path[512];

		memset(path, 'p', sizeof path - 1);
		path[sizeof path - 1] = '\0';
		host_header(event, "Record-File-Path", path);
	}
	for (int i = 0; i < fired; i++) {
		host_deliver(event);
	}
	csta_ring_count(&counters);
	EXPECT(counters.handled == (uint64_t)fired);
	EXPECT(counters.lost > 0 && counters.lost < (uint64_t)fired);
	EXPECT(counters.deepest > CSTA_RING_BYTES - CSTA_RECORD_MAX);
	while ((n = host_take_events(batch, sizeof batch, &lost)) > 0) {
		for (size_t at = 0; at < n; at += head_of(batch + at).size) {
			taken++;
			sequence = head_of(batch + at).sequence;
		}
	}
	EXPECT(taken + lost == (uint64_t)fired);
	EXPECT(lost == counters.lost);
	EXPECT(sequence > 0);
	host_deliver(event);
	switch_event_destroy(&event);
	EXPECT(take_one(CSTA_KIND_RECORD_START));
	host_unload();
}

static void test_waking(void)
{
	struct pollfd ready;
	csta_ring_counters counters;
	uint64_t value;

	load();
	ready = (struct pollfd){ .fd = host_ring_wake(), .events = POLLIN };
	EXPECT(ready.fd >= 0);
	/* A reader that never slept is not woken. */
	host_fire(host_event("CHANNEL_PARK", NULL, "a"));
	host_drain();
	EXPECT(poll(&ready, 1, 0) == 0);
	EXPECT(take_one(CSTA_KIND_PARK));
	EXPECT(take_none());
	/* It sleeps now: the first of many wakes it. */
	for (int i = 0; i < 100; i++) {
		host_fire(host_event("CHANNEL_PARK", NULL, "a"));
	}
	host_drain();
	EXPECT(poll(&ready, 1, 1000) == 1);
	EXPECT(read(ready.fd, &value, sizeof value) == sizeof value && value == 1);
	csta_ring_count(&counters);
	EXPECT(counters.wakeups == 1);
	/* A filtered event does not. */
	while (!take_none()) {
	}
	host_fire(host_event("CHANNEL_EXECUTE", NULL, "a"));
	host_drain();
	EXPECT(poll(&ready, 1, 0) == 0);
	close(ready.fd);
	host_unload();
}

/* Producers in several threads against a reader that sleeps and wakes. */
#define STRESS_EVENTS 100000
#define STRESS_THREADS 3

static void *produce(void *tag)
{
	switch_event_t *event = host_event("CHANNEL_PROGRESS", NULL, tag);
	switch_event_header_t *count;

	host_header(event, "Caller-Destination-Number", "");
	count = event->last_header;
	for (int i = 0; i < STRESS_EVENTS; i++) {
		char text[16];

		snprintf(text, sizeof text, "%d", i + 1);
		free(count->value);
		count->value = strdup(text);
		host_deliver(event);
	}
	switch_event_destroy(&event);
	return NULL;
}

static _Atomic bool produced;

typedef struct {
	int taken;
	uint64_t lost;
} tally;

static void *consume(void *to)
{
	static unsigned char own[1 << 16];
	struct pollfd ready = { .fd = host_ring_wake(), .events = POLLIN };
	int last[STRESS_THREADS] = { 0 };
	tally *t = to;

	for (;;) {
		bool over = atomic_load(&produced);
		size_t n = host_take_events(own, sizeof own, &t->lost);

		if (n == 0) {
			uint64_t value;

			if (over) {
				break;
			}
			/* The limit matters only at the end of the test. */
			poll(&ready, 1, 200);
			if (read(ready.fd, &value, sizeof value) < 0) {
				continue;
			}
		}
		for (size_t at = 0; at < n; at += head_of(own + at).size) {
			char tag[128] = "", count[128] = "";
			int producer, number;

			field(own + at, CSTA_FIELD_UNIQUE_ID, tag);
			field(own + at, CSTA_FIELD_DESTINATION, count);
			producer = tag[0] - '0';
			number = atoi(count);
			EXPECT(producer >= 0 && producer < STRESS_THREADS);
			/* One thread's events stay in order, each comes once. */
			EXPECT(number > last[producer]);
			last[producer] = number;
			t->taken++;
		}
	}
	close(ready.fd);
	return NULL;
}

static void test_stress(void)
{
	pthread_t producers[STRESS_THREADS], consumer;
	char tags[STRESS_THREADS][2];
	csta_ring_counters counters;
	tally t = { 0 };

	load();
	atomic_store(&produced, false);
	pthread_create(&consumer, NULL, consume, &t);
	for (int i = 0; i < STRESS_THREADS; i++) {
		tags[i][0] = (char)('0' + i);
		tags[i][1] = '\0';
		pthread_create(&producers[i], NULL, produce, tags[i]);
	}
	for (int i = 0; i < STRESS_THREADS; i++) {
		pthread_join(producers[i], NULL);
	}
	atomic_store(&produced, true);
	pthread_join(consumer, NULL);
	csta_ring_count(&counters);
	EXPECT(counters.handled == STRESS_EVENTS * STRESS_THREADS);
	EXPECT(counters.lost == t.lost);
	EXPECT(t.taken + (int)t.lost == STRESS_EVENTS * STRESS_THREADS);
	host_unload();
}

static void test_triggers(void)
{
	static const struct {
		const char *application, *trigger, *variable;
	} cases[] = {
		{ "csta_trigger_queue", "queue", "csta_queue" },
		{ "csta_trigger_trunk_inbound", "trunk-in", "csta_trunk_in" },
		{ "csta_trigger_trunk_outbound", "trunk-out", "csta_trunk_out" },
	};
	static const char *const bad[] = { NULL, "", "a b", "a,b", "${x}", "\xc3\xa4", "a\n",
		"01234567890123456789012345678901234567890123456789012345678901234",
		"01234567890123456789012345678901234567890123456789012345678901234@branch.test",
		"9500@", "@branch.test", "9500@@branch.test", "9500@branch@test", "9500@branch_test",
		"9500@-branch", "9500@.branch", "9500@a..b", "9500@a b",
		"9500@01234567890123456789012345678901234567890123456789012345678901"
		"23456789012345678901234567890123456789012345678901234567890123" };
	static const char *const good[] = { "9500", "9500@branch.test", "a_b.c-d@branch-1.test",
		"950@01234567890123456789012345678901234567890123456789012345678901"
		"23456789012345678901234567890123456789012345678901234567890123" };

	load();
	host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t g = 0; g < sizeof good / sizeof good[0]; g++) {
			EXPECT(host_application(cases[i].application, "leg-1", good[g]));
			EXPECT(take_one(CSTA_KIND_TRIGGER));
			EXPECT(field_is(batch, CSTA_FIELD_TRIGGER, cases[i].trigger));
			EXPECT(field_is(batch, CSTA_FIELD_NAME, good[g]));
			EXPECT(field_is(batch, CSTA_FIELD_UNIQUE_ID, "leg-1"));
			EXPECT(strcmp(host_leg_variable("leg-1", cases[i].variable), good[g]) == 0);
		}
		EXPECT(host_application_flags(cases[i].application)
			== (SAF_SUPPORT_NOMEDIA | SAF_ROUTING_EXEC));
		host_logged(SWITCH_LOG_WARNING);
		for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
			EXPECT(host_application(cases[i].application, "leg-1", bad[b]));
			EXPECT(take_none());
			EXPECT(host_logged(SWITCH_LOG_WARNING) == 1);
		}
	}
	EXPECT(host_application_flags("csta_wait") == SAF_SUPPORT_NOMEDIA);
	host_leg_destroy("leg-1");
	host_unload();
}

static _Atomic bool wait_over;

static void *wait_in_leg(void *argument)
{
	host_application("csta_wait", "leg-1", argument);
	atomic_store(&wait_over, true);
	return NULL;
}

static void wait_begin(pthread_t *thread, const char *argument)
{
	atomic_store(&wait_over, false);
	pthread_create(thread, NULL, wait_in_leg, (void *)(uintptr_t)argument);
	/* A short one may be over before it is seen. */
	while (csta_waits() == 0 && !atomic_load(&wait_over)) {
		usleep(1000);
	}
}

static void wait_ends(pthread_t thread, const char *reason)
{
	pthread_join(thread, NULL);
	EXPECT(take_one(CSTA_KIND_TRIGGER));
	EXPECT(field_is(batch, CSTA_FIELD_TRIGGER, "wait-end"));
	EXPECT(field_is(batch, CSTA_FIELD_NAME, reason));
}

static void test_wait(void)
{
	pthread_t thread;
	switch_core_session_t *leg;
	uint64_t lost;

	load();
	leg = host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);

	/* Unanswered: digits and messages are served without media. */
	wait_begin(&thread, "1000");
	host_leg_press("leg-1", "5#");
	host_journal_clear();
	EXPECT(csta_play(S("leg-1"), S("play-1"), S("welcome.wav"), 0) == CSTA_OK);
	pthread_join(thread, NULL);
	EXPECT(host_did("execute leg-1 playback(welcome.wav) play-1"));
	host_drain();
	EXPECT(host_take_events(batch, sizeof batch, &lost) > 0);
	EXPECT(head_of(batch).kind == CSTA_KIND_DTMF);
	EXPECT(field_is(batch, CSTA_FIELD_DTMF_DIGIT, "5"));
	EXPECT(field_is(batch + head_of(batch).size, CSTA_FIELD_DTMF_DIGIT, "#"));

	/* Answered: frames flow; a break left by a stopped message does not end it. */
	host_leg_answer("leg-1");
	wait_begin(&thread, "150");
	switch_channel_set_flag_value(switch_core_session_get_channel(leg), CF_BREAK, 1);
	wait_ends(thread, "time");
	EXPECT(host_leg_frames("leg-1") > 3);

	wait_begin(&thread, "0");
	EXPECT(csta_release_waits() == 1);
	wait_ends(thread, "stopped");
	EXPECT(csta_release_waits() == 0);

	wait_begin(&thread, NULL);
	EXPECT(csta_route(S("leg-1"), S("1001"), S("default")) == CSTA_OK);
	wait_ends(thread, "moved");
	host_leg_destroy("leg-1");

	host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);
	wait_begin(&thread, "");
	EXPECT(csta_hang_up(S("leg-1"), S(""), 0) == CSTA_OK);
	wait_ends(thread, "hangup");
	host_leg_destroy("leg-1");

	/* No number: not waiting. */
	host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);
	host_logged(SWITCH_LOG_WARNING);
	EXPECT(host_application("csta_wait", "leg-1", "soon"));
	EXPECT(host_application("csta_wait", "leg-1", "99999999999"));
	EXPECT(host_application("csta_wait", "leg-1", "-1"));
	EXPECT(host_logged(SWITCH_LOG_WARNING) == 3);
	EXPECT(take_none());

	/* Unloaded by force under a waiting call. */
	wait_begin(&thread, "0");
	host_unload();
	pthread_join(thread, NULL);
	host_leg_destroy("leg-1");
	nothing_left();
}

/* What the core orders for the partner of who holds. */
static void order_music(const char *uuid, const char *music)
{
	switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);
	switch_event_t *event = host_event("CHANNEL_EXECUTE", NULL, NULL);

	host_header(event, "execute-app-arg", music);
	switch_core_session_queue_private_event(s, &event, SWITCH_FALSE);
	switch_core_session_rwunlock(s);
}

static uint32_t queued(const char *uuid)
{
	switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);
	uint32_t count = switch_core_session_private_event_count(s);

	switch_core_session_rwunlock(s);
	return count;
}

/* Who holds, and for whom the core plays. */
static void test_hold_music(void)
{
	load();
	host_journal_clear();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("out", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_answer(S("in")) == CSTA_OK);
	host_leg_answer("out");
	EXPECT(csta_set_variable(S("in"), S("signal_bond"), S("out")) == CSTA_OK);
	EXPECT(csta_set_variable(S("out"), S("signal_bond"), S("in")) == CSTA_OK);

	/* The caller can be played music to while the called phone only listens. */
	EXPECT(csta_hold(S("out")) == CSTA_OK);
	EXPECT(host_leg_flow("in") == SWITCH_MEDIA_FLOW_SENDRECV);
	EXPECT(csta_end_music(S("out")) == CSTA_NOT_POSSIBLE);

	EXPECT(csta_set_variable(S("out"), S("hold_music"), S("/music/a.wav")) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("current_application_data"), S("/music/a.wav")) == CSTA_OK);

	/* Music that has yet to begin does not outlast the hold. */
	host_leg_order_music("in", 3);
	EXPECT(csta_unhold(S("out")) == CSTA_OK);
	EXPECT(host_leg_quiet("in"));

	/* Nor music that the leg's thread has not come to; a message stays. */
	EXPECT(csta_play(S("in"), S("play-1"), S("/b.wav"), 0) == CSTA_OK);
	EXPECT(csta_hold(S("out")) == CSTA_OK);
	order_music("in", "/music/a.wav");
	EXPECT(csta_unhold(S("out")) == CSTA_OK);
	EXPECT(queued("in") == 3);

	/* Nor does it where the phone ended the hold. */
	host_leg_order_music("in", 2);
	EXPECT(csta_end_music(S("out")) == CSTA_OK);
	EXPECT(host_leg_quiet("in"));
	/* A message is no music. */
	EXPECT(csta_set_variable(S("in"), S("current_application_data"), S("/b.wav")) == CSTA_OK);
	host_leg_order_music("in", 2);
	EXPECT(csta_end_music(S("out")) == CSTA_OK);
	EXPECT(!host_leg_quiet("in"));
	EXPECT(csta_end_music(S("nobody")) == CSTA_NO_SUCH_LEG);
	host_leg_destroy("in");
	host_leg_destroy("out");
	host_unload();
}

/* Media that does not come to the switch is fetched before anything is done to the
 * leg, or nothing is done. */
static void test_media(void)
{
	load();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
	EXPECT(csta_answer(S("in")) == CSTA_OK);
	for (int i = 0; i < 5; i++) {
		csta_status status[2];

		for (int seen = 0; seen < 2; seen++) {
			host_leg_flag("in", CF_PROXY_MODE, seen);
			host_leg_flag("in", CF_PROXY_MEDIA, !seen);
			host_journal_clear();
			status[seen] = i == 0 ? csta_hold(S("in"))
				: i == 1 ? csta_protect(S("in"), 1)
				: i == 2 ? csta_music(S("in"))
				: i == 3 ? csta_play(S("in"), S("play-1"), S("a.wav"), 0)
				: csta_record_leg(S("in"), S("/sounds/b.wav"), 0);
			EXPECT(host_did("media in 1") == (seen == 1));
		}
		EXPECT(status[0] == CSTA_NOT_SUPPORTED);
		EXPECT(status[1] == CSTA_OK);
	}
	EXPECT(host_leg_variable("in", "csta_protected")[0] != '\0');
	host_leg_flag("in", CF_PROXY_MEDIA, true);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	EXPECT(host_leg_variable("in", "csta_protected")[0] == '\0');
	host_leg_destroy("in");
	host_unload();
}

static void test_pick_up(void)
{
	load();
	host_leg("caller", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("rings", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg("other", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg("in", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_set_variable(S("rings"), S("signal_bond"), S("caller")) == CSTA_OK);
	host_journal_clear();

	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_NOT_POSSIBLE);
	host_leg_answer("in");
	EXPECT(csta_pick_up(S("in"), S("caller"), S("a b")) == CSTA_INVALID);
	EXPECT(csta_pick_up(S("in"), S("nobody"), S("rings")) == CSTA_NO_SUCH_LEG);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("nobody")) == CSTA_NO_SUCH_LEG);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("other")) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_pick_up(S("in"), S("in"), S("rings")) == CSTA_NOT_POSSIBLE);
	/* Who talks with somebody would lose that one to the core. */
	EXPECT(csta_set_variable(S("caller"), S("signal_bond"), S("other")) == CSTA_OK);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_NOT_POSSIBLE);
	host_leg_flag("caller", CF_PROXY_MODE, true);
	EXPECT(csta_set_variable(S("other"), S("signal_bond"), S("caller")) == CSTA_OK);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_NOT_SUPPORTED);
	host_leg_flag("caller", CF_PROXY_MODE, false);
	EXPECT(!host_did("bridge caller in"));
	/* Both ring for the caller. */
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_OK);
	EXPECT(host_did("bridge caller in"));
	host_leg_destroy("rings");
	host_leg_destroy("caller");

	/* Early media. */
	host_leg("caller", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("rings", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_set_variable(S("rings"), S("signal_bond"), S("caller")) == CSTA_OK);
	host_journal_clear();
	host_leg_answer("other");
	EXPECT(csta_set_variable(S("caller"), S("signal_bond"), S("rings")) == CSTA_OK);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_OK);
	EXPECT(host_did("bridge caller in"));
	host_leg_destroy("rings");
	/* Somebody was faster. */
	host_leg("rings", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_set_variable(S("rings"), S("signal_bond"), S("caller")) == CSTA_OK);
	host_journal_clear();
	host_leg_answer("rings");
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_NOT_POSSIBLE);
	EXPECT(!host_did("bridge caller in"));

	host_leg_destroy("in");
	host_leg_destroy("other");
	host_leg_destroy("rings");
	host_leg_destroy("caller");
	host_unload();
}

static bool parks_alone(const char *leg)
{
	return strcmp(host_leg_variable(leg, "uuid_bridge_park_on_cancel"), "true") == 0;
}

static bool parks_behind(const char *leg)
{
	return strcmp(host_leg_variable(leg, "park_after_bridge"), "true") == 0;
}

static void picked_up(void)
{
	host_leg("caller", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("rings", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg("in", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg_answer("in");
	EXPECT(csta_set_variable(S("rings"), S("signal_bond"), S("caller")) == CSTA_OK);
	EXPECT(csta_set_variable(S("caller"), S("park_after_bridge"), S("no")) == CSTA_OK);
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_OK);
	EXPECT(host_did("hangup rings PICKED_OFF"));
	EXPECT(parks_alone("caller") && parks_behind("caller"));
}

static void forget_pick_up(void)
{
	host_leg_destroy("rings");
	host_leg_destroy("caller");
}

/* The core parks a caller whom nobody picks up in the end, and no other. */
static void test_picked_up_by_nobody(void)
{
	load();
	/* They talk: the variables are the dialplan's again, the one for behind the bridge
	 * before it begins. */
	picked_up();
	EXPECT(host_leg_comes_to("caller", CS_SOFT_EXECUTE));
	EXPECT(strcmp(host_leg_variable("caller", "park_after_bridge"), "no") == 0);
	EXPECT(parks_alone("caller"));
	EXPECT(host_leg_comes_to("in", CS_EXCHANGE_MEDIA));
	EXPECT(host_leg_variable("caller", "uuid_bridge_park_on_cancel")[0] == '\0');
	EXPECT(csta_set_variable(S("caller"), S("park_after_bridge"), S("yes")) == CSTA_OK);
	EXPECT(host_leg_comes_to("caller", CS_SOFT_EXECUTE));
	EXPECT(host_leg_comes_to("in", CS_EXCHANGE_MEDIA));
	EXPECT(strcmp(host_leg_variable("caller", "park_after_bridge"), "yes") == 0);
	forget_pick_up();
	host_leg_destroy("in");

	/* Another one of those that ring for the caller still does: who picks that up is too
	 * late, and the variables stay those of the dialplan. */
	picked_up();
	host_leg("late", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg_answer("late");
	host_leg("other", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_set_variable(S("other"), S("signal_bond"), S("caller")) == CSTA_OK);
	EXPECT(csta_pick_up(S("late"), S("caller"), S("other")) == CSTA_NOT_POSSIBLE);
	EXPECT(host_leg_comes_to("caller", CS_SOFT_EXECUTE));
	EXPECT(strcmp(host_leg_variable("caller", "park_after_bridge"), "no") == 0);
	forget_pick_up();
	host_leg_destroy("other");
	host_leg_destroy("late");
	host_leg_destroy("in");

	/* Who picked up has gone before. */
	picked_up();
	host_leg_destroy("in");
	EXPECT(host_leg_comes_to("caller", CS_SOFT_EXECUTE));
	EXPECT(parks_alone("caller") && parks_behind("caller"));
	EXPECT(host_leg_comes_to("caller", CS_PARK));
	EXPECT(strcmp(host_leg_variable("caller", "park_after_bridge"), "no") == 0);
	EXPECT(host_leg_variable("caller", "uuid_bridge_park_on_cancel")[0] == '\0');
	forget_pick_up();

	/* The caller has. */
	picked_up();
	forget_pick_up();
	EXPECT(host_leg_comes_to("in", CS_EXCHANGE_MEDIA));
	host_leg_destroy("in");

	/* The core refuses: it rings on. */
	host_bridges_fail(true);
	host_leg("caller", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("rings", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg("in", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg_answer("in");
	EXPECT(csta_set_variable(S("rings"), S("signal_bond"), S("caller")) == CSTA_OK);
	host_journal_clear();
	EXPECT(csta_pick_up(S("in"), S("caller"), S("rings")) == CSTA_NOT_POSSIBLE);
	EXPECT(!host_did("hangup rings PICKED_OFF"));
	EXPECT(!parks_alone("caller") && !parks_behind("caller"));
	host_bridges_fail(false);
	forget_pick_up();
	host_leg_destroy("in");
	host_unload();
}

static void test_operations(void)
{
	static const char auto_answer[] = "originate n user/1000@example.com 30 Alice 1000 auto=true";
	char cause[CSTA_CAUSE_SIZE];

	load();
	host_journal_clear();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("out", SWITCH_CALL_DIRECTION_OUTBOUND);

	EXPECT(csta_answer(S("nobody")) == CSTA_NO_SUCH_LEG);
	EXPECT(csta_answer(S("out")) == CSTA_NOT_SUPPORTED);
	EXPECT(csta_hold(S("in")) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_answer(S("in")) == CSTA_OK);
	EXPECT(host_did("answer in"));
	EXPECT(csta_answer(S("in")) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_ask_phone(S("out"), CSTA_PHONE_TALK) == CSTA_OK);
	EXPECT(host_did("api uuid_phone_event out talk"));
	EXPECT(csta_ask_phone(S("out"), CSTA_PHONE_HOLD) == CSTA_OK);
	EXPECT(host_did("api uuid_phone_event out hold"));

	EXPECT(csta_unhold(S("in")) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_hold(S("in")) == CSTA_OK);
	EXPECT(host_did("hold in music=1"));
	EXPECT(csta_hold(S("in")) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_unhold(S("in")) == CSTA_OK);
	EXPECT(host_did("unhold in"));
	host_leg_hold_by_phone("out");
	EXPECT(csta_unhold(S("out")) == CSTA_NOT_POSSIBLE);

	EXPECT(csta_bridge(S("in"), S("out"), 0) == CSTA_OK);
	EXPECT(host_did("bridge in out"));
	EXPECT(csta_bridge(S("in"), S("in"), 0) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_bridge(S("in"), S("nobody"), 0) == CSTA_NO_SUCH_LEG);
	EXPECT(csta_route(S("in"), S("*98"), S("public")) == CSTA_OK);
	EXPECT(host_did("transfer in *98 XML public"));
	EXPECT(csta_park(S("in")) == CSTA_OK);
	EXPECT(host_did("transfer in park inline -"));
	EXPECT(csta_join(S("in"), S("room-1"), S("default")) == CSTA_OK);
	EXPECT(host_did("transfer in conference:room-1@default inline -"));
	EXPECT(csta_music(S("in")) == CSTA_OK);
	EXPECT(host_did("transfer in m:^:endless_playback:silence_stream://-1"
		"^endless_playback:${csta_behind_music} inline -"));
	EXPECT(strcmp(host_leg_variable("in", "csta_behind_music"), "silence_stream://-1") == 0);
	EXPECT(strcmp(host_leg_variable("in", "deny_refer_requests"), "true") == 0);
	EXPECT(csta_set_variable(S("in"), S("hold_music"), S("tone_stream://%(250,0,^)")) == CSTA_OK);
	EXPECT(csta_music(S("in")) == CSTA_OK);
	EXPECT(host_did("transfer in m:|:endless_playback:tone_stream://%(250,0,^)"
		"|endless_playback:${csta_behind_music} inline -"));
	EXPECT(csta_set_variable(S("in"), S("hold_music"), S("/music/a.wav")) == CSTA_OK);
	EXPECT(csta_music(S("in")) == CSTA_OK);
	EXPECT(host_did("transfer in m:^:endless_playback:/music/a.wav"
		"^endless_playback:${csta_behind_music} inline -"));
	/* What opens itself for ever is not played, whoever set it. */
	EXPECT(csta_set_variable(S("in"), S("hold_music"), S("x.file_string")) == CSTA_OK);
	EXPECT(csta_music(S("in")) == CSTA_OK);
	EXPECT(host_did("transfer in m:^:endless_playback:silence_stream://-1"
		"^endless_playback:${csta_behind_music} inline -"));
	EXPECT(csta_set_variable(S("out"), S("csta_behind_music"), S("silence_stream://-1")) == CSTA_OK);
	EXPECT(csta_bridge(S("in"), S("out"), 0) == CSTA_OK);
	EXPECT(host_leg_variable("in", "csta_behind_music")[0] == '\0');
	EXPECT(host_leg_variable("in", "deny_refer_requests")[0] == '\0');
	EXPECT(host_leg_variable("out", "csta_behind_music")[0] == '\0');

	EXPECT(csta_set_variable(S("in"), S("exec_after_bridge_app"), S("playback")) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(host_leg_variable("in", "exec_after_bridge_app")[0] == '\0');
	EXPECT(strcmp(host_leg_variable("in", "park_after_bridge"), "true") == 0);
	EXPECT(strcmp(host_leg_variable("in", "deny_refer_requests"), "true") == 0);
	EXPECT(strcmp(host_leg_variable("in", "continue_on_fail"),
		"ORIGINATOR_CANCEL,PICKED_OFF") == 0);
	EXPECT(strncmp(host_leg_variable("in", "transfer_on_fail"), "1,2,3,", 6) == 0);
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), ",825 park inline") != NULL);
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), ",701,") == NULL);
	/* Who picks the call up, or sends the leg on, is not overtaken. */
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), ",805,") == NULL);
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), ",487,") == NULL);
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), ",804,806,") != NULL);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	EXPECT(strcmp(host_leg_variable("in", "exec_after_bridge_app"), "playback") == 0);
	EXPECT(csta_set_variable(S("in"), S("exec_after_bridge_app"), S("")) == CSTA_OK);
	EXPECT(host_leg_variable("in", "transfer_on_fail")[0] == '\0');
	EXPECT(csta_keep_after_bridge(S("in"), 0) == CSTA_OK);
	EXPECT(host_leg_variable("in", "park_after_bridge")[0] == '\0');
	EXPECT(host_leg_variable("in", "deny_refer_requests")[0] == '\0');

	EXPECT(csta_record_leg(S("in"), S("/rec/a b.wav"), 7) == CSTA_OK);
	EXPECT(host_did("record in /rec/a b.wav 7"));
	EXPECT(csta_record_leg(S("in"), S("/unwritable/x.wav"), 0) == CSTA_UNWRITABLE);
	EXPECT(csta_record_leg(S("in"), S("relative.wav"), 0) == CSTA_INVALID);
	EXPECT(csta_stop_record(S("in"), S("/rec/a b.wav")) == CSTA_OK);
	EXPECT(csta_stop_record(S("in"), S("/none")) == CSTA_NOT_POSSIBLE);

	host_ring_for(5);
	host_journal_clear();
	EXPECT(csta_originate(S("n"), S("user/1000@example.com"), S("Alice"), S("1000"),
		S("csta_mark\0m1\0"), 30, S("1001"), S("default"), CSTA_ORIGINATE_AUTO_ANSWER, cause)
		== CSTA_OK);
	EXPECT(cause[0] == '\0');
	EXPECT(strcmp(host_leg_variable("n", "csta_mark"), "m1") == 0);
	EXPECT(strcmp(host_leg_variable("n", "sip_copy_custom_headers"), "false") == 0);
	EXPECT(host_leg_variable("n", "sip_auto_answer")[0] == '\0');
	EXPECT(host_did(auto_answer));
	EXPECT(csta_originate(S("n2"), S("user/1000@example.com"), S(""), S(""), S(""), 1, S(""), S(""),
		0, cause) == CSTA_OK);
	EXPECT(host_did("transfer n2 park inline -"));
	EXPECT(csta_originate(S("n4"), S("user/1000@example.com"), S(""), S(""), S("csta_mark\0n4\0"), 1, S(""),
		S(""), CSTA_ORIGINATE_SEVERAL, cause) == CSTA_OK);
	EXPECT(host_did("transfer unnamed park inline -"));
	EXPECT(strcmp(host_leg_variable("unnamed", "csta_mark"), "n4") == 0);
	host_refuse_with((switch_call_cause_t)17);
	EXPECT(csta_originate(S("n3"), S("user/1002@example.com"), S(""), S(""), S(""), 1, S(""), S(""),
		0, cause) == CSTA_NOT_POSSIBLE);
	EXPECT(strcmp(cause, "USER_BUSY") == 0);
	host_refuse_with(SWITCH_CAUSE_NONE);

	EXPECT(csta_hang_up(S("in"), S("USER_BUSY"), 0) == CSTA_OK);
	EXPECT(host_did("hangup in USER_BUSY"));
	EXPECT(csta_hang_up(S("in"), S(""), 0) == CSTA_NO_SUCH_LEG);
	EXPECT(csta_hang_up(S("out"), S("NO_SUCH_CAUSE"), 0) == CSTA_OK);
	EXPECT(host_did("hangup out NORMAL_CLEARING"));
	host_unload();
	host_leg_destroy("in");
	host_leg_destroy("out");
	host_leg_destroy("n");
	host_leg_destroy("n2");
	host_leg_destroy("unnamed");
}

static csta_str text(const char *s) { return (csta_str){ s, strlen(s) }; }

static void expect_variable(const char *name, const char *value)
{
	EXPECT(strcmp(host_leg_variable("in", name), value) == 0);
}

/* What the dialplan had set for the variables that protect a leg is what it has
 * again afterwards. */
static void test_borrowed_variables(void)
{
	static const struct {
		const char *name, *value;
	} given[] = {
		{ "hangup_after_bridge", "true" },
		{ "continue_on_fail", "USER_BUSY,NO_ANSWER" },
		{ "transfer_on_fail", "USER_BUSY 9000 XML default" },
		{ "park_after_bridge", "=odd" },
		{ "hangup_after_conference", "true" },
		{ "originate_disposition", "SUCCESS" },
	};

	load();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);

	/* Nothing set, and nothing of ours stays. */
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
		char noted[64];

		expect_variable(given[i].name, "");
		snprintf(noted, sizeof noted, "csta_before_%s", given[i].name);
		expect_variable(noted, "");
	}
	expect_variable("csta_protected", "");

	/* Set; protected twice; kept in between. */
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
		EXPECT(csta_set_variable(S("in"), text(given[i].name), text(given[i].value))
			== CSTA_OK);
	}
	EXPECT(csta_keep_after_bridge(S("in"), 1) == CSTA_OK);
	expect_variable("park_after_bridge", "true");
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	expect_variable("hangup_after_bridge", "false");
	expect_variable("hangup_after_conference", "false");
	expect_variable("originate_disposition", "");
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	EXPECT(csta_keep_after_bridge(S("in"), 0) == CSTA_OK);
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
		expect_variable(given[i].name, given[i].value);
	}

	/* A leg that we did not keep is not ours to let go. */
	EXPECT(csta_keep_after_bridge(S("in"), 0) == CSTA_OK);
	expect_variable("park_after_bridge", "=odd");

	/* The dialplan of the number consulted had the last word. */
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("continue_on_fail"), S("true")) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	expect_variable("continue_on_fail", "true");
	expect_variable("hangup_after_bridge", "true");

	/* It is not asked what to do with a call that is broken off. */
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("continue_on_fail"), S("true")) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("hangup_after_bridge"), S("true")) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	expect_variable("continue_on_fail", "ORIGINATOR_CANCEL,PICKED_OFF");
	expect_variable("hangup_after_bridge", "true");
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);

	/* Sent to a number that it does not get to before the protection ends. */
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_route(S("in"), S("1002"), S("default")) == CSTA_OK);
	expect_variable("transfer_on_fail", "true");
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	expect_variable("transfer_on_fail", "USER_BUSY 9000 XML default");
	expect_variable("csta_before_transfer_on_fail", "");

	/* The same word of a dialplan whose leg was never protected is its own. */
	EXPECT(csta_set_variable(S("in"), S("transfer_on_fail"), S("true")) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	expect_variable("transfer_on_fail", "true");

	host_unload();
	host_leg_destroy("in");
}

/* The leg's thread is in the first application of its dialplan; the second, if there is
 * one, is behind that. */
static void in_dialplan(switch_core_session_t *leg, const char *behind)
{
	static const char *const first[] = { "bridge", "user/1001", NULL };
	switch_channel_t *channel = switch_core_session_get_channel(leg);
	switch_caller_extension_t *extension;

	host_execute("in", first);
	if (behind != NULL) {
		extension = switch_channel_get_caller_extension(channel);
		switch_caller_extension_add_application(leg, extension, behind, "a.wav");
		extension->current_application = extension->last_application;
	}
}

/* A leg that services took out of its dialplan goes on there when its partner leaves. */
static void test_place(void)
{
	static const char *const back[] = { "csta_go_on", NULL, NULL };
	static const char *const elsewhere[] = { "bridge", "user/1002", NULL };
	static const struct {
		const char *after_bridge, *behind, *hangup;
		int back;
		const char *way;
	} cases[] = {
		{ "", "survey", "", 1, "csta_go_on:inline" },
		{ "", "survey", "false", 1, "csta_go_on:inline" },
		{ "", "survey", "true", 1, "" },
		{ "", "survey", "explicit", 1, "" },
		{ "", NULL, "", 1, "" },
		{ "", "survey", "", 0, "" },
		{ "9000", "survey", "", 1, "9000" },
	};
	switch_core_session_t *leg;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		load();
		leg = host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
		host_leg("out", SWITCH_CALL_DIRECTION_OUTBOUND);
		EXPECT(csta_set_variable(S("in"), S("transfer_after_bridge"), text(cases[i].after_bridge))
			== CSTA_OK);
		EXPECT(csta_set_variable(S("in"), S("hangup_after_bridge"), text(cases[i].hangup))
			== CSTA_OK);
		in_dialplan(leg, cases[i].behind);
		EXPECT(csta_music(S("in")) == CSTA_OK);
		EXPECT(csta_bridge(S("out"), S("in"), cases[i].back) == CSTA_OK);
		expect_variable("transfer_after_bridge", cases[i].way);
		host_journal_clear();
		EXPECT(csta_hang_up(S("in"), S(""), 1) == CSTA_OK);
		EXPECT(host_did("hangup in NORMAL_CLEARING")
			== (cases[i].behind == NULL || cases[i].back == 0 || cases[i].hangup[0] == 't'
				|| cases[i].hangup[0] == 'e'));
		host_leg_destroy("in");
		host_leg_destroy("out");
		host_unload();
	}

	load();
	leg = host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("out", SWITCH_CALL_DIRECTION_OUTBOUND);
	in_dialplan(leg, "survey");
	EXPECT(csta_music(S("in")) == CSTA_OK);
	host_journal_clear();
	EXPECT(csta_hang_up(S("in"), S(""), 1) == CSTA_OK);
	EXPECT(host_did("transfer in csta_go_on inline -"));
	host_execute("in", back);
	EXPECT(host_did("profile in"));
	/* Sent there twice, it goes there. */
	host_execute("in", back);
	EXPECT(host_did("execute in survey a.wav"));
	/* It is nobody else's then, until a service takes it out again. */
	EXPECT(csta_hang_up(S("in"), S(""), 1) == CSTA_OK);
	EXPECT(!host_did("hangup in NORMAL_CLEARING"));
	in_dialplan(leg, "survey");
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_bridge(S("in"), S("out"), 1) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	expect_variable("transfer_after_bridge", "csta_go_on:inline");

	/* Who goes elsewhere has left. */
	host_execute("in", elsewhere);
	expect_variable("transfer_after_bridge", "");
	host_journal_clear();
	host_execute("in", back);
	EXPECT(!host_did("execute in survey a.wav"));

	/* Behind the number consulted nothing is executed that it has. */
	in_dialplan(leg, NULL);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_bridge(S("in"), S("out"), 1) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	expect_variable("transfer_after_bridge", "csta_go_on:inline");
	host_leg_destroy("in");
	host_leg_destroy("out");
	host_unload();
}

static void sends_out(void)
{
	EXPECT(csta_route(S("out"), S("1002"), S("default")) == CSTA_OK);
}

static void out_would_park(void)
{
	EXPECT(!host_leg_comes_to("out", CS_PARK));
}

static atomic_bool left;

/* The thread of a partner leaves the bridge. */
static void *leaves_late(void *unused)
{
	(void)unused;
	switch_sleep(20000);
	atomic_store(&left, true);
	EXPECT(csta_set_variable(S("in"), S("bridge_to"), S("")) == CSTA_OK);
	return NULL;
}

/* A leg comes to where it is sent, though its bridge ends meanwhile. */
static void test_sending(void)
{
	static const char *const nothing[] = { NULL };
	pthread_t partner;

	load();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("out", SWITCH_CALL_DIRECTION_OUTBOUND);
	EXPECT(csta_route(S("in"), S("1002"), S("default")) == CSTA_OK);
	host_journal_clear();
	EXPECT(!host_leg_comes_to("in", CS_PARK));
	EXPECT(host_did("state in 2"));
	/* There, it parks as any other. */
	host_execute("in", nothing);
	EXPECT(host_leg_comes_to("in", CS_PARK));

	/* Its dialplan would have gone on. */
	EXPECT(csta_music(S("in")) == CSTA_OK);
	host_journal_clear();
	EXPECT(!host_leg_comes_to("in", CS_EXECUTE));
	EXPECT(host_did("state in 2"));
	host_execute("in", nothing);
	EXPECT(host_leg_comes_to("in", CS_EXECUTE));

	/* Its own thread, that of a called party, is in the bridge still. */
	host_leg_bridge("out", sends_out);
	host_journal_clear();
	EXPECT(!host_leg_comes_to("out", CS_PARK));
	EXPECT(host_did("state out 2"));
	host_execute("out", nothing);

	/* It is only being sent: its thread waits for that. */
	host_while_sent(out_would_park);
	host_journal_clear();
	sends_out();
	host_while_sent(NULL);
	EXPECT(!host_did("state out 2"));
	host_execute("out", nothing);
	EXPECT(host_leg_comes_to("out", CS_PARK));

	/* Its partner's thread has not left the bridge yet. One that does not at all is not
	 * waited for longer than a moment. */
	EXPECT(csta_set_variable(S("out"), S("signal_bond"), S("in")) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("bridge_to"), S("out")) == CSTA_OK);
	sends_out();
	pthread_create(&partner, NULL, leaves_late, NULL);
	host_leg_comes_to("out", CS_ROUTING);
	EXPECT(atomic_load(&left));
	pthread_join(partner, NULL);
	EXPECT(csta_set_variable(S("in"), S("bridge_to"), S("out")) == CSTA_OK);
	sends_out();
	host_leg_comes_to("out", CS_ROUTING);

	/* The same where it is joined with somebody else. */
	host_leg("new", SWITCH_CALL_DIRECTION_OUTBOUND);
	atomic_store(&left, false);
	EXPECT(csta_bridge(S("out"), S("new"), 0) == CSTA_OK);
	pthread_create(&partner, NULL, leaves_late, NULL);
	host_leg_comes_to("out", CS_RESET);
	EXPECT(atomic_load(&left));
	pthread_join(partner, NULL);
	EXPECT(host_leg_comes_to("new", CS_RESET));
	host_leg_destroy("new");
	EXPECT(csta_set_variable(S("out"), S("signal_bond"), S("")) == CSTA_OK);

	/* Joined with somebody before it came there: it was never sent, then. */
	EXPECT(csta_route(S("out"), S("1002"), S("default")) == CSTA_OK);
	EXPECT(host_leg_comes_to("out", CS_EXCHANGE_MEDIA));
	EXPECT(host_leg_comes_to("out", CS_PARK));

	/* What the core leaves behind for a leg that parks does not end it later; what the
	 * dialplan wants does. */
	EXPECT(csta_park(S("out")) == CSTA_OK);
	EXPECT(csta_set_variable(S("out"), S("park_timeout"), S("3")) == CSTA_OK);
	host_execute("out", nothing);
	EXPECT(host_leg_variable("out", "park_timeout")[0] == '\0');
	EXPECT(csta_set_variable(S("out"), S("park_timeout"), S("3")) == CSTA_OK);
	EXPECT(csta_park(S("out")) == CSTA_OK);
	host_execute("out", nothing);
	EXPECT(strcmp(host_leg_variable("out", "park_timeout"), "3") == 0);
	host_leg_destroy("in");
	host_leg_destroy("out");
	host_unload();
}

static void test_protected_dialplan(void)
{
	static const char *const announcement[] = { "answer", NULL, "hangup", "USER_BUSY", NULL };
	static const char *const variables[] = { "set", "a=b", NULL };
	static const char *const refusal[] = { "hangup", "USER_BUSY", "playback", "a.wav", NULL };
	static const char *const colleague[] = { "answer", NULL, "bridge", "user/1001", NULL };
	static const char *const unanswered[] = { "bridge", "user/1001", NULL };

	load();
	host_leg("in", SWITCH_CALL_DIRECTION_INBOUND);

	/* Left alone without protection. */
	host_journal_clear();
	host_execute("in", announcement);
	EXPECT(host_did("execute in hangup USER_BUSY"));
	EXPECT(take_none());

	/* One that was sent elsewhere tells so, before it executes anything. */
	EXPECT(csta_set_variable(S("in"), S("transfer_source"), S("1:x:bl_xfer:9196/default/XML")) == CSTA_OK);
	host_execute("in", variables);
	EXPECT(take_one(CSTA_KIND_TRIGGER));
	EXPECT(field_is(batch, CSTA_FIELD_TRIGGER, CSTA_TRIGGER_ROUTED));
	EXPECT(field_is(batch, CSTA_FIELD_UNIQUE_ID, "in"));

	/* A protected leg's media stays in the switch, whatever its dialplan wants. */
	EXPECT(csta_set_variable(S("in"), S("bypass_media"), S("true")) == CSTA_OK);
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	EXPECT(csta_set_variable(S("in"), S("bypass_media"), S("true")) == CSTA_OK);
	host_journal_clear();
	host_execute("in", colleague);
	EXPECT(host_did("execute in bridge user/1001"));
	EXPECT(strcmp(host_leg_variable("in", "bypass_media"), "false") == 0);
	EXPECT(csta_set_variable(S("in"), S("bypass_media"), S("true")) == CSTA_OK);
	host_execute("in", unanswered);
	EXPECT(host_did("execute in bridge user/1001"));
	EXPECT(strcmp(host_leg_variable("in", "bypass_media"), "false") == 0);

	/* Sent elsewhere while it calls somebody, it is not parked because that failed. */
	EXPECT(csta_route(S("in"), S("1002"), S("default")) == CSTA_OK);
	EXPECT(strcmp(host_leg_variable("in", "transfer_on_fail"), "true") == 0);
	host_execute("in", colleague);
	EXPECT(strstr(host_leg_variable("in", "transfer_on_fail"), " park inline") != NULL);
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	EXPECT(strcmp(host_leg_variable("in", "bypass_media"), "true") == 0);
	host_execute("in", colleague);
	EXPECT(strcmp(host_leg_variable("in", "bypass_media"), "true") == 0);

	/* A protected leg is parked where it would end. */
	EXPECT(csta_protect(S("in"), 1) == CSTA_OK);
	host_journal_clear();
	host_execute("in", variables);
	EXPECT(host_did("execute in park -"));
	host_execute("in", announcement);
	EXPECT(host_did("execute in park -"));
	/* By itself: while it is parked the module can be unloaded. */
	host_journal_clear();
	EXPECT(host_application("csta_keep", "in", NULL));
	EXPECT(!host_did("execute in park -"));
	host_execute("in", refusal);
	EXPECT(!host_did("execute in playback a.wav"));
	host_execute("in", refusal);
	EXPECT(host_did("execute in park -"));

	/* The protection may end before the dialplan does. */
	EXPECT(csta_protect(S("in"), 0) == CSTA_OK);
	host_journal_clear();
	EXPECT(host_application("csta_keep", "in", NULL));
	EXPECT(host_application("csta_keep", "in", "USER_BUSY"));
	EXPECT(host_did("hangup in USER_BUSY"));
	host_unload();

	/* Nothing of ours is called after the module has gone. */
	switch_channel_set_variable_var_check(
		switch_core_session_get_channel(host_leg("later", SWITCH_CALL_DIRECTION_INBOUND)),
		"csta_protected", "true", SWITCH_FALSE);
	host_journal_clear();
	host_execute("later", announcement);
	EXPECT(host_did("execute later hangup USER_BUSY"));
	host_leg_destroy("later");
	host_leg_destroy("in");
}

static void test_plays(void)
{
	switch_core_session_t *leg;
	switch_channel_t *channel;

	load();
	leg = host_leg("a", SWITCH_CALL_DIRECTION_INBOUND);
	channel = switch_core_session_get_channel(leg);
	EXPECT(csta_stop_play(S("a")) == CSTA_NOT_POSSIBLE);
	host_journal_clear();
	EXPECT(csta_play(S("a"), S("p1"), S("ivr/one.wav"), 1) == CSTA_OK);
	switch_ivr_parse_all_events(leg);
	EXPECT(host_did("execute a set(playback_terminators=any) -"));
	EXPECT(csta_play(S("a"), S("p1"), S("ivr/one.wav"), 0) == CSTA_OK);
	switch_ivr_parse_all_events(leg);
	EXPECT(host_did("execute a unset(playback_terminators) -"));

	/* What the operator had set comes back. */
	EXPECT(csta_set_variable(S("a"), S("playback_terminators"), S("#")) == CSTA_OK);
	EXPECT(csta_play(S("a"), S("p1"), S("ivr/one.wav"), 0) == CSTA_OK);
	switch_ivr_parse_all_events(leg);
	EXPECT(host_did("execute a set(playback_terminators=#) -"));

	EXPECT(csta_play(S("a"), S("p1"), S("ivr/one.wav"), 0) == CSTA_OK);
	switch_channel_set_flag_value(channel, CF_BROADCAST, 1);
	EXPECT(csta_stop_play(S("a")) == CSTA_OK);
	EXPECT(switch_channel_test_flag(channel, CF_BREAK) == 1);
	EXPECT(switch_channel_test_flag(channel, CF_STOP_BROADCAST) == 1);
	EXPECT(strcmp(host_leg_variable("a", "playback_terminators"), "#") == 0);
	host_journal_clear();
	switch_ivr_parse_all_events(leg);
	switch_channel_set_flag_value(channel, CF_BROADCAST, 0);
	EXPECT(csta_stop_play(S("a")) == CSTA_NOT_POSSIBLE);

	/* The leg's own queue is bounded. */
	for (int i = 0; i < 10; i++) {
		csta_play(S("a"), S("p"), S("x.wav"), 0);
	}
	EXPECT(csta_play(S("a"), S("p"), S("x.wav"), 0) == CSTA_NOT_POSSIBLE
		|| csta_play(S("a"), S("p"), S("x.wav"), 0) == CSTA_NOT_POSSIBLE);
	host_unload();
	host_leg_destroy("a");
}

/* Nothing that the switch could read as syntax gets through. */
static void test_hostile(void)
{
	static const char *const numbers[] = { "", "{origination_uuid=x}sofia/internal/1",
		"&system(id)", "1001,1002", "error/USER_BUSY", "1001 inline", "1001\n", "${system(id)}",
		"-1", ".1", "1|2", "1'2", "1\"2", "a;b", "1^2", "[a=b]1", "<x>1",
		"01234567890123456789012345678901234567890123456789012345678901234" };
	static const char *const dials[] = { "", "user", "/user/1", "{a=b}user/1", "user/1,user/2",
		"user/1|user/2", "loopback/app=system:id", "user/1:_:user/2", "user/1 &park", "user/$x",
		"[a=b]user/1", "<a=b>user/1" };
	static const char *const files[] = { "", "../secret.wav", "a/../../b", "http://x/y", "/a//b",
		"shell:x", "a!b", "{x=y}a", "$a", " a", "-a", "a@@5", "a\nb",
		"x.file_string", "x.FILE", "/x.file", "a/.file_string", "x.tone_stream", "x.mp4", "x.",
		"x.wav.tts", "/x.http" };
	char cause[CSTA_CAUSE_SIZE];
	csta_text text;
	int known, registered;

	load();
	host_leg("a", SWITCH_CALL_DIRECTION_INBOUND);
	host_journal_clear();
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		csta_str n = text_of(numbers[i]);

		EXPECT(csta_route(S("a"), n, S("default")) == CSTA_INVALID);
		EXPECT(csta_look_up(n, S("example.com"), &known, &text, &registered) == CSTA_INVALID);
		EXPECT(csta_directory(n, S("example.com"), 0, S("uacsta"), &text) == CSTA_INVALID);
		EXPECT(csta_look_up(S("1000"), n, &known, &text, &registered) == CSTA_INVALID
			|| n.n == 65);
		if (n.n > 0) {
			EXPECT(csta_originate(S("n"), S("user/1"), S(""), S(""), S(""), 1, n, S("default"), 0,
				cause) == CSTA_INVALID);
		}
		csta_text_free(text);
	}
	for (size_t i = 0; i < sizeof dials / sizeof dials[0]; i++) {
		EXPECT(csta_originate(S("n"), text_of(dials[i]), S(""), S(""), S(""), 1, S(""), S(""), 0,
			cause) == CSTA_INVALID);
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		EXPECT(csta_play(S("a"), S("p"), text_of(files[i]), 0) == CSTA_INVALID);
		EXPECT(csta_record_leg(S("a"), text_of(files[i]), 0) == CSTA_INVALID);
	}
	EXPECT(csta_originate(S("n"), S("user/1"), S("a\nb"), S(""), S(""), 1, S(""), S(""), 0, cause)
		== CSTA_INVALID);
	EXPECT(csta_originate(S("n"), S("user/1"), S(""), S(""), S("a\0b"), 1, S(""), S(""), 0, cause)
		== CSTA_INVALID);
	EXPECT(csta_originate(S("n"), S("user/1"), S(""), S(""), S("a\0"), 1, S(""), S(""), 0, cause)
		== CSTA_INVALID);
	EXPECT(csta_originate(S("n"), S("user/1"), S(""), S(""), S("a b\0c\0"), 1, S(""), S(""), 0,
		cause) == CSTA_INVALID);
	EXPECT(csta_originate(S("n"), S("user/1"), S(""), S(""), S(""), 0, S(""), S(""), 0, cause)
		== CSTA_INVALID);
	EXPECT(csta_route(S("a\0b"), S("1"), S("default")) == CSTA_INVALID);
	EXPECT(csta_route(S("a"), S("1"), S("../x y")) == CSTA_INVALID);
	EXPECT(csta_join(S("a"), S("room^x"), S("default")) == CSTA_INVALID);
	EXPECT(csta_set_variable(S("a"), S("x"), S("${system(id)}")) == CSTA_INVALID);
	EXPECT(csta_set_variable(S("a"), S("x y"), S("1")) == CSTA_INVALID);
	host_logged(SWITCH_LOG_DEBUG);
	csta_log(CSTA_LOG_INFO, S("%s"), S("%n"), 1, S("a"), S("%s%n%n"));
	EXPECT(host_logged(SWITCH_LOG_DEBUG) == 1);
	host_unload();
	host_leg_destroy("a");
}

typedef struct {
	csta_status status;
	char cause[CSTA_CAUSE_SIZE];
} outcome;

static void *originate_long(void *to)
{
	outcome *o = to;

	o->status = csta_originate(S("long"), S("user/1000@example.com"), S(""), S(""), S(""), 60,
		S("1001"), S("default"), 0, o->cause);
	return NULL;
}

static void test_cancelling(void)
{
	pthread_t thread;
	csta_text text;
	outcome o;

	host_ring_for(-1);
	load();
	EXPECT(csta_cancel(S("long")) == CSTA_NO_SUCH_LEG);
	pthread_create(&thread, NULL, originate_long, &o);
	while (csta_cancel(S("long")) != CSTA_OK) {
		usleep(1000);
	}
	pthread_join(thread, NULL);
	EXPECT(o.status == CSTA_NOT_POSSIBLE && strcmp(o.cause, "ORIGINATOR_CANCEL") == 0);

	pthread_create(&thread, NULL, originate_long, &o);
	while (csta_leg(S("long"), &text) != CSTA_OK) {
		usleep(1000);
	}
	csta_text_free(text);
	host_unload();
	pthread_join(thread, NULL);
	EXPECT(o.status == CSTA_STOPPED && strcmp(o.cause, "SYSTEM_SHUTDOWN") == 0);
	host_ring_for(5);
	nothing_left();
}

static void test_lists(void)
{
	csta_text text;
	size_t count = 0;
	csta_core_state state;
	char uuid[CSTA_NEW_UUID_SIZE];
	int yes, registered;

	load();
	host_leg("a", SWITCH_CALL_DIRECTION_INBOUND);
	host_leg("b", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg("gone", SWITCH_CALL_DIRECTION_OUTBOUND);
	host_leg_hangup("gone");
	host_leg_answer("a");
	EXPECT(csta_set_variable(S("a"), S("signal_bond"), S("b")) == CSTA_OK);
	EXPECT(csta_set_variable(S("a"), S("dialed_user"), S("1001")) == CSTA_OK);
	EXPECT(csta_legs(&text) == CSTA_OK);
	for (size_t at = 0; at < text.n; at += head_of((unsigned char *)text.p + at).size) {
		EXPECT(head_of((unsigned char *)text.p + at).kind == CSTA_KIND_LEG);
		count++;
	}
	EXPECT(count == 2);
	csta_text_free(text);
	EXPECT(csta_leg(S("a"), &text) == CSTA_OK);
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_UNIQUE_ID, "a"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_PARTNER, "b"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_DIALED_USER, "1001"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_ANSWER_STATE, "answered"));
	EXPECT(field((unsigned char *)text.p, CSTA_FIELD_CREATED, (char[64]){ 0 }) != NULL);
	csta_text_free(text);
	EXPECT(csta_leg(S("gone"), &text) == CSTA_NO_SUCH_LEG && text.p == NULL);

	host_journal_clear();
	EXPECT(csta_registrations(&text) == CSTA_OK);
	EXPECT(host_did("sql select reg_user,realm,url,token,network_ip,network_port,network_proto,expires"
		" from registrations where hostname='host'"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_USER, "1000"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_PROFILE, "internal"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_CONTACT, "sip:1000@192.0.2.7"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_CALL_ID, "a84b4c76"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_IP, "192.0.2.7"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_PORT, "5062"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_STATUS, "udp"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_REG_EXPIRES, "1790000000"));
	csta_text_free(text);

	EXPECT(csta_directory(S("1000"), S("example.com"), 0, S("uacsta"), &text) == CSTA_OK);
	EXPECT(text.n == 7 && memcmp(text.p, "session", 7) == 0);
	csta_text_free(text);
	EXPECT(csta_directory(S("1000"), S("example.com"), 1, S("password"), &text) == CSTA_OK);
	EXPECT(text.n == 6 && memcmp(text.p, "secret", 6) == 0);
	csta_text_free(text);
	EXPECT(csta_directory(S("1777"), S("example.com"), 0, S("uacsta"), &text) == CSTA_OK);
	EXPECT(text.n == 0);

	EXPECT(csta_look_up(S("8000"), S("example.com"), &yes, &text, &registered) == CSTA_OK);
	EXPECT(yes && registered && text.n == 4 && memcmp(text.p, "1000", 4) == 0);
	csta_text_free(text);
	EXPECT(csta_look_up(S("1777"), S("example.com"), &yes, &text, &registered) == CSTA_OK);
	EXPECT(!yes && !registered && text.n == 0);
	csta_text_free(text);

	EXPECT(csta_contacts(S("internal"), S("1000"), S("example.com"), &text) == CSTA_OK);
	EXPECT(host_did("api sofia_contact internal/1000@example.com"));
	EXPECT(text.n == 33 && memcmp(text.p, "sofia/internal/sip:1000@192.0.2.7", text.n) == 0);
	csta_text_free(text);
	EXPECT(csta_contacts(S("internal"), S("1777"), S("example.com"), &text) == CSTA_OK);
	EXPECT(text.n == 0);
	EXPECT(csta_contacts(S("a/b"), S("1000"), S("example.com"), &text) == CSTA_INVALID);

	EXPECT(csta_registered(S("internal"), S("1000"), S("example.com"), &text) == CSTA_OK);
	EXPECT(host_did("api sofia status profile internal user 1000@example.com"));
	EXPECT(text.n == sizeof "\nRegistrations:\nTotal items returned: 0\n" - 1 && memcmp(text.p, "\nRegistrations:\nTotal items returned: 0\n", text.n) == 0);
	csta_text_free(text);
	EXPECT(csta_registered(S("external"), S("1000"), S("example.com"), &text) == CSTA_OK);
	EXPECT(text.n == 0);
	EXPECT(csta_registered(S("internal"), S("1000 x"), S("example.com"), &text) == CSTA_INVALID);

	EXPECT(csta_acl_allows(S("127.0.0.1"), S("friends"), &yes) == CSTA_OK && yes);
	EXPECT(csta_acl_allows(S("127.0.0.2"), S("friends"), &yes) == CSTA_OK && !yes);
	EXPECT(csta_acl_allows(S("127.0.0.1"), S("nobody"), &yes) == CSTA_OK && !yes);

	static const char *const subscribers[][2] = {
		{ "1000", "example.com" }, { "1001", "example.com" }, { "1000", "branch.example" }
	};
	for (int most = 1; most <= 4; most++) {
		int told = 0;

		EXPECT(csta_subscribers(most, &text) == CSTA_OK);
		for (size_t at = 0; at < text.n; told++) {
			unsigned char *record = (unsigned char *)text.p + at;

			EXPECT(told < 3 && field_is(record, CSTA_FIELD_REG_USER, subscribers[told][0]));
			EXPECT(told < 3 && field_is(record, CSTA_FIELD_REG_HOST, subscribers[told][1]));
			at += *(uint32_t *)record;
		}
		EXPECT(told == (most < 3 ? most : 3));
		csta_text_free(text);
	}
	EXPECT(csta_subscribers(0, &text) == CSTA_INVALID);

	host_listen_port(3000);
	host_name_last_item("");
	EXPECT(csta_settings(S("csta_socket.conf"), S("applications"), S("application"), &text) == CSTA_OK);
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_SETTING_NAME, "listen-ip"));
	EXPECT(field_is((unsigned char *)text.p, CSTA_FIELD_SETTING_VALUE, "127.0.0.1"));
	EXPECT(lacks_field((unsigned char *)text.p, CSTA_FIELD_SETTING_ITEM));
	{
		/* Behind the two of the settings: an item without parameters, another one,
		 * and what that has, then one of a second section, and one without a name that
		 * is in the settings. */
		const unsigned char *r = (unsigned char *)text.p;

		for (int i = 0; i < 2; i++) {
			r += head_of(r).size;
		}
		EXPECT(field_is(r, CSTA_FIELD_SETTING_ITEM, "idle") && lacks_field(r, CSTA_FIELD_SETTING_NAME));
		r += head_of(r).size;
		EXPECT(field_is(r, CSTA_FIELD_SETTING_ITEM, "crm") && lacks_field(r, CSTA_FIELD_SETTING_NAME));
		r += head_of(r).size;
		EXPECT(field_is(r, CSTA_FIELD_SETTING_ITEM, "crm") && field_is(r, CSTA_FIELD_SETTING_NAME, "devices")
			&& field_is(r, CSTA_FIELD_SETTING_VALUE, "1000"));
		r += head_of(r).size;
		EXPECT(field_is(r, CSTA_FIELD_SETTING_ITEM, "late") && lacks_field(r, CSTA_FIELD_SETTING_NAME));
		r += head_of(r).size;
		EXPECT(field_is(r, CSTA_FIELD_SETTING_ITEM, "(without a name)") && lacks_field(r, CSTA_FIELD_SETTING_NAME));
		r += head_of(r).size;
		EXPECT(r == (unsigned char *)text.p + text.n);
	}
	csta_text_free(text);
	host_name_last_item("lost");
	EXPECT(csta_settings(S("other.conf"), S("applications"), S("application"), &text) == CSTA_NOT_POSSIBLE);
	EXPECT(csta_reload_files(&text) == CSTA_OK && text.n == 0);
	host_break_configuration("[error near line 7]");
	EXPECT(csta_reload_files(&text) == CSTA_NOT_POSSIBLE);
	EXPECT(text.n == 19 && memcmp(text.p, "[error near line 7]", 19) == 0);
	csta_text_free(text);
	host_break_configuration(NULL);

	EXPECT(csta_global(S("sounds_dir"), &text) == CSTA_OK && text.n == 7);
	csta_text_free(text);
	EXPECT(csta_global(S("none"), &text) == CSTA_OK && text.n == 0);
	EXPECT(csta_default_domain(&text) == CSTA_OK && text.n == 11);
	csta_text_free(text);
	EXPECT(csta_switch_version(&text) == CSTA_OK && text.n > 0);
	csta_text_free(text);
	EXPECT(csta_get_variable(S("a"), S("dialed_user"), &text) == CSTA_OK && text.n == 4);
	csta_text_free(text);
	EXPECT(csta_get_variable(S("a"), S("none"), &text) == CSTA_OK && text.n == 0);
	EXPECT(csta_fire(S("NOTIFY"), S("profile\0internal\0contact-uri\0sip:1@x;a=b%3A\0"), S("<a/>\r\n"))
		== CSTA_OK);
	EXPECT(host_did("fire NOTIFY sip:1@x;a=b%3A: <a/>\r\n"));
	EXPECT(csta_fire(S("NOTIFY"), S(""), S("")) == CSTA_OK);
	EXPECT(csta_fire(S("NO_SUCH_EVENT"), S(""), S("")) == CSTA_NOT_SUPPORTED);
	EXPECT(csta_fire(S("NOTIFY"), S("a\0b\r\nc: d\0"), S("")) == CSTA_INVALID);
	EXPECT(csta_fire(S("NOTIFY"), S("a\0b"), S("")) == CSTA_INVALID);
	EXPECT(csta_fire(S("NOTIFY"), S("a:\0b\0"), S("")) == CSTA_INVALID);
	EXPECT(csta_fire(S("NOTIFY"), S("a\0b\0"), S("x\0y")) == CSTA_INVALID);
	EXPECT(csta_new_uuid(uuid) == CSTA_OK && strlen(uuid) == 36);
	EXPECT(csta_core(&state) == CSTA_OK && state.ready && state.sessions == 3);
	host_unload();
	host_leg_destroy("a");
	host_leg_destroy("b");
	host_leg_destroy("gone");
}

static bool answers_in(switch_core_session_t *session, const char *command,
	const char *arguments, const char *want)
{
	char *answer = host_command_in(session, command, arguments);
	bool same = answer != NULL && strcmp(answer, want) == 0;

	free(answer);
	return same;
}

static bool answers(const char *command, const char *arguments, const char *want)
{
	return answers_in(NULL, command, arguments, want);
}

/* A number without a domain is of the call's own. */
static void test_features_of_domains(void)
{
	switch_core_session_t *leg;
	switch_channel_t *channel;

	load();
	leg = host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);
	channel = switch_core_session_get_channel(leg);
	EXPECT(csta_set_features(S("1000"), S("dnd")) == CSTA_OK);
	EXPECT(csta_set_features(S("1000@branch.test"), S("immediate=2")) == CSTA_OK);
	EXPECT(answers_in(leg, "csta_feature", "1000", "dnd"));
	switch_channel_set_variable_var_check(channel, "domain_name", "Branch.test", SWITCH_FALSE);
	EXPECT(answers_in(leg, "csta_feature", "1000", "immediate=2"));
	EXPECT(answers_in(leg, "csta_feature", "1001", ""));
	EXPECT(answers_in(leg, "csta_feature", "1000@branch.test", "immediate=2"));
	switch_channel_set_variable_var_check(channel, "domain_name", "other.test", SWITCH_FALSE);
	EXPECT(answers_in(leg, "csta_feature", "1000", ""));
	host_leg_destroy("leg-1");
	host_unload();
}

static void test_features(void)
{
	static const char headers[] = "Feature-Event\0init\0forward_busy\0\0doNotDisturbOn\0true\0";
	char long_name[400];

	memset(long_name, 'x', sizeof long_name);
	EXPECT(csta_set_features(S("1000"), S("dnd")) == CSTA_STOPPED);
	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S(""), S("")) == CSTA_STOPPED);
	load();
	host_journal_clear();
	EXPECT(answers("csta_feature", "1000", ""));
	EXPECT(csta_set_features(S("1000"), S("dnd immediate=+44*1")) == CSTA_OK);
	EXPECT(csta_set_features(S("alice@example.com"), S("noanswer=9500 seconds=20")) == CSTA_OK);
	EXPECT(answers("csta_feature", "1000", "dnd immediate=+44*1"));
	EXPECT(answers("csta_feature", "Alice@example.com", "noanswer=9500 seconds=20"));
	EXPECT(answers("csta_feature", NULL, ""));
	for (int i = 0; i < 20000; i++) {
		char device[16];

		snprintf(device, sizeof device, "%d", 100000 + i);
		EXPECT(csta_set_features((csta_str){ device, strlen(device) }, S("dnd")) == CSTA_OK);
	}
	EXPECT(answers("csta_feature", "119999", "dnd"));
	EXPECT(csta_set_features(S("1000"), S("dnd")) == CSTA_OK);
	EXPECT(answers("csta_feature", "1000", "dnd"));
	EXPECT(csta_set_features(S("1000"), S("")) == CSTA_OK);
	EXPECT(csta_set_features(S("1000"), S("")) == CSTA_OK);
	EXPECT(answers("csta_feature", "1000", ""));
	EXPECT(csta_set_features(S("${x}"), S("dnd")) == CSTA_INVALID);
	EXPECT(csta_set_features(S("1000"), S("immediate=${x}")) == CSTA_INVALID);
	EXPECT(csta_set_features((csta_str){ long_name, sizeof long_name }, S("dnd")) == CSTA_INVALID);
	EXPECT(csta_set_features(S("1000"), (csta_str){ long_name, sizeof long_name }) == CSTA_INVALID);

	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S("a84b4c76"),
		(csta_str){ headers, sizeof headers - 1 }) == CSTA_OK);
	host_drain();
	EXPECT(host_did("PHONE_FEATURE profile=internal user=1000 host=example.com call-id=a84b4c76"
		" Feature-Event=init forward_busy=  doNotDisturbOn=true"));
	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S(""), S("")) == CSTA_OK);
	host_drain();
	EXPECT(host_did("PHONE_FEATURE profile=internal user=1000 host=example.com"));
	EXPECT(csta_phone_feature(S(""), S("1000"), S("example.com"), S(""), S("")) == CSTA_INVALID);
	EXPECT(csta_phone_feature(S("internal"), S("10\n00"), S("example.com"), S(""), S("")) == CSTA_INVALID);
	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S(""),
		S("forward_busy\0<&>\0")) == CSTA_INVALID);
	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S(""),
		S("forward_busy\0" "1002")) == CSTA_INVALID);
	EXPECT(csta_phone_feature(S("internal"), S("1000"), S("example.com"), S(""),
		S("forward_busy\0")) == CSTA_INVALID);
	host_unload();
	load();
	EXPECT(answers("csta_feature", "119999", ""));
	host_unload();
}

static void test_command(void)
{
	char *answer;

	load();
	answer = host_command("csta", "status 100%");
	EXPECT(answer != NULL && strcmp(answer, "+OK status 100%") == 0);
	free(answer);
	answer = host_command("csta", NULL);
	EXPECT(answer != NULL && strcmp(answer, "+OK ") == 0);
	free(answer);
	host_unload();
}

int main(void)
{
	host_open(1);
	test_loads();
	test_refusals();
	test_stopped();
	test_fields();
	test_filters();
	test_lengths();
	test_full_ring();
	test_waking();
	test_stress();
	test_triggers();
	test_wait();
	test_hold_music();
	test_media();
	test_operations();
	test_pick_up();
	test_picked_up_by_nobody();
	test_borrowed_variables();
	test_place();
	test_sending();
	test_protected_dialplan();
	test_plays();
	test_hostile();
	test_cancelling();
	test_lists();
	test_features();
	test_features_of_domains();
	test_command();
	host_close();
	if (failed > 0) {
		fprintf(stderr, "%d expectations failed\n", failed);
		return 1;
	}
	puts("all expectations hold");
	return 0;
}
