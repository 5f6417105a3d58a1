#define _GNU_SOURCE
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* The formats of files: switching.Formats, which says why only these. */
static const char *const formats[] = {
	"wav", "w64", "rf64", "caf", "au", "aiff", "voc", "flac", "oga", "ogg", "opus", "mp3", "mpga",
	"raw", "r8", "r16", "r24", "r32", "gsm", "ul", "ulaw", "al", "alaw", "adpcm", "vox",
	"pcmu", "pcma", "l16", "g722", "g7221", "g723", "g729", "ilbc", "speex", "silk", "amr",
	"amr-wb", "bv16", "bv32", "dvi4", "lpc", "g726-16", "g726-24", "g726-32", "g726-40",
	"aal2-g726-16", "aal2-g726-24", "aal2-g726-32", "aal2-g726-40"
};

/* What an operator may have for hold music besides. */
static const char *const films[] = { "mp4", "m4v", "m4a", "mov", "mkv", "webm", "fsv" };

/* The switch takes what follows the path's last dot for the format; in a
 * directory it finds none of that name, and no file. */
static const char *format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot == NULL || strchr(dot, '/') != NULL ? NULL : dot + 1;
}

static bool listed(const char *format, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(format, list[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool csta_music_file(const char *stream)
{
	const char *format = format_of(stream);

	return strchr(stream, ':') != NULL || format == NULL
		|| listed(format, formats, sizeof formats / sizeof formats[0])
		|| listed(format, films, sizeof films / sizeof films[0]);
}

/* Neither another format ("http:", ".file_string"), nor another directory. */
bool csta_file(char *out, size_t size, csta_str s)
{
	const char *format;

	if (!copy_of(out, size, s, ALNUM "_./ -") || out[0] == ' ' || out[0] == '-'
		|| strstr(out, "..") != NULL || strstr(out, "//") != NULL) {
		return false;
	}
	format = format_of(out);
	return format == NULL || listed(format, formats, sizeof formats / sizeof formats[0]);
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
	if (buffer->p == NULL || n > buffer->room - buffer->n) {
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
