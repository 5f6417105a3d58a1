/*
 * Functions of the switch that the module calls, by their real names (the
 * switch's code calls many of them through macros). check/ compiles this file
 * after the switch's own headers, where a differing declaration is an error.
 */
#ifndef CSTA_ABI_FUNCTIONS_H
#define CSTA_ABI_FUNCTIONS_H

/* Module. */
switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(
	switch_memory_pool_t *, const char *);
void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *,
	switch_module_interface_name_t);

/* Events. */
switch_status_t switch_event_bind_removable(const char *, switch_event_types_t, const char *,
	switch_event_callback_t, void *, switch_event_node_t **);
switch_status_t switch_event_unbind(switch_event_node_t **);
switch_status_t switch_name_event(const char *, switch_event_types_t *);
switch_status_t switch_event_create_subclass_detailed(const char *, const char *, int,
	switch_event_t **, switch_event_types_t, const char *);
switch_status_t switch_event_add_header_string(switch_event_t *, switch_stack_t, const char *,
	const char *);
switch_status_t switch_event_fire_detailed(const char *, const char *, int, switch_event_t **,
	void *);
switch_status_t switch_event_set_body(switch_event_t *, const char *);
void switch_event_destroy(switch_event_t **);
switch_status_t switch_event_reserve_subclass_detailed(const char *, const char *);
switch_status_t switch_event_free_subclass_detailed(const char *, const char *);
unsigned int switch_ci_hashfunc_default(const char *, ptrdiff_t *);

/* Sessions and channels. */
switch_core_session_t *switch_core_session_perform_locate(const char *, const char *, const char *,
	int);
void switch_core_session_rwunlock(switch_core_session_t *);
switch_channel_t *switch_core_session_get_channel(switch_core_session_t *);
char *switch_core_session_get_uuid(switch_core_session_t *);
switch_console_callback_match_t *switch_core_session_findall(void);
void switch_console_free_matches(switch_console_callback_match_t **);
const char *switch_channel_get_variable_dup(switch_channel_t *, const char *, switch_bool_t, int);
switch_status_t switch_channel_set_variable_var_check(switch_channel_t *, const char *,
	const char *, switch_bool_t);
switch_call_direction_t switch_channel_direction(switch_channel_t *);
switch_channel_state_t switch_channel_get_state(switch_channel_t *);
switch_channel_callstate_t switch_channel_get_callstate(switch_channel_t *);
uint32_t switch_channel_test_flag(switch_channel_t *, switch_channel_flag_t);
void switch_channel_set_flag_value(switch_channel_t *, switch_channel_flag_t, uint32_t);
void switch_channel_clear_flag(switch_channel_t *, switch_channel_flag_t);
int switch_channel_test_ready(switch_channel_t *, switch_bool_t, switch_bool_t);
void switch_channel_event_set_data(switch_channel_t *, switch_event_t *);
const char *switch_channel_get_partner_uuid_copy(switch_channel_t *, char *, size_t);
switch_status_t switch_channel_perform_answer(switch_channel_t *, const char *, const char *, int);
switch_channel_state_t switch_channel_perform_set_state(switch_channel_t *, const char *,
	const char *, int, switch_channel_state_t);
switch_channel_state_t switch_channel_perform_hangup(switch_channel_t *, const char *,
	const char *, int, switch_call_cause_t);
const char *switch_channel_get_hold_music(switch_channel_t *);
switch_caller_extension_t *switch_channel_get_caller_extension(switch_channel_t *);
void switch_caller_extension_add_application(switch_core_session_t *,
	switch_caller_extension_t *, const char *, const char *);
void switch_channel_set_caller_extension(switch_channel_t *, switch_caller_extension_t *);
switch_caller_profile_t *switch_channel_get_caller_profile(switch_channel_t *);
switch_caller_profile_t *switch_caller_profile_clone(switch_core_session_t *,
	switch_caller_profile_t *);
void switch_channel_set_caller_profile(switch_channel_t *, switch_caller_profile_t *);
switch_status_t switch_channel_set_private(switch_channel_t *, const char *, const void *);
void *switch_channel_get_private(switch_channel_t *, const char *);
void *switch_core_perform_session_alloc(switch_core_session_t *, size_t, const char *,
	const char *, int);
char *switch_core_perform_session_strdup(switch_core_session_t *, const char *, const char *,
	const char *, int);
int switch_core_add_state_handler(const switch_state_handler_table_t *);
void switch_core_remove_state_handler(const switch_state_handler_table_t *);
size_t switch_channel_has_dtmf(switch_channel_t *);
switch_status_t switch_channel_dequeue_dtmf(switch_channel_t *, switch_dtmf_t *);
const char *switch_channel_cause2str(switch_call_cause_t);
switch_call_cause_t switch_channel_str2cause(const char *);
switch_status_t switch_core_session_read_frame(switch_core_session_t *, switch_frame_t **,
	switch_io_flag_t, int);
switch_status_t switch_core_session_write_frame(switch_core_session_t *, switch_frame_t *,
	switch_io_flag_t, int);
switch_status_t switch_core_session_queue_private_event(switch_core_session_t *,
	switch_event_t **, switch_bool_t);
uint32_t switch_core_session_flush_private_events(switch_core_session_t *);
char *switch_event_get_header_idx(switch_event_t *, const char *, int);
switch_status_t switch_core_session_dequeue_private_event(switch_core_session_t *,
	switch_event_t **);
uint32_t switch_core_session_private_event_count(switch_core_session_t *);
switch_media_flow_t switch_core_session_media_flow(switch_core_session_t *, switch_media_type_t);
switch_status_t switch_ivr_media(const char *, switch_media_flag_t);
void switch_core_media_set_smode(switch_core_session_t *, switch_media_type_t,
	switch_media_flow_t, switch_sdp_type_t);

/* Call control. */
switch_status_t switch_ivr_originate(switch_core_session_t *, switch_core_session_t **,
	switch_call_cause_t *, const char *, uint32_t, const switch_state_handler_table_t *,
	const char *, const char *, switch_caller_profile_t *, switch_event_t *,
	switch_originate_flag_t, switch_call_cause_t *, switch_dial_handle_t *);
switch_status_t switch_ivr_session_transfer(switch_core_session_t *, const char *, const char *,
	const char *);
switch_status_t switch_ivr_uuid_bridge(const char *, const char *);
switch_status_t switch_ivr_hold_uuid(const char *, const char *, switch_bool_t);
switch_status_t switch_ivr_unhold_uuid(const char *);
switch_status_t switch_ivr_record_session(switch_core_session_t *, const char *, uint32_t,
	switch_file_handle_t *);
switch_status_t switch_ivr_stop_record_session(switch_core_session_t *, const char *);
switch_status_t switch_ivr_parse_all_events(switch_core_session_t *);

/* Services. */
switch_bool_t switch_check_network_list_ip_token(const char *, const char *, const char **);
switch_xml_t switch_xml_open_cfg(const char *, switch_xml_t *, switch_event_t *);
switch_xml_t switch_xml_root(void);
switch_xml_t switch_xml_child(switch_xml_t, const char *);
const char *switch_xml_attr_soft(switch_xml_t, const char *);
void switch_xml_free(switch_xml_t);
switch_status_t switch_xml_reload(const char **);
char *switch_core_get_variable_dup(const char *);
char *switch_core_get_domain(switch_bool_t);
const char *switch_core_get_hostname(void);
const char *switch_core_get_switchname(void);
void switch_log_printf(switch_text_channel_t, const char *, const char *, int, const char *,
	switch_log_level_t, const char *, ...) __attribute__((format(printf, 7, 8)));
switch_status_t switch_console_set_complete(const char *);
switch_status_t switch_console_stream_write(switch_stream_handle_t *, const char *, ...);
switch_status_t switch_console_stream_raw_write(switch_stream_handle_t *, uint8_t *, size_t);
switch_status_t switch_api_execute(const char *, const char *, switch_core_session_t *,
	switch_stream_handle_t *);
switch_status_t _switch_core_db_handle(switch_cache_db_handle_t **, const char *, const char *,
	int);
switch_status_t switch_cache_db_execute_sql_callback(switch_cache_db_handle_t *, const char *,
	switch_core_db_callback_func_t, void *, char **);
void switch_cache_db_release_db_handle(switch_cache_db_handle_t **);
void switch_sleep(int64_t);
char *switch_uuid_str(char *, size_t);
switch_bool_t switch_core_ready(void);
switch_bool_t switch_core_ready_inbound(void);
switch_bool_t switch_core_ready_outbound(void);
uint32_t switch_core_session_count(void);
const char *switch_version_full(void);

#endif
