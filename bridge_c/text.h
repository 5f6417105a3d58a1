/* Texts from Go: checked and terminated before they reach the switch. */
#ifndef CSTA_TEXT_H
#define CSTA_TEXT_H

#include <stdbool.h>

#include "bridge.h"
#include "switch_abi.h"

/* Sizes of terminated copies: the contract's lengths and a NUL. */
#define CSTA_UUID_SIZE 64
#define CSTA_NUMBER_SIZE 65
#define CSTA_DIAL_SIZE 256
#define CSTA_PATH_SIZE 512
#define CSTA_SHOWN_SIZE 129

/* Copies s to out, of that size, and terminates it. false: it does not fit, it
 * is empty, or it holds a byte that the kind of text must not have. */
bool csta_uuid(char *out, size_t size, csta_str s);
bool csta_number(char *out, size_t size, csta_str s);
bool csta_device(char *out, size_t size, csta_str s);
bool csta_assignments(char *out, size_t size, csta_str s);
bool csta_word(char *out, size_t size, csta_str s);
bool csta_dial(char *out, size_t size, csta_str s);
bool csta_file(char *out, size_t size, csta_str s);

/* Whether the switch can play the operator's hold music: a stream or phrase, or
 * a file of a known format; not one of its formats that open themselves for ever
 * when they are an extension. */
bool csta_music_file(const char *stream);

/* As the above for any text without control characters; may be empty. */
bool csta_shown(char *out, size_t size, csta_str s);

/* A terminated copy from malloc, whatever the text holds but NUL; NULL also if
 * memory ran out. */
char *csta_copy(csta_str s);

/* A buffer for Go with a copy of a text of the switch, NULL as "". */
csta_status csta_answer_text(csta_text *to, const char *text);

/* A growing buffer. */
typedef struct {
	char *p;
	size_t n;
	size_t room;
	bool failed;
} csta_buffer;

void csta_buffer_add(csta_buffer *buffer, const void *data, size_t n);
/* Hands the buffer's memory over; it is freed if it failed. */
csta_status csta_buffer_hand_over(csta_buffer *buffer, csta_text *to);

#endif
