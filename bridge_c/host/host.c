/*
 * Loads the built module as the switch does, fires events at it, runs its
 * applications and its command, unloads it and loads it again:
 *
 *   host MODULE.so [PORT]
 *
 * PORT (13000) is where the module shall listen. The exit status is 0 only if
 * all expectations hold.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bridge.h"
#include "core.h"
#include "expect.h"

#define LOADS 20
#define EVENTS 2000

static bool connects(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(s, (struct sockaddr *)&to, sizeof to) == 0;

	close(s);
	return yes;
}

static int entries(const char *directory)
{
	DIR *d = opendir(directory);
	int count = 0;

	while (readdir(d) != NULL) {
		count++;
	}
	closedir(d);
	return count;
}

/* A thread's blocked signals, as /proc tells them. */
static unsigned long long blocked_signals(const char *thread)
{
	char path[300], line[256];
	unsigned long long mask = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		sscanf(line, "SigBlk: %llx", &mask);
	}
	if (f != NULL) {
		fclose(f);
	}
	return mask;
}

static bool in(unsigned long long mask, int signal)
{
	return (mask >> (signal - 1) & 1) != 0;
}

/* Every thread but those that we had before the module came is Go's: it must
 * have normal scheduling and leave the switch's signals alone. */
static void check_threads(const char *const *ours, int our_count)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int found = 0;

	while ((e = readdir(d)) != NULL) {
		bool known = e->d_name[0] == '.';

		for (int i = 0; i < our_count; i++) {
			known = known || strcmp(ours[i], e->d_name) == 0;
		}
		if (known) {
			continue;
		}
		found++;
		EXPECT(sched_getscheduler(atoi(e->d_name)) == SCHED_OTHER);
		EXPECT(in(blocked_signals(e->d_name), SIGHUP));
		EXPECT(in(blocked_signals(e->d_name), SIGTERM));
		EXPECT(in(blocked_signals(e->d_name), SIGUSR1));
		EXPECT(!in(blocked_signals(e->d_name), SIGSEGV));
		EXPECT(!in(blocked_signals(e->d_name), SIGURG));
	}
	closedir(d);
	EXPECT(found > 0);
}

static void fire_call(int i)
{
	static const char *const events[] = { "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER",
		"CHANNEL_BRIDGE", "DTMF", "CHANNEL_UNBRIDGE", "CHANNEL_HANGUP", "CHANNEL_DESTROY" };
	char uuid[64];

	snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012d", i);
	for (size_t e = 0; e < sizeof events / sizeof events[0]; e++) {
		switch_event_t *event = host_event(events[e], NULL, uuid);

		host_header(event, "Call-Direction", i % 2 != 0 ? "inbound" : "outbound");
		host_header(event, "Caller-Username", "1000");
		host_header(event, "Caller-Caller-ID-Number", "1000");
		host_header(event, "Caller-Destination-Number", "1001");
		host_header(event, "variable_dialed_user", "1001");
		host_header(event, "Hangup-Cause", "NORMAL_CLEARING");
		host_header(event, "DTMF-Digit", "5");
		host_header(event, "DTMF-Source", "RTP");
		host_fire(event);
	}
}

static void *wait_in_leg(void *uuid)
{
	host_application("csta_wait", uuid, "60000");
	return NULL;
}

static void use(void)
{
	static const char *const commands[] = { "status", "sessions", "monitors", "devices", "calls",
		"version", "nonsense", "" };
	pthread_t waiting;

	host_leg("leg-1", SWITCH_CALL_DIRECTION_INBOUND);
	for (int i = 0; i < EVENTS; i++) {
		fire_call(i);
	}
	EXPECT(host_application("csta_trigger_queue", "leg-1", "9500"));
	EXPECT(host_application("csta_trigger_queue", "leg-1", NULL));
	EXPECT(host_application("csta_trigger_trunk_inbound", "leg-1", "20"));
	EXPECT(host_application("csta_trigger_trunk_outbound", "leg-1", "20"));
	host_drain();
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		char *answer = host_command("csta", commands[i]);

		EXPECT(answer != NULL && answer[0] != '\0');
		free(answer);
	}
	pthread_create(&waiting, NULL, wait_in_leg, (void *)(uintptr_t)"leg-1");
	usleep(20000);
	host_leg_hangup("leg-1");
	pthread_join(waiting, NULL);
	host_leg_destroy("leg-1");
	host_drain();
}

int main(int argc, char **argv)
{
	const int port = argc > 2 ? atoi(argv[2]) : 13000;
	const struct sched_param real_time = { .sched_priority = 1 };
	switch_loadable_module_function_table_t *module = NULL;
	const char *ours[16];
	int our_count = 0, descriptors = 0;
	bool prioritised;
	sigset_t before, after;
	struct dirent *e;
	DIR *d;
	void *file;

	if (argc < 2) {
		fprintf(stderr, "usage: host MODULE.so [PORT]\n");
		return 2;
	}
	host_verbose(getenv("HOST_LOG") != NULL);
	host_open(1);
	host_listen_port(port);
	prioritised = pthread_setschedparam(pthread_self(), SCHED_FIFO, &real_time) == 0;
	d = opendir("/proc/self/task");
	while ((e = readdir(d)) != NULL && our_count < 16) {
		ours[our_count++] = strdup(e->d_name);
	}
	closedir(d);
	pthread_sigmask(SIG_SETMASK, NULL, &before);

	file = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (file != NULL) {
		module = dlsym(file, "mod_csta_socket_module_interface");
	}
	if (module == NULL) {
		fprintf(stderr, "host: %s\n", dlerror());
		return 2;
	}
	for (int i = 0; i < LOADS; i++) {
		if (!host_load(module)) {
			fprintf(stderr, "host: load %d refused\n", i + 1);
			return 1;
		}
		EXPECT(connects(port));
		if (i % 5 == 0) {
			use();
		}
		host_unload();
		EXPECT(!connects(port));
		EXPECT(host_bindings() == 0 && host_completions() == 0 && host_subclasses() == 0);
		/* The first load opens what Go keeps for ever. */
		if (i == 1) {
			descriptors = entries("/proc/self/fd");
		}
	}
	EXPECT(entries("/proc/self/fd") == descriptors);
	if (prioritised) {
		EXPECT(sched_getscheduler(0) == SCHED_FIFO);
	}
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	EXPECT(sigismember(&after, SIGHUP) == sigismember(&before, SIGHUP));
	EXPECT(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
	check_threads(ours, our_count);

	/* A taken port: the module refuses, the switch goes on. */
	{
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		EXPECT(bind(s, (struct sockaddr *)&at, sizeof at) == 0 && listen(s, 1) == 0);
		host_logged(SWITCH_LOG_ERROR);
		EXPECT(!host_load(module));
		EXPECT(host_logged(SWITCH_LOG_ERROR) > 0);
		EXPECT(host_bindings() == 0 && host_completions() == 0 && host_subclasses() == 0);
		close(s);
	}
	EXPECT(host_load(module));
	host_unload();
	dlclose(file);
	host_close();
	for (int i = 0; i < our_count; i++) {
		free((void *)(uintptr_t)ours[i]);
	}
	if (failed > 0) {
		fprintf(stderr, "%d expectations failed\n", failed);
		return 1;
	}
	printf("all expectations hold (real-time switch: %s)\n", prioritised ? "yes" : "not permitted");
	return 0;
}
