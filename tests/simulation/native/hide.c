/* An auditor for the dynamic loader (LD_AUDIT, rtld-audit(7)): a machine in a folder that has no
 * driver must not find the one of the machine that the tests run on.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

EXPORT unsigned la_version(unsigned version) {
    (void)version;
    return 1; /* the first interface has all that is needed here */
}

/* NULL: not this file, look on. */
EXPORT char *la_objsearch(const char *name, uintptr_t *cookie, unsigned flag) {
    (void)cookie, (void)flag;
    const char *file = strrchr(name, '/');
    file = file ? file + 1 : name;
    const char *root = getenv("SIM_ROOT");
    int is_driver = !strncmp(file, "libcuda.so", 10) || !strncmp(file, "libnvidia-ml.so", 15);
    int is_outside = strchr(name, '/') && root && strncmp(name, root, strlen(root));
    return is_driver && is_outside ? NULL : (char *)name;
}
