/*
 * The whole contract between the C side of mod_csta_socket and its Go side:
 * integers, plain structs and {pointer, length} strings. No pointer into the
 * switch crosses it; legs (the switch's channels) are named by their UUIDs.
 *
 * Directions:
 *   go_csta_*  exported by Go, called by C to load, to shut down and to serve a
 *              console command, each on a thread made for it, since Go must
 *              never be entered by a thread of the switch;
 *   csta_*     C functions called by Go on its own threads.
 *
 * Lifetime: csta_* functions may be called from the moment go_csta_load is
 * entered until go_csta_shutdown has returned. Outside of it they do nothing
 * and answer CSTA_STOPPED.
 */
#ifndef CSTA_BRIDGE_H
#define CSTA_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

/* A string of Go's or of ours: n bytes at p, not terminated. p may be NULL if n
 * is 0. It is valid during the call only. */
typedef struct {
	const char *p;
	size_t n;
} csta_str;

/* A buffer from malloc that the receiver releases with csta_text_free (Go) or
 * free (C). p may be NULL if n is 0. */
typedef struct {
	char *p;
	size_t n;
} csta_text;

void csta_text_free(csta_text text);

/* What an operation answers. */
typedef enum {
	CSTA_OK = 0,
	/* No leg of that UUID, or it is already hanging up. */
	CSTA_NO_SUCH_LEG,
	/* The leg exists, but is in the wrong state or the switch refused. */
	CSTA_NOT_POSSIBLE,
	/* The endpoint, or this build of the switch, cannot do it at all. */
	CSTA_NOT_SUPPORTED,
	/* An argument is empty, too long, or holds characters that must not reach
	 * the switch. Nothing was done. */
	CSTA_INVALID,
	/* A recording's file cannot be written. */
	CSTA_UNWRITABLE,
	/* The module is not loaded or is shutting down. Nothing was done. */
	CSTA_STOPPED,
	/* malloc failed. */
	CSTA_NO_MEMORY
} csta_status;

/* Starts the engine and its listener: everything, since nothing of an earlier
 * load survives. Events are already bound, so the ring fills while this runs: a
 * snapshot taken now and the ring read afterwards leave no gap. Returns 0, or
 * anything else to refuse the load: then the reason has been logged, nothing it
 * started is left, and go_csta_shutdown is not called. */
extern int go_csta_load(void);

/* Stops everything that go_csta_load started and waits for it. By the time it
 * is called no event can enter the ring any more and pending csta_originate
 * calls are being cancelled; other operations answer CSTA_STOPPED, csta_log
 * still works. Returns 0 if no goroutine of ours can call csta_* any more;
 * anything else keeps the ring's memory allocated. */
extern int go_csta_shutdown(void);

/* Serves the console command `csta ARGUMENTS`: status, sessions, monitors,
 * devices, calls, version and stop (csta_release_waits) are offered for
 * completion. The answer is printed as it is and freed by the caller; a NUL
 * stands behind its n bytes, since the switch's streams look for one even where a
 * precision bounds the text (vxprintf). */
extern csta_text go_csta_command(csta_str arguments);

/*
 * Facts travel to Go as packed records, back to back:
 *
 *   csta_record          header, CSTA_RECORD_ALIGN aligned
 *   fields times:
 *     uint16_t field     csta_field
 *     uint16_t length    bytes that follow, not terminated
 *     length bytes
 *   padding up to size
 *
 * Integers are in the machine's byte order (little endian on all machines that
 * we build for). A field that the switch did not tell, or told as "", is not
 * in the record. A field occurs once.
 */
typedef struct {
	/* Bytes of the whole record with this header and its padding. */
	uint32_t size;
	/* csta_kind. */
	uint16_t kind;
	/* Number of fields. */
	uint16_t fields;
	/* When the handler saw the event: CLOCK_REALTIME, nanoseconds. */
	int64_t at;
	/* The switch's Event-Sequence; 0 if the record is not an event. */
	uint64_t sequence;
	/* Fields cut at their maximum length. */
	uint32_t truncated;
	uint32_t reserved;
} csta_record;

#define CSTA_RECORD_ALIGN 8

/*
 * Kinds of records: X(kind, event of the switch, subclass or NULL).
 * The variables of the leg are in all but OUTGOING, CALLSTATE and DTMF.
 */
#define CSTA_EVENT_KINDS(X) \
	X(CREATE, "CHANNEL_CREATE", NULL) \
	X(OUTGOING, "CHANNEL_OUTGOING", NULL) \
	X(RENAMED, "CHANNEL_UUID", NULL) \
	X(PROGRESS, "CHANNEL_PROGRESS", NULL) \
	X(PROGRESS_MEDIA, "CHANNEL_PROGRESS_MEDIA", NULL) \
	X(ANSWER, "CHANNEL_ANSWER", NULL) \
	X(BRIDGE, "CHANNEL_BRIDGE", NULL) \
	X(UNBRIDGE, "CHANNEL_UNBRIDGE", NULL) \
	X(CALLSTATE, "CHANNEL_CALLSTATE", NULL) \
	X(HOLD, "CHANNEL_HOLD", NULL) \
	X(UNHOLD, "CHANNEL_UNHOLD", NULL) \
	X(HANGUP, "CHANNEL_HANGUP", NULL) \
	X(DESTROY, "CHANNEL_DESTROY", NULL) \
	/* Only of the applications in events.c's list. */ \
	X(EXECUTE, "CHANNEL_EXECUTE", NULL) \
	X(EXECUTE_COMPLETE, "CHANNEL_EXECUTE_COMPLETE", NULL) \
	X(PLAYBACK_START, "PLAYBACK_START", NULL) \
	X(PLAYBACK_STOP, "PLAYBACK_STOP", NULL) \
	X(RECORD_START, "RECORD_START", NULL) \
	X(RECORD_STOP, "RECORD_STOP", NULL) \
	X(DTMF, "DTMF", NULL) \
	X(PARK, "CHANNEL_PARK", NULL) \
	X(UNPARK, "CHANNEL_UNPARK", NULL) \
	X(REGISTER, "CUSTOM", "sofia::register") \
	X(UNREGISTER, "CUSTOM", "sofia::unregister") \
	X(EXPIRE, "CUSTOM", "sofia::expire") \
	X(TRANSFEROR, "CUSTOM", "sofia::transferor") \
	X(TRANSFEREE, "CUSTOM", "sofia::transferee") \
	X(REPLACED, "CUSTOM", "sofia::replaced") \
	X(INTERCEPTED, "CUSTOM", "sofia::intercepted") \
	/* Only add-member, del-member and conference-destroy. */ \
	X(CONFERENCE, "CUSTOM", "conference::maintenance") \
	X(BOWOUT, "CUSTOM", "loopback::bowout") \
	X(DIRECT, "CUSTOM", "loopback::direct") \
	/* Fired by our own dialplan applications: TRIGGER and NAME; and by a
	 * dialplan that applies a feature: TRIGGER, TRIGGER_DEVICE, NAME. */ \
	X(TRIGGER, "CUSTOM", CSTA_SUBCLASS) \
	/* A phone subscribed to its features, or pressed a feature key. */ \
	X(FEATURE, "PHONE_FEATURE_SUBSCRIBE", NULL) \
	X(RELOADXML, "RELOADXML", NULL) \
	X(SHUTDOWN, "SHUTDOWN", NULL)

typedef enum {
	CSTA_KIND_NONE = 0,
#define CSTA_KIND_ENUM(kind, event, subclass) CSTA_KIND_##kind,
	CSTA_EVENT_KINDS(CSTA_KIND_ENUM)
#undef CSTA_KIND_ENUM
	/* Not events: the elements of the lists that csta_legs,
	 * csta_registrations, csta_settings and csta_subscribers return. */
	CSTA_KIND_LEG,
	CSTA_KIND_REGISTRATION,
	CSTA_KIND_SETTING,
	CSTA_KIND_SUBSCRIBER,
	CSTA_KINDS
} csta_kind;

/* The subclass of the events that our applications fire. */
#define CSTA_SUBCLASS "csta::trigger"
/* Values of TRIGGER. NAME is the application's argument, of "wait-end" the
 * reason: "time", "hangup", "stopped" (csta_release_waits or shutdown) or
 * "moved" (transferred, bridged or otherwise taken away). */
#define CSTA_TRIGGER_QUEUE "queue"
#define CSTA_TRIGGER_TRUNK_IN "trunk-in"
#define CSTA_TRIGGER_TRUNK_OUT "trunk-out"
#define CSTA_TRIGGER_WAIT_END "wait-end"
/* Fired when a leg executes what the dialplan found for a transfer. It has no NAME:
 * where the leg was sent is among its headers. */
#define CSTA_TRIGGER_ROUTED "routed"
/* The others come from the dialplan's own application `event`, which works
 * without the module, too: "do-not-disturb", "forward-immediate", "forward-busy",
 * "forward-no-answer". */

/*
 * Fields: X(field, header of the switch's event, maximum length in bytes).
 * Longer values are cut; no identifier is that long.
 */
#define CSTA_FIELDS(X) \
	X(UNIQUE_ID, "Unique-ID", 64) \
	X(OTHER_LEG, "Other-Leg-Unique-ID", 64) \
	/* "originator", "originatee" */ \
	X(OTHER_TYPE, "Other-Type", 16) \
	/* "inbound", "outbound" */ \
	X(DIRECTION, "Call-Direction", 16) \
	X(CHANNEL_NAME, "Channel-Name", 128) \
	X(PRESENCE_ID, "Channel-Presence-ID", 128) \
	X(CALL_UUID, "Channel-Call-UUID", 64) \
	/* "ringing", "early", "answered", "hangup" */ \
	X(ANSWER_STATE, "Answer-State", 16) \
	/* "DOWN", "RINGING", "EARLY", "ACTIVE", "HELD", "HANGUP", "UNHELD", ... */ \
	X(CALL_STATE, "Channel-Call-State", 16) \
	X(OLD_CALL_STATE, "Original-Channel-Call-State", 16) \
	X(HIT_DIALPLAN, "Channel-HIT-Dialplan", 8) \
	X(CALLER_NUMBER, "Caller-Caller-ID-Number", 64) \
	X(CALLER_NAME, "Caller-Caller-ID-Name", 80) \
	/* "true", "false" */ \
	X(PRIVACY_HIDE_NUMBER, "Caller-Privacy-Hide-Number", 8) \
	X(DESTINATION, "Caller-Destination-Number", 96) \
	X(CALLER_USERNAME, "Caller-Username", 64) \
	X(CALLER_CONTEXT, "Caller-Context", 64) \
	X(TRANSFER_SOURCE, "Caller-Transfer-Source", 192) \
	X(HANGUP_CAUSE, "Hangup-Cause", 48) \
	X(BRIDGE_A, "Bridge-A-Unique-ID", 64) \
	X(BRIDGE_B, "Bridge-B-Unique-ID", 64) \
	X(OLD_UNIQUE_ID, "Old-Unique-ID", 64) \
	X(APPLICATION, "Application", 32) \
	X(APPLICATION_DATA, "Application-Data", 255) \
	X(APPLICATION_RESPONSE, "Application-Response", 64) \
	X(APPLICATION_UUID, "Application-UUID", 64) \
	X(PLAYBACK_FILE, "Playback-File-Path", 255) \
	/* "done", "break" */ \
	X(PLAYBACK_STATUS, "Playback-Status", 16) \
	X(RECORD_FILE, "Record-File-Path", 511) \
	X(RECORD_CAUSE, "Record-Completion-Cause", 32) \
	X(DTMF_DIGIT, "DTMF-Digit", 8) \
	X(DTMF_DURATION, "DTMF-Duration", 16) \
	/* "RTP", "ENDPOINT", "INBAND_AUDIO", "APP" */ \
	X(DTMF_SOURCE, "DTMF-Source", 16) \
	X(DIALED_USER, "variable_dialed_user", 64) \
	X(DIALED_DOMAIN, "variable_dialed_domain", 96) \
	X(USER_NAME, "variable_user_name", 64) \
	X(DOMAIN_NAME, "variable_domain_name", 96) \
	X(AUTH_USER, "variable_sip_auth_username", 64) \
	X(AUTH_REALM, "variable_sip_auth_realm", 96) \
	X(FROM_USER, "variable_sip_from_user", 64) \
	X(FROM_HOST, "variable_sip_from_host", 96) \
	X(GATEWAY, "variable_sip_gateway_name", 64) \
	X(PROFILE, "variable_sofia_profile_name", 64) \
	X(REPLACES_CALL_ID, "variable_sip_replaces_call_id", 128) \
	X(LOOPBACK_LEG, "variable_loopback_leg", 8) \
	X(OTHER_LOOPBACK, "variable_other_loopback_leg_uuid", 64) \
	X(LOOPBACK_HANGUP, "variable_loopback_hangup_cause", 16) \
	X(BOWOUT_OTHER, "variable_loopback_bowout_other_uuid", 64) \
	X(TRANSFER_TO, "variable_transfer_to", 96) \
	X(TRANSFER_DISPOSITION, "variable_transfer_disposition", 24) \
	X(TRANSFER_DESTINATION, "variable_transfer_destination", 128) \
	X(ENDPOINT_DISPOSITION, "variable_endpoint_disposition", 32) \
	/* A BYE sets it on the leg that its own is bridged to. */ \
	X(HANGUP_PHRASE, "variable_sip_hangup_phrase", 24) \
	X(SIP_STATUS, "variable_sip_term_status", 8) \
	/* A leg that hangs up sets it on the leg it is bridged to. */ \
	X(LAST_BRIDGE_CAUSE, "variable_last_bridge_hangup_cause", 40) \
	X(RECOVERED, "variable_recovered", 8) \
	/* Given to legs that csta_originate called. */ \
	X(MARK, "variable_csta_mark", 64) \
	/* Set by the trigger applications; they stay when the leg moves on. */ \
	X(QUEUE, "variable_csta_queue", 128) \
	X(TRUNK_IN, "variable_csta_trunk_in", 128) \
	X(TRUNK_OUT, "variable_csta_trunk_out", 128) \
	/* Caller-Transfer-Source when the leg came into the queue: it has left it
	 * once that is another. */ \
	X(QUEUE_SOURCE, "variable_csta_queue_source", 192) \
	/* What the module wrote down about the leg for its next load. */ \
	X(NOTE, "variable_csta_note", 255) \
	X(TRIGGER, "CSTA-Trigger", 24) \
	X(NAME, "CSTA-Name", 128) \
	X(CONFERENCE, "Conference-Name", 96) \
	X(CONFERENCE_SIZE, "Conference-Size", 16) \
	X(MEMBER, "Member-ID", 16) \
	/* "add-member", "del-member", "conference-destroy" */ \
	X(ACTION, "Action", 24) \
	X(REG_USER, "from-user", 96) \
	X(REG_HOST, "from-host", 96) \
	/* sofia::expire names its subscriber so. */ \
	X(EXPIRE_USER, "user", 96) \
	X(EXPIRE_HOST, "host", 96) \
	X(UPDATE_REG, "update-reg", 8) \
	/* Of the events of attended transfers and pick-up. */ \
	X(ATT_ORIGINAL, "att_xfer_original_call_id", 64) \
	X(ATT_DESTINATION, "att_xfer_destination_call_id", 64) \
	X(ATT_REPLACED_BY, "att_xfer_replaced_by", 128) \
	X(ATT_REPLACED, "att_xfer_replaced_call_id", 64) \
	X(INTERCEPTED_BY, "intercepted_by", 128) \
	/* Of loopback::bowout and loopback::direct. */ \
	X(RESIGNING, "Resigning-UUID", 64) \
	X(RESIGNING_PEER, "Resigning-Peer-UUID", 64) \
	X(ACQUIRED, "Acquired-UUID", 64) \
	X(CONNECTING_A, "Connecting-Leg-A-UUID", 64) \
	X(CONNECTING_B, "Connecting-Leg-B-UUID", 64) \
	/* The profile a subscriber registered with. */ \
	X(REG_PROFILE, "profile-name", 64) \
	/* Inbound by a gateway, or let in by an access list without credentials. */ \
	X(GATEWAY_IN, "variable_sip_gateway", 64) \
	X(ACL_AUTHED, "variable_sip_acl_authed_by", 64) \
	X(HOLD_MUSIC, "variable_hold_music", 255) \
	/* The transferring phone's other leg. */ \
	X(ATT_PEER, "att_xfer_destination_peer_uuid", 64) \
	/* How the leg's last attempt to call somebody ended: a cause's name. */ \
	X(ORIGINATE_RESULT, "variable_originate_disposition", 40) \
	/* UNIX times in microseconds, "0" if not yet; of legs in lists only. */ \
	X(CREATED, "Caller-Channel-Created-Time", 24) \
	X(ANSWERED, "Caller-Channel-Answered-Time", 24) \
	/* The user in the Contact of a 3xx response, on the leg that got it. */ \
	X(REDIRECTED_TO, "variable_sip_redirect_contact_user_0", 96) \
	/* The leg for which a thread of its own calls this one (`:_:`). */ \
	X(ENTERPRISE_LEG, "variable_ent_originate_aleg_uuid", 64) \
	/* Of registrations: the phone's contact, its REGISTER, where that came
	 * from, and the subscriber's directory variable uacsta. */ \
	X(REG_CONTACT, "contact", 400) \
	X(REG_CALL_ID, "call-id", 192) \
	X(REG_IP, "network-ip", 64) \
	X(REG_PORT, "network-port", 8) \
	/* Holds UDP, TCP, TLS, WS or WSS in either case. */ \
	X(REG_STATUS, "status", 32) \
	/* Seconds from now; in lists, seconds since 1970. */ \
	X(REG_EXPIRES, "expires", 24) \
	X(REG_AGENT, "user-agent", 128) \
	/* The name it authenticated with; "unknown" or none: it did not. */ \
	X(REG_AUTH_USER, "username", 96) \
	/* The domain of the directory that this user was found in, and the realm of
	 * the challenge. */ \
	X(REG_AUTH_DOMAIN, "domain_name", 256) \
	X(REG_AUTH_REALM, "realm", 256) \
	X(REG_UACSTA, "uacsta", 16) \
	/* user@host:port of an inbound leg's Contact. */ \
	X(CONTACT, "variable_sip_contact_uri", 128) \
	/* Whose feature the dialplan applies. */ \
	X(TRIGGER_DEVICE, "CSTA-Device", 318) \
	/* Of PHONE_FEATURE_SUBSCRIBE: where the phone subscribed, and what its key
	 * asks for. Without FEATURE_ACTION it wants to know what is set. */ \
	X(FEATURE_PROFILE, "profile_name", 128) \
	/* "SetDoNotDisturb", "SetCallForward" */ \
	X(FEATURE_ACTION, "Feature-Action", 32) \
	/* "true", "false" */ \
	X(FEATURE_ENABLED, "Feature-Enabled", 16) \
	/* "doNotDisturbOn", "forward_immediate", "forward_busy", "forward_no_answer" */ \
	X(FEATURE_NAME, "Action-Name", 32) \
	X(FEATURE_NUMBER, "Action-Value", 96) \
	X(FEATURE_RINGS, "ringCount", 16) \
	/* On the leg that a phone sends elsewhere: the Refer-To, before it goes. */ \
	X(REFER_TO, "variable_sip_refer_to", 192) \
	/* The caller whose call a queue of the switch's own (mod_callcenter,
	 * mod_fifo) offers an agent, on the leg it calls the agent by. */ \
	X(CALLCENTER_MEMBER, "variable_cc_member_session_uuid", 64) \
	X(FIFO_CALLER, "variable_fifo_bridge_uuid", 64) \
	/* What an agent must press: before that nobody talks with a leg that was
	 * answered. On the leg called, or on the one that calls a group. */ \
	X(GROUP_CONFIRM, "variable_group_confirm_key", 16) \
	/* What a listed leg executes. */ \
	X(CURRENT_APPLICATION, "variable_current_application", 32) \
	X(CURRENT_DATA, "variable_current_application_data", 255) \
	/* Not headers: the leg that a listed leg is bridged to; a setting. */ \
	X(PARTNER, "", 64) \
	X(SETTING_NAME, "", 128) \
	X(SETTING_VALUE, "", CSTA_SETTING_MAX) \
	X(SETTING_ITEM, "", 128)

typedef enum {
	CSTA_FIELD_NONE = 0,
#define CSTA_FIELD_ENUM(field, header, max) CSTA_FIELD_##field,
	CSTA_FIELDS(CSTA_FIELD_ENUM)
#undef CSTA_FIELD_ENUM
	CSTA_FIELD_COUNT
} csta_field;

/* Bytes of the ring between the switch's event threads and Go: room for some
 * 30000 usual records, or for 16384 long ones. It protects against a storm in
 * which every leg of a full switch hangs up at once (three events a leg). */
#define CSTA_RING_BYTES (16u << 20)

/* No record is longer; the reader's buffer must hold one. */
#define CSTA_RECORD_MAX 4608
/* The longest value of a parameter in a configuration file. */
#define CSTA_SETTING_MAX 3072

typedef struct {
	/* Events that came to the handler. */
	uint64_t handled;
	/* Of these, events that the ring was full for. */
	uint64_t lost;
	/* Fields cut at their maximum. */
	uint64_t truncated;
	/* Times the sleeping reader was woken. */
	uint64_t wakeups;
	/* Bytes in the ring now. */
	uint32_t waiting;
	/* The most that ever waited since the load. */
	uint32_t deepest;
} csta_ring_counters;

/* The ring as its one reader sees it, valid until the module is unloaded. Of the
 * words it stores into tail and asleep only, all of them atomically:
 * - memory, size bytes (a power of two), holds the records. One begins at
 *   *tail % size and has come whole once its first four bytes, read with acquire,
 *   are not 0: they are its size. A record of kind 0 is a gap that is skipped.
 * - *tail, the bytes that were taken, is stored with release when these have been
 *   set to 0.
 * - *asleep is set to 1 before the reader waits for the eventfd; it then has to
 *   look for a record once more. Whoever puts one sets it back to 0 and writes to
 *   the eventfd.
 * - *lost counts the events that found the ring full since the load. */
typedef struct {
	unsigned char *memory;
	uint64_t size;
	uint64_t *tail;
	uint64_t *lost;
	uint32_t *asleep;
} csta_ring_view;

/* Shows the ring and returns a descriptor of its eventfd, non-blocking and
 * close-on-exec, that becomes readable when the sleeping reader has to look again.
 * The caller closes it. -1 if the module is not loaded or descriptors ran out. */
int csta_ring_listen(csta_ring_view *view);

void csta_ring_count(csta_ring_counters *counters);

/*
 * Each function locates the leg, acts and lets it go again; none keeps
 * anything. Unless said otherwise they return within milliseconds, and success
 * means that the switch accepted the operation: events tell what came of it.
 * Texts are checked again here, however well Go has checked them:
 *   number   1-64 of [0-9A-Za-z*#+._-], not beginning with '-' or '.'
 *   uuid     1-63 of [0-9A-Za-z._-]
 *   word     1-64 of [0-9A-Za-z._-]
 * A NUL byte makes any text CSTA_INVALID.
 */

/* Room for the name of a hang-up cause with its terminator. */
#define CSTA_CAUSE_SIZE 48

enum {
	/* Ask the phone to answer by itself (sip_auto_answer), and take the
	 * request off the leg again before it dials on, so that it does not spread
	 * to the phone that it calls. */
	CSTA_ORIGINATE_AUTO_ANSWER = 1,
	/* Several endpoints may be called, each with a leg of its own, and the switch
	 * names the legs: it refuses a second one of the same UUID. */
	CSTA_ORIGINATE_SEVERAL = 2
};

/*
 * Calls an endpoint with a leg of that UUID and blocks until it answered and
 * was sent on, or failed (switch_ivr_originate).
 *   leg        uuid of the new leg; of several only what csta_cancel calls them by
 *   dial       dial string, e.g. "user/1000@example.com",
 *              "sofia/external/5551@192.0.2.1", "loopback/5551/default":
 *              1-255 of [0-9A-Za-z/@:*#+._-] with a '/', not as the first,
 *              and without ":_:"
 *   name, number  caller ID shown to the endpoint; "" = the switch's own
 *   variables  set on the leg before it is called: "name\0value\0..." pairs;
 *              values are data, not parsed
 *   timeout    seconds of ringing, at least 1
 *   then       number that the answered leg dials in the dialplan's context;
 *              "" = the leg is parked
 *   flags      CSTA_ORIGINATE_*
 *   cause      terminated name of the cause if it failed
 * CSTA_NOT_POSSIBLE: failed, see cause. CSTA_STOPPED also if cancelled by the
 * shutdown while it rang.
 */
csta_status csta_originate(csta_str leg, csta_str dial, csta_str name, csta_str number,
	csta_str variables, uint32_t timeout, csta_str then, csta_str context, uint32_t flags,
	char cause[CSTA_CAUSE_SIZE]);

/* Lets the csta_originate of that leg return. CSTA_NO_SUCH_LEG: none pending. */
csta_status csta_cancel(csta_str leg);

/* Answers an unanswered inbound leg in the switch (switch_channel_answer).
 * An outbound leg is CSTA_NOT_SUPPORTED: only its phone can answer. */
csta_status csta_answer(csta_str leg);

typedef enum {
	/* Answer, or take the call off hold. */
	CSTA_PHONE_TALK = 1,
	CSTA_PHONE_HOLD
} csta_phone_event;

/* Asks the phone of the leg by SIP NOTIFY (uuid_phone_event). Success: it was
 * sent; whether the phone obeys, events tell. */
csta_status csta_ask_phone(csta_str leg, csta_phone_event event);

/* Hangs the leg up with the named cause; "" or unknown = NORMAL_CLEARING. Forsaken: its
 * partner has gone; where csta_music or csta_protect took it out of its dialplan, and
 * that would go on with it now (hangup_after_bridge), it does that instead. */
csta_status csta_hang_up(csta_str leg, csta_str cause, int forsaken);

/* Sends the leg to the number of the XML dialplan in that context, away from
 * whatever it does (switch_ivr_session_transfer). */
csta_status csta_route(csta_str leg, csta_str number, csta_str context);

/* Holds the endpoint of an answered leg that is not held; its partner hears
 * music (switch_ivr_hold_uuid). May wait up to 1 s for the phone's answer. */
csta_status csta_hold(csta_str leg);

/* Ends csta_hold; CSTA_NOT_POSSIBLE if the leg is not held by the switch. The
 * partner's music is over before the leg is taken off hold. May wait up to 2 s for
 * that, 2 s more behind it, and 5 s in the core. */
csta_status csta_unhold(csta_str leg);

/* Ends the music that csta_hold gave the leg's partner, when the leg's phone has
 * ended the hold: the core, which takes it for the phone's own, forgets the music.
 * CSTA_NOT_POSSIBLE if the leg is held, or about to hang up. May wait up to 2 s. */
csta_status csta_end_music(csta_str leg);

/* Joins two legs (switch_ivr_uuid_bridge). Back: csta_music and csta_protect took them
 * out of their dialplan, which goes on from there when the other one leaves, if it wants
 * that (hangup_after_bridge). Else they leave it for good. */
csta_status csta_bridge(csta_str leg, csta_str other, int back);

/* Gives an answered leg the call that still rings elsewhere: the caller's leg is answered
 * if need be and joined with it, and what is called for the caller stops ringing; it is
 * parked if that leg goes before. CSTA_NOT_POSSIBLE unless ringing still rings for the
 * caller, and the caller talks with nobody; CSTA_NOT_SUPPORTED if the caller's media pass
 * the switch (bypass_media, proxy_media). Neither of the two is touched then. */
csta_status csta_pick_up(csta_str leg, csta_str caller, csta_str ringing);

/* Lets the leg wait with its hold_music, which the operator sets; without one,
 * or if that is neither a stream nor a file, in silence. */
csta_status csta_music(csta_str leg);

/* Lets the leg wait without anything. */
csta_status csta_park(csta_str leg);

/* Keeps an answered leg in the switch, parked, whatever happens to its partner
 * or to the call it makes; off: the channel variables that do it are again what
 * the dialplan had set, or has set since. */
csta_status csta_protect(csta_str leg, int on);

/* Only park_after_bridge: on = the leg stays parked when its partner is taken
 * away, off = as the dialplan wants it. */
csta_status csta_keep_after_bridge(csta_str leg, int on);

/* Sends the leg to the conference room (word) with that profile (word). */
csta_status csta_join(csta_str leg, csta_str room, csta_str profile);

/* Plays a file (path relative to the sound root, or absolute) on the leg, after
 * those already asked for. id (uuid) comes back as APPLICATION_UUID in EXECUTE
 * and EXECUTE_COMPLETE. A limit of time is the caller's: csta_stop_play.
 * Characters of file: [A-Za-z0-9_./ -], 1-511, no "..", "//" or leading blank;
 * what follows the last dot must be a format of files. */
csta_status csta_play(csta_str leg, csta_str id, csta_str file, int stop_on_digit);

/* Ends the leg's playback and forgets those not begun. CSTA_NOT_POSSIBLE if
 * nothing plays or waits. */
csta_status csta_stop_play(csta_str leg);

/* Records the leg, both directions, to the full path (as csta_play's file, but
 * absolute); directories are created by the switch. seconds
 * limits it, 0 = no limit. CSTA_UNWRITABLE if it could not begin. */
csta_status csta_record_leg(csta_str leg, csta_str path, uint32_t seconds);

/* Ends the recording to that path; CSTA_NOT_POSSIBLE if there is none. */
csta_status csta_stop_record(csta_str leg, csta_str path);

/* Sets a variable (word) of the leg; value "" removes it. Up to 1024 bytes,
 * without '$'. */
csta_status csta_set_variable(csta_str leg, csta_str name, csta_str value);

/* Reads a variable of the leg; "" if it has none. Falls back to the leg's
 * caller profile and to global variables as the switch does. */
csta_status csta_get_variable(csta_str leg, csta_str name, csta_text *value);

/* All legs: records of CSTA_KIND_LEG with the fields of a CREATE, PARTNER,
 * CREATED, ANSWERED. Legs that end meanwhile are left out. Some 10 us a
 * leg. */
csta_status csta_legs(csta_text *records);

/* One leg, as csta_legs. */
csta_status csta_leg(csta_str leg, csta_text *records);

/* Registered subscribers of this switch: records of CSTA_KIND_REGISTRATION with
 * REG_USER, REG_HOST, REG_PROFILE and REG_CONTACT (both out of its url),
 * REG_CALL_ID, REG_IP, REG_PORT, REG_STATUS, REG_EXPIRES. Reads the core's
 * database, which lags by some 100 ms.
 * CSTA_NOT_SUPPORTED: no database. */
csta_status csta_registrations(csta_text *records);

/* The subscribers of the directory that the switch's own files have: records of
 * CSTA_KIND_SUBSCRIBER with REG_USER and REG_HOST, at most that many. Nobody is asked
 * for it (mod_xml_curl, a script): those cannot say whom they know. Under a microsecond
 * a subscriber, and nothing of the switch waits for it. */
csta_status csta_subscribers(int most, csta_text *records);

/* Asks for one subscriber (numbers; domain as number). *known: it is in the
 * directory; id is its own name then (it differs from user if that is an alias
 * number). *registered: it has at least one contact now. */
csta_status csta_look_up(csta_str user, csta_str domain, int *known, csta_text *id,
	int *registered);

/* Where a subscriber (numbers; domain as number) is registered with a profile
 * (word): dial strings joined by commas, "" if nowhere. */
csta_status csta_contacts(csta_str profile, csta_str user, csta_str domain, csta_text *contacts);

/* What mod_sofia shows of a subscriber's registrations with a profile, as
 * csta_contacts: text for people, "" if there is no such profile. Unlike the core's
 * table, it has who authenticated. */
csta_status csta_registered(csta_str profile, csta_str user, csta_str domain, csta_text *shown);

/* What the directory says of one subscriber: a variable (param 0) or a parameter
 * (param 1) of that name (word); "" if it has none or is not there. */
csta_status csta_directory(csta_str user, csta_str domain, int param, csta_str name,
	csta_text *value);

/* Whether the access control list allows that IP address. An unknown list
 * allows nothing. */
csta_status csta_acl_allows(csta_str ip, csta_str list, int *allowed);

/* The parameters in <settings> of a configuration file, e.g.
 * "csta_socket.conf": records of CSTA_KIND_SETTING, in their order. Behind them
 * those of each <item name="..."> in <section>, with that name as
 * CSTA_FIELD_SETTING_ITEM ("(without a name)" if it has none), after a record that
 * has nothing else. So are items beside a <section>, in a further one, and in
 * <settings>.
 * CSTA_NOT_POSSIBLE: no such file. A value of CSTA_SETTING_MAX bytes may have
 * been longer. */
csta_status csta_settings(csta_str file, csta_str section, csta_str item, csta_text *records);

/* Makes the switch read its configuration files again, as reloadxml does; it
 * takes some 100 ms. CSTA_NOT_POSSIBLE: they are broken, and what was read
 * before stays; error says what is wrong. */
csta_status csta_reload_files(csta_text *error);

/* A global variable; "" if there is none. */
csta_status csta_global(csta_str name, csta_text *value);

/* What the API command csta_feature answers for a device from now on: up to 256 of
 * [0-9A-Za-z*#+._=-] and blanks; "" = nothing. The device has up to 318 of
 * [0-9A-Za-z@*#+._-]. Empty when the module is loaded. */
csta_status csta_set_features(csta_str device, csta_str features);

/* Fires PHONE_FEATURE, by which mod_sofia sends NOTIFY as-feature-event to the
 * subscriptions of user and host in that profile, or to the one of that Call-ID
 * (may be empty). headers: "name\0value\0..." pairs, names are words, values
 * numbers or empty, for which phones are told a blank. Success does not mean that there is a subscription. */
csta_status csta_phone_feature(csta_str profile, csta_str user, csta_str host, csta_str call_id,
	csta_str headers);

/* The default domain of the switch. */
csta_status csta_default_domain(csta_text *domain);

typedef enum {
	CSTA_LOG_ALERT = 1,
	CSTA_LOG_CRIT = 2,
	CSTA_LOG_ERROR = 3,
	CSTA_LOG_WARNING = 4,
	CSTA_LOG_NOTICE = 5,
	CSTA_LOG_INFO = 6,
	CSTA_LOG_DEBUG = 7
} csta_log_level;

/* Writes one entry to the switch's log. file and func say where it comes from;
 * leg is the UUID concerned or "". Never blocks. Ignored outside of the
 * lifetime. */
void csta_log(csta_log_level level, csta_str file, csta_str func, int line, csta_str leg,
	csta_str text);

/* Fires an event of that name (word), such as NOTIFY, with headers as
 * "name\0value\0..." pairs (names are words, values up to 1024 bytes without
 * control characters) and a body up to 8192 bytes without NUL ("" = none). What
 * listens to such events acts on it in a thread of its own and tells nothing of
 * it. CSTA_NOT_SUPPORTED: the switch knows no such event. */
csta_status csta_fire(csta_str event, csta_str headers, csta_str body);

/* A new UUID of the switch's making, 36 characters and a terminator. */
#define CSTA_NEW_UUID_SIZE 37
csta_status csta_new_uuid(char uuid[CSTA_NEW_UUID_SIZE]);

typedef struct {
	/* The core runs; it accepts inbound and outbound calls (fsctl pause). */
	int ready, inbound, outbound;
	uint32_t sessions;
} csta_core_state;

csta_status csta_core(csta_core_state *state);

/* The version text of the running switch. */
csta_status csta_switch_version(csta_text *version);

/* How many legs are in csta_wait. */
uint32_t csta_waits(void);

/* Lets every csta_wait that runs now return ("stopped"), so that the module can
 * be unloaded. Returns how many there were. */
uint32_t csta_release_waits(void);

#endif
