#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "ring.h"

/* Lists of fields, by what a record is for. TRANSFER_SOURCE is in every list of
 * a leg, since any event may be the first to show that the leg was sent on. */
#define LEG_STATE F(UNIQUE_ID) F(ANSWER_STATE) F(CALL_STATE) F(TRANSFER_SOURCE)
#define LEG_IDENTITY \
	LEG_STATE F(OTHER_LEG) F(OTHER_TYPE) F(DIRECTION) F(CHANNEL_NAME) F(PRESENCE_ID) \
	F(CALL_UUID) F(HIT_DIALPLAN) F(CALLER_NUMBER) F(CALLER_NAME) F(PRIVACY_HIDE_NUMBER) F(DESTINATION) \
	F(CALLER_USERNAME) F(CALLER_CONTEXT) F(DIALED_USER) F(DIALED_DOMAIN) \
	F(USER_NAME) F(DOMAIN_NAME) F(AUTH_USER) F(AUTH_REALM) F(FROM_USER) F(FROM_HOST) \
	F(GATEWAY) F(GATEWAY_IN) F(ACL_AUTHED) F(PROFILE) F(REPLACES_CALL_ID) F(LOOPBACK_LEG) F(OTHER_LOOPBACK) F(RECOVERED) \
	F(MARK) F(QUEUE) F(TRUNK_IN) F(TRUNK_OUT) F(ENTERPRISE_LEG) F(CONTACT) \
	F(CALLCENTER_MEMBER) F(FIFO_CALLER) F(GROUP_CONFIRM)
#define LEG_PROGRESS \
	LEG_STATE F(DIRECTION) F(OTHER_LEG) F(OTHER_TYPE) F(CALL_UUID) F(DESTINATION) F(GATEWAY) \
	F(LOOPBACK_LEG) F(OTHER_LOOPBACK)
#define LEG_TRANSFER \
	F(TRANSFER_TO) F(TRANSFER_DISPOSITION) F(TRANSFER_DESTINATION) F(ENDPOINT_DISPOSITION)
#define LEG_END \
	LEG_STATE LEG_TRANSFER F(DIRECTION) F(OTHER_LEG) F(HANGUP_CAUSE) F(HANGUP_PHRASE) \
	F(SIP_STATUS) F(LAST_BRIDGE_CAUSE) F(LOOPBACK_LEG) F(OTHER_LOOPBACK) F(LOOPBACK_HANGUP) F(BOWOUT_OTHER) \
	F(REDIRECTED_TO)
#define PAIR LEG_STATE LEG_TRANSFER F(BRIDGE_A) F(BRIDGE_B) F(OTHER_LEG) F(LOOPBACK_LEG)
#define EXECUTION \
	LEG_STATE LEG_TRANSFER F(APPLICATION) F(APPLICATION_DATA) F(APPLICATION_RESPONSE) F(APPLICATION_UUID) \
	F(DESTINATION) F(HOLD_MUSIC) F(REFER_TO) F(GROUP_CONFIRM) F(ORIGINATE_RESULT)
#define ATTENDED \
	LEG_STATE LEG_TRANSFER F(ATT_ORIGINAL) F(ATT_DESTINATION) F(ATT_REPLACED_BY) \
	F(ATT_REPLACED) F(ATT_PEER) F(INTERCEPTED_BY) F(HANGUP_CAUSE)
#define BINDING F(REG_CONTACT) F(REG_CALL_ID)
#define RESIGNATION \
	F(RESIGNING) F(RESIGNING_PEER) F(ACQUIRED) F(CONNECTING_A) F(CONNECTING_B) F(UNIQUE_ID)

/* The wanted fields of each kind. */
#define WANTED(W) \
	W(CREATE, LEG_IDENTITY) \
	W(OUTGOING, LEG_STATE F(DIRECTION) F(OTHER_LEG) F(OTHER_TYPE) F(CALL_UUID) F(DESTINATION)) \
	W(RENAMED, LEG_STATE F(OLD_UNIQUE_ID)) \
	W(PROGRESS, LEG_PROGRESS) \
	W(PROGRESS_MEDIA, LEG_PROGRESS) \
	W(ANSWER, LEG_PROGRESS) \
	W(BRIDGE, PAIR) \
	W(UNBRIDGE, PAIR) \
	W(CALLSTATE, LEG_STATE F(OLD_CALL_STATE)) \
	W(HOLD, LEG_STATE) \
	W(UNHOLD, LEG_STATE LEG_TRANSFER F(HANGUP_CAUSE)) \
	W(HANGUP, LEG_END) \
	W(DESTROY, LEG_END) \
	W(EXECUTE, EXECUTION) \
	W(EXECUTE_COMPLETE, EXECUTION) \
	W(PLAYBACK_START, LEG_STATE F(PLAYBACK_FILE) F(HOLD_MUSIC)) \
	W(PLAYBACK_STOP, LEG_STATE F(PLAYBACK_FILE) F(PLAYBACK_STATUS)) \
	W(RECORD_START, LEG_STATE F(RECORD_FILE)) \
	W(RECORD_STOP, LEG_STATE F(RECORD_FILE) F(RECORD_CAUSE)) \
	W(DTMF, LEG_STATE F(DTMF_DIGIT) F(DTMF_DURATION) F(DTMF_SOURCE)) \
	W(PARK, LEG_STATE LEG_TRANSFER F(ORIGINATE_RESULT)) \
	W(UNPARK, LEG_STATE) \
	W(REGISTER, F(REG_USER) F(REG_HOST) F(REG_PROFILE) F(UPDATE_REG) BINDING F(REG_IP) F(REG_PORT) \
		F(REG_STATUS) F(REG_EXPIRES) F(REG_AGENT) F(REG_AUTH_USER) F(REG_AUTH_DOMAIN) \
		F(REG_AUTH_REALM) F(REG_UACSTA)) \
	W(UNREGISTER, F(REG_USER) F(REG_HOST) F(REG_PROFILE) BINDING) \
	W(EXPIRE, F(EXPIRE_USER) F(EXPIRE_HOST) F(REG_PROFILE) BINDING) \
	W(TRANSFEROR, ATTENDED) \
	W(TRANSFEREE, ATTENDED) \
	W(REPLACED, ATTENDED) \
	W(INTERCEPTED, ATTENDED) \
	W(CONFERENCE, LEG_STATE F(CONFERENCE) F(CONFERENCE_SIZE) F(MEMBER) F(ACTION)) \
	W(BOWOUT, RESIGNATION) \
	W(DIRECT, RESIGNATION) \
	W(TRIGGER, LEG_STATE F(TRIGGER) F(TRIGGER_DEVICE) F(NAME) F(DIRECTION) F(DESTINATION) \
		F(REFER_TO)) \
	W(FEATURE, F(EXPIRE_USER) F(EXPIRE_HOST) F(FEATURE_PROFILE) F(REG_CALL_ID) F(REG_EXPIRES) \
		F(FEATURE_ACTION) F(FEATURE_ENABLED) F(FEATURE_NAME) F(FEATURE_NUMBER) F(FEATURE_RINGS)) \
	W(RELOADXML, ) \
	W(SHUTDOWN, ) \
	W(LEG, LEG_IDENTITY F(CREATED) F(ANSWERED) F(HANGUP_CAUSE) F(QUEUE_SOURCE) F(NOTE) F(REFER_TO) \
		F(CURRENT_APPLICATION) F(CURRENT_DATA))

#define F(field) CSTA_FIELD_##field,
#define W(kind, fields) static const uint8_t wanted_##kind[] = { fields CSTA_FIELD_NONE };
WANTED(W)
#undef W
static const uint8_t *const wanted[CSTA_KINDS] = {
#define W(kind, fields) [CSTA_KIND_##kind] = wanted_##kind,
	WANTED(W)
#undef W
};
#undef F

static const struct {
	const char *event;
	const char *subclass;
} bindings[CSTA_KINDS] = {
#define B(kind, event, subclass) [CSTA_KIND_##kind] = { event, subclass },
	CSTA_EVENT_KINDS(B)
#undef B
};

static const char *const headers[CSTA_FIELD_COUNT] = {
#define H(field, header, max) [CSTA_FIELD_##field] = header,
	CSTA_FIELDS(H)
#undef H
};

static const uint16_t longest[CSTA_FIELD_COUNT] = {
#define H(field, header, max) [CSTA_FIELD_##field] = max,
	CSTA_FIELDS(H)
#undef H
};

/* Executions of other applications tell nothing about who talks with whom, and
 * a dialplan makes many. */
static const char *const applications[] = {
	"playback", "endless_playback", "play_and_get_digits", "bridge", "conference", "park",
	"valet_park", "fifo", "callcenter", "voicemail", "three_way", "eavesdrop", "intercept",
	"att_xfer", "uuid_bridge", "signal_bridge", "csta_wait", "csta_trigger_queue", NULL
};

static const char *const conference_actions[] = {
	"add-member", "del-member", "conference-destroy", NULL
};

/* For the kinds that come too often: the field that decides, and the values
 * that are wanted. */
static const struct {
	csta_field field;
	const char *const *values;
} filters[CSTA_KINDS] = {
	[CSTA_KIND_EXECUTE] = { CSTA_FIELD_APPLICATION, applications },
	[CSTA_KIND_EXECUTE_COMPLETE] = { CSTA_FIELD_APPLICATION, applications },
	[CSTA_KIND_CONFERENCE] = { CSTA_FIELD_ACTION, conference_actions },
};

/*
 * The index of header names: one open hash table for all kinds, keyed by the
 * hash that the switch has stored in each header, so that a header that nobody
 * wants costs one probe. Which of the fields a kind wants is a set of bits.
 */
#define INDEX_SIZE 512
#define SEQUENCE_FIELD CSTA_FIELD_COUNT

_Static_assert(CSTA_FIELD_COUNT < 128, "a set of fields is two words");
_Static_assert(CSTA_FIELD_COUNT * 4 < INDEX_SIZE, "probes of the index stay short");

typedef struct {
	uint64_t word[2];
} field_set;

static struct {
	uint32_t hash[INDEX_SIZE];
	/* The field, plus one; 0 = free. */
	uint8_t field[INDEX_SIZE];
} header_index;

static struct {
	field_set fields;
	uint8_t count;
} kinds[CSTA_KINDS];

static csta_ring ring;
static switch_event_node_t *nodes[CSTA_KINDS];

static inline uint32_t spread(uint32_t hash)
{
	return (hash * 0x9E3779B1u) >> 23;
}

static inline bool holds(const field_set *set, unsigned field)
{
	return (set->word[field >> 6] >> (field & 63) & 1) != 0;
}

static inline void include(field_set *set, unsigned field)
{
	set->word[field >> 6] |= UINT64_C(1) << (field & 63);
}

static inline void exclude(field_set *set, unsigned field)
{
	set->word[field >> 6] &= ~(UINT64_C(1) << (field & 63));
}

static const char *header_of(unsigned field)
{
	return field == SEQUENCE_FIELD ? "Event-Sequence" : headers[field];
}

static uint32_t hash_of(const char *name)
{
	ptrdiff_t length = -1;

	return switch_ci_hashfunc_default(name, &length);
}

static void index_header(unsigned field)
{
	uint32_t hash = hash_of(header_of(field));
	uint32_t slot = spread(hash);

	while (header_index.field[slot] != 0) {
		slot = (slot + 1) % INDEX_SIZE;
	}
	header_index.hash[slot] = hash;
	header_index.field[slot] = (uint8_t)(field + 1);
}

/* Builds the index and the sets. false: a kind's fields at their longest would
 * not fit in a record, so that one could push out another. */
static bool index_build(void)
{
	memset(&header_index, 0, sizeof header_index);
	memset(kinds, 0, sizeof kinds);
	for (unsigned field = 1; field < CSTA_FIELD_COUNT; field++) {
		if (headers[field][0] != '\0') {
			index_header(field);
		}
	}
	index_header(SEQUENCE_FIELD);
	for (int kind = 0; kind < CSTA_KINDS; kind++) {
		size_t size = sizeof(csta_record) + CSTA_RECORD_ALIGN;

		for (const uint8_t *field = wanted[kind]; field != NULL && *field != 0; field++) {
			if (!holds(&kinds[kind].fields, *field)) {
				include(&kinds[kind].fields, *field);
				kinds[kind].count++;
				size += 2 * sizeof(uint16_t) + longest[*field];
			}
		}
		if (kind < CSTA_KIND_LEG && kind != CSTA_KIND_NONE) {
			include(&kinds[kind].fields, SEQUENCE_FIELD);
			kinds[kind].count++;
		}
		if (size > CSTA_RECORD_MAX) {
			return false;
		}
	}
	return true;
}

/* The field of a header, CSTA_FIELD_NONE if it is not in the set. */
static inline unsigned field_of(const switch_event_header_t *header, const field_set *set)
{
	uint32_t hash = header->hash != 0 ? (uint32_t)header->hash : hash_of(header->name);

	for (uint32_t slot = spread(hash); header_index.field[slot] != 0;
		slot = (slot + 1) % INDEX_SIZE) {
		if (header_index.hash[slot] == hash) {
			unsigned field = header_index.field[slot] - 1u;

			if (holds(set, field) && strcasecmp(header_of(field), header->name) == 0) {
				return field;
			}
		}
	}
	return CSTA_FIELD_NONE;
}

static uint64_t number(const char *text)
{
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (uint64_t)(*text - '0');
	}
	return value;
}

static bool listed(const char *value, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(value, *list) == 0) {
			return true;
		}
	}
	return false;
}

void csta_record_begin(unsigned char *record, csta_kind kind)
{
	csta_record head = { .size = sizeof head, .kind = (uint16_t)kind };

	memcpy(record, &head, sizeof head);
}

static inline void append(csta_record *head, unsigned char *record, unsigned field,
	const char *value)
{
	size_t length = strnlen(value, longest[field] + 1u);
	uint16_t part[2];

	if (length > longest[field]) {
		length = longest[field];
		head->truncated++;
	}
	part[0] = (uint16_t)field;
	part[1] = (uint16_t)length;
	memcpy(record + head->size, part, sizeof part);
	memcpy(record + head->size + sizeof part, value, length);
	head->size += (uint32_t)(sizeof part + length);
	head->fields++;
}

bool csta_record_add(unsigned char *record, csta_field field, const char *value)
{
	csta_record head;

	if (value == NULL || value[0] == '\0') {
		return true;
	}
	memcpy(&head, record, sizeof head);
	if (head.size + 2 * sizeof(uint16_t) + longest[field] + CSTA_RECORD_ALIGN > CSTA_RECORD_MAX) {
		return false;
	}
	append(&head, record, field, value);
	memcpy(record, &head, sizeof head);
	return true;
}

size_t csta_record_finish(unsigned char *record)
{
	csta_record head;
	uint32_t end;

	memcpy(&head, record, sizeof head);
	end = (head.size + CSTA_RECORD_ALIGN - 1) & ~(uint32_t)(CSTA_RECORD_ALIGN - 1);
	memset(record + head.size, 0, end - head.size);
	head.size = end;
	memcpy(record, &head, sizeof head);
	return end;
}

/* One pass over the headers. The first of several headers of one name counts,
 * as it does for the switch. */
bool csta_record_pack(unsigned char *record, csta_kind kind, const switch_event_t *event)
{
	csta_record head = { .size = sizeof head, .kind = (uint16_t)kind };
	field_set missing = kinds[kind].fields;
	unsigned left = kinds[kind].count;
	const csta_field deciding = filters[kind].field;
	bool decided = deciding == CSTA_FIELD_NONE;
	struct timespec now;

	for (const switch_event_header_t *h = event->headers; h != NULL && left > 0; h = h->next) {
		unsigned field = field_of(h, &missing);

		if (field == CSTA_FIELD_NONE || h->value == NULL) {
			continue;
		}
		exclude(&missing, field);
		left--;
		if (field == SEQUENCE_FIELD) {
			head.sequence = number(h->value);
			continue;
		}
		if (field == deciding) {
			if (!listed(h->value, filters[kind].values)) {
				return false;
			}
			decided = true;
		}
		if (h->value[0] != '\0') {
			append(&head, record, field, h->value);
		}
	}
	if (!decided) {
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	head.at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	memcpy(record, &head, sizeof head);
	return true;
}

/* Runs in the switch's event threads, possibly in several at once. */
static void handle(switch_event_t *event)
{
	csta_kind kind = (csta_kind)(uintptr_t)event->bind_user_data;
	unsigned char record[CSTA_RECORD_MAX];
	uint32_t truncated;

	atomic_fetch_add_explicit(&ring.handled, 1, memory_order_relaxed);
	if (!csta_record_pack(record, kind, event)) {
		return;
	}
	csta_record_finish(record);
	memcpy(&truncated, record + offsetof(csta_record, truncated), sizeof truncated);
	if (truncated != 0) {
		atomic_fetch_add_explicit(&ring.truncated, truncated, memory_order_relaxed);
	}
	if (!csta_ring_put(&ring, record)) {
		atomic_fetch_add_explicit(&ring.lost, 1, memory_order_relaxed);
	}
}

static bool bind(csta_kind kind)
{
	switch_event_types_t id;

	/* By name: the numbers are not the same in all versions. */
	if (switch_name_event(bindings[kind].event, &id) != SWITCH_STATUS_SUCCESS) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "This switch has no event %s\n", bindings[kind].event);
		return false;
	}
	if (switch_event_bind_removable(CSTA_MODULE, id, bindings[kind].subclass, handle,
		(void *)(uintptr_t)kind, &nodes[kind]) != SWITCH_STATUS_SUCCESS) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "Cannot bind event %s %s\n", bindings[kind].event,
			bindings[kind].subclass != NULL ? bindings[kind].subclass : "");
		return false;
	}
	return true;
}

bool csta_events_open(void)
{
	memset(nodes, 0, sizeof nodes);
	if (!index_build()) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "An event's fields exceed a record\n");
		return false;
	}
	if (!csta_ring_open(&ring, CSTA_RING_BYTES)) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "Out of memory or descriptors for the event ring\n");
		return false;
	}
	for (int kind = CSTA_KIND_NONE + 1; kind < CSTA_KIND_LEG; kind++) {
		if (!bind((csta_kind)kind)) {
			csta_events_unbind();
			csta_ring_close();
			return false;
		}
	}
	return true;
}

void csta_events_unbind(void)
{
	for (int kind = 0; kind < CSTA_KINDS; kind++) {
		if (nodes[kind] != NULL) {
			switch_event_unbind(&nodes[kind]);
			nodes[kind] = NULL;
		}
	}
}

void csta_ring_close(void)
{
	csta_ring_free(&ring);
}

int csta_ring_listen(csta_ring_view *view)
{
	if (csta_phase_now() == CSTA_DOWN) {
		return -1;
	}
	csta_ring_share(&ring, view);
	return fcntl(ring.wake, F_DUPFD_CLOEXEC, 0);
}

void csta_ring_count(csta_ring_counters *counters)
{
	counters->handled = atomic_load(&ring.handled);
	counters->lost = atomic_load(&ring.lost);
	counters->truncated = atomic_load(&ring.truncated);
	counters->wakeups = atomic_load(&ring.wakeups);
	counters->waiting = (uint32_t)csta_ring_waiting(&ring);
	counters->deepest = atomic_load(&ring.deepest);
}
