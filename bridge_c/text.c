#define _GNU_SOURCE
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool copy(char *out, size_t size, csta_str s)
{
	if (s.n >= size || (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)) {
		return false;
	}
	if (s.n > 0) {
		memcpy(out, s.p, s.n);
	}
	out[s.n] = '\0';
	return true;
}

static bool copy_of(char *out, size_t size, csta_str s, const char *allowed)
{
	return s.n > 0 && copy(out, size, s) && out[strspn(out, allowed)] == '\0';
}

bool csta_uuid(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "._-");
}

bool csta_number(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "*#+._-") && out[0] != '-' && out[0] != '.';
}

bool csta_device(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "@*#+._-");
}

bool csta_assignments(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "*#+._=- ");
}

bool csta_word(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "._-");
}

/* No application can be written with these (the loopback endpoint's "app=" lacks
 * its '='), and no further endpoint but by the separator ":_:". */
bool csta_dial(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "/@:*#+._-") && strchr(out, '/') != NULL
		&& out[0] != '/' && strstr(out, ":_:") == NULL;
}

/* Neither another format ("http:"), nor another directory. */
bool csta_file(char *out, size_t size, csta_str s)
{
	return copy_of(out, size, s, ALNUM "_./ -") && out[0] != ' ' && out[0] != '-'
		&& strstr(out, "..") == NULL && strstr(out, "//") == NULL;
}

bool csta_shown(char *out, size_t size, csta_str s)
{
	if (!copy(out, size, s)) {
		return false;
	}
	for (const char *p = out; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			return false;
		}
	}
	return true;
}

char *csta_copy(csta_str s)
{
	char *out;

	if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL) {
		return NULL;
	}
	out = malloc(s.n + 1);
	if (out != NULL) {
		copy(out, s.n + 1, s);
	}
	return out;
}

csta_status csta_answer_text(csta_text *to, const char *text)
{
	csta_buffer buffer = { 0 };

	if (text != NULL) {
		csta_buffer_add(&buffer, text, strlen(text));
	}
	return csta_buffer_hand_over(&buffer, to);
}

void csta_buffer_add(csta_buffer *buffer, const void *data, size_t n)
{
	if (buffer->failed || n == 0) {
		return;
	}
	if (n > buffer->room - buffer->n) {
		size_t room = (buffer->room + n) * 2;
		char *p = realloc(buffer->p, room);

		if (p == NULL) {
			buffer->failed = true;
			return;
		}
		buffer->p = p;
		buffer->room = room;
	}
	memcpy(buffer->p + buffer->n, data, n);
	buffer->n += n;
}

csta_status csta_buffer_hand_over(csta_buffer *buffer, csta_text *to)
{
	if (buffer->failed) {
		free(buffer->p);
		*to = (csta_text){ 0 };
		return CSTA_NO_MEMORY;
	}
	*to = (csta_text){ .p = buffer->p, .n = buffer->n };
	return CSTA_OK;
}

void csta_text_free(csta_text text)
{
	free(text.p);
}
