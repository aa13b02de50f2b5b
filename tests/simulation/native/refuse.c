/* Preloaded (LD_PRELOAD) into what asks the driver: the kernel refuses the control node, as a device
 * cgroup does with EPERM and SELinux with EACCES. SIM_REFUSES holds the errno.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static int is_refused(const char *path) {
    const char *wanted = getenv("SIM_REFUSES"), *end = strrchr(path, '/');
    if (!wanted || !end || strcmp(end, "/nvidiactl")) return 0;
    errno = atoi(wanted);
    return 1;
}

typedef int opener(const char *, int, ...);

#define OPENER(symbol)                                              \
    EXPORT int symbol(const char *path, int flags, ...) {           \
        if (is_refused(path)) return -1;                            \
        va_list rest;                                               \
        va_start(rest, flags);                                      \
        int mode = flags & O_CREAT ? va_arg(rest, int) : 0;         \
        va_end(rest);                                               \
        return ((opener *)dlsym(RTLD_NEXT, #symbol))(path, flags, mode); \
    }

OPENER(open)
OPENER(open64)
