/*
 * Services take legs out of their dialplan: who is held hears music, who consults is
 * sent to the number. The place in its dialplan that such a leg had is noted with it.
 * Back with the partner it had, it goes on from there when that one leaves, as it would
 * have without the services: to a survey behind its bridge, for instance.
 *
 * The way back is the core's own: behind a bridge it sends a leg that has
 * transfer_after_bridge where that says (switch_ivr_bridge.c), which is to an
 * application of ours, that puts the rest of the dialplan behind itself.
 */
#include <string.h>
#include <strings.h>

#include "internal.h"

#define GO_ON "csta_go_on"
#define AFTER_BRIDGE "transfer_after_bridge"
#define WAY_BACK GO_ON ":inline"

/* The private entry of a channel that is its place, of the leg's own memory. */
#define PLACE "csta_place"

typedef struct {
	/* Who called whom, as the dialplan knows it. */
	switch_caller_profile_t *profile;
	/* What was still to be executed; NULL: nothing. */
	switch_caller_application_t *rest;
	/* The leg goes on from there, and is nobody else's any more. */
	atomic_bool left;
} place;

static place *noted(switch_channel_t *channel)
{
	return switch_channel_get_private(channel, PLACE);
}

static bool is_go_on(const switch_caller_application_t *a)
{
	return a->application_name != NULL && strcmp(a->application_name, GO_ON) == 0;
}

/* What services have a leg execute is nobody's dialplan. */
static bool ours(const switch_caller_extension_t *extension)
{
	for (const switch_caller_application_t *a = extension->current_application; a != NULL;
		a = a->next) {
		if (is_go_on(a) || (a->application_name != NULL
			&& strncmp(a->application_name, CSTA_KEEP, sizeof CSTA_KEEP - 1) == 0)) {
			return true;
		}
		if (a->application_data != NULL && strstr(a->application_data, CSTA_BEHIND_MUSIC) != NULL) {
			return true;
		}
	}
	return false;
}

void csta_place_note(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);
	switch_channel_state_t state = switch_channel_get_state(channel);
	place *p = noted(channel);

	/* A leg that was called, and nothing else, has no dialplan; one that runs a bridge
	 * of uuid_bridge goes on in its own. */
	if (extension == NULL || (p != NULL && !p->left) || ours(extension)
		|| (state != CS_EXECUTE
			&& (state != CS_SOFT_EXECUTE
				|| switch_channel_test_flag(channel, CF_BRIDGE_ORIGINATOR) == 0))) {
		return;
	}
	p = switch_core_perform_session_alloc(session, sizeof *p, CSTA_HERE);
	p->profile = switch_channel_get_caller_profile(channel);
	p->rest = extension->current_application;
	if (p->profile != NULL) {
		switch_channel_set_private(channel, PLACE, p);
	}
}

/* Takes back what csta_place_return has set. */
static void unset_way_back(switch_channel_t *channel)
{
	if (strcmp(csta_variable(channel, AFTER_BRIDGE), WAY_BACK) == 0) {
		switch_channel_set_variable_var_check(channel, AFTER_BRIDGE, NULL, SWITCH_FALSE);
	}
}

void csta_place_forget(switch_channel_t *channel)
{
	if (noted(channel) == NULL) {
		return;
	}
	switch_channel_set_private(channel, PLACE, NULL);
	unset_way_back(channel);
}

bool csta_place_goes_on(switch_channel_t *channel, const char *hangup_after_bridge)
{
	static const char *const no[] = { "", "false", "no", "off", "0" };
	place *p = noted(channel);

	/* Who consulted a number has the rest of that one's dialplan otherwise. */
	if (p == NULL || p->left || (p->rest == NULL && !csta_protected(channel))) {
		return false;
	}
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		if (strcasecmp(hangup_after_bridge, no[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool csta_place_left(switch_channel_t *channel)
{
	place *p = noted(channel);

	return p != NULL && p->left;
}

void csta_place_return(switch_channel_t *channel)
{
	/* Where the dialplan wants it to go behind its bridge, it goes. */
	if (csta_variable(channel, AFTER_BRIDGE)[0] == '\0') {
		switch_channel_set_variable_var_check(channel, AFTER_BRIDGE, WAY_BACK, SWITCH_FALSE);
	}
}

bool csta_place_go_on(switch_core_session_t *session)
{
	return csta_send(session, GO_ON, "inline", NULL) == SWITCH_STATUS_SUCCESS;
}

/* Runs in the leg's thread. Who it is and what it had dialled is as it was, too: the
 * bridges of services changed that (switch_ivr_uuid_bridge). Where nothing is noted, the
 * leg ends behind this application, as each that has nothing more to execute. */
static void go_on(switch_core_session_t *session, const char *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);
	place *p = noted(channel);

	(void)data;
	if (p == NULL || extension == NULL) {
		return;
	}
	p->left = true;
	unset_way_back(channel);
	switch_channel_set_caller_profile(channel, switch_caller_profile_clone(session, p->profile));
	switch_channel_set_caller_extension(channel, extension);
	if (p->rest != NULL) {
		extension->last_application->next = p->rest;
		extension->current_application = p->rest;
		while (extension->last_application->next != NULL) {
			extension->last_application = extension->last_application->next;
		}
	}
	if (csta_phase_now() == CSTA_UP) {
		csta_tell(session, CSTA_TRIGGER_ROUTED, NULL);
	}
}

bool csta_place_executes(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_extension_t *extension = switch_channel_get_caller_extension(channel);

	if (extension == NULL) {
		return false;
	}
	if (extension->current_application != NULL && is_go_on(extension->current_application)) {
		return true;
	}
	if (!ours(extension)) {
		csta_place_forget(channel);
	}
	return false;
}

void csta_place_begin(switch_loadable_module_interface_t *module)
{
	static const csta_application app = {
		GO_ON, go_on, "Go on in the dialplan that a service took the leg out of", "", 0
	};

	csta_application_add(module, &app);
}
