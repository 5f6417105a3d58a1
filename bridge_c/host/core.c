#define _GNU_SOURCE
#include "core.h"

#include <ctype.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Names of the events, at the numbers of 1.11. Only the order matters. */
static const char *const event_names[] = {
	"CUSTOM", "CLONE", "CHANNEL_CREATE", "CHANNEL_DESTROY", "CHANNEL_STATE", "CHANNEL_CALLSTATE",
	"CHANNEL_ANSWER", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_EXECUTE",
	"CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_BRIDGE",
	"CHANNEL_UNBRIDGE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_OUTGOING",
	"CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_UUID", "DTMF", "RECORD_START", "RECORD_STOP",
	"PLAYBACK_START", "PLAYBACK_STOP", "RELOADXML", "SHUTDOWN", "CHANNEL_DATA", "NOTIFY",
	"PHONE_FEATURE", "PHONE_FEATURE_SUBSCRIBE", "ALL"
};
#define EVENT_TYPES (sizeof event_names / sizeof event_names[0])

#define QUEUE_MAX 200000
#define NAME_SIZE 256
#define TABLE_SIZE 4096

static void *must(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "host: out of memory\n");
		abort();
	}
	return p;
}

static void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static pthread_mutex_t notes_lock = PTHREAD_MUTEX_INITIALIZER;
static char *journal[TABLE_SIZE];
static int journal_size;
static int logged[8];
static bool verbose;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list args;
	char *line = NULL;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0) {
		abort();
	}
	va_end(args);
	pthread_mutex_lock(&notes_lock);
	if (journal_size < TABLE_SIZE) {
		journal[journal_size++] = line;
		line = NULL;
	}
	pthread_mutex_unlock(&notes_lock);
	free(line);
}

void host_journal_clear(void)
{
	pthread_mutex_lock(&notes_lock);
	for (int i = 0; i < journal_size; i++) {
		free(journal[i]);
	}
	journal_size = 0;
	pthread_mutex_unlock(&notes_lock);
}

bool host_did(const char *line)
{
	bool found = false;

	pthread_mutex_lock(&notes_lock);
	for (int i = 0; i < journal_size; i++) {
		found = found || strcmp(journal[i], line) == 0;
	}
	if (!found) {
		fprintf(stderr, "host: \"%s\" was not done, but:\n", line);
		for (int i = 0; i < journal_size; i++) {
			fprintf(stderr, "host:   %s\n", journal[i]);
		}
	}
	pthread_mutex_unlock(&notes_lock);
	host_journal_clear();
	return found;
}

int host_logged(switch_log_level_t worst)
{
	int count = 0;

	pthread_mutex_lock(&notes_lock);
	for (int level = 0; level < 8; level++) {
		count += level <= (int)worst ? logged[level] : 0;
		logged[level] = 0;
	}
	pthread_mutex_unlock(&notes_lock);
	return count;
}

void host_verbose(bool on)
{
	verbose = on;
}

void switch_log_printf(switch_text_channel_t channel, const char *file, const char *func, int line,
	const char *userdata, switch_log_level_t level, const char *format, ...)
{
	va_list args;
	char text[4096];

	(void)channel;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	pthread_mutex_lock(&notes_lock);
	logged[level & 7]++;
	pthread_mutex_unlock(&notes_lock);
	if (verbose) {
		fprintf(stderr, "[%d] %s:%d %s %s %s", level, file, line, func,
			userdata != NULL ? userdata : "", text);
	}
}

struct switch_event_node {
	switch_event_types_t type;
	char *subclass;
	switch_event_callback_t callback;
	void *data;
	switch_event_node_t *next;
};

typedef struct queued {
	switch_event_t *event;
	struct queued *next;
} queued;

static pthread_rwlock_t bindings_lock = PTHREAD_RWLOCK_INITIALIZER;
static switch_event_node_t *bindings[EVENT_TYPES];

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_moved = PTHREAD_COND_INITIALIZER;
static queued *queue_first, **queue_last = &queue_first;
static int queue_pending;
static bool dispatching;
static pthread_t dispatchers[8];
static int dispatcher_count;
static _Atomic uint64_t sequence;

static char *subclasses[64];

unsigned int switch_ci_hashfunc_default(const char *name, ptrdiff_t *length)
{
	unsigned int hash = 0;
	ptrdiff_t n = 0;

	for (; *length < 0 ? name[n] != '\0' : n < *length; n++) {
		hash = hash * 33 + (unsigned int)tolower((unsigned char)name[n]);
	}
	*length = n;
	return hash;
}

switch_status_t switch_name_event(const char *name, switch_event_types_t *type)
{
	for (size_t i = 0; i < EVENT_TYPES; i++) {
		if (strcasecmp(name, event_names[i]) == 0) {
			*type = (switch_event_types_t)i;
			return SWITCH_STATUS_SUCCESS;
		}
	}
	return SWITCH_STATUS_FALSE;
}

switch_status_t switch_event_add_header_string(switch_event_t *event, switch_stack_t stack,
	const char *name, const char *value)
{
	switch_event_header_t *h;
	ptrdiff_t length = -1;

	(void)stack;
	if (value == NULL) {
		return SWITCH_STATUS_FALSE;
	}
	h = must(calloc(1, sizeof *h));
	h->name = must(strdup(name));
	h->value = must(strdup(value));
	h->hash = switch_ci_hashfunc_default(name, &length);
	if (event->last_header != NULL) {
		event->last_header->next = h;
	} else {
		event->headers = h;
	}
	event->last_header = h;
	return SWITCH_STATUS_SUCCESS;
}

void host_header(switch_event_t *event, const char *name, const char *value)
{
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value);
}

switch_status_t switch_event_create_subclass_detailed(const char *file, const char *func, int line,
	switch_event_t **event, switch_event_types_t type, const char *subclass)
{
	static const char *const base[] = {
		"Core-UUID", "FreeSWITCH-Hostname", "FreeSWITCH-Switchname", "FreeSWITCH-IPv4",
		"FreeSWITCH-IPv6", "Event-Date-Local", "Event-Date-GMT", "Event-Date-Timestamp"
	};
	char number[32];

	*event = must(calloc(1, sizeof **event));
	(*event)->event_id = type;
	if (type == SWITCH_EVENT_CLONE) {
		return SWITCH_STATUS_SUCCESS;
	}
	if (subclass != NULL) {
		(*event)->subclass_name = must(strdup(subclass));
		host_header(*event, "Event-Subclass", subclass);
	}
	host_header(*event, "Event-Name", event_names[type]);
	for (size_t i = 0; i < sizeof base / sizeof base[0]; i++) {
		host_header(*event, base[i], "8ff0f5b8-3c1e-4ee0-9df0-1d2b63a0a1b2");
	}
	host_header(*event, "Event-Calling-File", file);
	host_header(*event, "Event-Calling-Function", func);
	snprintf(number, sizeof number, "%d", line);
	host_header(*event, "Event-Calling-Line-Number", number);
	snprintf(number, sizeof number, "%llu", (unsigned long long)atomic_fetch_add(&sequence, 1) + 1);
	host_header(*event, "Event-Sequence", number);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_set_body(switch_event_t *event, const char *body)
{
	free(event->body);
	event->body = body == NULL ? NULL : must(strdup(body));
	return SWITCH_STATUS_SUCCESS;
}

void switch_event_destroy(switch_event_t **event)
{
	if (*event == NULL) {
		return;
	}
	for (switch_event_header_t *h = (*event)->headers, *next; h != NULL; h = next) {
		next = h->next;
		free(h->name);
		free(h->value);
		free(h);
	}
	free((*event)->subclass_name);
	free((*event)->body);
	free(*event);
	*event = NULL;
}

static const char *header_value(const switch_event_t *event, const char *name)
{
	for (switch_event_header_t *h = event->headers; h != NULL; h = h->next) {
		if (strcasecmp(h->name, name) == 0) {
			return h->value;
		}
	}
	return NULL;
}

switch_status_t switch_event_bind_removable(const char *id, switch_event_types_t type,
	const char *subclass, switch_event_callback_t callback, void *data, switch_event_node_t **node)
{
	switch_event_node_t *n = must(calloc(1, sizeof *n));

	(void)id;
	n->type = type;
	n->subclass = subclass != NULL ? must(strdup(subclass)) : NULL;
	n->callback = callback;
	n->data = data;
	pthread_rwlock_wrlock(&bindings_lock);
	n->next = bindings[type];
	bindings[type] = n;
	pthread_rwlock_unlock(&bindings_lock);
	*node = n;
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_unbind(switch_event_node_t **node)
{
	switch_event_node_t **at;

	pthread_rwlock_wrlock(&bindings_lock);
	for (at = &bindings[(*node)->type]; *at != *node; at = &(*at)->next) {
	}
	*at = (*node)->next;
	pthread_rwlock_unlock(&bindings_lock);
	free((*node)->subclass);
	free(*node);
	*node = NULL;
	return SWITCH_STATUS_SUCCESS;
}

int host_bindings(void)
{
	int count = 0;

	for (size_t type = 0; type < EVENT_TYPES; type++) {
		for (switch_event_node_t *n = bindings[type]; n != NULL; n = n->next) {
			count++;
		}
	}
	return count;
}

void host_deliver(switch_event_t *event)
{
	pthread_rwlock_rdlock(&bindings_lock);
	for (switch_event_node_t *n = bindings[event->event_id]; n != NULL; n = n->next) {
		if ((n->subclass == NULL) == (event->subclass_name == NULL)
			&& (n->subclass == NULL || strcmp(n->subclass, event->subclass_name) == 0)) {
			event->bind_user_data = n->data;
			n->callback(event);
		}
	}
	pthread_rwlock_unlock(&bindings_lock);
}

static void (*handlers_timed)(const switch_event_t *, int64_t);

void host_time_handlers(void (*told)(const switch_event_t *, int64_t))
{
	handlers_timed = told;
}

static int64_t nanoseconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void deliver_timed(switch_event_t *event)
{
	int64_t start = nanoseconds_now();

	host_deliver(event);
	handlers_timed(event, nanoseconds_now() - start);
}

static void *dispatch(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&queue_lock);
	for (;;) {
		queued *q = queue_first;

		if (q == NULL) {
			if (!dispatching) {
				break;
			}
			pthread_cond_wait(&queue_moved, &queue_lock);
			continue;
		}
		queue_first = q->next;
		if (queue_first == NULL) {
			queue_last = &queue_first;
		}
		pthread_mutex_unlock(&queue_lock);
		if (handlers_timed != NULL) {
			deliver_timed(q->event);
		} else {
			host_deliver(q->event);
		}
		switch_event_destroy(&q->event);
		free(q);
		pthread_mutex_lock(&queue_lock);
		queue_pending--;
		pthread_cond_broadcast(&queue_moved);
	}
	pthread_mutex_unlock(&queue_lock);
	return NULL;
}

/* What mod_sofia would be asked for. */
static void note_phone_feature(const switch_event_t *event)
{
	char line[1024] = "PHONE_FEATURE";
	size_t n = strlen(line);

	for (const switch_event_header_t *h = event->headers; h != NULL; h = h->next) {
		if (strncmp(h->name, "Event-", 6) != 0 && strncmp(h->name, "Core-", 5) != 0
			&& strncmp(h->name, "FreeSWITCH-", 11) != 0 && n < sizeof line) {
			n += (size_t)snprintf(line + n, sizeof line - n, " %s=%s", h->name, h->value);
		}
	}
	note("%s", line);
}

switch_status_t switch_event_fire_detailed(const char *file, const char *func, int line,
	switch_event_t **event, void *data)
{
	queued *q = must(calloc(1, sizeof *q));

	(void)file;
	(void)func;
	(void)line;
	(void)data;
	if ((*event)->body != NULL) {
		note("fire %s %s: %s", event_names[(*event)->event_id],
			header_value(*event, "contact-uri"), (*event)->body);
	}
	q->event = *event;
	*event = NULL;
	if (strcmp(event_names[q->event->event_id], "PHONE_FEATURE") == 0) {
		note_phone_feature(q->event);
	}
	pthread_mutex_lock(&queue_lock);
	while (queue_pending >= QUEUE_MAX) {
		pthread_cond_wait(&queue_moved, &queue_lock);
	}
	*queue_last = q;
	queue_last = &q->next;
	queue_pending++;
	pthread_cond_broadcast(&queue_moved);
	pthread_mutex_unlock(&queue_lock);
	return SWITCH_STATUS_SUCCESS;
}

void host_fire(switch_event_t *event)
{
	switch_event_fire_detailed(CSTA_HERE, &event, NULL);
}

void host_drain(void)
{
	pthread_mutex_lock(&queue_lock);
	while (queue_pending > 0) {
		pthread_cond_wait(&queue_moved, &queue_lock);
	}
	pthread_mutex_unlock(&queue_lock);
}

switch_status_t switch_event_reserve_subclass_detailed(const char *owner, const char *name)
{
	(void)owner;
	for (size_t i = 0; i < sizeof subclasses / sizeof subclasses[0]; i++) {
		if (subclasses[i] == NULL) {
			subclasses[i] = must(strdup(name));
			return SWITCH_STATUS_SUCCESS;
		}
		if (strcmp(subclasses[i], name) == 0) {
			return SWITCH_STATUS_INUSE;
		}
	}
	return SWITCH_STATUS_FALSE;
}

switch_status_t switch_event_free_subclass_detailed(const char *owner, const char *name)
{
	(void)owner;
	for (size_t i = 0; i < sizeof subclasses / sizeof subclasses[0]; i++) {
		if (subclasses[i] != NULL && strcmp(subclasses[i], name) == 0) {
			free(subclasses[i]);
			subclasses[i] = NULL;
			return SWITCH_STATUS_SUCCESS;
		}
	}
	return SWITCH_STATUS_FALSE;
}

int host_subclasses(void)
{
	int count = 0;

	for (size_t i = 0; i < sizeof subclasses / sizeof subclasses[0]; i++) {
		count += subclasses[i] != NULL;
	}
	return count;
}

struct switch_channel {
	switch_core_session_t *session;
};

struct switch_core_session {
	switch_channel_t channel;
	char uuid[NAME_SIZE];
	switch_call_direction_t direction;
	bool flags[80];
	switch_channel_state_t state;
	switch_channel_callstate_t callstate;
	bool moved;
	/* Users of the leg, as the core's read lock. */
	int users;
	switch_event_t *variables;
	/* Copies given out by get_variable and what else is freed with the leg. */
	void **copies;
	size_t copy_count;
	switch_event_t *commands[32];
	int command_count;
	/* Looks after which hold music that the leg's thread has come to begins. */
	int music_due;
	switch_media_flow_t flow;
	char digits[64];
	uint64_t frames;
	uint64_t born;
	/* How often it was sent elsewhere; each time it gets another profile, of which only
	 * the address counts. */
	unsigned sent;
	char profiles[2];
	/* What its dialplan found, and the first of its applications. */
	switch_caller_extension_t extension;
	switch_caller_application_t *applications;
	/* Its private entries, by name. */
	struct {
		char name[32];
		void *value;
	} privates[4];
	switch_core_session_t *next;
};

static pthread_mutex_t legs_lock = PTHREAD_MUTEX_INITIALIZER;
static switch_core_session_t *legs;
static int ring_ms = 10;
static switch_call_cause_t refusal;

static switch_core_session_t *find(const char *uuid)
{
	for (switch_core_session_t *s = legs; s != NULL; s = s->next) {
		if (strcmp(s->uuid, uuid) == 0) {
			return s;
		}
	}
	return NULL;
}

switch_core_session_t *host_leg(const char *uuid, switch_call_direction_t direction)
{
	switch_core_session_t *s = must(calloc(1, sizeof *s));
	struct timespec now;

	s->channel.session = s;
	snprintf(s->uuid, sizeof s->uuid, "%s", uuid);
	s->direction = direction;
	s->state = (switch_channel_state_t)4;
	s->variables = must(calloc(1, sizeof *s->variables));
	clock_gettime(CLOCK_REALTIME, &now);
	s->born = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	pthread_mutex_lock(&legs_lock);
	s->next = legs;
	legs = s;
	pthread_mutex_unlock(&legs_lock);
	return s;
}

void host_ring_for(int milliseconds)
{
	ring_ms = milliseconds;
}

void host_refuse_with(switch_call_cause_t cause)
{
	refusal = cause;
}

/* Runs on the leg with the table locked. */
#define WITH_LEG(uuid, s, what) \
	do { \
		switch_core_session_t *s; \
		pthread_mutex_lock(&legs_lock); \
		s = find(uuid); \
		if (s != NULL) { \
			what; \
		} \
		pthread_mutex_unlock(&legs_lock); \
	} while (0)

void host_leg_answer(const char *uuid)
{
	WITH_LEG(uuid, s, s->flags[CF_ANSWERED] = true);
}

void host_leg_hold_by_phone(const char *uuid)
{
	WITH_LEG(uuid, s, s->callstate = CCS_HELD);
}

void host_leg_flag(const char *uuid, switch_channel_flag_t flag, bool value)
{
	WITH_LEG(uuid, s, s->flags[flag] = value);
}

void host_leg_order_music(const char *uuid, int looks)
{
	WITH_LEG(uuid, s, (s->music_due = looks, s->flags[CF_EVENT_PARSE] = true));
}

bool host_leg_quiet(const char *uuid)
{
	bool quiet = false;

	WITH_LEG(uuid, s, quiet = s->music_due == 0 && !s->flags[CF_BROADCAST]);
	return quiet;
}

switch_media_flow_t host_leg_flow(const char *uuid)
{
	switch_media_flow_t flow = SWITCH_MEDIA_FLOW_SENDRECV;

	WITH_LEG(uuid, s, flow = s->flow);
	return flow;
}

void host_leg_press(const char *uuid, const char *digits)
{
	WITH_LEG(uuid, s, snprintf(s->digits, sizeof s->digits, "%s", digits));
}

void host_leg_hangup(const char *uuid)
{
	WITH_LEG(uuid, s, s->state = CS_HANGUP);
}

uint64_t host_leg_frames(const char *uuid)
{
	uint64_t frames = 0;

	WITH_LEG(uuid, s, frames = s->frames);
	return frames;
}

static void leg_free(switch_core_session_t *s)
{
	for (size_t i = 0; i < s->copy_count; i++) {
		free(s->copies[i]);
	}
	free(s->copies);
	for (int i = 0; i < s->command_count; i++) {
		switch_event_destroy(&s->commands[i]);
	}
	switch_event_destroy(&s->variables);
	free(s);
}

void host_leg_destroy(const char *uuid)
{
	for (int tries = 0;; tries++) {
		switch_core_session_t **at, *s = NULL;

		pthread_mutex_lock(&legs_lock);
		for (at = &legs; *at != NULL && strcmp((*at)->uuid, uuid) != 0; at = &(*at)->next) {
		}
		if (*at == NULL) {
			pthread_mutex_unlock(&legs_lock);
			return;
		}
		(*at)->state = CS_HANGUP;
		if ((*at)->users == 0) {
			s = *at;
			*at = s->next;
		}
		pthread_mutex_unlock(&legs_lock);
		if (s != NULL) {
			leg_free(s);
			return;
		}
		if (tries > 2000) {
			fprintf(stderr, "host: leg %s is never let go\n", uuid);
			abort();
		}
		sleep_ms(5);
	}
}

switch_core_session_t *switch_core_session_perform_locate(const char *uuid, const char *file,
	const char *func, int line)
{
	switch_core_session_t *s;

	(void)file;
	(void)func;
	(void)line;
	pthread_mutex_lock(&legs_lock);
	s = find(uuid);
	if (s != NULL && s->state >= CS_HANGUP) {
		s = NULL;
	}
	if (s != NULL) {
		s->users++;
	}
	pthread_mutex_unlock(&legs_lock);
	return s;
}

void switch_core_session_rwunlock(switch_core_session_t *s)
{
	pthread_mutex_lock(&legs_lock);
	s->users--;
	if (s->users < 0) {
		fprintf(stderr, "host: leg %s let go too often\n", s->uuid);
		abort();
	}
	pthread_mutex_unlock(&legs_lock);
}

switch_channel_t *switch_core_session_get_channel(switch_core_session_t *s)
{
	return &s->channel;
}

char *switch_core_session_get_uuid(switch_core_session_t *s)
{
	return s->uuid;
}

uint32_t switch_core_session_count(void)
{
	uint32_t count = 0;

	pthread_mutex_lock(&legs_lock);
	for (switch_core_session_t *s = legs; s != NULL; s = s->next) {
		count++;
	}
	pthread_mutex_unlock(&legs_lock);
	return count;
}

switch_console_callback_match_t *switch_core_session_findall(void)
{
	switch_console_callback_match_t *all = must(calloc(1, sizeof *all));

	pthread_mutex_lock(&legs_lock);
	for (switch_core_session_t *s = legs; s != NULL; s = s->next) {
		switch_console_callback_match_node_t *n = must(calloc(1, sizeof *n));

		n->val = must(strdup(s->uuid));
		n->next = all->head;
		all->head = n;
	}
	pthread_mutex_unlock(&legs_lock);
	return all;
}

void switch_console_free_matches(switch_console_callback_match_t **matches)
{
	for (switch_console_callback_match_node_t *n = (*matches)->head, *next; n != NULL; n = next) {
		next = n->next;
		free(n->val);
		free(n);
	}
	free(*matches);
	*matches = NULL;
}

/* A leg's memory, freed with the leg. */
static void *owned(switch_core_session_t *s, void *memory)
{
	pthread_mutex_lock(&legs_lock);
	s->copies = must(realloc(s->copies, (s->copy_count + 1) * sizeof *s->copies));
	s->copies[s->copy_count++] = must(memory);
	pthread_mutex_unlock(&legs_lock);
	return memory;
}

/* What is not copied may be freed by another thread: nobody may ask for that. */
const char *switch_channel_get_variable_dup(switch_channel_t *channel, const char *name,
	switch_bool_t dup, int index)
{
	const char *value;
	char *copy = NULL;

	(void)index;
	if (dup != SWITCH_TRUE) {
		abort();
	}
	pthread_mutex_lock(&legs_lock);
	value = header_value(channel->session->variables, name);
	if (value != NULL) {
		copy = must(strdup(value));
	}
	pthread_mutex_unlock(&legs_lock);
	return copy != NULL ? owned(channel->session, copy) : NULL;
}

switch_status_t switch_channel_set_variable_var_check(switch_channel_t *channel, const char *name,
	const char *value, switch_bool_t check)
{
	switch_event_t *variables = channel->session->variables;
	switch_event_header_t **at;

	(void)check;
	pthread_mutex_lock(&legs_lock);
	variables->last_header = NULL;
	for (at = &variables->headers; *at != NULL;) {
		switch_event_header_t *h = *at;

		if (strcasecmp(h->name, name) == 0) {
			*at = h->next;
			free(h->name);
			free(h->value);
			free(h);
		} else {
			variables->last_header = h;
			at = &h->next;
		}
	}
	if (value != NULL && value[0] != '\0') {
		host_header(variables, name, value);
	}
	pthread_mutex_unlock(&legs_lock);
	return SWITCH_STATUS_SUCCESS;
}

const char *host_leg_variable(const char *uuid, const char *name)
{
	const char *value = NULL;

	WITH_LEG(uuid, s, value = header_value(s->variables, name));
	return value != NULL ? value : "";
}

switch_call_direction_t switch_channel_direction(switch_channel_t *channel)
{
	return channel->session->direction;
}

switch_channel_state_t switch_channel_get_state(switch_channel_t *channel)
{
	switch_channel_state_t state;

	pthread_mutex_lock(&legs_lock);
	state = channel->session->state;
	pthread_mutex_unlock(&legs_lock);
	return state;
}

switch_channel_callstate_t switch_channel_get_callstate(switch_channel_t *channel)
{
	return channel->session->callstate;
}

uint32_t switch_channel_test_flag(switch_channel_t *channel, switch_channel_flag_t flag)
{
	uint32_t set;

	pthread_mutex_lock(&legs_lock);
	if (flag == CF_EVENT_PARSE && channel->session->music_due > 0
		&& --channel->session->music_due == 0) {
		channel->session->flags[CF_BROADCAST] = true;
	}
	set = channel->session->flags[flag];
	pthread_mutex_unlock(&legs_lock);
	return set;
}

void switch_channel_set_flag_value(switch_channel_t *channel, switch_channel_flag_t flag,
	uint32_t value)
{
	pthread_mutex_lock(&legs_lock);
	channel->session->flags[flag] = value != 0;
	if (flag == CF_STOP_BROADCAST && value != 0) {
		/* The leg's thread ends what it plays. */
		channel->session->flags[CF_BROADCAST] = false;
		channel->session->flags[CF_EVENT_PARSE] = channel->session->music_due > 0;
	}
	pthread_mutex_unlock(&legs_lock);
}

void switch_channel_clear_flag(switch_channel_t *channel, switch_channel_flag_t flag)
{
	switch_channel_set_flag_value(channel, flag, 0);
}

int switch_channel_test_ready(switch_channel_t *channel, switch_bool_t ready, switch_bool_t media)
{
	int yes;

	(void)ready;
	pthread_mutex_lock(&legs_lock);
	yes = channel->session->state < CS_HANGUP && !channel->session->moved
		&& (!media || channel->session->flags[CF_ANSWERED]);
	pthread_mutex_unlock(&legs_lock);
	return yes;
}

void switch_channel_event_set_data(switch_channel_t *channel, switch_event_t *event)
{
	switch_core_session_t *s = channel->session;
	char text[NAME_SIZE + 16];

	host_header(event, "Channel-State", "CS_EXECUTE");
	host_header(event, "Channel-Call-State", s->callstate == CCS_HELD ? "HELD" : "ACTIVE");
	host_header(event, "Channel-Name", "sofia/internal/1000@example.com");
	host_header(event, "Unique-ID", s->uuid);
	host_header(event, "Call-Direction",
		s->direction == SWITCH_CALL_DIRECTION_OUTBOUND ? "outbound" : "inbound");
	host_header(event, "Answer-State", s->flags[CF_ANSWERED] ? "answered" : "ringing");
	host_header(event, "Caller-Caller-ID-Number", "1000");
	snprintf(text, sizeof text, "%llu", (unsigned long long)s->born);
	host_header(event, "Caller-Channel-Created-Time", text);
	pthread_mutex_lock(&legs_lock);
	for (switch_event_header_t *h = s->variables->headers; h != NULL; h = h->next) {
		char name[NAME_SIZE + 16];

		snprintf(name, sizeof name, "variable_%s", h->name);
		host_header(event, name, h->value);
	}
	pthread_mutex_unlock(&legs_lock);
}

const char *switch_channel_get_partner_uuid_copy(switch_channel_t *channel, char *buf, size_t size)
{
	const char *value = switch_channel_get_variable_dup(channel, "signal_bond", SWITCH_TRUE, -1);

	if (value == NULL) {
		return NULL;
	}
	strncpy(buf, value, size);
	return buf;
}

switch_status_t switch_channel_perform_answer(switch_channel_t *channel, const char *file,
	const char *func, int line)
{
	(void)file;
	(void)func;
	(void)line;
	note("answer %s", channel->session->uuid);
	host_leg_answer(channel->session->uuid);
	return SWITCH_STATUS_SUCCESS;
}

static const struct {
	const char *name;
	switch_call_cause_t cause;
} causes[] = {
	{ "NONE", SWITCH_CAUSE_NONE }, { "NORMAL_CLEARING", SWITCH_CAUSE_NORMAL_CLEARING },
	{ "USER_BUSY", (switch_call_cause_t)17 }, { "NO_ANSWER", (switch_call_cause_t)19 },
	{ "ORIGINATOR_CANCEL", SWITCH_CAUSE_ORIGINATOR_CANCEL },
	{ "SYSTEM_SHUTDOWN", SWITCH_CAUSE_SYSTEM_SHUTDOWN },
	{ "PICKED_OFF", SWITCH_CAUSE_PICKED_OFF }
};

const char *switch_channel_cause2str(switch_call_cause_t cause)
{
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		if (causes[i].cause == cause) {
			return causes[i].name;
		}
	}
	return "UNKNOWN";
}

switch_call_cause_t switch_channel_str2cause(const char *name)
{
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		if (strcasecmp(causes[i].name, name) == 0) {
			return causes[i].cause;
		}
	}
	return SWITCH_CAUSE_NORMAL_CLEARING;
}

switch_channel_state_t switch_channel_perform_hangup(switch_channel_t *channel, const char *file,
	const char *func, int line, switch_call_cause_t cause)
{
	(void)file;
	(void)func;
	(void)line;
	note("hangup %s %s", channel->session->uuid, switch_channel_cause2str(cause));
	host_leg_hangup(channel->session->uuid);
	return CS_HANGUP;
}

/* State handlers, in the order in which they are asked. */
static const switch_state_handler_table_t *states[6];
#define EACH_STATES(i) for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)

int switch_core_add_state_handler(const switch_state_handler_table_t *table)
{
	EACH_STATES(i) {
		if (states[i] == NULL) {
			states[i] = table;
			return (int)i;
		}
	}
	return -1;
}

void switch_core_remove_state_handler(const switch_state_handler_table_t *table)
{
	EACH_STATES(i) {
		if (states[i] == table) {
			states[i] = NULL;
		}
	}
}

/* As the core does: some before the state begins, the others behind the channel's own
 * handlers; who refuses is the last that is asked. */
static bool asked(switch_core_session_t *s, switch_channel_state_t state, int before)
{
	EACH_STATES(i) {
		switch_state_handler_t on = states[i] == NULL
				|| (states[i]->flags & SSH_FLAG_PRE_EXEC) != before ? NULL
			: state == CS_ROUTING ? states[i]->on_routing
			: state == CS_EXECUTE ? states[i]->on_execute
			: state == CS_PARK ? states[i]->on_park
			: state == CS_SOFT_EXECUTE ? states[i]->on_soft_execute
			: state == CS_RESET ? states[i]->on_reset : states[i]->on_exchange_media;

		if (on != NULL && on(s) != SWITCH_STATUS_SUCCESS) {
			return false;
		}
	}
	return true;
}

static bool comes_to(switch_core_session_t *s, switch_channel_state_t state)
{
	bool stays = asked(s, state, SSH_FLAG_PRE_EXEC);

	return asked(s, state, 0) && stays;
}

bool host_leg_comes_to(const char *uuid, switch_channel_state_t state)
{
	switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);
	bool stays = comes_to(s, state);

	switch_core_session_rwunlock(s);
	return stays;
}

void host_leg_bridge(const char *uuid, void (*meanwhile)(void))
{
	switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);

	asked(s, CS_EXCHANGE_MEDIA, SSH_FLAG_PRE_EXEC);
	meanwhile();
	asked(s, CS_EXCHANGE_MEDIA, 0);
	switch_core_session_rwunlock(s);
}

switch_channel_state_t switch_channel_perform_set_state(switch_channel_t *channel,
	const char *file, const char *func, int line, switch_channel_state_t state)
{
	(void)file;
	(void)func;
	(void)line;
	note("state %s %d", channel->session->uuid, (int)state);
	return state;
}

switch_caller_extension_t *switch_channel_get_caller_extension(switch_channel_t *channel)
{
	switch_caller_extension_t *extension = &channel->session->extension;

	return extension->extension_name != NULL ? extension : NULL;
}

char *switch_core_perform_session_strdup(switch_core_session_t *s, const char *text,
	const char *file, const char *func, int line)
{
	(void)file;
	(void)func;
	(void)line;
	return owned(s, strdup(text));
}

void *switch_core_perform_session_alloc(switch_core_session_t *s, size_t size, const char *file,
	const char *func, int line)
{
	(void)file;
	(void)func;
	(void)line;
	return owned(s, calloc(1, size));
}

void *switch_channel_get_private(switch_channel_t *channel, const char *name)
{
	switch_core_session_t *s = channel->session;

	for (size_t i = 0; i < sizeof s->privates / sizeof s->privates[0]; i++) {
		if (strcmp(s->privates[i].name, name) == 0) {
			return s->privates[i].value;
		}
	}
	return NULL;
}

switch_status_t switch_channel_set_private(switch_channel_t *channel, const char *name,
	const void *value)
{
	switch_core_session_t *s = channel->session;

	for (size_t i = 0; i < sizeof s->privates / sizeof s->privates[0]; i++) {
		if (s->privates[i].name[0] == '\0' || strcmp(s->privates[i].name, name) == 0) {
			snprintf(s->privates[i].name, sizeof s->privates[i].name, "%s", name);
			s->privates[i].value = (void *)(uintptr_t)value;
			return SWITCH_STATUS_SUCCESS;
		}
	}
	abort();
}

/* A profile is only passed on here. */
switch_caller_profile_t *switch_channel_get_caller_profile(switch_channel_t *channel)
{
	switch_core_session_t *s = channel->session;

	return (switch_caller_profile_t *)&s->profiles[s->sent % sizeof s->profiles];
}

static bool has_profile(const switch_core_session_t *s, const switch_caller_profile_t *profile)
{
	const char *at = (const char *)profile;

	return at == &s->profiles[0] || at == &s->profiles[1];
}

switch_caller_profile_t *switch_caller_profile_clone(switch_core_session_t *s,
	switch_caller_profile_t *profile)
{
	return has_profile(s, profile) ? profile : NULL;
}

void switch_channel_set_caller_profile(switch_channel_t *channel,
	switch_caller_profile_t *profile)
{
	note("profile %s", has_profile(channel->session, profile)
		? channel->session->uuid : "of another leg");
}

void switch_channel_set_caller_extension(switch_channel_t *channel,
	switch_caller_extension_t *extension)
{
	if (extension != &channel->session->extension) {
		abort();
	}
}

/* As the core does: each that is added has the extension begin anew. */
void switch_caller_extension_add_application(switch_core_session_t *s,
	switch_caller_extension_t *extension, const char *name, const char *data)
{
	switch_caller_application_t *added = owned(s, calloc(1, sizeof *added));

	added->application_name = switch_core_perform_session_strdup(s, name, NULL, NULL, 0);
	added->application_data = data != NULL
		? switch_core_perform_session_strdup(s, data, NULL, NULL, 0) : NULL;
	if (s->applications == NULL) {
		s->applications = added;
	} else {
		extension->last_application->next = added;
	}
	extension->last_application = added;
	extension->current_application = s->applications;
}

void host_execute(const char *uuid, const char *const *applications)
{
	switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);
	switch_caller_application_t *next;

	s->applications = NULL;
	s->extension.extension_name = switch_core_perform_session_strdup(s, "found", NULL, NULL, 0);
	for (; applications != NULL && *applications != NULL; applications += 2) {
		switch_caller_extension_add_application(s, &s->extension, applications[0], applications[1]);
	}
	comes_to(s, CS_ROUTING);
	comes_to(s, CS_EXECUTE);
	while ((next = s->extension.current_application) != NULL) {
		s->extension.current_application = next->next;
		if (!host_application(next->application_name, uuid, next->application_data)) {
			note("execute %s %s %s", uuid, next->application_name,
				next->application_data != NULL ? next->application_data : "-");
		}
	}
	switch_core_session_rwunlock(s);
}

const char *switch_channel_get_hold_music(switch_channel_t *channel)
{
	return switch_channel_get_variable_dup(channel, "hold_music", SWITCH_TRUE, -1);
}

size_t switch_channel_has_dtmf(switch_channel_t *channel)
{
	size_t count;

	pthread_mutex_lock(&legs_lock);
	count = strlen(channel->session->digits);
	pthread_mutex_unlock(&legs_lock);
	return count;
}

switch_status_t switch_channel_dequeue_dtmf(switch_channel_t *channel, switch_dtmf_t *digit)
{
	switch_core_session_t *s = channel->session;
	char text[2] = "";
	switch_event_t *event;

	pthread_mutex_lock(&legs_lock);
	digit->digit = s->digits[0];
	if (s->digits[0] != '\0') {
		memmove(s->digits, s->digits + 1, strlen(s->digits));
	}
	pthread_mutex_unlock(&legs_lock);
	if (digit->digit == '\0') {
		return SWITCH_STATUS_FALSE;
	}
	text[0] = digit->digit;
	event = host_event("DTMF", NULL, s->uuid);
	host_header(event, "DTMF-Digit", text);
	host_header(event, "DTMF-Source", "RTP");
	host_fire(event);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_session_read_frame(switch_core_session_t *s, switch_frame_t **frame,
	switch_io_flag_t flags, int stream)
{
	(void)flags;
	(void)stream;
	sleep_ms(2);
	*frame = NULL;
	return switch_channel_get_state(&s->channel) < CS_HANGUP ? SWITCH_STATUS_SUCCESS
		: SWITCH_STATUS_FALSE;
}

switch_status_t switch_core_session_write_frame(switch_core_session_t *s, switch_frame_t *frame,
	switch_io_flag_t flags, int stream)
{
	(void)flags;
	(void)stream;
	pthread_mutex_lock(&legs_lock);
	s->frames += frame->datalen > 0;
	pthread_mutex_unlock(&legs_lock);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_session_queue_private_event(switch_core_session_t *s,
	switch_event_t **event, switch_bool_t priority)
{
	switch_status_t status = SWITCH_STATUS_FALSE;

	(void)priority;
	pthread_mutex_lock(&legs_lock);
	if (s->command_count < (int)(sizeof s->commands / sizeof s->commands[0])) {
		s->commands[s->command_count++] = *event;
		*event = NULL;
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&legs_lock);
	return status;
}

uint32_t switch_core_session_flush_private_events(switch_core_session_t *s)
{
	uint32_t count;

	pthread_mutex_lock(&legs_lock);
	count = (uint32_t)s->command_count;
	for (int i = 0; i < s->command_count; i++) {
		switch_event_destroy(&s->commands[i]);
	}
	s->command_count = 0;
	pthread_mutex_unlock(&legs_lock);
	return count;
}

uint32_t switch_core_session_private_event_count(switch_core_session_t *s)
{
	uint32_t count;

	pthread_mutex_lock(&legs_lock);
	count = (uint32_t)s->command_count;
	pthread_mutex_unlock(&legs_lock);
	return count;
}

char *switch_event_get_header_idx(switch_event_t *event, const char *name, int index)
{
	(void)index;
	return (char *)(uintptr_t)header_value(event, name);
}

switch_status_t switch_core_session_dequeue_private_event(switch_core_session_t *s,
	switch_event_t **event)
{
	switch_status_t status = SWITCH_STATUS_FALSE;

	pthread_mutex_lock(&legs_lock);
	if (s->command_count > 0) {
		*event = s->commands[0];
		s->command_count--;
		memmove(s->commands, s->commands + 1, (size_t)s->command_count * sizeof s->commands[0]);
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&legs_lock);
	return status;
}

switch_media_flow_t switch_core_session_media_flow(switch_core_session_t *s,
	switch_media_type_t type)
{
	switch_media_flow_t flow;

	(void)type;
	pthread_mutex_lock(&legs_lock);
	flow = s->flow;
	pthread_mutex_unlock(&legs_lock);
	return flow;
}

void switch_core_media_set_smode(switch_core_session_t *s, switch_media_type_t type,
	switch_media_flow_t flow, switch_sdp_type_t sdp)
{
	(void)type;
	(void)sdp;
	note("flow %s %d", s->uuid, (int)flow);
	pthread_mutex_lock(&legs_lock);
	s->flow = flow;
	pthread_mutex_unlock(&legs_lock);
}

switch_status_t switch_ivr_parse_all_events(switch_core_session_t *s)
{
	for (;;) {
		switch_event_t *event = NULL;

		pthread_mutex_lock(&legs_lock);
		if (s->command_count > 0) {
			event = s->commands[0];
			memmove(s->commands, s->commands + 1,
				(size_t)--s->command_count * sizeof s->commands[0]);
		}
		pthread_mutex_unlock(&legs_lock);
		if (event == NULL) {
			return SWITCH_STATUS_SUCCESS;
		}
		note("execute %s %s(%s) %s", s->uuid, header_value(event, "execute-app-name"),
			header_value(event, "execute-app-arg"),
			header_value(event, "event-uuid") != NULL ? header_value(event, "event-uuid") : "-");
		switch_event_destroy(&event);
	}
}

switch_status_t switch_ivr_originate(switch_core_session_t *session,
	switch_core_session_t **called, switch_call_cause_t *cause, const char *target,
	uint32_t timeout, const switch_state_handler_table_t *table, const char *name,
	const char *number, switch_caller_profile_t *profile, switch_event_t *variables,
	switch_originate_flag_t flags, switch_call_cause_t *cancel, switch_dial_handle_t *handle)
{
	const char *uuid = header_value(variables, "origination_uuid");
	switch_core_session_t *s;
	int rung = 0;

	if (uuid == NULL) {
		/* One that nobody chose. */
		uuid = "unnamed";
	}

	(void)session;
	(void)table;
	(void)profile;
	(void)flags;
	(void)handle;
	note("originate %s %s %u %s %s auto=%s", uuid, target, timeout, name != NULL ? name : "-",
		number != NULL ? number : "-",
		header_value(variables, "sip_auto_answer") != NULL ? "true" : "-");
	host_leg(uuid, SWITCH_CALL_DIRECTION_OUTBOUND);
	s = switch_core_session_perform_locate(uuid, CSTA_HERE);
	for (switch_event_header_t *h = variables->headers; h != NULL; h = h->next) {
		switch_channel_set_variable_var_check(&s->channel, h->name, h->value, SWITCH_FALSE);
	}
	while ((ring_ms < 0 || rung < ring_ms) && refusal == SWITCH_CAUSE_NONE
		&& __atomic_load_n(cancel, __ATOMIC_RELAXED) == SWITCH_CAUSE_NONE) {
		sleep_ms(1);
		rung++;
	}
	*cause = refusal != SWITCH_CAUSE_NONE ? refusal : __atomic_load_n(cancel, __ATOMIC_RELAXED);
	if (*cause != SWITCH_CAUSE_NONE) {
		switch_core_session_rwunlock(s);
		host_leg_destroy(uuid);
		return SWITCH_STATUS_FALSE;
	}
	host_leg_answer(uuid);
	*called = s;
	return SWITCH_STATUS_SUCCESS;
}

static void (*while_sent)(void);

void host_while_sent(void (*meanwhile)(void))
{
	while_sent = meanwhile;
}

switch_status_t switch_ivr_session_transfer(switch_core_session_t *s, const char *extension,
	const char *dialplan, const char *context)
{
	if (while_sent != NULL) {
		while_sent();
	}
	note("transfer %s %s %s %s", s->uuid, extension, dialplan, context != NULL ? context : "-");
	pthread_mutex_lock(&legs_lock);
	s->moved = true;
	s->sent++;
	pthread_mutex_unlock(&legs_lock);
	return SWITCH_STATUS_SUCCESS;
}

static bool bridges_fail;

void host_bridges_fail(bool fail)
{
	bridges_fail = fail;
}

switch_status_t switch_ivr_uuid_bridge(const char *a, const char *b)
{
	note("bridge %s %s", a, b);
	return bridges_fail ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

/* A called phone that is held answers that it listens only, and the core takes that
 * for its partner's direction. Legs are locked. */
static void partner_listens(switch_core_session_t *s)
{
	const char *name = header_value(s->variables, "signal_bond");
	switch_core_session_t *partner = name != NULL ? find(name) : NULL;

	if (s->direction == SWITCH_CALL_DIRECTION_OUTBOUND && partner != NULL) {
		partner->flow = (switch_media_flow_t)2;
	}
}

switch_status_t switch_ivr_hold_uuid(const char *uuid, const char *message, switch_bool_t music)
{
	(void)message;
	note("hold %s music=%d", uuid, music);
	WITH_LEG(uuid, s, (s->callstate = CCS_HELD, s->flags[CF_HOLD] = true, partner_listens(s)));
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_ivr_media(const char *uuid, switch_media_flag_t flags)
{
	note("media %s %u", uuid, (unsigned)flags);
	WITH_LEG(uuid, s, s->flags[CF_PROXY_MODE] = false);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_ivr_unhold_uuid(const char *uuid)
{
	note("unhold %s", uuid);
	WITH_LEG(uuid, s, (s->callstate = (switch_channel_callstate_t)0, s->flags[CF_HOLD] = false));
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_ivr_record_session(switch_core_session_t *s, const char *file,
	uint32_t limit, switch_file_handle_t *handle)
{
	(void)handle;
	note("record %s %s %u", s->uuid, file, limit);
	return strncmp(file, "/unwritable", 11) == 0 ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_ivr_stop_record_session(switch_core_session_t *s, const char *file)
{
	note("stop record %s %s", s->uuid, file);
	return strcmp(file, "/none") == 0 ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

struct switch_loadable_module_interface {
	int unused;
};

static switch_loadable_module_interface_t interface;
static switch_application_interface_t application_list[16];
static switch_api_interface_t api_list[16];
static _Atomic int application_count, api_count;
static switch_loadable_module_function_table_t *loaded;
static int completion_count;

switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(
	switch_memory_pool_t *pool, const char *name)
{
	(void)pool;
	(void)name;
	return &interface;
}

void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *module,
	switch_module_interface_name_t kind)
{
	(void)module;
	if (kind == SWITCH_APPLICATION_INTERFACE) {
		return &application_list[application_count++];
	}
	return &api_list[api_count++];
}

bool host_load(switch_loadable_module_function_table_t *module)
{
	switch_loadable_module_interface_t *made = NULL;

	application_count = api_count = 0;
	if (module->switch_api_version != SWITCH_API_VERSION
		|| module->load(&made, NULL) != SWITCH_STATUS_SUCCESS || made != &interface) {
		application_count = api_count = 0;
		return false;
	}
	loaded = module;
	return true;
}

void host_unload(void)
{
	application_count = api_count = 0;
	loaded->shutdown();
	loaded = NULL;
}

bool host_application(const char *name, const char *uuid, const char *argument)
{
	for (int i = 0; i < application_count; i++) {
		if (strcmp(application_list[i].interface_name, name) == 0) {
			switch_core_session_t *s = switch_core_session_perform_locate(uuid, CSTA_HERE);

			if (s == NULL) {
				return false;
			}
			application_list[i].application_function(s, argument);
			switch_core_session_rwunlock(s);
			return true;
		}
	}
	return false;
}

uint32_t host_application_flags(const char *name)
{
	for (int i = 0; i < application_count; i++) {
		if (strcmp(application_list[i].interface_name, name) == 0) {
			return application_list[i].flags;
		}
	}
	return 0;
}

static void append(switch_stream_handle_t *stream, const void *text, size_t n)
{
	stream->data = must(realloc(stream->data, stream->data_len + n + 1));
	memcpy((char *)stream->data + stream->data_len, text, n);
	stream->data_len += n;
	((char *)stream->data)[stream->data_len] = '\0';
}

switch_status_t switch_console_stream_write(switch_stream_handle_t *stream, const char *format, ...)
{
	va_list args;
	char *text = NULL;
	int n;

	va_start(args, format);
	if (strcmp(format, "%.*s") == 0) {
		/* The switch's own formatter takes the length of the whole text first. */
		va_list seen;
		volatile size_t whole;

		va_copy(seen, args);
		(void)va_arg(seen, int);
		whole = strlen(va_arg(seen, const char *));
		(void)whole;
		va_end(seen);
	}
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		abort();
	}
	append(stream, text, (size_t)n);
	free(text);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_stream_raw_write(switch_stream_handle_t *stream, uint8_t *data,
	size_t size)
{
	append(stream, data, size);
	return SWITCH_STATUS_SUCCESS;
}

char *host_command(const char *name, const char *arguments)
{
	return host_command_in(NULL, name, arguments);
}

char *host_command_in(switch_core_session_t *session, const char *name, const char *arguments)
{
	switch_stream_handle_t stream;

	memset(&stream, 0, sizeof stream);
	stream.data = must(calloc(1, 1));
	stream.write_function = switch_console_stream_write;
	for (int i = 0; i < api_count; i++) {
		if (strcmp(api_list[i].interface_name, name) == 0) {
			api_list[i].function(arguments, session, &stream);
			return stream.data;
		}
	}
	free(stream.data);
	return NULL;
}

switch_status_t switch_console_set_complete(const char *line)
{
	if (strncmp(line, "add ", 4) == 0) {
		completion_count++;
	} else {
		completion_count = 0;
	}
	return SWITCH_STATUS_SUCCESS;
}

int host_completions(void)
{
	return completion_count;
}

static char listen_port[16];
static struct switch_xml settings_tag, params[8], configuration_tag, sections[2], misplaced_tag, items[4];
/* The last of params is that of the second item. The first two are where they belong,
 * the third one is in a second section, the fourth in the settings. */
static const char *param_values[8][2] = { [7] = { "devices", "1000" } };
static const char *item_names[4] = { "idle", "crm", "late", "lost" };
static int param_count;
static _Atomic int xml_open;

/* The files' directory: two users in a group of one domain, one of whom another group
 * points to, and one user outside of any group in another domain. An element's name
 * and attributes are pairs of words; children are found by their parent's number. */
static struct directory_tag {
	struct switch_xml tag;
	int parent;
	const char *name, *attribute[4];
} directory_tags[] = {
	{ .name = "document", .parent = -1 },
	{ .name = "section", .parent = 0, .attribute = { "name", "configuration" } },
	{ .name = "section", .parent = 0, .attribute = { "name", "directory" } },
	{ .name = "domain", .parent = 2, .attribute = { "name", "example.com" } },
	{ .name = "groups", .parent = 3 },
	{ .name = "group", .parent = 4, .attribute = { "name", "all" } },
	{ .name = "users", .parent = 5 },
	{ .name = "user", .parent = 6, .attribute = { "id", "1000" } },
	{ .name = "user", .parent = 6, .attribute = { "id", "1001", "number-alias", "8001" } },
	{ .name = "group", .parent = 4, .attribute = { "name", "sales" } },
	{ .name = "users", .parent = 9 },
	{ .name = "user", .parent = 10, .attribute = { "id", "1001", "type", "pointer" } },
	{ .name = "domain", .parent = 2, .attribute = { "name", "branch.example" } },
	{ .name = "users", .parent = 12 },
	{ .name = "user", .parent = 13, .attribute = { "id", "1000" } },
};

#define DIRECTORY_TAGS ((int)(sizeof directory_tags / sizeof directory_tags[0]))

static int directory_index(switch_xml_t xml)
{
	for (int i = 0; i < DIRECTORY_TAGS; i++) {
		if (xml == &directory_tags[i].tag) {
			return i;
		}
	}
	return -1;
}

static switch_xml_t directory_child(int parent, const char *name)
{
	switch_xml_t first = NULL;

	for (int i = DIRECTORY_TAGS - 1; i >= 0; i--) {
		if (directory_tags[i].parent == parent && strcmp(directory_tags[i].name, name) == 0) {
			directory_tags[i].tag.next = first;
			first = &directory_tags[i].tag;
		}
	}
	return first;
}

switch_xml_t switch_xml_root(void)
{
	atomic_fetch_add(&xml_open, 1);
	return &directory_tags[0].tag;
}

void host_listen_port(int port)
{
	snprintf(listen_port, sizeof listen_port, "%d", port);
	param_values[0][0] = "listen-ip";
	param_values[0][1] = "127.0.0.1";
	param_values[1][0] = "xml-listen-port";
	param_values[1][1] = listen_port;
	param_count = 2;
}

void host_name_last_item(const char *name)
{
	item_names[3] = name;
}

switch_xml_t switch_xml_open_cfg(const char *file, switch_xml_t *node, switch_event_t *event)
{
	(void)event;
	if (strcmp(file, "csta_socket.conf") != 0) {
		return NULL;
	}
	for (int i = 0; i < param_count; i++) {
		params[i].next = i + 1 < param_count ? &params[i + 1] : NULL;
	}
	*node = &configuration_tag;
	atomic_fetch_add(&xml_open, 1);
	return &configuration_tag;
}

switch_xml_t switch_xml_child(switch_xml_t xml, const char *name)
{
	if (xml == &configuration_tag && strcmp(name, "settings") == 0) {
		return &settings_tag;
	}
	if (xml == &settings_tag && strcmp(name, "param") == 0 && param_count > 0) {
		return &params[0];
	}
	if (xml == &configuration_tag && strcmp(name, "applications") == 0) {
		sections[0].next = &sections[1];
		return &sections[0];
	}
	if (xml == &settings_tag && strcmp(name, "applications") == 0) {
		return &misplaced_tag;
	}
	if (xml == &sections[0] && strcmp(name, "application") == 0) {
		items[0].next = &items[1];
		return &items[0];
	}
	if (xml == &sections[1] && strcmp(name, "application") == 0) {
		return &items[2];
	}
	if (xml == &misplaced_tag && strcmp(name, "application") == 0) {
		return &items[3];
	}
	if (xml == &items[1] && strcmp(name, "param") == 0) {
		return &params[7];
	}
	return directory_index(xml) < 0 ? NULL : directory_child(directory_index(xml), name);
}

const char *switch_xml_attr_soft(switch_xml_t xml, const char *name)
{
	int tag = directory_index(xml);

	if (xml >= &items[0] && xml <= &items[3]) {
		return item_names[xml - items];
	}
	if (tag < 0) {
		return param_values[xml - params][strcmp(name, "name") == 0 ? 0 : 1];
	}
	for (int i = 0; i < 4 && directory_tags[tag].attribute[i] != NULL; i += 2) {
		if (strcmp(directory_tags[tag].attribute[i], name) == 0) {
			return directory_tags[tag].attribute[i + 1];
		}
	}
	return "";
}

static const char *broken;

void host_break_configuration(const char *why)
{
	broken = why;
}

switch_status_t switch_xml_reload(const char **err)
{
	*err = broken != NULL ? broken : "Success";
	return broken != NULL ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

void switch_xml_free(switch_xml_t xml)
{
	(void)xml;
	atomic_fetch_sub(&xml_open, 1);
}

switch_bool_t switch_check_network_list_ip_token(const char *ip, const char *list,
	const char **token)
{
	(void)token;
	return strcmp(list, "friends") == 0 && strcmp(ip, "127.0.0.1") == 0 ? SWITCH_TRUE : SWITCH_FALSE;
}

char *switch_core_get_variable_dup(const char *name)
{
	return strcmp(name, "sounds_dir") == 0 ? must(strdup("/sounds")) : NULL;
}

char *switch_core_get_domain(switch_bool_t dup)
{
	(void)dup;
	return must(strdup("example.com"));
}

const char *switch_core_get_hostname(void)
{
	return "host";
}

const char *switch_core_get_switchname(void)
{
	return "host";
}

switch_status_t switch_api_execute(const char *name, const char *arguments,
	switch_core_session_t *session, switch_stream_handle_t *stream)
{
	(void)session;
	note("api %s %s", name, arguments);
	if (strcmp(name, "uuid_phone_event") == 0) {
		switch_console_stream_write(stream, "+OK Success\n");
	} else if (strcmp(name, "user_data") == 0 && strstr(arguments, " attr ") == NULL) {
		switch_console_stream_write(stream, "%s", strncmp(arguments, "1000@", 5) != 0 ? "-ERR no reply"
			: strstr(arguments, " param password") != NULL ? "secret" : "session");
	} else if (strcmp(name, "user_data") == 0) {
		if (strncmp(arguments, "1000@", 5) == 0 || strncmp(arguments, "8000@", 5) == 0) {
			switch_console_stream_write(stream, "1000");
		}
	} else if (strcmp(name, "sofia_contact") == 0) {
		switch_console_stream_write(stream, "%s", strstr(arguments, "/1000@") != NULL
			? "sofia/internal/sip:1000@192.0.2.7" : "error/user_not_registered");
	} else if (strcmp(name, "sofia") == 0) {
		switch_console_stream_write(stream, "%s", strstr(arguments, " internal ") != NULL
			? "\nRegistrations:\nTotal items returned: 0\n" : "Invalid Profile!\n");
	} else {
		return SWITCH_STATUS_FALSE;
	}
	return SWITCH_STATUS_SUCCESS;
}

static _Atomic int handles_open;

switch_status_t _switch_core_db_handle(switch_cache_db_handle_t **db, const char *file,
	const char *func, int line)
{
	(void)file;
	(void)func;
	(void)line;
	*db = (switch_cache_db_handle_t *)&handles_open;
	atomic_fetch_add(&handles_open, 1);
	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_cache_db_execute_sql_callback(switch_cache_db_handle_t *db, const char *sql,
	switch_core_db_callback_func_t callback, void *data, char **error)
{
	char *names[] = { "reg_user", "realm", "url", "token", "network_ip", "network_port",
		"network_proto", "expires" };
	char *rows[][8] = {
		{ "1000", "example.com", "sofia/internal/sip:1000@192.0.2.7", "a84b4c76", "192.0.2.7",
			"5062", "udp", "1790000000" },
		{ "1001", "example.com", NULL, NULL, NULL, NULL, NULL, NULL },
	};

	(void)db;
	*error = NULL;
	note("sql %s", sql);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		callback(data, 8, rows[i], names);
	}
	return SWITCH_STATUS_SUCCESS;
}

void switch_cache_db_release_db_handle(switch_cache_db_handle_t **db)
{
	atomic_fetch_sub(&handles_open, 1);
	*db = NULL;
}

void switch_sleep(int64_t microseconds)
{
	sleep_ms((int)(microseconds / 1000));
}

char *switch_uuid_str(char *out, size_t size)
{
	static _Atomic unsigned count;

	if (size <= SWITCH_UUID_FORMATTED_LENGTH) {
		snprintf(out, size, "INVALID");
		return out;
	}
	snprintf(out, size, "00000000-0000-4000-8000-%012x", atomic_fetch_add(&count, 1));
	return out;
}

switch_bool_t switch_core_ready(void)
{
	return SWITCH_TRUE;
}

switch_bool_t switch_core_ready_inbound(void)
{
	return SWITCH_TRUE;
}

switch_bool_t switch_core_ready_outbound(void)
{
	return SWITCH_TRUE;
}

const char *switch_version_full(void)
{
	return "1.11.0-host";
}

switch_event_t *host_event(const char *name, const char *subclass, const char *uuid)
{
	switch_event_types_t type;
	switch_event_t *event = NULL;

	if (switch_name_event(name, &type) != SWITCH_STATUS_SUCCESS) {
		fprintf(stderr, "host: no event %s\n", name);
		abort();
	}
	switch_event_create_subclass_detailed(CSTA_HERE, &event, type, subclass);
	if (uuid != NULL) {
		switch_core_session_t *s;

		pthread_mutex_lock(&legs_lock);
		s = find(uuid);
		pthread_mutex_unlock(&legs_lock);
		if (s != NULL) {
			switch_channel_event_set_data(&s->channel, event);
		} else {
			host_header(event, "Unique-ID", uuid);
		}
	}
	return event;
}

void host_open(int count)
{
	dispatching = true;
	dispatcher_count = count;
	for (int i = 0; i < count; i++) {
		if (pthread_create(&dispatchers[i], NULL, dispatch, NULL) != 0) {
			abort();
		}
	}
}

void host_close(void)
{
	pthread_mutex_lock(&queue_lock);
	dispatching = false;
	pthread_cond_broadcast(&queue_moved);
	pthread_mutex_unlock(&queue_lock);
	for (int i = 0; i < dispatcher_count; i++) {
		pthread_join(dispatchers[i], NULL);
	}
	while (legs != NULL) {
		char uuid[NAME_SIZE];

		snprintf(uuid, sizeof uuid, "%s", legs->uuid);
		host_leg_destroy(uuid);
	}
	host_journal_clear();
	if (xml_open != 0 || handles_open != 0) {
		fprintf(stderr, "host: %d configurations and %d database handles left open\n", xml_open,
			handles_open);
		abort();
	}
}
