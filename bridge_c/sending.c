/*
 * Sends legs elsewhere. A leg that is sent while its bridge ends, because its partner was
 * sent elsewhere a moment before, may be overtaken: its own thread has found that it is
 * alone, and parks it, or goes on with its dialplan, after the core has told it where to
 * go (switch_ivr_bridge.c: the end of a bridge looks at the leg's state and then sets it;
 * switch_ivr_session_transfer may come between). The leg then stands where nobody sent
 * it, and nothing of that shows. So its thread looks here, before it does that, whether
 * it has come to where it was sent.
 *
 * Its partner's thread may be late as well: it leaves the bridge when it sees that the
 * leg is in none, and stays, and is heard, if the leg is in the next one by then.
 */
#include <string.h>

#include "internal.h"
#include "text.h"

/* The private entry of a channel that is what it was when it was sent last. */
#define SENDING "csta_sending"

/* Where a bridge ends whose leg is being sent elsewhere, the core lets the leg park for
 * so many seconds, be it sent or not: each later park would end it after that. */
#define PARK_TIMEOUT "park_timeout"
#define LEFT_BEHIND "3"

/* The private entry of a leg that is to be joined with another: with whom it is bridged,
 * in the leg's own memory. */
#define PARTING "csta_parting"

/* What a leg's thread sets while it is in a bridge: the other leg. */
#define BRIDGE_TO "bridge_to"

/* How long a partner's thread is waited for, microseconds a turn: it is woken when it
 * shall leave, and on an idle machine has left in the first. */
#define TURN 1000
#define TURNS 100

/* Of the leg's own memory; never changed. */
typedef struct {
	switch_caller_profile_t *profile;
	const char *park_timeout;
	/* With whom it was bridged; NULL = with nobody. */
	const char *partner;
} sending;

/* With whom a leg is bridged, in the leg's own memory; NULL = with nobody. */
static const char *partner_of(switch_core_session_t *session)
{
	char partner[CSTA_UUID_SIZE];

	if (switch_channel_get_partner_uuid_copy(switch_core_session_get_channel(session), partner,
			sizeof partner) == NULL) {
		return NULL;
	}
	partner[sizeof partner - 1] = '\0';
	return switch_core_perform_session_strdup(session, partner, CSTA_HERE);
}

switch_status_t csta_send(switch_core_session_t *session, const char *extension,
	const char *dialplan, const char *context)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	sending *s = switch_core_perform_session_alloc(session, sizeof *s, CSTA_HERE);
	switch_status_t status;

	s->profile = switch_channel_get_caller_profile(channel);
	s->park_timeout = csta_variable(channel, PARK_TIMEOUT);
	s->partner = partner_of(session);
	switch_channel_set_private(channel, SENDING, s);
	status = switch_ivr_session_transfer(session, extension, dialplan, context);
	if (status != SWITCH_STATUS_SUCCESS) {
		switch_channel_set_private(channel, SENDING, NULL);
	}
	return status;
}

static const sending *sent(switch_core_session_t *session)
{
	return switch_channel_get_private(switch_core_session_get_channel(session), SENDING);
}

/* The leg is where it was sent, or somebody else has taken it. */
static switch_status_t forget(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const sending *s = sent(session);

	if (s == NULL) {
		return SWITCH_STATUS_SUCCESS;
	}
	switch_channel_set_private(channel, SENDING, NULL);
	if (strcmp(csta_variable(channel, PARK_TIMEOUT), LEFT_BEHIND) == 0
		&& strcmp(s->park_timeout, LEFT_BEHIND) != 0) {
		switch_channel_set_variable_var_check(channel, PARK_TIMEOUT, s->park_timeout, SWITCH_FALSE);
	}
	return SWITCH_STATUS_SUCCESS;
}

static bool bridged_with(const char *partner, const char *uuid)
{
	switch_core_session_t *session = partner == NULL ? NULL
		: switch_core_session_perform_locate(partner, CSTA_HERE);
	bool is;

	if (session == NULL) {
		return false;
	}
	is = strcmp(csta_variable(switch_core_session_get_channel(session), BRIDGE_TO), uuid) == 0;
	switch_core_session_rwunlock(session);
	return is;
}

/* Its partner's thread leaves the bridge before the leg's enters another. */
static void let_part(switch_core_session_t *session, const char *partner)
{
	for (int i = 0; i < TURNS && bridged_with(partner, switch_core_session_get_uuid(session));
		i++) {
		switch_sleep(TURN);
	}
}

/* The leg's thread has come to where the leg was sent. */
static switch_status_t arrives(switch_core_session_t *session)
{
	const sending *s = sent(session);

	if (s != NULL) {
		let_part(session, s->partner);
	}
	return forget(session);
}

void csta_sending_joins(switch_core_session_t *session)
{
	switch_channel_set_private(switch_core_session_get_channel(session), PARTING,
		partner_of(session));
}

/* A state that both legs come through that are to be joined, before they are. */
static switch_status_t resets(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	let_part(session, switch_channel_get_private(channel, PARTING));
	switch_channel_set_private(channel, PARTING, NULL);
	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t sent_again(switch_core_session_t *session)
{
	forget(session);
	CSTA_LOG_HERE(SWITCH_LOG_INFO, "%s is sent again: its bridge ended meanwhile\n",
		switch_core_session_get_uuid(session));
	switch_channel_perform_set_state(switch_core_session_get_channel(session), CSTA_HERE,
		CS_ROUTING);
	return SWITCH_STATUS_FALSE;
}

/* The leg's thread is about to park, or to go on with its dialplan: not without having come
 * to where the leg was sent. meanwhile is the answer while it is only being sent: it has
 * its profile then, until the core sets its state. */
static switch_status_t unless_sent(switch_core_session_t *session, switch_status_t meanwhile)
{
	const sending *s = sent(session);

	if (s == NULL) {
		return SWITCH_STATUS_SUCCESS;
	}
	return switch_channel_get_caller_profile(switch_core_session_get_channel(session))
		== s->profile ? meanwhile : sent_again(session);
}

static switch_status_t executes(switch_core_session_t *session)
{
	return unless_sent(session, SWITCH_STATUS_SUCCESS);
}

/* It waits for its next state: to park would use up what keeps the leg from ending with its
 * next partner (switch_ivr_park takes park_after_bridge along with park_timeout). */
static switch_status_t parks(switch_core_session_t *session)
{
	return unless_sent(session, SWITCH_STATUS_FALSE);
}

static const switch_state_handler_table_t states = {
	.on_routing = arrives,
	.on_execute = executes,
	.on_park = parks,
};

/* Somebody else has taken the leg. These are asked before a bridge: where a state's
 * handlers are asked commonly, behind those of the channel, the bridge is over, and the
 * leg that was sent meanwhile is not there yet (switch_core_state_machine.c). */
static const switch_state_handler_table_t taken = {
	.on_exchange_media = forget,
	.on_soft_execute = forget,
	.on_consume_media = forget,
	.on_hibernate = forget,
	.on_reset = resets,
	.flags = SSH_FLAG_PRE_EXEC,
};

void csta_sending_begin(void)
{
	if (switch_core_add_state_handler(&states) < 0
		|| switch_core_add_state_handler(&taken) < 0) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING,
			"The switch takes no more state handlers: a leg that is sent elsewhere while its "
			"bridge ends may be parked instead\n");
	}
}

void csta_sending_end(void)
{
	switch_core_remove_state_handler(&taken);
	switch_core_remove_state_handler(&states);
}
