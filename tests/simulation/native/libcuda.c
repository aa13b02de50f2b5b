/* A libcuda.so.1 that answers from the scenario.
 *
 * Which copy it is decides which keys it reads: one in a folder "compat…" or "cuda-compat…" reads
 * compat.api and compat.init first, one in "stubs" answers 34 to everything, as the toolkit's does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "visible.h"

enum {
    INVALID_VALUE = 1,
    NOT_INITIALIZED = 3,
    STUB_LIBRARY = 34,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    NOT_FOUND = 500,
    NOT_SUPPORTED = 801
};

static int is_initialized;
static struct visible devices;

static int lies_in(const char *folder) {
    Dl_info self;
    return dladdr((void *)&lies_in, &self) && self.dli_fname && strstr(self.dli_fname, folder);
}

static long long setting(const char *name, long long otherwise) {
    char key[64];
    if (lies_in("/compat") || lies_in("/cuda-compat")) {
        snprintf(key, sizeof key, "compat.%s", name);
        long long found = scenario_number(key, MISSING);
        if (found != MISSING) return found;
    }
    snprintf(key, sizeof key, "cuda.%s", name);
    return scenario_number(key, otherwise);
}

static int enter(const char *symbol) {
    if (lies_in("/stubs/")) return STUB_LIBRARY;
    return scenario_gate("cuda", symbol);
}

#define ENTER(symbol)                      \
    do {                                   \
        int forced = enter(symbol);        \
        if (forced) return forced;         \
        if (!is_initialized) return NOT_INITIALIZED; \
    } while (0)

#define DEVICE(ordinal) \
    if ((ordinal) < 0 || (ordinal) >= devices.count) return INVALID_DEVICE

static int gpu_of(int ordinal) { return devices.all[ordinal].gpu; }

EXPORT int cuInit(unsigned flags) {
    int forced = enter("cuInit");
    if (forced) return forced;
    if (flags) return INVALID_VALUE;
    long long code = setting("init", scenario_exists() ? 0 : NO_DEVICE);
    if (code) return (int)code;
    find_visible(&devices);
    if (!devices.count) return NO_DEVICE;
    is_initialized = 1;
    return 0;
}

EXPORT int cuDriverGetVersion(int *version) {
    int forced = enter("cuDriverGetVersion");
    if (forced) return forced;
    if (!version) return INVALID_VALUE;
    *version = (int)setting("api", 12040);
    return 0;
}

EXPORT int cuDeviceGetCount(int *count) {
    ENTER("cuDeviceGetCount");
    *count = devices.count;
    return 0;
}

EXPORT int cuDeviceGet(int *device, int ordinal) {
    ENTER("cuDeviceGet");
    DEVICE(ordinal);
    *device = ordinal;
    return 0;
}

EXPORT int cuDeviceGetName(char *name, int room, int device) {
    ENTER("cuDeviceGetName");
    DEVICE(device);
    const char *known = gpu_text(gpu_of(device), "name");
    snprintf(name, (size_t)room, "%s", known ? known : "");
    return 0;
}

static int uuid_bytes(int device, unsigned char *bytes) {
    const char *text = devices.all[device].uuid;
    const char *dash = strchr(text, '-');
    memset(bytes, 0, 16);
    int digits = 0;
    for (text = dash ? dash + 1 : text; *text && digits < 32; text++) {
        char digit[2] = {*text, '\0'}, *end;
        unsigned value = (unsigned)strtoul(digit, &end, 16);
        if (end == digit) continue;
        bytes[digits / 2] |= (unsigned char)(digits % 2 ? value : value << 4);
        digits++;
    }
    return 0;
}

EXPORT int cuDeviceGetUuid(unsigned char *uuid, int device) {
    ENTER("cuDeviceGetUuid");
    DEVICE(device);
    return uuid_bytes(device, uuid);
}

EXPORT int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    ENTER("cuDeviceGetUuid_v2");
    DEVICE(device);
    return uuid_bytes(device, uuid);
}

EXPORT int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    ENTER("cuDeviceTotalMem_v2");
    DEVICE(device);
    *bytes = (size_t)gpu_number(gpu_of(device), "memory.total", 0);
    return 0;
}

EXPORT int cuDeviceGetPCIBusId(char *text, int room, int device) {
    ENTER("cuDeviceGetPCIBusId");
    DEVICE(device);
    const char *address = gpu_text(gpu_of(device), "pci");
    snprintf(text, (size_t)room, "%s", address ? address : "");
    return 0;
}

EXPORT int cuDeviceComputeCapability(int *major, int *minor, int device) {
    ENTER("cuDeviceComputeCapability");
    DEVICE(device);
    *major = (int)gpu_number(gpu_of(device), "capability.major", 0);
    *minor = (int)gpu_number(gpu_of(device), "capability.minor", 0);
    return 0;
}

/* Of CUdevice_attribute those that a caller could mind; the rest are 0. */
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
    ENTER("cuDeviceGetAttribute");
    DEVICE(device);
    int gpu = gpu_of(device);
    unsigned domain = 0, bus = 0, slot = 0;
    const char *address = gpu_text(gpu, "pci");
    if (address) sscanf(address, "%x:%x:%x", &domain, &bus, &slot);
    switch (attribute) {
        case 1: *value = 1024; break; /* threads a block */
        case 10: *value = 32; break;  /* warp size */
        case 16: *value = (int)gpu_number(gpu, "multiprocessors", 64); break;
        case 20: *value = (int)gpu_number(gpu, "compute_mode", 0); break;
        case 33: *value = (int)bus; break;
        case 34: *value = (int)slot; break;
        case 50: *value = (int)domain; break;
        case 75: *value = (int)gpu_number(gpu, "capability.major", 0); break;
        case 76: *value = (int)gpu_number(gpu, "capability.minor", 0); break;
        default: *value = 0;
    }
    return 0;
}

static const struct {
    int code;
    const char *name, *text;
} errors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {34, "CUDA_ERROR_STUB_LIBRARY",
     "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {800, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
     "forward compatibility was attempted on non supported HW"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

static int describe(int code, const char **text, int wants_name) {
    if (!text) return INVALID_VALUE;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].code != code) continue;
        *text = wants_name ? errors[i].name : errors[i].text;
        return 0;
    }
    *text = NULL;
    return INVALID_VALUE;
}

EXPORT int cuGetErrorName(int code, const char **name) { return describe(code, name, 1); }

EXPORT int cuGetErrorString(int code, const char **text) { return describe(code, text, 0); }

static int not_supported(void) { return NOT_SUPPORTED; }

/* The real runtime asks for the whole driver interface this way and refuses to go on without it. */
static void *address_of(const char *symbol) {
    char newer[160];
    Dl_info self;
    if (!dladdr((void *)&address_of, &self)) return NULL;
    void *handle = dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle) return NULL;
    snprintf(newer, sizeof newer, "%s_v2", symbol);
    void *found = dlsym(handle, newer);
    if (!found) found = dlsym(handle, symbol);
    dlclose(handle);
    return found ? found : (void *)&not_supported;
}

EXPORT int cuGetProcAddress(const char *symbol, void **address, int version, uint64_t flags) {
    (void)version, (void)flags;
    *address = address_of(symbol);
    return *address ? 0 : NOT_FOUND;
}

EXPORT int cuGetProcAddress_v2(const char *symbol, void **address, int version, uint64_t flags,
                               int *status) {
    (void)version, (void)flags;
    *address = address_of(symbol);
    if (status) *status = 0;
    return *address ? 0 : NOT_FOUND;
}

EXPORT int cuGetExportTable(const void **table, const void *id) {
    (void)id;
    *table = NULL;
    return NOT_FOUND;
}
