/* What Go asks of the switch's core beside its legs. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "text.h"

/* First allocation for a command's answer; the core enlarges it. */
#define STREAM_CHUNK 1024

bool csta_stream_open(switch_stream_handle_t *stream)
{
	memset(stream, 0, sizeof *stream);
	stream->data = calloc(1, STREAM_CHUNK);
	stream->end = stream->data;
	stream->data_size = STREAM_CHUNK;
	stream->alloc_len = STREAM_CHUNK;
	stream->alloc_chunk = STREAM_CHUNK;
	stream->write_function = switch_console_stream_write;
	stream->raw_write_function = switch_console_stream_raw_write;
	return stream->data != NULL;
}

/* Runs a command and returns its answer, to be freed; NULL if there is none. */
static char *command(const char *name, const char *arguments)
{
	switch_stream_handle_t stream;

	if (!csta_stream_open(&stream)) {
		return NULL;
	}
	if (switch_api_execute(name, arguments, NULL, &stream) != SWITCH_STATUS_SUCCESS) {
		free(stream.data);
		return NULL;
	}
	return stream.data;
}

/* The registration's address, "sofia/<profile>/sip:...", names the profile. */
static void profile_of(const char *url, char *out, size_t size)
{
	static const char start[] = "sofia/";
	size_t n;

	out[0] = '\0';
	if (url == NULL || strncmp(url, start, sizeof start - 1) != 0) {
		return;
	}
	url += sizeof start - 1;
	n = strcspn(url, "/");
	if (n < size) {
		memcpy(out, url, n);
		out[n] = '\0';
	}
}

/* Behind the profile stands the contact. */
static const char *contact_of(const char *url)
{
	const char *slash = url == NULL ? NULL : strchr(url, '/');

	slash = slash == NULL ? NULL : strchr(slash + 1, '/');
	return slash == NULL ? NULL : slash + 1;
}

static int registration(void *to, int columns, char **values, char **names)
{
	static const csta_field rest[] = { CSTA_FIELD_REG_CALL_ID, CSTA_FIELD_REG_IP,
		CSTA_FIELD_REG_PORT, CSTA_FIELD_REG_STATUS, CSTA_FIELD_REG_EXPIRES };
	unsigned char record[CSTA_RECORD_MAX];
	char profile[CSTA_UUID_SIZE];

	(void)names;
	if (columns < 3) {
		return 0;
	}
	profile_of(values[2], profile, sizeof profile);
	csta_record_begin(record, CSTA_KIND_REGISTRATION);
	csta_record_add(record, CSTA_FIELD_REG_USER, values[0]);
	csta_record_add(record, CSTA_FIELD_REG_HOST, values[1]);
	csta_record_add(record, CSTA_FIELD_REG_PROFILE, profile);
	csta_record_add(record, CSTA_FIELD_REG_CONTACT, contact_of(values[2]));
	for (int i = 0; i < (int)(sizeof rest / sizeof rest[0]) && i + 3 < columns; i++) {
		csta_record_add(record, rest[i], values[i + 3]);
	}
	csta_buffer_add(to, record, csta_record_finish(record));
	return 0;
}

csta_status csta_registrations(csta_text *records)
{
	switch_cache_db_handle_t *db = NULL;
	csta_buffer buffer = { 0 };
	char *error = NULL;
	char query[512];
	const char *name;
	switch_status_t status;

	*records = (csta_text){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	if (_switch_core_db_handle(&db, CSTA_HERE) != SWITCH_STATUS_SUCCESS) {
		csta_leave();
		return CSTA_NOT_SUPPORTED;
	}
	/* Several switches may share the table. A name with a quote would need
	 * quoting; no host has one. */
	name = switch_core_get_switchname();
	snprintf(query, sizeof query,
		"select reg_user,realm,url,token,network_ip,network_port,network_proto,expires"
		" from registrations%s%s%s",
		strchr(name, '\'') == NULL ? " where hostname='" : "",
		strchr(name, '\'') == NULL ? name : "", strchr(name, '\'') == NULL ? "'" : "");
	status = switch_cache_db_execute_sql_callback(db, query, registration, &buffer, &error);
	switch_cache_db_release_db_handle(&db);
	if (error != NULL) {
		CSTA_LOG_HERE(SWITCH_LOG_ERROR, "Registrations not read: %s\n", error);
		free(error);
	}
	csta_leave();
	if (status != SWITCH_STATUS_SUCCESS) {
		free(buffer.p);
		return CSTA_NOT_POSSIBLE;
	}
	return csta_buffer_hand_over(&buffer, records);
}

/* A list of the directory while it is taken. */
typedef struct {
	csta_buffer buffer;
	int room;
} csta_roll;

/* The users of a domain or of one of its groups. One that points to a user of
 * another place is a member of that group, and told there. */
static void users_of(csta_roll *roll, switch_xml_t in, const char *domain)
{
	for (switch_xml_t users = switch_xml_child(in, "users"); users != NULL; users = users->next) {
		for (switch_xml_t user = switch_xml_child(users, "user"); user != NULL && roll->room > 0;
			user = user->next) {
			unsigned char record[CSTA_RECORD_MAX];

			if (strcmp(switch_xml_attr_soft(user, "type"), "pointer") == 0) {
				continue;
			}
			roll->room--;
			csta_record_begin(record, CSTA_KIND_SUBSCRIBER);
			csta_record_add(record, CSTA_FIELD_REG_USER, switch_xml_attr_soft(user, "id"));
			csta_record_add(record, CSTA_FIELD_REG_HOST, domain);
			csta_buffer_add(&roll->buffer, record, csta_record_finish(record));
		}
	}
}

static void domain_of(csta_roll *roll, switch_xml_t domain)
{
	const char *name = switch_xml_attr_soft(domain, "name");

	for (switch_xml_t groups = switch_xml_child(domain, "groups"); groups != NULL;
		groups = groups->next) {
		for (switch_xml_t group = switch_xml_child(groups, "group"); group != NULL;
			group = group->next) {
			users_of(roll, group, name);
		}
	}
	users_of(roll, domain, name);
}

csta_status csta_subscribers(int most, csta_text *records)
{
	csta_roll roll = { .room = most };
	switch_xml_t root;

	*records = (csta_text){ 0 };
	if (most <= 0) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	/* The files that were read last: they stay while somebody looks at them, and a
	 * new reading does not wait for that. */
	root = switch_xml_root();
	for (switch_xml_t section = switch_xml_child(root, "section"); section != NULL;
		section = section->next) {
		if (strcmp(switch_xml_attr_soft(section, "name"), "directory") != 0) {
			continue;
		}
		for (switch_xml_t domain = switch_xml_child(section, "domain"); domain != NULL;
			domain = domain->next) {
			domain_of(&roll, domain);
		}
	}
	switch_xml_free(root);
	csta_leave();
	return csta_buffer_hand_over(&roll.buffer, records);
}

csta_status csta_look_up(csta_str user, csta_str domain, int *known, csta_text *id,
	int *registered)
{
	char name[CSTA_NUMBER_SIZE], in[CSTA_DIAL_SIZE];
	char arguments[CSTA_NUMBER_SIZE + CSTA_DIAL_SIZE + sizeof "*/@ attr id"];
	char *answer;
	csta_status status = CSTA_OK;

	*known = 0;
	*registered = 0;
	*id = (csta_text){ 0 };
	if (!csta_number(name, sizeof name, user) || !csta_number(in, sizeof in, domain)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	snprintf(arguments, sizeof arguments, "%s@%s attr id", name, in);
	answer = command("user_data", arguments);
	if (answer != NULL && answer[0] != '\0' && answer[0] != '-') {
		*known = 1;
		status = csta_answer_text(id, answer);
		/* Registered under its own name, whatever alias was asked for. */
		if (!csta_number(name, sizeof name, (csta_str){ answer, strlen(answer) })) {
			csta_number(name, sizeof name, user);
		}
	}
	free(answer);
	snprintf(arguments, sizeof arguments, "*/%s@%s", name, in);
	answer = command("sofia_contact", arguments);
	*registered = answer != NULL && answer[0] != '\0' && answer[0] != '-'
		&& strncmp(answer, "error/", strlen("error/")) != 0;
	free(answer);
	csta_leave();
	return status;
}

/* Asks mod_sofia for a subscriber of a profile. An answer counts if it begins so. */
static csta_status ask_sofia(const char *name, const char *before, const char *between,
	const char *begins, csta_str profile, csta_str user, csta_str domain, csta_text *text)
{
	char where[CSTA_NUMBER_SIZE], who[CSTA_NUMBER_SIZE], in[CSTA_DIAL_SIZE];
	char arguments[2 * CSTA_NUMBER_SIZE + CSTA_DIAL_SIZE + sizeof "status profile  user @"];
	char *answer;
	csta_status status = CSTA_OK;

	*text = (csta_text){ 0 };
	if (!csta_word(where, sizeof where, profile) || !csta_number(who, sizeof who, user)
		|| !csta_number(in, sizeof in, domain)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	snprintf(arguments, sizeof arguments, "%s%s%s%s@%s", before, where, between, who, in);
	answer = command(name, arguments);
	if (answer != NULL && strncmp(answer, begins, strlen(begins)) == 0) {
		status = csta_answer_text(text, answer);
	}
	free(answer);
	csta_leave();
	return status;
}

csta_status csta_contacts(csta_str profile, csta_str user, csta_str domain, csta_text *contacts)
{
	return ask_sofia("sofia_contact", "", "/", "sofia/", profile, user, domain, contacts);
}

csta_status csta_registered(csta_str profile, csta_str user, csta_str domain, csta_text *shown)
{
	return ask_sofia("sofia", "status profile ", " user ", "\nRegistrations:\n", profile, user,
		domain, shown);
}

csta_status csta_directory(csta_str user, csta_str domain, int param, csta_str name,
	csta_text *value)
{
	char who[CSTA_NUMBER_SIZE], in[CSTA_DIAL_SIZE], what[CSTA_NUMBER_SIZE];
	char arguments[2 * CSTA_NUMBER_SIZE + CSTA_DIAL_SIZE + sizeof "@ param "];
	char *answer;
	csta_status status = CSTA_OK;

	*value = (csta_text){ 0 };
	if (!csta_number(who, sizeof who, user) || !csta_number(in, sizeof in, domain)
		|| !csta_word(what, sizeof what, name)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	snprintf(arguments, sizeof arguments, "%s@%s %s %s", who, in, param ? "param" : "var", what);
	answer = command("user_data", arguments);
	if (answer != NULL && answer[0] != '\0' && strncmp(answer, "-ERR", 4) != 0) {
		status = csta_answer_text(value, answer);
	}
	free(answer);
	csta_leave();
	return status;
}

csta_status csta_acl_allows(csta_str ip, csta_str list, int *allowed)
{
	char address[CSTA_NUMBER_SIZE];
	char name[CSTA_SHOWN_SIZE];

	*allowed = 0;
	if (!csta_shown(address, sizeof address, ip) || address[0] == '\0'
		|| !csta_shown(name, sizeof name, list) || name[0] == '\0') {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	*allowed = switch_check_network_list_ip_token(address, name, NULL) == SWITCH_TRUE;
	csta_leave();
	return CSTA_OK;
}

/* The parameters of an element; item is what is said of all of them, or NULL. */
static void add_settings(csta_buffer *buffer, switch_xml_t of, const char *item)
{
	for (switch_xml_t param = switch_xml_child(of, "param"); param != NULL; param = param->next) {
		unsigned char record[CSTA_RECORD_MAX];
		const char *name = switch_xml_attr_soft(param, "name");
		const char *value = switch_xml_attr_soft(param, "value");

		/* One that says nothing would be taken for another item. */
		if (name[0] == '\0' && value[0] == '\0') {
			continue;
		}
		csta_record_begin(record, CSTA_KIND_SETTING);
		csta_record_add(record, CSTA_FIELD_SETTING_NAME, name);
		csta_record_add(record, CSTA_FIELD_SETTING_VALUE, value);
		csta_record_add(record, CSTA_FIELD_SETTING_ITEM, item);
		csta_buffer_add(buffer, record, csta_record_finish(record));
	}
}

/* What is told of an item without a name: no name can be like that. */
#define NAMELESS "(without a name)"

/* The items directly in an element, each with its parameters. */
static void add_items(csta_buffer *buffer, switch_xml_t in, const char *item)
{
	for (switch_xml_t one = switch_xml_child(in, item); one != NULL; one = one->next) {
		unsigned char record[CSTA_RECORD_MAX];
		const char *called = switch_xml_attr_soft(one, "name");

		if (called[0] == '\0') {
			called = NAMELESS;
		}
		csta_record_begin(record, CSTA_KIND_SETTING);
		csta_record_add(record, CSTA_FIELD_SETTING_ITEM, called);
		csta_buffer_add(buffer, record, csta_record_finish(record));
		add_settings(buffer, one, called);
	}
}

/* The items in an element, in however many sections, or in none. */
static void add_sections(csta_buffer *buffer, switch_xml_t in, const char *section, const char *item)
{
	if (in == NULL) {
		return;
	}
	for (switch_xml_t one = switch_xml_child(in, section); one != NULL; one = one->next) {
		add_items(buffer, one, item);
	}
	add_items(buffer, in, item);
}

csta_status csta_settings(csta_str file, csta_str section, csta_str item, csta_text *records)
{
	char name[CSTA_NUMBER_SIZE], in[CSTA_NUMBER_SIZE], each[CSTA_NUMBER_SIZE];
	csta_buffer buffer = { 0 };
	switch_xml_t root, own, configuration = NULL;

	*records = (csta_text){ 0 };
	if (!csta_word(name, sizeof name, file) || !csta_word(in, sizeof in, section)
		|| !csta_word(each, sizeof each, item)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	root = switch_xml_open_cfg(name, &configuration, NULL);
	if (root == NULL) {
		csta_leave();
		return CSTA_NOT_POSSIBLE;
	}
	own = switch_xml_child(configuration, "settings");
	add_settings(&buffer, own, NULL);
	/* Items say who may do what: overlooked because they stand in the wrong place,
	 * they would leave the door open. */
	add_sections(&buffer, configuration, in, each);
	add_sections(&buffer, own, in, each);
	switch_xml_free(root);
	csta_leave();
	return csta_buffer_hand_over(&buffer, records);
}

csta_status csta_reload_files(csta_text *error)
{
	const char *wrong = NULL;
	csta_status status;

	*error = (csta_text){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	if (switch_xml_reload(&wrong) == SWITCH_STATUS_SUCCESS) {
		csta_leave();
		return CSTA_OK;
	}
	csta_leave();
	status = csta_answer_text(error, wrong);
	return status == CSTA_OK ? CSTA_NOT_POSSIBLE : status;
}

csta_status csta_global(csta_str name, csta_text *value)
{
	char variable[CSTA_NUMBER_SIZE];
	char *text;
	csta_status status;

	*value = (csta_text){ 0 };
	if (!csta_word(variable, sizeof variable, name)) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	text = switch_core_get_variable_dup(variable);
	csta_leave();
	status = csta_answer_text(value, text);
	free(text);
	return status;
}

csta_status csta_default_domain(csta_text *domain)
{
	char *text;
	csta_status status;

	*domain = (csta_text){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	text = switch_core_get_domain(SWITCH_TRUE);
	csta_leave();
	status = csta_answer_text(domain, text);
	free(text);
	return status;
}

void csta_log(csta_log_level level, csta_str file, csta_str func, int line, csta_str leg,
	csta_str text)
{
	char where[CSTA_SHOWN_SIZE] = "", what[CSTA_SHOWN_SIZE] = "", uuid[CSTA_UUID_SIZE];
	bool about_leg = csta_uuid(uuid, sizeof uuid, leg);

	if (csta_phase_now() == CSTA_DOWN) {
		return;
	}
	if (!csta_shown(where, sizeof where, file)) {
		where[0] = '\0';
	}
	if (!csta_shown(what, sizeof what, func)) {
		what[0] = '\0';
	}
	switch_log_printf(SWITCH_CHANNEL_ID_LOG, where, what, line, about_leg ? uuid : NULL,
		(switch_log_level_t)level, "%.*s\n", (int)text.n, text.p != NULL ? text.p : "");
}

/* The body of an event that csta_fire takes. */
#define BODY_MAX 8192

/* Whether a text has bytes that would begin a new line where the values of an
 * event are written down, such as in a SIP message. */
static bool has_controls(csta_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 0x7f || (s.p[i] != '\0' && (unsigned char)s.p[i] < 0x20)) {
			return true;
		}
	}
	return false;
}

csta_status csta_fire(csta_str event, csta_str headers, csta_str body)
{
	char name[CSTA_NUMBER_SIZE];
	switch_event_types_t type;
	switch_event_t *made = NULL;
	csta_status status;

	if (!csta_word(name, sizeof name, event) || has_controls(headers) || body.n > BODY_MAX) {
		return CSTA_INVALID;
	}
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	if (switch_name_event(name, &type) != SWITCH_STATUS_SUCCESS
		|| switch_event_create_subclass_detailed(CSTA_HERE, &made, type, NULL)
			!= SWITCH_STATUS_SUCCESS) {
		csta_leave();
		return CSTA_NOT_SUPPORTED;
	}
	status = csta_add_pairs(made, headers);
	if (status == CSTA_OK && body.n > 0) {
		char *text = csta_copy(body);

		status = text == NULL ? CSTA_INVALID : CSTA_OK;
		if (text != NULL && switch_event_set_body(made, text) != SWITCH_STATUS_SUCCESS) {
			status = CSTA_NOT_POSSIBLE;
		}
		free(text);
	}
	if (status == CSTA_OK && switch_event_fire_detailed(CSTA_HERE, &made, NULL) != SWITCH_STATUS_SUCCESS) {
		status = CSTA_NOT_POSSIBLE;
	}
	if (made != NULL) {
		switch_event_destroy(&made);
	}
	csta_leave();
	return status;
}

csta_status csta_new_uuid(char uuid[CSTA_NEW_UUID_SIZE])
{
	char made[SWITCH_UUID_FORMATTED_LENGTH + 1];

	uuid[0] = '\0';
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	/* The switch insists on much more room than a UUID takes. */
	switch_uuid_str(made, sizeof made);
	csta_leave();
	snprintf(uuid, CSTA_NEW_UUID_SIZE, "%.36s", made);
	return CSTA_OK;
}

csta_status csta_core(csta_core_state *state)
{
	*state = (csta_core_state){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	state->ready = switch_core_ready() == SWITCH_TRUE;
	state->inbound = switch_core_ready_inbound() == SWITCH_TRUE;
	state->outbound = switch_core_ready_outbound() == SWITCH_TRUE;
	state->sessions = switch_core_session_count();
	csta_leave();
	return CSTA_OK;
}

csta_status csta_switch_version(csta_text *version)
{
	*version = (csta_text){ 0 };
	if (!csta_enter()) {
		return CSTA_STOPPED;
	}
	csta_leave();
	return csta_answer_text(version, switch_version_full());
}
