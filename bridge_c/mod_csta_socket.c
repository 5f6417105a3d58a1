/*
 * The module as the switch sees it: load, shutdown and the console command.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* How long the shutdown waits for operations that run on Go's threads. An
 * unhold may take five seconds; longer would stall the switch's exit. */
#define SHUTDOWN_PATIENCE_MS 8000

/* Between two looks whether they have ended. */
#define PAUSE_NS 2000000

_Atomic int csta_current_phase;

static _Atomic uint32_t running;

bool csta_enter(void)
{
	atomic_fetch_add(&running, 1);
	if (csta_phase_now() == CSTA_UP) {
		return true;
	}
	atomic_fetch_sub(&running, 1);
	return false;
}

void csta_leave(void)
{
	atomic_fetch_sub(&running, 1);
}

/* false: some still run after the patience is over. */
static bool operations_ended(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int64_t waited = 0; atomic_load(&running) > 0; waited += PAUSE_NS) {
		if (waited > (int64_t)SHUTDOWN_PATIENCE_MS * 1000000) {
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return true;
}

static void load_go(void *refused)
{
	*(int *)refused = go_csta_load();
}

static void shutdown_go(void *left)
{
	*(int *)left = go_csta_shutdown();
}

typedef struct {
	csta_str arguments;
	csta_text answer;
} question;

static void command_go(void *to)
{
	question *q = to;

	q->answer = go_csta_command(q->arguments);
}

static switch_status_t command(const char *arguments, switch_core_session_t *session,
	switch_stream_handle_t *stream)
{
	question q = { .arguments = { .p = arguments != NULL ? arguments : "" } };

	(void)session;
	if (csta_phase_now() != CSTA_UP) {
		stream->write_function(stream, "-ERR the module is not running\n");
		return SWITCH_STATUS_SUCCESS;
	}
	q.arguments.n = strlen(q.arguments.p);
	if (!csta_enter_go(command_go, &q)) {
		stream->write_function(stream, "-ERR out of threads\n");
		return SWITCH_STATUS_SUCCESS;
	}
	stream->write_function(stream, "%s", q.answer.p != NULL ? q.answer.p : "");
	csta_text_free(q.answer);
	return SWITCH_STATUS_SUCCESS;
}

static void command_add(switch_loadable_module_interface_t *module)
{
	static const char *const completions[] = {
		"add csta status", "add csta sessions", "add csta monitors", "add csta devices",
		"add csta calls", "add csta dnd", "add csta forward", "add csta metrics", "add csta trace on", "add csta trace off",
		"add csta reload", "add csta version", "add csta stop"
	};
	switch_api_interface_t *api =
		switch_loadable_module_create_interface(module, SWITCH_API_INTERFACE);

	api->interface_name = "csta";
	api->desc = "State of the CSTA server";
	api->function = command;
	api->syntax = "status|sessions|monitors|devices|calls|dnd|forward|metrics|trace|reload|version|stop";
	for (size_t i = 0; i < sizeof completions / sizeof completions[0]; i++) {
		switch_console_set_complete(completions[i]);
	}
}

static bool subclass_reserve(void)
{
	if (switch_event_reserve_subclass_detailed(CSTA_MODULE, CSTA_SUBCLASS)
		!= SWITCH_STATUS_SUCCESS) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "Event subclass %s is taken\n", CSTA_SUBCLASS);
		return false;
	}
	return true;
}

/* Takes down what load built, but for Go. */
static void dismantle(bool quiet)
{
	csta_events_unbind();
	if (quiet) {
		csta_ring_close();
	}
	switch_event_free_subclass_detailed(CSTA_MODULE, CSTA_SUBCLASS);
	atomic_store(&csta_current_phase, CSTA_DOWN);
	csta_features_clear();
}

static switch_status_t load(switch_loadable_module_interface_t **module,
	switch_memory_pool_t *pool)
{
	int refused = 1;

	csta_threads_restore();
	*module = switch_loadable_module_create_module_interface(pool, CSTA_MODULE);
	if (!subclass_reserve()) {
		return SWITCH_STATUS_FALSE;
	}
	if (!csta_events_open()) {
		switch_event_free_subclass_detailed(CSTA_MODULE, CSTA_SUBCLASS);
		return SWITCH_STATUS_FALSE;
	}
	atomic_store(&csta_current_phase, CSTA_UP);
	if (!csta_enter_go(load_go, &refused) || refused != 0) {
		atomic_store(&csta_current_phase, CSTA_STOPPING);
		csta_cancel_all();
		dismantle(operations_ended());
		return SWITCH_STATUS_FALSE;
	}
	csta_applications_add(*module);
	csta_sending_begin();
	csta_picking_begin();
	csta_protection_begin(*module);
	command_add(*module);
	csta_feature_command_add(*module);
	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t shutdown(void)
{
	int left = 1;
	bool quiet;

	atomic_store(&csta_current_phase, CSTA_STOPPING);
	csta_protection_end();
	csta_picking_end();
	csta_sending_end();
	csta_cancel_all();
	csta_events_unbind();
	quiet = csta_enter_go(shutdown_go, &left) && left == 0;
	if (!operations_ended()) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING, "Operations still run at unload\n");
	}
	if (!quiet) {
		CSTA_LOG_HERE(SWITCH_LOG_WARNING, "The engine did not stop in time\n");
	}
	switch_console_set_complete("del csta");
	dismantle(quiet);
	return SWITCH_STATUS_SUCCESS;
}

__attribute__((visibility("default")))
switch_loadable_module_function_table_t mod_csta_socket_module_interface = {
	.switch_api_version = SWITCH_API_VERSION,
	.load = load,
	.shutdown = shutdown,
};
