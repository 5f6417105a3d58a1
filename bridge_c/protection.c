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

#define KEEP "csta_keep"

static bool protected(switch_channel_t *channel)
{
	const char *value = switch_channel_get_variable_dup(channel, CSTA_PROTECTED, SWITCH_FALSE, -1);

	return value != NULL && value[0] != '\0';
}

/* In the place of a hangup its argument is the cause. When the protection is over
 * the dialplan has its own way: its end, or the hangup. */
static void keep(switch_core_session_t *session, const char *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	if (protected(channel)) {
		switch_core_session_execute_application_get_flags(session, "park", NULL, NULL);
	} else if (data != NULL && data[0] != '\0') {
		switch_channel_perform_hangup(channel, CSTA_HERE, switch_channel_str2cause(data));
	}
}

/* Puts an end of ours to what a protected leg executes. Names are of the leg's own
 * memory: they may outlive the module. */
static void protect(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);

	if (extension == NULL) {
		return;
	}
	for (switch_caller_application_t *a = extension->current_application; a != NULL; a = a->next) {
		if (a->application_name == NULL || strcasecmp(a->application_name, "hangup") != 0) {
			continue;
		}
		if (a->application_data == NULL || a->application_data[0] == '\0') {
			a->application_data = switch_core_perform_session_strdup(session, "NORMAL_CLEARING",
				CSTA_HERE);
		}
		a->application_name = switch_core_perform_session_strdup(session, KEEP, CSTA_HERE);
	}
	switch_caller_extension_add_application(session, extension, KEEP, NULL);
}

/* Runs in the leg's thread before the leg executes what its dialplan has found. That
 * a leg was sent elsewhere shows in its next event; if the switch itself serves it
 * there, an echo or a menu, none may come. */
static switch_status_t on_execute(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const char *source = switch_channel_get_variable_dup(channel, "transfer_source", SWITCH_FALSE, -1);

	if (source != NULL && source[0] != '\0' && csta_phase_now() == CSTA_UP) {
		csta_tell(session, CSTA_TRIGGER_ROUTED, NULL);
	}
	if (protected(channel)) {
		protect(session);
	}
	return SWITCH_STATUS_SUCCESS;
}

static const switch_state_handler_table_t states = { .on_execute = on_execute };

void csta_protection_begin(switch_loadable_module_interface_t *module)
{
	switch_application_interface_t *application =
		switch_loadable_module_create_interface(module, SWITCH_APPLICATION_INTERFACE);

	application->interface_name = KEEP;
	application->application_function = keep;
	application->short_desc = "End the dialplan of a leg whose partner is held";
	application->long_desc = application->short_desc;
	application->syntax = "[<cause>]";
	application->flags = SAF_SUPPORT_NOMEDIA;
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
