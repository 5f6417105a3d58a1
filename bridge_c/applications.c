/*
 * The dialplan applications. They run in the threads of their calls and speak to
 * Go only by events of the switch, so that what they say stays in order with the
 * other events of the call.
 */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "internal.h"

/* The longest name of a queue or network interface. It becomes part of a device
 * identifier, of log lines and of events. */
#define NAME_MAX_BYTES 64

/* The same with its tenant's domain behind it: name@domain. */
#define OF_TENANT_MAX_BYTES 128

/* Digits of csta_wait's argument: up to 115 days. */
#define WAIT_MAX_DIGITS 10

/* One turn of csta_wait, in microseconds, while the leg has no media to pace
 * it: a packet's usual time. */
#define WAIT_TURN 20000

/* Reads that fail in a row before csta_wait believes that the leg's media is
 * gone for good. A second's worth; single failures happen while a leg's media is
 * being renegotiated. */
#define WAIT_READ_FAILURES 50

/* csta_release_waits counts up; a csta_wait that began before returns. */
static _Atomic uint32_t release_count;
static _Atomic uint32_t waiting;

static void warn(switch_core_session_t *session, const char *application, const char *what)
{
	switch_log_printf(SWITCH_CHANNEL_ID_LOG, CSTA_HERE, switch_core_session_get_uuid(session),
		SWITCH_LOG_WARNING, "%s: %s\n", application, what);
}

void csta_tell(switch_core_session_t *session, const char *trigger, const char *name)
{
	switch_event_t *event = NULL;

	if (switch_event_create_subclass_detailed(CSTA_HERE, &event, SWITCH_EVENT_CUSTOM,
		CSTA_SUBCLASS) != SWITCH_STATUS_SUCCESS) {
		warn(session, trigger, "the switch could not create an event");
		return;
	}
	/* Before the leg's headers: a leg may have hundreds of variables. */
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "CSTA-Trigger", trigger);
	if (name != NULL) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "CSTA-Name", name);
	}
	switch_channel_event_set_data(switch_core_session_get_channel(session), event);
	switch_event_fire_detailed(CSTA_HERE, &event, NULL);
}

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool name_valid(const char *name)
{
	size_t length = strspn(name, ALPHANUMERIC "_.-"), domain;

	if (length == 0 || length > NAME_MAX_BYTES) {
		return false;
	}
	if (name[length] == '\0') {
		return true;
	}
	if (name[length] != '@') {
		return false;
	}
	name += length + 1;
	domain = strspn(name, ALPHANUMERIC ".-");
	return domain > 0 && length + 1 + domain <= OF_TENANT_MAX_BYTES && name[domain] == '\0'
		&& name[0] != '-' && name[0] != '.' && strstr(name, "..") == NULL;
}

/* Common to the three triggers. The variable tells a later load of the module
 * what it has missed. */
static void trigger(switch_core_session_t *session, const char *application, const char *data,
	const char *kind, const char *variable)
{
	if (data == NULL || !name_valid(data)) {
		warn(session, application,
			"argument must be 1 to 64 characters of A-Z a-z 0-9 _ . -, and @ with a domain "
			"if it is a tenant's, nothing done");
		return;
	}
	if (csta_phase_now() != CSTA_UP) {
		warn(session, application, "the module is stopping, nothing done");
		return;
	}
	switch_channel_set_variable_var_check(switch_core_session_get_channel(session), variable, data,
		SWITCH_TRUE);
	csta_tell(session, kind, data);
}

static void trigger_queue(switch_core_session_t *session, const char *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	switch_channel_set_variable_var_check(channel, "csta_queue_source",
		csta_variable(channel, "transfer_source"), SWITCH_FALSE);
	trigger(session, "csta_trigger_queue", data, CSTA_TRIGGER_QUEUE, "csta_queue");
}

static void trigger_trunk_inbound(switch_core_session_t *session, const char *data)
{
	trigger(session, "csta_trigger_trunk_inbound", data, CSTA_TRIGGER_TRUNK_IN, "csta_trunk_in");
}

static void trigger_trunk_outbound(switch_core_session_t *session, const char *data)
{
	trigger(session, "csta_trigger_trunk_outbound", data, CSTA_TRIGGER_TRUNK_OUT,
		"csta_trunk_out");
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds of csta_wait's argument; 0 = for ever. */
static bool wait_time(const char *data, int64_t *time)
{
	size_t digits;

	*time = 0;
	if (data == NULL) {
		return true;
	}
	digits = strspn(data, "0123456789");
	if (digits > WAIT_MAX_DIGITS || data[digits] != '\0') {
		return false;
	}
	for (; *data != '\0'; data++) {
		*time = *time * 10 + (*data - '0');
	}
	return true;
}

/* Lets the leg's media run for one packet. Digits that the caller pressed come
 * out of the leg's queue, and by that become events. false: no media. */
static bool read_media(switch_core_session_t *session, switch_channel_t *channel)
{
	switch_frame_t *heard = NULL;
	uint8_t silence[2] = { 0 };
	switch_frame_t comfort = { .data = silence, .datalen = sizeof silence,
		.buflen = sizeof silence, .flags = SFF_CNG };
	switch_status_t status;

	if (!switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_TRUE)) {
		switch_sleep(WAIT_TURN);
		return true;
	}
	status = switch_core_session_read_frame(session, &heard, SWITCH_IO_FLAG_NONE, 0);
	if (status != SWITCH_STATUS_SUCCESS && status != SWITCH_STATUS_BREAK
		&& status != SWITCH_STATUS_INUSE) {
		switch_sleep(WAIT_TURN);
		return false;
	}
	switch_core_session_write_frame(session, &comfort, SWITCH_IO_FLAG_NONE, 0);
	return true;
}

static void read_digits(switch_channel_t *channel)
{
	while (switch_channel_has_dtmf(channel) > 0) {
		switch_dtmf_t digit;

		memset(&digit, 0, sizeof digit);
		if (switch_channel_dequeue_dtmf(channel, &digit) != SWITCH_STATUS_SUCCESS) {
			break;
		}
	}
}

/* Why the leg left: it hung up, or it was taken elsewhere. */
static const char *departure(switch_channel_t *channel)
{
	return switch_channel_get_state(channel) >= CS_HANGUP ? "hangup" : "moved";
}

/* The core's sleep will not do: it ends at any break, hears no digits and plays
 * nothing before there is media. */
static const char *wait_loop(switch_core_session_t *session, int64_t time, uint32_t release)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const int64_t end = milliseconds_now() + time;
	int failures = 0;

	for (;;) {
		if (!switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_FALSE)) {
			return departure(channel);
		}
		if (csta_phase_now() != CSTA_UP || atomic_load(&release_count) != release) {
			return "stopped";
		}
		if (time > 0 && milliseconds_now() >= end) {
			return "time";
		}
		/* Left over from a message that was stopped. */
		switch_channel_clear_flag(channel, CF_BREAK);
		switch_ivr_parse_all_events(session);
		if (!switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_FALSE)) {
			continue;
		}
		if (read_media(session, channel)) {
			failures = 0;
		} else if (++failures >= WAIT_READ_FAILURES) {
			warn(session, "csta_wait", "the leg's media is gone");
			return departure(channel);
		}
		read_digits(channel);
	}
}

static void wait_application(switch_core_session_t *session, const char *data)
{
	const uint32_t release = atomic_load(&release_count);
	int64_t time;

	if (!wait_time(data, &time)) {
		warn(session, "csta_wait", "argument must be a number of milliseconds, not waiting");
		return;
	}
	atomic_fetch_add(&waiting, 1);
	csta_tell(session, CSTA_TRIGGER_WAIT_END, wait_loop(session, time, release));
	atomic_fetch_sub(&waiting, 1);
}

uint32_t csta_waits(void)
{
	return atomic_load(&waiting);
}

uint32_t csta_release_waits(void)
{
	uint32_t count = atomic_load(&waiting);

	atomic_fetch_add(&release_count, 1);
	return count;
}

void csta_application_add(switch_loadable_module_interface_t *module,
	const csta_application *added)
{
	switch_application_interface_t *application =
		switch_loadable_module_create_interface(module, SWITCH_APPLICATION_INTERFACE);

	application->interface_name = added->name;
	application->application_function = added->function;
	application->short_desc = added->brief;
	application->long_desc = added->brief;
	application->syntax = added->syntax;
	/* Without it the core would answer the caller early, before the application
	 * runs. */
	application->flags = SAF_SUPPORT_NOMEDIA | added->flags;
}

void csta_applications_add(switch_loadable_module_interface_t *module)
{
	static const csta_application list[] = {
		{ "csta_trigger_queue", trigger_queue, "Put the call into a CSTA queue", "<queue>",
			SAF_ROUTING_EXEC },
		{ "csta_trigger_trunk_inbound", trigger_trunk_inbound,
			"Mark the call as coming in by a CSTA network interface", "<interface>",
			SAF_ROUTING_EXEC },
		{ "csta_trigger_trunk_outbound", trigger_trunk_outbound,
			"Mark the next outbound leg as leaving by a CSTA network interface", "<interface>",
			SAF_ROUTING_EXEC },
		{ "csta_wait", wait_application, "Wait in a CSTA queue", "[<milliseconds>]", 0 },
	};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		csta_application_add(module, &list[i]);
	}
}
