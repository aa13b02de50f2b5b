/* What both halves of the simulated NVML share: return codes, handles, and the way into a call. */
#ifndef NVML_CALLS_H
#define NVML_CALLS_H

#include "scenario.h"

enum {
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9,
    ARGUMENT_VERSION_MISMATCH = 25
};

typedef unsigned long long u64;

struct handle {
    int gpu;
    int instance; /* of MIG; -1: the board itself */
};

int enter(const char *symbol);                            /* 0, or the code to return */
int enter_device(const char *symbol, const void *device); /* the same, with a handle looked at */
int gpu_of(const void *device);

#define ENTER(symbol)             \
    do {                          \
        int code = enter(symbol); \
        if (code) return code;    \
    } while (0)

#define ENTER_DEVICE(symbol)                     \
    do {                                         \
        int code = enter_device(symbol, device); \
        if (code) return code;                   \
    } while (0)

/* The first member of a versioned structure: its size, and the version in the top byte. */
#define VERSIONED(type, number) ((unsigned)sizeof(type) | (unsigned)(number) << 24)

#endif
