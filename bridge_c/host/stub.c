#include "stub.h"

#include <stdlib.h>
#include <string.h>

#include "../bridge.h"

int stub_refuse, stub_left;
int stub_loads, stub_shutdowns;

int go_csta_load(void)
{
	stub_loads++;
	return stub_refuse;
}

int go_csta_shutdown(void)
{
	stub_shutdowns++;
	return stub_left;
}

csta_text go_csta_command(csta_str arguments)
{
	csta_text answer = { .p = malloc(arguments.n + 5), .n = arguments.n + 4 };

	memcpy(answer.p, "+OK ", 4);
	memcpy(answer.p + 4, arguments.p, arguments.n);
	answer.p[answer.n] = '\0';
	return answer;
}
