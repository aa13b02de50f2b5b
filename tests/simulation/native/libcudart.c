/* A CUDA runtime that finds its driver as NVIDIA's does: libcuda.so.1, by name, when first asked.
 *
 * RUNTIME_VERSION (12040 for 12.4) is set by the build. Verdicts: no driver or one too old is 35,
 * else what cuInit returned; the two families share these numbers.
 */
#include <dlfcn.h>
#include <stddef.h>

#include "scenario.h"

enum { INVALID_VALUE = 1, INSUFFICIENT_DRIVER = 35 };

static void *driver(void) {
    static void *handle;
    if (!handle) handle = dlopen("libcuda.so.1", RTLD_LAZY);
    return handle;
}

static void *entry(const char *symbol) { return driver() ? dlsym(driver(), symbol) : NULL; }

static int driver_version(int *version) {
    *version = 0;
    int (*ask)(int *) = (int (*)(int *))entry("cuDriverGetVersion");
    return ask ? ask(version) : 0;
}

/* From CUDA 11 on a driver of the same major is new enough (minor-version compatibility). */
static int is_too_old(int version) {
    return RUNTIME_VERSION < 11000 ? version < RUNTIME_VERSION
                                   : version / 1000 < RUNTIME_VERSION / 1000;
}

EXPORT int cudaDriverGetVersion(int *version) {
    if (!version) return INVALID_VALUE;
    driver_version(version); /* a missing driver is version 0 here, not an error */
    return 0;
}

EXPORT int cudaRuntimeGetVersion(int *version) {
    if (!version) return INVALID_VALUE;
    *version = RUNTIME_VERSION;
    return 0;
}

EXPORT int cudaGetDeviceCount(int *count) {
    int forced = scenario_gate("cudart", "cudaGetDeviceCount");
    if (forced) return forced;
    int version;
    int code = driver_version(&version);
    if (code) return code;
    if (!version || is_too_old(version)) return INSUFFICIENT_DRIVER;
    int (*initialize)(unsigned) = (int (*)(unsigned))entry("cuInit");
    code = initialize ? initialize(0) : INSUFFICIENT_DRIVER;
    if (code) return code;
    int (*ask)(int *) = (int (*)(int *))entry("cuDeviceGetCount");
    return ask ? ask(count) : INSUFFICIENT_DRIVER;
}

static const struct {
    int code;
    const char *name, *text;
} errors[] = {
    {0, "cudaSuccess", "no error"},
    {1, "cudaErrorInvalidValue", "invalid argument"},
    {2, "cudaErrorMemoryAllocation", "out of memory"},
    {3, "cudaErrorInitializationError", "initialization error"},
    {34, "cudaErrorStubLibrary", "CUDA driver is a stub library"},
    {35, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {46, "cudaErrorDevicesUnavailable", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {101, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {209, "cudaErrorNoKernelImageForDevice",
     "no kernel image is available for execution on the device"},
    {304, "cudaErrorOperatingSystem", "OS call failed or operation not supported on this OS"},
    {500, "cudaErrorSymbolNotFound", "named symbol not found"},
    {800, "cudaErrorNotPermitted", "operation not permitted"},
    {801, "cudaErrorNotSupported", "operation not supported"},
    {802, "cudaErrorSystemNotReady", "system not yet initialized"},
    {803, "cudaErrorSystemDriverMismatch",
     "system has unsupported display driver / cuda driver combination"},
    {804, "cudaErrorCompatNotSupportedOnDevice",
     "forward compatibility was attempted on non supported HW"},
    {999, "cudaErrorUnknown", "unknown error"},
};

EXPORT const char *cudaGetErrorName(int code) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) return errors[i].name;
    return "unrecognized error code";
}

EXPORT const char *cudaGetErrorString(int code) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) return errors[i].text;
    return "unrecognized error code";
}
