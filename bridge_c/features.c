/*
 * Features of subscribers: a table that the dialplan reads by the API command
 * csta_feature, and what phones with feature keys are told. Global variables of the
 * switch would do for the former, but it looks for those one after the other, and
 * copies all of them at every turn of a call (switch_channel_execute_on).
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "text.h"

/* The headers of one PHONE_FEATURE: at most nine are used. */
#define HEADERS_MAX 16

#define DEVICE_SIZE 319
#define FEATURES_SIZE 257
#define SUBSCRIBER_SIZE 97
#define CALL_ID_SIZE 193

/* Chains of the table; a power of two. */
#define CHAINS 4096

typedef struct entry {
	struct entry *next;
	char *features;
	char device[];
} entry;

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static entry *table[CHAINS];

/* Names of subscribers are the same in either case, as in the directory. */
static size_t chain_of(const char *device)
{
	uint32_t hash = 2166136261u;

	for (const char *p = device; *p != '\0'; p++) {
		hash = (hash ^ (uint32_t)tolower((unsigned char)*p)) * 16777619u;
	}
	return hash & (CHAINS - 1);
}

static entry **place_of(const char *device)
{
	entry **place = &table[chain_of(device)];

	while (*place != NULL && strcasecmp((*place)->device, device) != 0) {
		place = &(*place)->next;
	}
	return place;
}

static void drop(entry **place)
{
	entry *gone = *place;

	*place = gone->next;
	free(gone->features);
	free(gone);
}

static bool put(const char *device, const char *features)
{
	size_t n = strlen(device) + 1;
	size_t chain;
	entry *made = malloc(sizeof *made + n), **place;

	if (made == NULL || (made->features = strdup(features)) == NULL) {
		free(made);
		return false;
	}
	memcpy(made->device, device, n);
	place = place_of(device);
	if (*place != NULL) {
		drop(place);
	}
	chain = chain_of(device);
	made->next = table[chain];
	table[chain] = made;
	return true;
}

csta_status csta_set_features(csta_str device, csta_str features)
{
	char name[DEVICE_SIZE], text[FEATURES_SIZE] = "";
	csta_status status = CSTA_OK;
	entry **place;

	if (!csta_device(name, sizeof name, device)
		|| (features.n > 0 && !csta_assignments(text, sizeof text, features))) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	pthread_rwlock_wrlock(&table_lock);
	place = place_of(name);
	if (text[0] != '\0') {
		status = put(name, text) ? CSTA_OK : CSTA_NO_MEMORY;
	} else if (*place != NULL) {
		drop(place);
	}
	pthread_rwlock_unlock(&table_lock);
	csta_leave();
	return status;
}

void csta_features_clear(void)
{
	pthread_rwlock_wrlock(&table_lock);
	for (size_t i = 0; i < CHAINS; i++) {
		while (table[i] != NULL) {
			drop(&table[i]);
		}
	}
	pthread_rwlock_unlock(&table_lock);
}

/* The same number may be a subscriber's in each of several domains: one without a domain
 * is of the call's own, whom the dialplan is about to call by user/<number>@${domain_name}.
 * Without a call, or a domain, it stays as it is. */
static const char *in_domain(char *out, size_t size, const char *device,
	switch_core_session_t *session)
{
	const char *domain;
	int n;

	if (session == NULL || strchr(device, '@') != NULL) {
		return device;
	}
	domain = csta_variable(switch_core_session_get_channel(session), "domain_name");
	if (domain[0] == '\0') {
		return device;
	}
	n = snprintf(out, size, "%s@%s", device, domain);
	return n > 0 && (size_t)n < size ? out : "";
}

/* Runs in the thread of a call that is on its way through the dialplan. */
static switch_status_t feature_command(const char *arguments, switch_core_session_t *session,
	switch_stream_handle_t *stream)
{
	char name[DEVICE_SIZE];
	entry *found;

	if (arguments == NULL) {
		return SWITCH_STATUS_SUCCESS;
	}
	arguments = in_domain(name, sizeof name, arguments, session);
	pthread_rwlock_rdlock(&table_lock);
	found = *place_of(arguments);
	if (found != NULL) {
		stream->write_function(stream, "%s", found->features);
	}
	pthread_rwlock_unlock(&table_lock);
	return SWITCH_STATUS_SUCCESS;
}

void csta_feature_command_add(switch_loadable_module_interface_t *module)
{
	switch_api_interface_t *api =
		switch_loadable_module_create_interface(module, SWITCH_API_INTERFACE);

	api->interface_name = "csta_feature";
	api->desc = "Do not disturb and forwarding of a subscriber, for the dialplan";
	api->function = feature_command;
	api->syntax = "<subscriber>";
}

/* Adds "name\0value\0..." pairs; values may be empty. */
static bool add_headers(switch_event_t *event, csta_str pairs)
{
	const char *end = pairs.p + pairs.n;
	int count = 0;

	if (pairs.n > 0 && end[-1] != '\0') {
		return false;
	}
	for (const char *name = pairs.p; name < end;) {
		char header[CSTA_NUMBER_SIZE], text[CSTA_NUMBER_SIZE] = "";
		const char *value = name + strlen(name) + 1;

		if (value >= end || ++count > HEADERS_MAX
			|| !csta_word(header, sizeof header, (csta_str){ name, strlen(name) })
			|| (value[0] != '\0'
				&& !csta_number(text, sizeof text, (csta_str){ value, strlen(value) }))) {
			return false;
		}
		/* The switch drops headers without a value. */
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, header,
			text[0] != '\0' ? text : " ");
		name = value + strlen(value) + 1;
	}
	return true;
}

csta_status csta_phone_feature(csta_str profile, csta_str user, csta_str host, csta_str call_id,
	csta_str headers)
{
	char in[CSTA_SHOWN_SIZE], who[SUBSCRIBER_SIZE], where[SUBSCRIBER_SIZE], id[CALL_ID_SIZE];
	switch_event_types_t type;
	switch_event_t *event = NULL;

	if (!csta_shown(in, sizeof in, profile) || !csta_shown(who, sizeof who, user)
		|| !csta_shown(where, sizeof where, host) || !csta_shown(id, sizeof id, call_id)
		|| in[0] == '\0' || who[0] == '\0' || where[0] == '\0') {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	if (switch_name_event("PHONE_FEATURE", &type) != SWITCH_STATUS_SUCCESS
		|| switch_event_create_subclass_detailed(CSTA_HERE, &event, type, NULL)
			!= SWITCH_STATUS_SUCCESS) {
		csta_leave();
		return CSTA_NOT_SUPPORTED;
	}
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "profile", in);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "user", who);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "host", where);
	if (id[0] != '\0') {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "call-id", id);
	}
	if (!add_headers(event, headers)) {
		switch_event_destroy(&event);
		csta_leave();
		return CSTA_INVALID;
	}
	switch_event_fire_detailed(CSTA_HERE, &event, NULL);
	csta_leave();
	return CSTA_OK;
}
