/* What the C files of the module share among themselves. */
#ifndef CSTA_INTERNAL_H
#define CSTA_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bridge.h"
#include "switch_abi.h"

#define CSTA_MODULE "mod_csta_socket"

#define CSTA_LOG_HERE(level, ...) \
	switch_log_printf(SWITCH_CHANNEL_ID_LOG, CSTA_HERE, NULL, level, __VA_ARGS__)

/* The life of the module: csta_* functions work while it is up. */
typedef enum { CSTA_DOWN = 0, CSTA_UP, CSTA_STOPPING } csta_phase;

extern _Atomic int csta_current_phase;

static inline csta_phase csta_phase_now(void)
{
	return (csta_phase)atomic_load(&csta_current_phase);
}

/* Begins an operation: false if the module is not up. Each true is paired with
 * csta_leave, so that the shutdown can wait for operations that run. */
bool csta_enter(void);
void csta_leave(void);

/* events.c. csta_events_open allocates the ring and binds all events;
 * csta_events_unbind returns when no handler runs any more; csta_ring_close
 * then frees the ring. false: the reason was logged and nothing is left. */
bool csta_events_open(void);
void csta_events_unbind(void);
void csta_ring_close(void);

/* Records are made in a buffer of CSTA_RECORD_MAX bytes: begun, filled, then
 * finished, which pads it and returns its size. csta_record_pack begins one of
 * that kind with the event's wanted fields; false: the kind's filter refused it. */
void csta_record_begin(unsigned char *record, csta_kind kind);
bool csta_record_pack(unsigned char *record, csta_kind kind, const switch_event_t *event);
/* Appends a field, unless value is NULL or "". false: it does not fit. */
bool csta_record_add(unsigned char *record, csta_field field, const char *value);
size_t csta_record_finish(unsigned char *record);

/* A channel's variable, "" if it has none. It is a copy: the core's own may be freed by
 * another thread that sets the variable. */
static inline const char *csta_variable(switch_channel_t *channel, const char *name)
{
	const char *value = switch_channel_get_variable_dup(channel, name, SWITCH_TRUE, -1);

	return value != NULL ? value : "";
}

/* calls.c: the variable by which csta_protect marks a leg. */
#define CSTA_PROTECTED "csta_protected"
/* calls.c: has a protected leg parked when it reaches nobody. */
void csta_park_on_failure(switch_channel_t *channel);
/* calls.c: lets every csta_originate return. */
void csta_cancel_all(void);
/* calls.c: adds "name\0value\0..." pairs to an event as headers. */
csta_status csta_add_pairs(switch_event_t *event, csta_str pairs);

/* protection.c: what the names of the applications begin with that a protected leg is
 * given. */
#define CSTA_KEEP "csta_keep"
/* protection.c: the variables by which a dialplan lets media pass the switch; this
 * value keeps it there. */
extern const char *const csta_past_switch[2];
#define CSTA_NOT_PAST "false"

/* calls.c: names the variable that hold music which fails is followed by. */
#define CSTA_BEHIND_MUSIC "csta_behind_music"

/* place.c: notes the place in its dialplan of a leg that is about to be taken out of it;
 * one that is noted stays. */
void csta_place_note(switch_core_session_t *session);
/* Forgets it: the leg goes elsewhere for good. */
void csta_place_forget(switch_channel_t *channel);
/* Whether the dialplan, which wants that of hangup_after_bridge, goes on with the leg
 * from its place when its partner leaves. */
bool csta_place_goes_on(switch_channel_t *channel, const char *hangup_after_bridge);
/* Whether it does so already. */
bool csta_place_left(switch_channel_t *channel);
/* Has the leg go on from its place when the bridge ends that it is about to enter, and
 * at once. false: the core refused. */
void csta_place_return(switch_channel_t *channel);
bool csta_place_go_on(switch_core_session_t *session);
/* The leg begins to execute something. true: it is on its way back to its place. */
bool csta_place_executes(switch_core_session_t *session);
void csta_place_begin(switch_loadable_module_interface_t *module);

/* services.c: a stream that collects a command's answer in `data`, which the
 * caller frees. false: out of memory. */
bool csta_stream_open(switch_stream_handle_t *stream);

/* threads.c: gives the loading thread back its priority and signals. */
void csta_threads_restore(void);
/* Runs the function, which enters Go, in a thread that Go may have children of,
 * and waits for it. false: there is no thread to be had. */
bool csta_enter_go(void (*function)(void *), void *argument);

/* features.c: adds the command that the dialplan asks, and forgets all features. */
void csta_feature_command_add(switch_loadable_module_interface_t *module);
void csta_features_clear(void);

/* protection.c: whether csta_protect has marked the leg. */
bool csta_protected(switch_channel_t *channel);
/* protection.c: keeps protected legs from running out of their dialplan, and stops
 * doing so. */
void csta_protection_begin(switch_loadable_module_interface_t *module);
void csta_protection_end(void);

/* sending.c: sends a leg elsewhere as switch_ivr_session_transfer does, and sees to it
 * that it comes there. */
switch_status_t csta_send(switch_core_session_t *session, const char *extension,
	const char *dialplan, const char *context);
/* To be told before a leg is joined with another by switch_ivr_uuid_bridge. */
void csta_sending_joins(switch_core_session_t *session);
/* To begin before csta_protection_begin: what a leg does not execute needs no end. */
void csta_sending_begin(void);
void csta_sending_end(void);

/* picking.c: gives a leg that has answered the call of the caller that rings at the third,
 * which is told so. false: the core refused, and it rings on. */
bool csta_pick(switch_core_session_t *picker, switch_core_session_t *caller,
	switch_core_session_t *ringing);
void csta_picking_begin(void);
void csta_picking_end(void);

/* applications.c: adds an application to the module. Its text is kept where it is;
 * flags are those beside SAF_SUPPORT_NOMEDIA. */
typedef struct {
	const char *name;
	switch_application_function_t function;
	const char *brief;
	const char *syntax;
	uint32_t flags;
} csta_application;

void csta_application_add(switch_loadable_module_interface_t *module,
	const csta_application *added);
/* Adds those of the queues and network interfaces. */
void csta_applications_add(switch_loadable_module_interface_t *module);
/* Fires our event, of the kind that the trigger names, with the leg's headers; name
 * may be NULL. */
void csta_tell(switch_core_session_t *session, const char *trigger, const char *name);

#endif
