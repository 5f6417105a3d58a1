/*
 * Types and constants of the switch that the module uses. Structures that the
 * core allocates are declared only as far as we touch them; those that we
 * allocate, completely. check/ reads this file: one declaration a line in
 * structures, every function pointer a typedef of its own.
 */
#ifndef CSTA_ABI_TYPES_H
#define CSTA_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef struct switch_core_session switch_core_session_t;
typedef struct switch_channel switch_channel_t;
typedef struct switch_memory_pool switch_memory_pool_t;
typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
typedef struct switch_event_node switch_event_node_t;
typedef struct switch_state_handler_table switch_state_handler_table_t;
typedef struct switch_caller_profile switch_caller_profile_t;
typedef struct switch_dial_handle switch_dial_handle_t;
typedef struct switch_cache_db_handle switch_cache_db_handle_t;
typedef struct switch_file_handle switch_file_handle_t;
typedef struct switch_console_callback_match switch_console_callback_match_t;

typedef enum {
	SWITCH_STATUS_SUCCESS = 0,
	SWITCH_STATUS_FALSE = 1,
	SWITCH_STATUS_INUSE = 10,
	SWITCH_STATUS_BREAK = 11
} switch_status_t;

typedef enum { SWITCH_FALSE = 0, SWITCH_TRUE = 1 } switch_bool_t;

typedef enum { SWITCH_STACK_BOTTOM = 1 } switch_stack_t;

typedef enum { SWITCH_EVENT_CUSTOM = 0, SWITCH_EVENT_CLONE = 1 } switch_event_types_t;

typedef enum { SWITCH_CHANNEL_ID_LOG = 0 } switch_text_channel_t;

typedef enum {
	SWITCH_LOG_ALERT = 1,
	SWITCH_LOG_CRIT = 2,
	SWITCH_LOG_ERROR = 3,
	SWITCH_LOG_WARNING = 4,
	SWITCH_LOG_NOTICE = 5,
	SWITCH_LOG_INFO = 6,
	SWITCH_LOG_DEBUG = 7
} switch_log_level_t;

typedef enum {
	SWITCH_APPLICATION_INTERFACE = 4,
	SWITCH_API_INTERFACE = 5
} switch_module_interface_name_t;

enum { SWITCH_API_VERSION = 5 };

enum { SWITCH_UUID_FORMATTED_LENGTH = 256 };

enum { SAF_SUPPORT_NOMEDIA = 1, SAF_ROUTING_EXEC = 2 };

typedef enum {
	CF_ANSWERED = 1,
	CF_BRIDGE_ORIGINATOR = 4,
	CF_HOLD = 10,
	CF_PROXY_MODE = 17,
	CF_SUSPEND = 19,
	CF_EVENT_PARSE = 20,
	CF_BREAK = 23,
	CF_BROADCAST = 24,
	CF_STOP_BROADCAST = 31,
	CF_PROXY_MEDIA = 32,
	CF_INTERCEPT = 71,
	CF_INTERCEPTED = 72
} switch_channel_flag_t;

typedef enum {
	CS_ROUTING = 2,
	CS_SOFT_EXECUTE = 3,
	CS_EXECUTE = 4,
	CS_EXCHANGE_MEDIA = 5,
	CS_PARK = 6,
	CS_RESET = 9,
	CS_HANGUP = 10
} switch_channel_state_t;

typedef enum { CCS_HELD = 5 } switch_channel_callstate_t;

typedef enum {
	SWITCH_CALL_DIRECTION_INBOUND = 0,
	SWITCH_CALL_DIRECTION_OUTBOUND = 1
} switch_call_direction_t;

typedef enum {
	SWITCH_CAUSE_NONE = 0,
	SWITCH_CAUSE_NORMAL_CLEARING = 16,
	SWITCH_CAUSE_ORIGINATOR_CANCEL = 487,
	SWITCH_CAUSE_SYSTEM_SHUTDOWN = 701,
	SWITCH_CAUSE_PICKED_OFF = 805
} switch_call_cause_t;

typedef enum { SWITCH_IO_FLAG_NONE = 0 } switch_io_flag_t;

typedef enum { SWITCH_MEDIA_TYPE_AUDIO = 0 } switch_media_type_t;

typedef enum { SWITCH_MEDIA_FLOW_SENDRECV = 0 } switch_media_flow_t;

typedef uint32_t switch_media_flag_t;
enum { SMF_REBRIDGE = 1 };

typedef enum { SDP_ANSWER = 1 } switch_sdp_type_t;

typedef uint32_t switch_originate_flag_t;
enum { SOF_NONE = 0 };

typedef uint32_t switch_frame_flag_t;
enum { SFF_CNG = 1 };

typedef enum { SWITCH_DTMF_UNKNOWN = 0 } switch_dtmf_source_t;

typedef switch_status_t (*switch_module_load_t)(switch_loadable_module_interface_t **,
	switch_memory_pool_t *);
typedef switch_status_t (*switch_module_shutdown_t)(void);
typedef switch_status_t (*switch_module_runtime_t)(void);

/* The core reads this symbol from the module file: NAME_module_interface. */
typedef struct {
	int switch_api_version;
	switch_module_load_t load;
	switch_module_shutdown_t shutdown;
	switch_module_runtime_t runtime;
	uint32_t flags;
} switch_loadable_module_function_table_t;

typedef struct switch_event_header switch_event_header_t;
struct switch_event_header {
	char *name;
	char *value;
	char **array;
	int idx;
	unsigned long hash;
	switch_event_header_t *next;
};

typedef struct {
	switch_event_types_t event_id;
	int priority;
	char *owner;
	char *subclass_name;
	switch_event_header_t *headers;
	switch_event_header_t *last_header;
	char *body;
	void *bind_user_data;
} switch_event_t;

typedef void (*switch_event_callback_t)(switch_event_t *);

typedef struct switch_stream_handle switch_stream_handle_t;
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t *,
	const char *, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t)(switch_stream_handle_t *,
	uint8_t *, size_t);
typedef uint8_t *(*switch_stream_handle_read_function_t)(switch_stream_handle_t *, int *);
struct switch_stream_handle {
	switch_stream_handle_read_function_t read_function;
	switch_stream_handle_write_function_t write_function;
	switch_stream_handle_raw_write_function_t raw_write_function;
	void *data;
	void *end;
	size_t data_size;
	size_t data_len;
	size_t alloc_len;
	size_t alloc_chunk;
	switch_event_t *param_event;
};

typedef void (*switch_application_function_t)(switch_core_session_t *, const char *);
typedef struct {
	const char *interface_name;
	switch_application_function_t application_function;
	const char *long_desc;
	const char *short_desc;
	const char *syntax;
	uint32_t flags;
} switch_application_interface_t;

/* Of extensions, as far as what is left to be executed. */
typedef struct switch_caller_application switch_caller_application_t;
struct switch_caller_application {
	char *application_name;
	char *application_data;
	switch_application_function_t application_function;
	switch_caller_application_t *next;
};
typedef struct switch_caller_extension switch_caller_extension_t;
struct switch_caller_extension {
	char *extension_name;
	char *extension_number;
	switch_caller_application_t *current_application;
	switch_caller_application_t *last_application;
};

typedef enum { SSH_FLAG_PRE_EXEC = 2 } switch_state_handler_flag_t;

typedef switch_status_t (*switch_state_handler_t)(switch_core_session_t *);
struct switch_state_handler_table {
	switch_state_handler_t on_init;
	switch_state_handler_t on_routing;
	switch_state_handler_t on_execute;
	switch_state_handler_t on_hangup;
	switch_state_handler_t on_exchange_media;
	switch_state_handler_t on_soft_execute;
	switch_state_handler_t on_consume_media;
	switch_state_handler_t on_hibernate;
	switch_state_handler_t on_reset;
	switch_state_handler_t on_park;
	switch_state_handler_t on_reporting;
	switch_state_handler_t on_destroy;
	int flags;
	void *padding[10];
};

typedef switch_status_t (*switch_api_function_t)(const char *, switch_core_session_t *,
	switch_stream_handle_t *);
typedef struct {
	const char *interface_name;
	const char *desc;
	switch_api_function_t function;
	const char *syntax;
} switch_api_interface_t;

typedef struct switch_console_callback_match_node switch_console_callback_match_node_t;
struct switch_console_callback_match_node {
	char *val;
	switch_console_callback_match_node_t *next;
};

struct switch_console_callback_match {
	switch_console_callback_match_node_t *head;
};

typedef struct switch_xml *switch_xml_t;
struct switch_xml {
	char *name;
	char **attr;
	char *txt;
	char *free_path;
	size_t off;
	switch_xml_t next;
};

typedef struct {
	char digit;
	uint32_t duration;
	int32_t flags;
	switch_dtmf_source_t source;
} switch_dtmf_t;

typedef struct {
	int32_t w;
	int32_t h;
	int32_t x;
	int32_t y;
	int32_t z;
	int32_t M;
	int32_t X;
} switch_frame_geometry_t;

typedef struct {
	void *codec;
	const char *source;
	void *packet;
	uint32_t packetlen;
	void *extra_data;
	void *data;
	uint32_t datalen;
	uint32_t buflen;
	uint32_t samples;
	uint32_t rate;
	uint32_t channels;
	uint8_t payload;
	uint32_t timestamp;
	uint16_t seq;
	uint32_t ssrc;
	switch_bool_t m;
	switch_frame_flag_t flags;
	void *user_data;
	void *pmap;
	void *img;
	switch_frame_geometry_t geometry;
} switch_frame_t;

typedef int (*switch_core_db_callback_func_t)(void *, int, char **, char **);

#endif
