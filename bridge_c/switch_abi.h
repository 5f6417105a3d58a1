/*
 * The part of the switch's binary interface that the module uses, declared in
 * our own words, so that the module builds without the switch's headers and one
 * binary serves 1.10 and 1.11. check/ proves every declaration against the real
 * headers.
 */
#ifndef CSTA_SWITCH_ABI_H
#define CSTA_SWITCH_ABI_H

#include "abi_types.h"
#include "abi_functions.h"

/* Where the switch's own code uses a macro that adds these three. */
#define CSTA_HERE __FILE__, __func__, __LINE__

#endif
