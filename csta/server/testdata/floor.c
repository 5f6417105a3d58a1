/*
 * The floor that the server's fan-out is measured against: the same bytes to the
 * same sockets with nothing around it. Standard input names the frames, as pairs
 * of a length (4 bytes, the machine's order) and the bytes, one for each of the
 * descriptors from 3 on. Then every byte that comes is an order to write them
 * all; the answer is the time just before the first write (CLOCK_MONOTONIC in
 * nanoseconds, 8 bytes).
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3

static void take(void *to, size_t size)
{
	for (size_t have = 0; have < size;) {
		ssize_t n = read(STDIN_FILENO, (char *)to + have, size - have);

		if (n <= 0) {
			exit(0);
		}
		have += (size_t)n;
	}
}

int main(int count, char **arguments)
{
	int clients = count > 1 ? atoi(arguments[1]) : 0;
	struct {
		uint32_t length;
		char *bytes;
	} *frames = calloc((size_t)clients + 1, sizeof *frames);
	char order;

	for (int i = 0; i < clients; i++) {
		take(&frames[i].length, sizeof frames[i].length);
		frames[i].bytes = malloc(frames[i].length);
		take(frames[i].bytes, frames[i].length);
	}
	for (;;) {
		struct timespec now;
		int64_t began;

		take(&order, 1);
		clock_gettime(CLOCK_MONOTONIC, &now);
		began = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
		for (int i = 0; i < clients; i++) {
			if (write(FIRST_DESCRIPTOR + i, frames[i].bytes, frames[i].length)
				!= (ssize_t)frames[i].length) {
				return 1;
			}
		}
		if (write(STDOUT_FILENO, &began, sizeof began) != sizeof began) {
			return 1;
		}
	}
}
