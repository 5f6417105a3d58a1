/* Stands for the module's Go side where the C side runs alone. */
#ifndef CSTA_HOST_STUB_H
#define CSTA_HOST_STUB_H

/* go_csta_load refuses; go_csta_shutdown says that something is left. */
extern int stub_refuse, stub_left;
/* How often they were called. */
extern int stub_loads, stub_shutdowns;

#endif
