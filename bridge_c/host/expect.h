/* Expectations of the host's programs: a failed one is told and counted. */
#ifndef CSTA_HOST_EXPECT_H
#define CSTA_HOST_EXPECT_H

#include <stdio.h>

static int failed;

#define EXPECT(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__, #claim); \
			failed++; \
		} \
	} while (0)

#endif
