/*
 * A stand-in for the switch's core: it implements the functions of
 * abi_functions.h on legs that exist in memory only, so that the module's C side
 * runs under sanitizers, and the built module is loaded, used and unloaded,
 * without a switch. Everything the module does to a leg is written to a journal.
 */
#ifndef CSTA_HOST_CORE_H
#define CSTA_HOST_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../switch_abi.h"

/* Starts the event dispatcher, with that many threads. */
void host_open(int dispatchers);
/* Ends it; complains about what the module left behind. */
void host_close(void);

/* Loads and unloads a module as the core does. */
bool host_load(switch_loadable_module_function_table_t *module);
void host_unload(void);

/* A new leg, unanswered. */
switch_core_session_t *host_leg(const char *uuid, switch_call_direction_t direction);
void host_leg_answer(const char *uuid);
void host_leg_hold_by_phone(const char *uuid);
void host_leg_flag(const char *uuid, switch_channel_flag_t flag, bool value);
/* The leg's thread has come to hold music that it will play after somebody looked so
 * often whether it does something. */
void host_leg_order_music(const char *uuid, int looks);
/* Neither hears that music nor will. */
bool host_leg_quiet(const char *uuid);
switch_media_flow_t host_leg_flow(const char *uuid);
void host_leg_press(const char *uuid, const char *digits);
void host_leg_hangup(const char *uuid);
/* Frees the leg once nobody uses it. */
void host_leg_destroy(const char *uuid);
const char *host_leg_variable(const char *uuid, const char *name);
uint64_t host_leg_frames(const char *uuid);

/* How long originated endpoints ring before they answer; -1 = for ever. */
void host_ring_for(int milliseconds);
/* Originated endpoints refuse with that cause; 0 = they answer. */
void host_refuse_with(switch_call_cause_t cause);

/* Builds an event with the core's own headers and, for a leg, the leg's. */
switch_event_t *host_event(const char *name, const char *subclass, const char *uuid);
void host_header(switch_event_t *event, const char *name, const char *value);
void host_fire(switch_event_t *event);
/* Waits until all events fired so far are handled. */
void host_drain(void);
/* Tells how long the handlers of each event took that the dispatcher delivered;
 * NULL = nobody. */
void host_time_handlers(void (*told)(const switch_event_t *event, int64_t nanoseconds));
/* Delivers an event in the caller's thread, without the queue. */
void host_deliver(switch_event_t *event);

/* The leg's thread comes to a state. false: the module has it go elsewhere. */
bool host_leg_comes_to(const char *uuid, switch_channel_state_t state);
/* What happens while a leg is sent elsewhere, before it shows; NULL = nothing. */
void host_while_sent(void (*meanwhile)(void));
/* Whether switch_ivr_uuid_bridge refuses. */
void host_bridges_fail(bool fail);
/* The leg's thread is in a bridge, and leaves it when meanwhile has returned. */
void host_leg_bridge(const char *uuid, void (*meanwhile)(void));
/* Has the leg go to its dialplan and execute what that found: names and arguments by turns, up to a
 * NULL. Applications that the host does not have are noted for host_did. */
void host_execute(const char *uuid, const char *const *applications);
/* Runs one of the module's applications on a leg, in the caller's thread. */
bool host_application(const char *name, const char *uuid, const char *argument);
uint32_t host_application_flags(const char *name);
/* Runs a console command; the answer is freed by the caller. */
char *host_command(const char *name, const char *arguments);
/* The same for a leg, as its dialplan runs it. */
char *host_command_in(switch_core_session_t *session, const char *name, const char *arguments);

/* Whether the journal has that line since the last look; forgets it all. */
bool host_did(const char *line);
void host_journal_clear(void);
/* Entries of the log at that level or worse since the last look. */
int host_logged(switch_log_level_t worst);
/* Prints the log to stderr. */
void host_verbose(bool on);

/* The port that the configuration's xml-listen-port names. */
void host_listen_port(int port);

/* How the last item of the configuration is called; "" is that it has no name. */
void host_name_last_item(const char *name);

/* Makes switch_xml_reload fail for that reason; NULL: succeed again. */
void host_break_configuration(const char *why);

/* What the module has registered now. */
int host_bindings(void);
int host_completions(void);
int host_subclasses(void);

#endif
