/*
 * What can be done to the switch's legs: one function for each operation. They
 * run on Go's threads.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "text.h"

/* Pairs of variables that one originate may set. */
#define VARIABLES_MAX 64

/* The longest value of a variable, or of the hold music, that is taken. */
#define VALUE_MAX 1024

typedef struct {
	char uuid[CSTA_UUID_SIZE];
	switch_core_session_t *session;
	switch_channel_t *channel;
} leg;

/* Finds the leg that uuid names and keeps it from being destroyed until leg_close or
 * partner_close. false: there is none. */
static bool locate(leg *l)
{
	l->session = switch_core_session_perform_locate(l->uuid, CSTA_HERE);
	if (l->session == NULL) {
		return false;
	}
	l->channel = switch_core_session_get_channel(l->session);
	return true;
}

/* Finds the leg and keeps it from being destroyed until leg_close. */
static csta_status leg_open(leg *l, csta_str uuid)
{
	if (!csta_uuid(l->uuid, sizeof l->uuid, uuid)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	if (!locate(l)) {
		csta_leave();
		return CSTA_NO_SUCH_LEG;
	}
	return CSTA_OK;
}

static csta_status leg_close(leg *l, csta_status status)
{
	switch_core_session_rwunlock(l->session);
	csta_leave();
	return status;
}

/* The leg's partner, to be closed with partner_close; false: none. */
static bool partner_open(leg *l, leg *partner)
{
	if (switch_channel_get_partner_uuid_copy(l->channel, partner->uuid, sizeof partner->uuid)
		== NULL) {
		return false;
	}
	partner->uuid[sizeof partner->uuid - 1] = '\0';
	return locate(partner);
}

static void partner_close(leg *partner)
{
	switch_core_session_rwunlock(partner->session);
}

static csta_status answer_of(switch_status_t status)
{
	return status == SWITCH_STATUS_SUCCESS ? CSTA_OK : CSTA_NOT_POSSIBLE;
}

static const char *get(leg *l, const char *name)
{
	return csta_variable(l->channel, name);
}

/* NULL removes the variable. */
static void set(leg *l, const char *name, const char *value)
{
	switch_channel_set_variable_var_check(l->channel, name, value, SWITCH_FALSE);
}

static bool answered(leg *l)
{
	return switch_channel_test_flag(l->channel, CF_ANSWERED) != 0;
}

/* How long two legs need to settle behind a bridge of the core, in microseconds: it
 * shows before their threads are done. */
#define SETTLE 100000

/* Brings media that passes the switch into it (bypass_media): nothing can be played
 * to such a leg, and the core would hang it up over applications that need media.
 * Media that the switch only passes on (proxy_media) has no codec in the switch, and
 * stays so for the whole call. */
static csta_status take_media(leg *l)
{
	if (switch_channel_test_flag(l->channel, CF_PROXY_MEDIA) != 0) {
		return CSTA_NOT_SUPPORTED;
	}
	if (switch_channel_test_flag(l->channel, CF_PROXY_MODE) == 0) {
		return CSTA_OK;
	}
	if (switch_ivr_media(l->uuid, SMF_REBRIDGE) != SWITCH_STATUS_SUCCESS
		|| switch_channel_test_flag(l->channel, CF_PROXY_MODE) != 0) {
		return CSTA_NOT_POSSIBLE;
	}
	switch_sleep(SETTLE);
	return CSTA_OK;
}

/* An originate that runs: its caller's stack holds it. The switch polls `cancel`
 * while the endpoint rings. */
typedef struct pending {
	const char *uuid;
	switch_call_cause_t cancel;
	struct pending *next;
} pending;

static pthread_mutex_t pending_lock = PTHREAD_MUTEX_INITIALIZER;
static pending *pending_list;

/* false: the module stops, and csta_cancel_all may have passed already. */
static bool pending_add(pending *p)
{
	bool up;

	pthread_mutex_lock(&pending_lock);
	up = csta_phase_now() == CSTA_UP;
	if (up) {
		p->next = pending_list;
		pending_list = p;
	}
	pthread_mutex_unlock(&pending_lock);
	return up;
}

static void pending_remove(pending *p)
{
	pending **at;

	pthread_mutex_lock(&pending_lock);
	for (at = &pending_list; *at != p; at = &(*at)->next) {
	}
	*at = p->next;
	pthread_mutex_unlock(&pending_lock);
}

static void cancel(pending *p, switch_call_cause_t cause)
{
	__atomic_store_n(&p->cancel, cause, __ATOMIC_RELAXED);
}

void csta_cancel_all(void)
{
	pthread_mutex_lock(&pending_lock);
	for (pending *p = pending_list; p != NULL; p = p->next) {
		cancel(p, SWITCH_CAUSE_SYSTEM_SHUTDOWN);
	}
	pthread_mutex_unlock(&pending_lock);
}

csta_status csta_cancel(csta_str uuid)
{
	char wanted[CSTA_UUID_SIZE];
	csta_status status = CSTA_NO_SUCH_LEG;

	if (!csta_uuid(wanted, sizeof wanted, uuid)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	pthread_mutex_lock(&pending_lock);
	for (pending *p = pending_list; p != NULL; p = p->next) {
		if (strcmp(p->uuid, wanted) == 0) {
			cancel(p, SWITCH_CAUSE_ORIGINATOR_CANCEL);
			status = CSTA_OK;
		}
	}
	pthread_mutex_unlock(&pending_lock);
	csta_leave();
	return status;
}

/* An event without the headers that the core gives to those it fires. */
static switch_event_t *bag_create(void)
{
	switch_event_t *bag = NULL;

	if (switch_event_create_subclass_detailed(CSTA_HERE, &bag, SWITCH_EVENT_CLONE, NULL)
		!= SWITCH_STATUS_SUCCESS) {
		return NULL;
	}
	return bag;
}

static void bag_add(switch_event_t *bag, const char *name, const char *value)
{
	switch_event_add_header_string(bag, SWITCH_STACK_BOTTOM, name, value);
}

csta_status csta_add_pairs(switch_event_t *bag, csta_str pairs)
{
	const char *end = pairs.p + pairs.n;
	int count = 0;

	if (pairs.n > 0 && end[-1] != '\0') {
		return CSTA_INVALID;
	}
	for (const char *name = pairs.p; name < end;) {
		char checked[CSTA_NUMBER_SIZE];
		const char *value = name + strlen(name) + 1;

		if (value >= end || ++count > VARIABLES_MAX || strlen(value) > VALUE_MAX
			|| !csta_word(checked, sizeof checked, (csta_str){ name, strlen(name) })) {
			return CSTA_INVALID;
		}
		bag_add(bag, checked, value);
		name = value + strlen(value) + 1;
	}
	return CSTA_OK;
}

/* The user endpoint runs an originate of its own, with its own time of ringing
 * unless this variable says otherwise. */
#define USER_ENDPOINT "user/"
#define LEG_TIMEOUT "leg_timeout"

/* What csta_originate needs, terminated. */
typedef struct {
	char uuid[CSTA_UUID_SIZE];
	char dial[CSTA_DIAL_SIZE];
	char name[CSTA_SHOWN_SIZE];
	char number[CSTA_SHOWN_SIZE];
	char then[CSTA_NUMBER_SIZE];
	char context[CSTA_NUMBER_SIZE];
	uint32_t timeout;
	uint32_t flags;
} order;

/* The answered leg goes on. */
static csta_status send_on(const order *o, switch_core_session_t *session)
{
	leg l = { .session = session, .channel = switch_core_session_get_channel(session) };

	if ((o->flags & CSTA_ORIGINATE_AUTO_ANSWER) != 0) {
		/* The header that made this phone answer would be copied to the phone
		 * that it calls. */
		set(&l, "sip_h_Call-Info", NULL);
		set(&l, "sip_h_Alert-Info", NULL);
		set(&l, "sip_auto_answer", NULL);
		set(&l, "sip_copy_custom_headers", "false");
	}
	if (o->then[0] == '\0') {
		return answer_of(csta_send(session, "park", "inline", NULL));
	}
	return answer_of(csta_send(session, o->then, "XML", o->context));
}

static csta_status dial(const order *o, switch_event_t *variables, char *cause)
{
	switch_core_session_t *called = NULL;
	switch_call_cause_t why = SWITCH_CAUSE_NONE;
	pending self = { .uuid = o->uuid, .cancel = SWITCH_CAUSE_NONE };
	switch_status_t status;
	csta_status result = CSTA_NOT_POSSIBLE;

	if (!pending_add(&self)) {
		return CSTA_STOPPED;
	}
	status = switch_ivr_originate(NULL, &called, &why, o->dial, o->timeout, NULL,
		o->name[0] != '\0' ? o->name : NULL, o->number[0] != '\0' ? o->number : NULL, NULL,
		variables, SOF_NONE, &self.cancel, NULL);
	pending_remove(&self);
	if (status == SWITCH_STATUS_SUCCESS && called != NULL) {
		result = send_on(o, called);
		switch_core_session_rwunlock(called);
		return result;
	}
	if (self.cancel == SWITCH_CAUSE_SYSTEM_SHUTDOWN) {
		result = CSTA_STOPPED;
	}
	if (self.cancel != SWITCH_CAUSE_NONE) {
		why = self.cancel;
	}
	snprintf(cause, CSTA_CAUSE_SIZE, "%s", switch_channel_cause2str(why));
	return result;
}

csta_status csta_originate(csta_str uuid, csta_str target, csta_str name, csta_str number,
	csta_str variables, uint32_t timeout, csta_str then, csta_str context, uint32_t flags,
	char cause[CSTA_CAUSE_SIZE])
{
	order o = { .timeout = timeout, .flags = flags };
	char limit[sizeof "4294967295"];
	switch_event_t *bag;
	csta_status status;

	cause[0] = '\0';
	if (!csta_uuid(o.uuid, sizeof o.uuid, uuid) || !csta_dial(o.dial, sizeof o.dial, target)
		|| !csta_shown(o.name, sizeof o.name, name)
		|| !csta_shown(o.number, sizeof o.number, number) || timeout == 0) {
		return CSTA_INVALID;
	}
	if (then.n > 0 && (!csta_number(o.then, sizeof o.then, then)
		|| !csta_word(o.context, sizeof o.context, context))) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	bag = bag_create();
	if (bag == NULL) {
		csta_leave();
		return CSTA_NO_MEMORY;
	}
	if ((flags & CSTA_ORIGINATE_SEVERAL) == 0) {
		bag_add(bag, "origination_uuid", o.uuid);
	}
	if ((flags & CSTA_ORIGINATE_AUTO_ANSWER) != 0) {
		bag_add(bag, "sip_auto_answer", "true");
	}
	if (strncmp(o.dial, USER_ENDPOINT, sizeof USER_ENDPOINT - 1) == 0) {
		snprintf(limit, sizeof limit, "%u", (unsigned)timeout);
		bag_add(bag, LEG_TIMEOUT, limit);
	}
	status = csta_add_pairs(bag, variables);
	if (status == CSTA_OK) {
		status = dial(&o, bag, cause);
	}
	switch_event_destroy(&bag);
	csta_leave();
	return status;
}

csta_status csta_answer(csta_str uuid)
{
	leg l;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	/* The switch would report success and do nothing. */
	if (switch_channel_direction(l.channel) == SWITCH_CALL_DIRECTION_OUTBOUND) {
		return leg_close(&l, CSTA_NOT_SUPPORTED);
	}
	if (answered(&l)) {
		return leg_close(&l, CSTA_NOT_POSSIBLE);
	}
	return leg_close(&l, answer_of(switch_channel_perform_answer(l.channel, CSTA_HERE)));
}

csta_status csta_ask_phone(csta_str uuid, csta_phone_event event)
{
	leg l;
	char arguments[CSTA_UUID_SIZE + 8];
	switch_stream_handle_t stream;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	snprintf(arguments, sizeof arguments, "%s %s", l.uuid,
		event == CSTA_PHONE_HOLD ? "hold" : "talk");
	if (!csta_stream_open(&stream)) {
		return leg_close(&l, CSTA_NO_MEMORY);
	}
	/* By the command, since the message's structure is not in our interface. */
	if (switch_api_execute("uuid_phone_event", arguments, NULL, &stream)
		!= SWITCH_STATUS_SUCCESS || strncmp(stream.data, "+OK", 3) != 0) {
		status = CSTA_NOT_SUPPORTED;
	}
	free(stream.data);
	return leg_close(&l, status);
}

/* Sends the leg to applications written as an inline dialplan, and closes it. */
static csta_status send_inline(leg *l, const char *applications)
{
	return leg_close(l,
		answer_of(csta_send(l->session, applications, "inline", NULL)));
}

#define TRANSFER_ON_FAIL "transfer_on_fail"
/* No transfer, and no hangup either. */
#define TRANSFER_NEVER "true"

/* A call is broken off so when somebody else takes the calling leg elsewhere meanwhile:
 * sends it on, or picks its call up. To park the leg would overtake that; it is left to
 * its dialplan, which goes on only if the leg is still there (switch_channel_handle_cause). */
#define CONTINUE_ON_FAIL "continue_on_fail"
#define TAKEN_ELSEWHERE "ORIGINATOR_CANCEL,PICKED_OFF"

/* Writes "1,2,...,825 park inline": the switch wants every cause by its number,
 * as it does not know "all". System shutdown and transfers (700, 701, 800, 801)
 * are left out: they shall end the leg; and so are those of CONTINUE_ON_FAIL (487,
 * 805), which may be the dialplan's. */
static void park_on_every_cause(char *out, size_t size)
{
	static const struct {
		int first, last;
	} causes[] = { { 1, 127 }, { 500, 511 }, { 600, 607 }, { 702, 703 }, { 802, 804 },
		{ 806, 825 } };
	size_t n = 0;

	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		for (int cause = causes[i].first; cause <= causes[i].last; cause++) {
			n += (size_t)snprintf(out + n, size - n, "%s%d", n > 0 ? "," : "", cause);
		}
	}
	snprintf(out + n, size - n, " park inline");
}

void csta_park_on_failure(switch_channel_t *channel)
{
	char fail[VALUE_MAX];

	park_on_every_cause(fail, sizeof fail);
	switch_channel_set_variable_var_check(channel, TRANSFER_ON_FAIL, fail, SWITCH_FALSE);
}

/* A protected leg that is sent elsewhere may be calling somebody. That this is broken
 * off is no reason to park: this would overtake the way to where it goes. On the way to
 * a number it begins to execute, which sets this anew (csta_park_on_failure). Tells
 * whether the leg is protected. */
static bool never_park(leg *l)
{
	bool is = csta_protected(l->channel);

	if (is) {
		set(l, TRANSFER_ON_FAIL, TRANSFER_NEVER);
	}
	return is;
}

/* What the dialplan had set for a variable that we borrow is noted in another one:
 * UNSET, or SET and the value. */
#define BEFORE "csta_before_"
#define UNSET "-"
#define SET "="

typedef struct {
	char name[sizeof BEFORE + CSTA_NUMBER_SIZE];
	/* "": the variable is not borrowed. */
	const char *text;
} note;

static note note_of(leg *l, const char *variable)
{
	note n;

	snprintf(n.name, sizeof n.name, BEFORE "%s", variable);
	n.text = get(l, n.name);
	return n;
}

/* What the dialplan wants of a variable, borrowed or not. */
static const char *wanted(leg *l, const char *variable)
{
	note n = note_of(l, variable);

	if (n.text[0] == '\0') {
		return get(l, variable);
	}
	return strncmp(n.text, SET, sizeof SET - 1) == 0 ? n.text + sizeof SET - 1 : "";
}

/* Sets a variable that is the dialplan's until give_back. False: no memory, and
 * nothing is set. */
static bool borrow(leg *l, const char *variable, const char *value)
{
	note n = note_of(l, variable);
	const char *now = get(l, variable);
	char *text;

	if (n.text[0] == '\0') {
		if (asprintf(&text, "%s%s", now[0] != '\0' ? SET : UNSET, now) < 0) {
			return false;
		}
		set(l, n.name, text);
		free(text);
	}
	set(l, variable, value);
	return true;
}

/* Gives a borrowed variable back, as it was; one that is not as we set it (ours, or
 * for a while: passing) was set by the dialplan in the meantime, whose last word it
 * stays. */
static void give_back(leg *l, const char *variable, const char *ours, const char *passing)
{
	note n = note_of(l, variable);
	const char *now = get(l, variable);

	if (n.text[0] == '\0') {
		return;
	}
	if (strcmp(now, ours != NULL ? ours : "") == 0
		|| (passing != NULL && strcmp(now, passing) == 0)) {
		set(l, variable, wanted(l, variable));
	}
	set(l, n.name, NULL);
}

/* A phone's own attended transfer (REFER with Replaces) would join the party of a call
 * that is held, or consulted, by whom it is not: the core looks at the bridges only.
 * With this on either leg of either call it tells the phone that it may not, and leaves
 * all calls alone. */
#define DENY_TRANSFER "deny_refer_requests"
#define DENIED "true"

/* A leg that somebody held goes elsewhere. */
static void held_no_more(leg *l)
{
	if (!csta_protected(l->channel)) {
		give_back(l, DENY_TRANSFER, DENIED, NULL);
	}
}

csta_status csta_route(csta_str uuid, csta_str number, csta_str context)
{
	leg l;
	char to[CSTA_NUMBER_SIZE], in[CSTA_NUMBER_SIZE];
	const char *dialplan = "XML";
	csta_status status;

	if (!csta_number(to, sizeof to, number) || !csta_word(in, sizeof in, context)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	held_no_more(&l);
	if (never_park(&l)) {
		/* A number that the dialplan does not know would hang the leg up: the
		 * next dialplan of the list gets it then. */
		dialplan = "XML,inline:park";
	}
	/* What is queued for the call that it leaves is not for the next one: music for a
	 * party on hold is queued by switch_ivr_hold, played endlessly, and would be begun
	 * in place of the next bridge. */
	switch_core_session_flush_private_events(l.session);
	return leg_close(&l, answer_of(csta_send(l.session, to, dialplan, in)));
}

/* What a leg plays behind hold music that fails. A leg that ran a bridge goes on
 * in its dialplan afterwards: one that csta_bridge takes out of its music has
 * nothing there, so that it ends with its partner. */
#define BEHIND_MUSIC CSTA_BEHIND_MUSIC
#define SILENCE "silence_stream://-1"

#define HANGUP_AFTER_BRIDGE "hangup_after_bridge"

/* A leg that is joined again with who was its partner has its dialplan back behind
 * that; joined with another one, it has left it for good. */
static void place_in_bridge(leg *l, int back)
{
	if (!back) {
		csta_place_forget(l->channel);
	} else if (csta_place_goes_on(l->channel, wanted(l, HANGUP_AFTER_BRIDGE))) {
		csta_place_return(l->channel);
	}
}

csta_status csta_bridge(csta_str uuid, csta_str other, int back)
{
	leg l, partner;
	csta_status status;

	if (!csta_uuid(partner.uuid, sizeof partner.uuid, other)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	if (strcmp(l.uuid, partner.uuid) == 0) {
		return leg_close(&l, CSTA_NOT_POSSIBLE);
	}
	if (!locate(&partner)) {
		return leg_close(&l, CSTA_NO_SUCH_LEG);
	}
	status = take_media(&l);
	if (status == CSTA_OK) {
		status = take_media(&partner);
	}
	if (status == CSTA_OK) {
		set(&l, BEHIND_MUSIC, NULL);
		set(&partner, BEHIND_MUSIC, NULL);
		never_park(&l);
		never_park(&partner);
		held_no_more(&l);
		held_no_more(&partner);
		place_in_bridge(&l, back);
		place_in_bridge(&partner, back);
		csta_sending_joins(l.session);
		csta_sending_joins(partner.session);
	}
	partner_close(&partner);
	if (status == CSTA_OK) {
		status = answer_of(switch_ivr_uuid_bridge(l.uuid, partner.uuid));
	}
	return leg_close(&l, status);
}

/* Whether a leg is called for the caller and has not answered. */
static bool rings_for(leg *caller, leg *ringing)
{
	leg partner;
	bool is;

	if (answered(ringing) || switch_channel_get_state(ringing->channel) >= CS_HANGUP
		|| !partner_open(ringing, &partner)) {
		return false;
	}
	is = strcmp(partner.uuid, caller->uuid) == 0;
	partner_close(&partner);
	return is;
}

/* Whether the leg can give the call up that rings for it, and has nobody else. It is
 * bonded to one of those who are called for it, if several are. */
static bool only_calls(leg *caller)
{
	leg partner;
	bool is = true;

	if (switch_channel_get_state(caller->channel) >= CS_HANGUP) {
		return false;
	}
	if (partner_open(caller, &partner)) {
		is = switch_channel_get_state(partner.channel) >= CS_HANGUP
			|| rings_for(caller, &partner);
		partner_close(&partner);
	}
	return is;
}

csta_status csta_pick_up(csta_str uuid, csta_str caller_uuid, csta_str ringing_uuid)
{
	leg l, caller, ringing;
	csta_status status;

	if (!csta_uuid(caller.uuid, sizeof caller.uuid, caller_uuid)
		|| !csta_uuid(ringing.uuid, sizeof ringing.uuid, ringing_uuid)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	if (!locate(&caller)) {
		return leg_close(&l, CSTA_NO_SUCH_LEG);
	}
	if (!locate(&ringing)) {
		partner_close(&caller);
		return leg_close(&l, CSTA_NO_SUCH_LEG);
	}
	if (!answered(&l) || switch_channel_get_state(l.channel) >= CS_HANGUP
		|| strcmp(l.uuid, caller.uuid) == 0 || !rings_for(&caller, &ringing)
		|| !only_calls(&caller)) {
		status = CSTA_NOT_POSSIBLE;
	} else if (switch_channel_test_flag(caller.channel, CF_PROXY_MODE) != 0
		|| switch_channel_test_flag(caller.channel, CF_PROXY_MEDIA) != 0) {
		/* The caller would be answered with the media of whom it rings at. */
		status = CSTA_NOT_SUPPORTED;
	} else {
		status = csta_pick(l.session, caller.session, ringing.session) ? CSTA_OK : CSTA_NOT_POSSIBLE;
	}
	partner_close(&ringing);
	partner_close(&caller);
	return leg_close(&l, status);
}

csta_status csta_hang_up(csta_str uuid, csta_str cause, int forsaken)
{
	leg l;
	char name[CSTA_CAUSE_SIZE];
	switch_call_cause_t number;
	csta_status status;

	if (cause.n > 0 && !csta_word(name, sizeof name, cause)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	if (forsaken && csta_place_left(l.channel)) {
		return leg_close(&l, CSTA_OK);
	}
	if (forsaken && csta_place_goes_on(l.channel, wanted(&l, HANGUP_AFTER_BRIDGE))
		&& csta_place_go_on(l.session)) {
		held_no_more(&l);
		return leg_close(&l, CSTA_OK);
	}
	number = cause.n > 0 ? switch_channel_str2cause(name) : SWITCH_CAUSE_NONE;
	if (number == SWITCH_CAUSE_NONE) {
		number = SWITCH_CAUSE_NORMAL_CLEARING;
	}
	switch_channel_perform_hangup(l.channel, CSTA_HERE, number);
	return leg_close(&l, CSTA_OK);
}

csta_status csta_park(csta_str uuid)
{
	leg l;
	csta_status status = leg_open(&l, uuid);

	return status == CSTA_OK ? send_inline(&l, "park") : status;
}

/* "m:<separator>:" replaces the comma between an inline dialplan's applications:
 * streams have commas in their names. */
#define INLINE_MUSIC "m:%1$c:endless_playback:%2$s%1$cendless_playback:${" BEHIND_MUSIC "}"

/* A separator that the stream does not have. */
static char separator(const char *stream)
{
	static const char choice[] = "^|~";

	for (const char *c = choice; *c != '\0'; c++) {
		if (strchr(stream, *c) == NULL) {
			return *c;
		}
	}
	return choice[0];
}

csta_status csta_music(csta_str uuid)
{
	leg l;
	char applications[sizeof INLINE_MUSIC + VALUE_MAX];
	const char *stream;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	status = take_media(&l);
	if (status != CSTA_OK) {
		return leg_close(&l, status);
	}
	stream = switch_channel_get_hold_music(l.channel);
	if (stream == NULL || stream[0] == '\0' || strlen(stream) >= VALUE_MAX
		|| strcasecmp(stream, "silence") == 0 || !csta_music_file(stream)) {
		stream = SILENCE;
	}
	csta_place_note(l.session);
	set(&l, BEHIND_MUSIC, SILENCE);
	if (!borrow(&l, DENY_TRANSFER, DENIED)) {
		return leg_close(&l, CSTA_NO_MEMORY);
	}
	snprintf(applications, sizeof applications, INLINE_MUSIC, separator(stream), stream);
	return send_inline(&l, applications);
}

csta_status csta_join(csta_str uuid, csta_str room, csta_str profile)
{
	leg l;
	char name[CSTA_NUMBER_SIZE], kind[CSTA_NUMBER_SIZE];
	char application[sizeof "conference:@" + 2 * CSTA_NUMBER_SIZE];
	csta_status status;

	if (!csta_word(name, sizeof name, room) || !csta_word(kind, sizeof kind, profile)) {
		return CSTA_INVALID;
	}
	snprintf(application, sizeof application, "conference:%s@%s", name, kind);
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	held_no_more(&l);
	return send_inline(&l, application);
}

static bool playing(leg *l)
{
	return switch_channel_test_flag(l->channel, CF_BROADCAST) != 0;
}

/* One look in a bounded wait for another thread of the switch, in microseconds: a
 * packet's usual time. */
#define TURN 20000

/* How often a phone's answer to its hold is looked for: a second. */
#define ANSWER_TURNS 50

/* The core gives the partner of a called phone the direction of that phone's answer
 * (switch_core_media_set_rmode): to a phone that is put on hold, and says that it
 * only listens, the switch's own sound for the partner is lost, the hold music with
 * it. The partner's direction is given back once the answer is there. */
static void keep_flow(leg *l, leg *partner, switch_media_flow_t before)
{
	if (switch_channel_direction(l->channel) != SWITCH_CALL_DIRECTION_OUTBOUND
		|| before != SWITCH_MEDIA_FLOW_SENDRECV) {
		return;
	}
	for (int i = 0; i < ANSWER_TURNS; i++) {
		if (switch_core_session_media_flow(partner->session, SWITCH_MEDIA_TYPE_AUDIO) != before) {
			switch_core_media_set_smode(partner->session, SWITCH_MEDIA_TYPE_AUDIO, before,
				SDP_ANSWER);
			return;
		}
		if (switch_channel_test_flag(l->channel, CF_HOLD) == 0
			|| !switch_channel_test_ready(l->channel, SWITCH_TRUE, SWITCH_FALSE)) {
			return;
		}
		switch_sleep(TURN);
	}
}

/* How often hold music is looked at that is about to begin or to end: two seconds.
 * It begins about 100 ms after the leg's thread has come to it. */
#define MUSIC_TURNS 100

/* After how many turns music that still plays is broken again: an application that
 * is just beginning forgets it. */
#define BREAK_TURNS 5

/* What the core plays to the partner of a phone that holds, unless it is told. */
#define DEFAULT_MUSIC "local_stream://moh"

#define COMMAND_ARGUMENT "execute-app-arg"
#define COMMAND_PRIORITY "event-lock-pri"

/* Takes music out of a leg's queue that its thread has not come to yet; the rest
 * stays as it is. A leg whose phone sends nothing never comes to it, and one that
 * executes something cannot be looked into. */
static void forget_music(leg *l, const char *music)
{
	uint32_t count = switch_core_session_private_event_count(l->session);
	switch_event_t *event = NULL;

	while (count-- > 0 && switch_core_session_dequeue_private_event(l->session, &event)
		== SWITCH_STATUS_SUCCESS) {
		const char *argument = switch_event_get_header_idx(event, COMMAND_ARGUMENT, -1);
		bool first = switch_event_get_header_idx(event, COMMAND_PRIORITY, -1) != NULL;

		if (argument == NULL || strcmp(argument, music) != 0) {
			switch_core_session_queue_private_event(l->session, &event,
				first ? SWITCH_TRUE : SWITCH_FALSE);
		}
		if (event != NULL) {
			switch_event_destroy(&event);
		}
	}
}

/* Ends the hold music that a leg gave its partner, all of it: the core ends only
 * what plays already, and would let music begin that it ordered a moment ago, when
 * nobody holds any more; and while a phone holds beside the switch, two play, one
 * within the other. A message that plays instead is left alone. */
static void end_music(leg *l, leg *partner)
{
	const char *music = switch_channel_get_hold_music(l->channel);
	int broken = -BREAK_TURNS;

	if (music == NULL || music[0] == '\0') {
		music = DEFAULT_MUSIC;
	}
	for (int i = 0; i < MUSIC_TURNS; i++) {
		bool plays = playing(partner);

		forget_music(partner, music);
		if (!plays && switch_channel_test_flag(partner->channel, CF_EVENT_PARSE) == 0) {
			return;
		}
		if (strcmp(get(partner, "current_application_data"), music) != 0) {
			if (plays) {
				return;
			}
		} else if (i - broken >= BREAK_TURNS) {
			switch_channel_set_flag_value(partner->channel, CF_STOP_BROADCAST, 1);
			switch_channel_set_flag_value(partner->channel, CF_BREAK, 1);
			broken = i;
		}
		switch_sleep(TURN);
	}
}

csta_status csta_hold(csta_str uuid)
{
	leg l, partner;
	bool paired;
	switch_media_flow_t flow = SWITCH_MEDIA_FLOW_SENDRECV;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	/* The switch reports success for an unanswered leg, and cannot unhold it. */
	if (!answered(&l) || switch_channel_get_callstate(l.channel) == CCS_HELD) {
		return leg_close(&l, CSTA_NOT_POSSIBLE);
	}
	status = take_media(&l);
	if (status != CSTA_OK) {
		return leg_close(&l, status);
	}
	paired = partner_open(&l, &partner);
	if (paired) {
		flow = switch_core_session_media_flow(partner.session, SWITCH_MEDIA_TYPE_AUDIO);
	}
	status = answer_of(switch_ivr_hold_uuid(l.uuid, NULL, SWITCH_TRUE));
	if (paired) {
		if (status == CSTA_OK) {
			/* The core begins no music for who is bridged with a suspended leg within
			 * ten packets after they were joined. What the leg and its partner say is
			 * dropped while it is on hold, suspended or not. */
			switch_channel_clear_flag(l.channel, CF_SUSPEND);
			keep_flow(&l, &partner, flow);
		}
		partner_close(&partner);
	}
	return leg_close(&l, status);
}

csta_status csta_unhold(csta_str uuid)
{
	leg l, partner;
	bool paired;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	/* CF_HOLD is there only if the switch holds, and not the phone. */
	if (switch_channel_get_callstate(l.channel) != CCS_HELD
		|| switch_channel_test_flag(l.channel, CF_HOLD) == 0) {
		return leg_close(&l, CSTA_NOT_POSSIBLE);
	}
	paired = partner_open(&l, &partner);
	if (paired) {
		end_music(&l, &partner);
	}
	status = answer_of(switch_ivr_unhold_uuid(l.uuid));
	if (paired) {
		/* The core has stopped whatever played, be it a message before the music. */
		end_music(&l, &partner);
		partner_close(&partner);
	}
	return leg_close(&l, status);
}

csta_status csta_end_music(csta_str uuid)
{
	leg l, partner;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	if (switch_channel_get_callstate(l.channel) == CCS_HELD
		|| !switch_channel_test_ready(l.channel, SWITCH_TRUE, SWITCH_FALSE)) {
		return leg_close(&l, CSTA_NOT_POSSIBLE);
	}
	if (partner_open(&l, &partner)) {
		end_music(&l, &partner);
		partner_close(&partner);
	}
	return leg_close(&l, CSTA_OK);
}

#define PARK_AFTER_BRIDGE "park_after_bridge"

csta_status csta_protect(csta_str uuid, int on)
{
	leg l;
	char fail[VALUE_MAX];
	bool again;
	const struct {
		const char *variable, *value;
		/* Left as it is by another protection: what the number that was called since
		 * wants behind its bridge ends the leg with its next partner, too. */
		bool once;
		/* What else we set it to for a while. */
		const char *passing;
	} borrowed[] = {
		{ PARK_AFTER_BRIDGE, "true", false, NULL },
		{ HANGUP_AFTER_BRIDGE, "false", true, NULL },
		/* Without it no answer would go on in the dialplan, too. */
		{ CONTINUE_ON_FAIL, TAKEN_ELSEWHERE, false, NULL },
		/* csta_route's value stays on a leg that has not come to execute since. */
		{ TRANSFER_ON_FAIL, fail, false, TRANSFER_NEVER },
		{ DENY_TRANSFER, DENIED, false, NULL },
		{ csta_past_switch[0], CSTA_NOT_PAST, false, NULL },
		{ csta_past_switch[1], CSTA_NOT_PAST, false, NULL },
		/* A conference that ends would take the leg with it. */
		{ "hangup_after_conference", "false", false, NULL },
		/* The switch executes it before the leg goes where it is sent (switch_ivr_bridge.c). */
		{ "exec_after_bridge_app", NULL, false, NULL },
		/* What an earlier call left would be taken for the next one's result. */
		{ "originate_disposition", NULL, false, NULL },
	};
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	if (on) {
		status = take_media(&l);
		if (status != CSTA_OK) {
			return leg_close(&l, status);
		}
		csta_place_note(l.session);
	}
	park_on_every_cause(fail, sizeof fail);
	again = csta_protected(l.channel);
	for (size_t i = 0; i < sizeof borrowed / sizeof borrowed[0]; i++) {
		if (on && again && borrowed[i].once) {
			continue;
		}
		if (on && !borrow(&l, borrowed[i].variable, borrowed[i].value)) {
			status = CSTA_NO_MEMORY;
		} else if (!on) {
			give_back(&l, borrowed[i].variable, borrowed[i].value, borrowed[i].passing);
		}
	}
	set(&l, CSTA_PROTECTED, on ? "true" : NULL);
	return leg_close(&l, status);
}

csta_status csta_keep_after_bridge(csta_str uuid, int on)
{
	leg l;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	if (on && !borrow(&l, PARK_AFTER_BRIDGE, "true")) {
		status = CSTA_NO_MEMORY;
	} else if (!on) {
		give_back(&l, PARK_AFTER_BRIDGE, "true", NULL);
	}
	return leg_close(&l, status);
}

#define TERMINATORS "playback_terminators"
/* What playback_terminators was before our first play. */
#define TERMINATORS_BEFORE "csta_terminators_before"

/* Lets the leg's own thread execute an application when it comes to it. The
 * broadcast function would parse client text for applications; this does not. */
static csta_status queue(leg *l, const char *application, const char *argument, const char *id)
{
	switch_event_t *event = bag_create();
	switch_status_t status;

	if (event == NULL) {
		return CSTA_NO_MEMORY;
	}
	bag_add(event, "call-command", "execute");
	bag_add(event, "execute-app-name", application);
	bag_add(event, "execute-app-arg", argument);
	/* The next one begins when this one has ended, not in its midst. */
	bag_add(event, "event-lock", "true");
	if (id != NULL) {
		bag_add(event, "event-uuid", id);
	}
	status = switch_core_session_queue_private_event(l->session, &event, SWITCH_FALSE);
	if (event != NULL) {
		switch_event_destroy(&event);
	}
	return answer_of(status);
}

/* Digits in the switch's notation; anything else an operator may have put there
 * is not safe to be set again. */
static bool restorable(const char *terminators)
{
	return terminators[0] != '\0' && strlen(terminators) < CSTA_NUMBER_SIZE
		&& terminators[strspn(terminators, "0123456789*#ABCDabcdanyoe")] == '\0';
}

csta_status csta_play(csta_str uuid, csta_str id, csta_str file, int stop_on_digit)
{
	leg l;
	char run[CSTA_UUID_SIZE], path[CSTA_PATH_SIZE];
	char restore[sizeof TERMINATORS "=" + CSTA_NUMBER_SIZE];
	const char *before;
	csta_status status;

	if (!csta_uuid(run, sizeof run, id) || !csta_file(path, sizeof path, file)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	status = take_media(&l);
	if (status != CSTA_OK) {
		return leg_close(&l, status);
	}
	if (!playing(&l)) {
		set(&l, TERMINATORS_BEFORE, get(&l, TERMINATORS));
	}
	before = get(&l, TERMINATORS_BEFORE);
	snprintf(restore, sizeof restore, "%s%s%s", TERMINATORS, restorable(before) ? "=" : "",
		restorable(before) ? before : "");
	status = queue(&l, "set", stop_on_digit ? TERMINATORS "=any" : TERMINATORS "=none", NULL);
	if (status == CSTA_OK) {
		status = queue(&l, "playback", path, run);
	}
	if (status == CSTA_OK) {
		status = queue(&l, restorable(before) ? "set" : "unset", restore, NULL);
	}
	return leg_close(&l, status);
}

csta_status csta_stop_play(csta_str uuid)
{
	leg l;
	const char *before;
	bool queued, runs;
	csta_status status = leg_open(&l, uuid);

	if (status != CSTA_OK) {
		return status;
	}
	queued = switch_core_session_flush_private_events(l.session) > 0;
	runs = playing(&l);
	if (runs) {
		switch_channel_set_flag_value(l.channel, CF_STOP_BROADCAST, 1);
		switch_channel_set_flag_value(l.channel, CF_BREAK, 1);
	}
	if (queued || runs) {
		/* What csta_play had queued for afterwards is flushed. */
		before = get(&l, TERMINATORS_BEFORE);
		set(&l, TERMINATORS, restorable(before) ? before : NULL);
	}
	return leg_close(&l, queued || runs ? CSTA_OK : CSTA_NOT_POSSIBLE);
}

#define PRE_BUFFER "RECORD_PRE_BUFFER_FRAMES"

/* The switch keeps half a second of both directions back, so that it can mix
 * them smoothly, and drops what it holds in the end if one direction is silent.
 * A leg that is alone may have nothing to send: one packet is kept back then,
 * unless the operator wants otherwise. */
static bool shorten_pre_buffer(leg *l)
{
	char partner[CSTA_UUID_SIZE] = "";

	if (switch_channel_get_partner_uuid_copy(l->channel, partner, sizeof partner) != NULL
		|| get(l, PRE_BUFFER)[0] != '\0') {
		return false;
	}
	set(l, PRE_BUFFER, "1");
	return true;
}

csta_status csta_record_leg(csta_str uuid, csta_str path, uint32_t seconds)
{
	leg l;
	char file[CSTA_PATH_SIZE];
	bool shortened;
	csta_status status;

	if (!csta_file(file, sizeof file, path) || file[0] != '/') {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	status = take_media(&l);
	if (status != CSTA_OK) {
		return leg_close(&l, status);
	}
	shortened = shorten_pre_buffer(&l);
	if (switch_ivr_record_session(l.session, file, seconds, NULL) != SWITCH_STATUS_SUCCESS) {
		status = CSTA_UNWRITABLE;
	}
	if (shortened) {
		set(&l, PRE_BUFFER, NULL);
	}
	return leg_close(&l, status);
}

csta_status csta_stop_record(csta_str uuid, csta_str path)
{
	leg l;
	char file[CSTA_PATH_SIZE];
	csta_status status;

	if (!csta_file(file, sizeof file, path) || file[0] != '/') {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	return leg_close(&l, answer_of(switch_ivr_stop_record_session(l.session, file)));
}

csta_status csta_set_variable(csta_str uuid, csta_str name, csta_str value)
{
	leg l;
	char variable[CSTA_NUMBER_SIZE];
	char *text = NULL;
	csta_status status;

	/* Whoever reads the variable in a dialplan would expand what is in it. */
	if (!csta_word(variable, sizeof variable, name) || value.n > VALUE_MAX
		|| (value.n > 0 && (memchr(value.p, '\0', value.n) != NULL
			|| memchr(value.p, '$', value.n) != NULL))) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	if (value.n > 0) {
		text = csta_copy(value);
		if (text == NULL) {
			return leg_close(&l, CSTA_NO_MEMORY);
		}
	}
	set(&l, variable, text);
	free(text);
	return leg_close(&l, CSTA_OK);
}

csta_status csta_get_variable(csta_str uuid, csta_str name, csta_text *value)
{
	leg l;
	char variable[CSTA_NUMBER_SIZE];
	csta_status status;

	*value = (csta_text){ 0 };
	if (!csta_word(variable, sizeof variable, name)) {
		return CSTA_INVALID;
	}
	status = leg_open(&l, uuid);
	if (status != CSTA_OK) {
		return status;
	}
	return leg_close(&l, csta_answer_text(value, get(&l, variable)));
}

/* Appends the leg's record. A leg that is hanging up has none, nor one whose
 * CHANNEL_CREATE the core has not fired yet (switch_channel_perform_set_running_state):
 * it is not known yet who it is. */
static csta_status list(csta_buffer *records, const char *uuid)
{
	unsigned char record[CSTA_RECORD_MAX];
	char partner[CSTA_UUID_SIZE] = "";
	switch_core_session_t *session = switch_core_session_perform_locate(uuid, CSTA_HERE);
	switch_channel_t *channel;
	switch_event_t *event;
	switch_event_types_t id;

	if (session == NULL) {
		return CSTA_NO_SUCH_LEG;
	}
	channel = switch_core_session_get_channel(session);
	if (switch_channel_get_state(channel) < CS_ROUTING) {
		switch_core_session_rwunlock(session);
		return CSTA_NO_SUCH_LEG;
	}
	event = bag_create();
	if (event == NULL) {
		switch_core_session_rwunlock(session);
		return CSTA_NO_MEMORY;
	}
	/* The type for which the core adds the leg's variables. */
	if (switch_name_event("CHANNEL_DATA", &id) == SWITCH_STATUS_SUCCESS) {
		event->event_id = id;
	}
	switch_channel_event_set_data(channel, event);
	if (switch_channel_get_partner_uuid_copy(channel, partner, sizeof partner) == NULL) {
		partner[0] = '\0';
	}
	/* The core copies as far as there is room, terminated or not. */
	partner[sizeof partner - 1] = '\0';
	switch_core_session_rwunlock(session);
	csta_record_pack(record, CSTA_KIND_LEG, event);
	csta_record_add(record, CSTA_FIELD_PARTNER, partner);
	csta_buffer_add(records, record, csta_record_finish(record));
	switch_event_destroy(&event);
	return CSTA_OK;
}

csta_status csta_legs(csta_text *records)
{
	csta_buffer buffer = { 0 };
	switch_console_callback_match_t *all;

	*records = (csta_text){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	all = switch_core_session_findall();
	if (all != NULL) {
		for (switch_console_callback_match_node_t *n = all->head; n != NULL; n = n->next) {
			if (list(&buffer, n->val) == CSTA_NO_MEMORY) {
				buffer.failed = true;
			}
		}
		switch_console_free_matches(&all);
	}
	csta_leave();
	return csta_buffer_hand_over(&buffer, records);
}

csta_status csta_leg(csta_str uuid, csta_text *records)
{
	csta_buffer buffer = { 0 };
	char name[CSTA_UUID_SIZE];
	csta_status status;

	*records = (csta_text){ 0 };
	if (!csta_uuid(name, sizeof name, uuid)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	status = list(&buffer, name);
	csta_leave();
	if (status != CSTA_OK) {
		free(buffer.p);
		return status;
	}
	return csta_buffer_hand_over(&buffer, records);
}
