/*
 * Gives a leg the call that rings at another one, as switch_ivr_intercept_session does,
 * but for who leads the bridge. There it is the leg that picks up, and the core ends who
 * is led when the leader goes before the two are joined, some 30 ms long
 * (switch_ivr_bridge.c, uuid_bridge_on_soft_execute). Here the caller leads: the core
 * parks it then, if its variables say so, and its call can be given back.
 */
#include <stddef.h>

#include "internal.h"

/* What the core parks a leader for that is left alone: by a leg that is no more when
 * its thread comes to the bridge, and by one that goes while it waits for that. The first
 * parks a leg behind its bridge as well. */
#define PARK_AFTER_BRIDGE "park_after_bridge"
#define PARK_ON_CANCEL "uuid_bridge_park_on_cancel"

/* The private entry of the caller's channel until it talks or goes elsewhere, and that of
 * who picked it up: the caller. */
#define PICKED "csta_picked"
#define PICKS "csta_picks"

/* What the dialplan had in the variables; of the caller's own memory. */
typedef struct {
	const char *picker;
	const char *after_bridge;
	const char *on_cancel;
} picked;

static void set(switch_channel_t *channel, const char *name, const char *value)
{
	switch_channel_set_variable_var_check(channel, name, value, SWITCH_FALSE);
}

static picked *noted(switch_channel_t *channel)
{
	return switch_channel_get_private(channel, PICKED);
}

static void give_back(switch_channel_t *channel)
{
	const picked *p = noted(channel);

	if (p != NULL) {
		switch_channel_set_private(channel, PICKED, NULL);
		set(channel, PARK_AFTER_BRIDGE, p->after_bridge);
		set(channel, PARK_ON_CANCEL, p->on_cancel);
	}
}

bool csta_pick(switch_core_session_t *picker, switch_core_session_t *caller,
	switch_core_session_t *ringing)
{
	switch_channel_t *channel = switch_core_session_get_channel(caller);
	switch_channel_t *rings = switch_core_session_get_channel(ringing);
	picked *p;

	if (noted(channel) != NULL) {
		/* Somebody was faster, and what else rings for the caller is about to stop. */
		return false;
	}
	p = switch_core_perform_session_alloc(caller, sizeof *p, CSTA_HERE);
	if (switch_channel_test_flag(channel, CF_ANSWERED) == 0) {
		switch_channel_perform_answer(channel, CSTA_HERE);
	}
	p->picker = switch_core_perform_session_strdup(caller, switch_core_session_get_uuid(picker),
		CSTA_HERE);
	p->after_bridge = csta_variable(channel, PARK_AFTER_BRIDGE);
	p->on_cancel = csta_variable(channel, PARK_ON_CANCEL);
	switch_channel_set_private(channel, PICKED, p);
	switch_channel_set_private(switch_core_session_get_channel(picker), PICKS,
		switch_core_perform_session_strdup(picker, switch_core_session_get_uuid(caller), CSTA_HERE));
	set(channel, PARK_AFTER_BRIDGE, "true");
	set(channel, PARK_ON_CANCEL, "true");
	/* Phones that stop ringing are told that the call was taken elsewhere. */
	switch_channel_set_flag_value(rings, CF_INTERCEPT, 1);
	switch_channel_set_flag_value(channel, CF_INTERCEPTED, 1);
	if (switch_ivr_uuid_bridge(switch_core_session_get_uuid(caller),
			switch_core_session_get_uuid(picker)) != SWITCH_STATUS_SUCCESS) {
		/* It rings on. */
		switch_channel_clear_flag(rings, CF_INTERCEPT);
		switch_channel_clear_flag(channel, CF_INTERCEPTED);
		switch_channel_set_private(switch_core_session_get_channel(picker), PICKS, NULL);
		give_back(channel);
		return false;
	}
	switch_channel_perform_hangup(rings, CSTA_HERE, SWITCH_CAUSE_PICKED_OFF);
	return true;
}

/* The caller's thread is about to wait for who picked it up: whoever is there is found. */
static switch_status_t meets(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const picked *p = noted(channel);
	switch_core_session_t *picker = p == NULL ? NULL
		: switch_core_session_perform_locate(p->picker, CSTA_HERE);

	if (picker != NULL) {
		set(channel, PARK_AFTER_BRIDGE, p->after_bridge);
		switch_core_session_rwunlock(picker);
	}
	return SWITCH_STATUS_SUCCESS;
}

/* Who picked up talks with the caller. */
static switch_status_t talks(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const char *uuid = switch_channel_get_private(channel, PICKS);
	switch_core_session_t *caller = uuid == NULL ? NULL
		: switch_core_session_perform_locate(uuid, CSTA_HERE);

	switch_channel_set_private(channel, PICKS, NULL);
	if (caller != NULL) {
		give_back(switch_core_session_get_channel(caller));
		switch_core_session_rwunlock(caller);
	}
	return SWITCH_STATUS_SUCCESS;
}

/* The caller is parked, or has been sent elsewhere. */
static switch_status_t left(switch_core_session_t *session)
{
	give_back(switch_core_session_get_channel(session));
	return SWITCH_STATUS_SUCCESS;
}

static const switch_state_handler_table_t states = {
	.on_routing = left,
	.on_execute = left,
	.on_exchange_media = talks,
	.on_soft_execute = meets,
	.on_park = left,
	.flags = SSH_FLAG_PRE_EXEC,
};

void csta_picking_begin(void)
{
	if (switch_core_add_state_handler(&states) < 0) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING,
			"The switch takes no more state handlers: who is picked up may be parked behind the call\n");
	}
}

void csta_picking_end(void)
{
	switch_core_remove_state_handler(&states);
}
