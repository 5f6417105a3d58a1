/*
 * A protected leg does not run out of its dialplan. The number that somebody
 * consults may be one whose dialplan ends by itself: a mailbox, an announcement,
 * one that only sets variables. The core hangs a leg up that has no instruction
 * left, and the partner who is held would be lost with it. So the last
 * instruction of what a protected leg executes is one of ours, and so is each
 * hangup in it: they park the leg, which tells the engine that its call is over.
 */
#include <strings.h>

#include "internal.h"

/* Stands before each bridge that a protected leg executes: the next step of the
 * service may come while the core still takes the media out of the switch, and needs
 * it there (csta_protect gives these variables back). */
#define KEEP_MEDIA CSTA_KEEP "_media"

const char *const csta_past_switch[2] = { "bypass_media", "proxy_media" };

bool csta_protected(switch_channel_t *channel)
{
	return csta_variable(channel, CSTA_PROTECTED)[0] != '\0';
}

/* Puts an application behind the extension's. The core would have the leg begin the
 * extension anew. */
static void put_last(switch_core_session_t *session, switch_caller_extension_t *extension,
	const char *name)
{
	switch_caller_application_t *next = extension->current_application;

	switch_caller_extension_add_application(session, extension, name, NULL);
	extension->current_application = next != NULL ? next : extension->last_application;
}

/* In the place of a hangup its argument is the cause. When the protection is over
 * the dialplan has its own way: its end, or the hangup. The leg parks when we have
 * returned: as long as it stayed with us, the module could not be unloaded. */
static void keep(switch_core_session_t *session, const char *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	if (csta_protected(channel)) {
		switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);

		/* NULL: it was sent elsewhere a moment ago. */
		if (extension != NULL) {
			put_last(session, extension, "park");
			extension->current_application = extension->last_application;
		}
	} else if (data != NULL && data[0] != '\0') {
		switch_channel_perform_hangup(channel, CSTA_HERE, switch_channel_str2cause(data));
	}
}

static void keep_media(switch_core_session_t *session, const char *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	(void)data;
	if (!csta_protected(channel)) {
		return;
	}
	for (size_t i = 0; i < sizeof csta_past_switch / sizeof csta_past_switch[0]; i++) {
		switch_channel_set_variable_var_check(channel, csta_past_switch[i], CSTA_NOT_PAST,
			SWITCH_FALSE);
	}
}

/* Puts an application of ours before one of the extension's, in whose place (at) it
 * stands then. */
static void put_before(switch_core_session_t *session, switch_caller_extension_t *extension,
	switch_caller_application_t **at)
{
	switch_caller_application_t *added;

	put_last(session, extension, KEEP_MEDIA);
	added = extension->last_application;
	for (switch_caller_application_t *a = *at; a != NULL; a = a->next) {
		if (a->next == added) {
			a->next = NULL;
			extension->last_application = a;
			added->next = *at;
			*at = added;
			return;
		}
	}
}

static bool is(const switch_caller_application_t *a, const char *name)
{
	return a->application_name != NULL && strcasecmp(a->application_name, name) == 0;
}

/* Puts an end of ours to what a protected leg executes. Names are of the leg's own
 * memory: they may outlive the module. */
static void protect(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);

	csta_park_on_failure(channel);
	if (extension == NULL) {
		return;
	}
	for (switch_caller_application_t **at = &extension->current_application; *at != NULL;
		at = &(*at)->next) {
		switch_caller_application_t *a = *at;

		if (is(a, "bridge")) {
			put_before(session, extension, at);
			at = &(*at)->next;
			continue;
		}
		if (!is(a, "hangup")) {
			continue;
		}
		if (a->application_data == NULL || a->application_data[0] == '\0') {
			a->application_data = switch_core_perform_session_strdup(session, "NORMAL_CLEARING",
				CSTA_HERE);
		}
		a->application_name = switch_core_perform_session_strdup(session, CSTA_KEEP, CSTA_HERE);
	}
	put_last(session, extension, CSTA_KEEP);
}

/* Runs in the leg's thread before the leg executes what its dialplan has found. That
 * a leg was sent elsewhere shows in its next event; if the switch itself serves it
 * there, an echo or a menu, none may come. */
static switch_status_t on_execute(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	if (csta_protected(channel)) {
		protect(session);
	}
	/* One that comes back says so itself, when it is there. */
	if (!csta_place_executes(session) && csta_variable(channel, "transfer_source")[0] != '\0'
		&& csta_phase_now() == CSTA_UP) {
		csta_tell(session, CSTA_TRIGGER_ROUTED, NULL);
	}
	return SWITCH_STATUS_SUCCESS;
}

static const switch_state_handler_table_t states = { .on_execute = on_execute };

void csta_protection_begin(switch_loadable_module_interface_t *module)
{
	static const csta_application list[] = {
		{ CSTA_KEEP, keep, "End the dialplan of a leg whose partner is held", "[<cause>]", 0 },
		{ KEEP_MEDIA, keep_media, "Keep the media of a leg whose partner is held", "", 0 },
	};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		csta_application_add(module, &list[i]);
	}
	csta_place_begin(module);
	if (switch_core_add_state_handler(&states) < 0) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING,
			"The switch takes no more state handlers: who consults a number whose dialplan "
			"ends by itself loses the held call, and some legs are told late to be sent on\n");
	}
}

void csta_protection_end(void)
{
	switch_core_remove_state_handler(&states);
}
