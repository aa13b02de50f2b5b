/* The other half of the simulated NVML: what a board's memory, health and links are said to be.
 *
 * What the scenario leaves out is "not supported" (3), as it is on boards that lack it.
 */
#include <stdio.h>
#include <string.h>

#include "nvml_calls.h"

/* ---- memory and who holds it ---- */

struct memory {
    u64 total, free, used;
};

struct memory_v2 {
    unsigned version;
    u64 total, reserved, free, used;
};

_Static_assert(VERSIONED(struct memory_v2, 2) == 0x02000028, "nvmlMemory_v2");

EXPORT int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    ENTER_DEVICE("nvmlDeviceGetMemoryInfo");
    long long total = gpu_number(gpu_of(device), "memory.total", MISSING);
    if (total == MISSING) return NOT_SUPPORTED;
    memory->total = (u64)total;
    memory->used = (u64)gpu_number(gpu_of(device), "memory.used", 0);
    memory->free = memory->total - memory->used;
    return 0;
}

EXPORT int nvmlDeviceGetMemoryInfo_v2(void *device, struct memory_v2 *memory) {
    ENTER_DEVICE("nvmlDeviceGetMemoryInfo_v2");
    if (memory->version != VERSIONED(struct memory_v2, 2)) return ARGUMENT_VERSION_MISMATCH;
    long long total = gpu_number(gpu_of(device), "memory.total", MISSING);
    if (total == MISSING) return NOT_SUPPORTED;
    memory->total = (u64)total;
    memory->reserved = (u64)gpu_number(gpu_of(device), "memory.reserved", 0);
    memory->used = (u64)gpu_number(gpu_of(device), "memory.used", 0);
    memory->free = memory->total - memory->reserved - memory->used;
    return 0;
}

EXPORT int nvmlDeviceGetBAR1MemoryInfo(void *device, struct memory *memory) {
    ENTER_DEVICE("nvmlDeviceGetBAR1MemoryInfo");
    long long total = gpu_number(gpu_of(device), "bar1.total", MISSING);
    if (total == MISSING) return NOT_SUPPORTED;
    memory->total = memory->free = (u64)total; /* here the order is total, free, used as well */
    memory->used = 0;
    return 0;
}

struct process_v1 {
    unsigned pid;
    u64 bytes;
};

struct process_v2 {
    unsigned pid;
    u64 bytes;
    unsigned gpu_instance, compute_instance;
};
_Static_assert(sizeof(struct process_v2) == 24, "nvmlProcessInfo_v2_t");

/* The field holds "PID:BYTES,PID:-"; a dash is what NVML says where it may not look (all ones). */
static int processes(const char *symbol, void *device, const char *field, unsigned *count,
                     void *array, size_t step) {
    ENTER_DEVICE(symbol);
    const char *listed = gpu_text(gpu_of(device), field);
    unsigned room = array ? *count : 0, found = 0;
    while (listed && *listed) {
        struct process_v2 each = {0, ~0ULL, ~0U, ~0U};
        int used = 0;
        if (sscanf(listed, "%u:%n", &each.pid, &used) != 1) break;
        sscanf(listed + used, "%llu", &each.bytes);
        if (found < room) memcpy((char *)array + found * step, &each, step);
        found++;
        const char *comma = strchr(listed, ',');
        listed = comma ? comma + 1 : NULL;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : 0;
}

#define PROCESSES(symbol, field, type)                                              \
    EXPORT int symbol(void *device, unsigned *count, struct type *array) {          \
        return processes(#symbol, device, field, count, array, sizeof(struct type)); \
    }

PROCESSES(nvmlDeviceGetComputeRunningProcesses, "processes", process_v1)
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v2, "processes", process_v2)
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v3, "processes", process_v2)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses, "graphics_processes", process_v1)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v2, "graphics_processes", process_v2)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v3, "graphics_processes", process_v2)
PROCESSES(nvmlDeviceGetMPSComputeRunningProcesses_v3, "mps_processes", process_v2)

/* ---- how a board does: one number each, absent from the scenario where not supported ---- */

#define NUMBER(symbol, field, type)                                          \
    EXPORT int symbol(void *device, type *number) {                          \
        ENTER_DEVICE(#symbol);                                               \
        long long value = gpu_number(gpu_of(device), field, MISSING);        \
        if (value == MISSING) return NOT_SUPPORTED;                          \
        *number = (type)value;                                               \
        return 0;                                                            \
    }

NUMBER(nvmlDeviceGetMinorNumber, "minor", unsigned)
NUMBER(nvmlDeviceGetComputeMode, "compute_mode", unsigned)
NUMBER(nvmlDeviceGetPersistenceMode, "persistence", unsigned)
NUMBER(nvmlDeviceGetArchitecture, "architecture", unsigned)
NUMBER(nvmlDeviceGetBrand, "brand", unsigned)
NUMBER(nvmlDeviceGetPerformanceState, "performance_state", unsigned)
NUMBER(nvmlDeviceGetPowerUsage, "power.usage", unsigned)
NUMBER(nvmlDeviceGetEnforcedPowerLimit, "power.limit", unsigned)
NUMBER(nvmlDeviceGetPowerManagementLimit, "power.limit", unsigned)
NUMBER(nvmlDeviceGetFanSpeed, "fan", unsigned)
NUMBER(nvmlDeviceGetDisplayMode, "display.mode", unsigned)
NUMBER(nvmlDeviceGetDisplayActive, "display.active", unsigned)
NUMBER(nvmlDeviceGetVirtualizationMode, "virtualization", unsigned)
NUMBER(nvmlDeviceGetCurrentClocksEventReasons, "throttle", u64)
NUMBER(nvmlDeviceGetCurrentClocksThrottleReasons, "throttle", u64)
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, "pcie.generation", unsigned)
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, "pcie.width", unsigned)
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, "pcie.max_generation", unsigned)
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, "pcie.max_width", unsigned)
NUMBER(nvmlDeviceGetGpuMaxPcieLinkGeneration, "pcie.max_generation", unsigned)
NUMBER(nvmlDeviceGetRetiredPagesPendingStatus, "retired_pages_pending", unsigned)

static int pair(const char *symbol, void *device, const char *field, unsigned *one,
                unsigned *other) {
    ENTER_DEVICE(symbol);
    const char *value = gpu_text(gpu_of(device), field);
    if (!value) return NOT_SUPPORTED;
    *one = *other = 0;
    if (sscanf(value, "%u,%u", one, other) == 1) *other = *one;
    return 0;
}

EXPORT int nvmlDeviceGetEccMode(void *device, unsigned *current, unsigned *pending) {
    return pair("nvmlDeviceGetEccMode", device, "ecc", current, pending);
}

EXPORT int nvmlDeviceGetGspFirmwareMode(void *device, unsigned *enabled, unsigned *is_default) {
    return pair("nvmlDeviceGetGspFirmwareMode", device, "gsp", enabled, is_default);
}

struct utilization {
    unsigned gpu, memory;
};

EXPORT int nvmlDeviceGetUtilizationRates(void *device, struct utilization *rates) {
    return pair("nvmlDeviceGetUtilizationRates", device, "utilization", &rates->gpu,
                &rates->memory);
}

static const char *const error_types[] = {"corrected", "uncorrected"};
static const char *const counters[] = {"volatile", "aggregate"};

EXPORT int nvmlDeviceGetTotalEccErrors(void *device, unsigned type, unsigned counter, u64 *count) {
    ENTER_DEVICE("nvmlDeviceGetTotalEccErrors");
    if (type > 1 || counter > 1) return INVALID_ARGUMENT;
    if (!gpu_text(gpu_of(device), "ecc")) return NOT_SUPPORTED;
    char field[64];
    snprintf(field, sizeof field, "ecc.%s.%s", error_types[type], counters[counter]);
    *count = (u64)gpu_number(gpu_of(device), field, 0);
    return 0;
}

EXPORT int nvmlDeviceGetRemappedRows(void *device, unsigned *corrected, unsigned *uncorrected,
                                     unsigned *pending, unsigned *failed) {
    ENTER_DEVICE("nvmlDeviceGetRemappedRows");
    const char *value = gpu_text(gpu_of(device), "remapped_rows");
    if (!value) return NOT_SUPPORTED;
    *corrected = *uncorrected = *pending = *failed = 0;
    sscanf(value, "%u,%u,%u,%u", corrected, uncorrected, pending, failed);
    return 0;
}

/* "2,1": so many for repeated single-bit errors, and for double-bit errors. */
EXPORT int nvmlDeviceGetRetiredPages(void *device, unsigned cause, unsigned *count,
                                     u64 *addresses) {
    ENTER_DEVICE("nvmlDeviceGetRetiredPages");
    const char *value = gpu_text(gpu_of(device), "retired_pages");
    if (!value) return NOT_SUPPORTED;
    if (cause > 1) return INVALID_ARGUMENT;
    unsigned counts[2] = {0, 0}, room = addresses ? *count : 0;
    sscanf(value, "%u,%u", &counts[0], &counts[1]);
    for (unsigned i = 0; i < room && i < counts[cause]; i++) addresses[i] = 0x1000ULL * (i + 1);
    *count = counts[cause];
    return *count > room ? INSUFFICIENT_SIZE : 0;
}

/* "12,11": so many links, and so many of them up. */
EXPORT int nvmlDeviceGetNvLinkState(void *device, unsigned link, unsigned *is_up) {
    ENTER_DEVICE("nvmlDeviceGetNvLinkState");
    const char *value = gpu_text(gpu_of(device), "nvlinks");
    unsigned links = 0, up = 0;
    if (!value) return NOT_SUPPORTED;
    sscanf(value, "%u,%u", &links, &up);
    if (link >= links) return INVALID_ARGUMENT;
    *is_up = link < up;
    return 0;
}

static int temperature(const char *symbol, void *device, int *degrees) {
    ENTER_DEVICE(symbol);
    long long value = gpu_number(gpu_of(device), "temperature", MISSING);
    if (value == MISSING) return NOT_SUPPORTED;
    *degrees = (int)value;
    return 0;
}

EXPORT int nvmlDeviceGetTemperature(void *device, unsigned sensor, int *degrees) {
    (void)sensor;
    return temperature("nvmlDeviceGetTemperature", device, degrees);
}

struct temperature_v1 {
    unsigned version, sensor;
    int degrees;
};

EXPORT int nvmlDeviceGetTemperatureV(void *device, struct temperature_v1 *reading) {
    if (reading->version != VERSIONED(struct temperature_v1, 1)) return ARGUMENT_VERSION_MISMATCH;
    return temperature("nvmlDeviceGetTemperatureV", device, &reading->degrees);
}

/* ---- the NVLink fabric ---- */

struct fabric {
    unsigned char cluster[16];
    unsigned status, clique;
    unsigned char state;
};

struct fabric_v2 {
    unsigned version;
    unsigned char cluster[16];
    unsigned status, clique;
    unsigned char state;
    unsigned health_mask;
};

struct fabric_v3 {
    struct fabric_v2 older;
    unsigned char health;
};
_Static_assert(VERSIONED(struct fabric_v2, 2) == 0x02000024, "nvmlGpuFabricInfo_v2");
_Static_assert(VERSIONED(struct fabric_v3, 3) == 0x03000028, "nvmlGpuFabricInfo_v3");

static int fabric(const char *symbol, void *device, unsigned *status, unsigned char *state) {
    ENTER_DEVICE(symbol);
    long long value = gpu_number(gpu_of(device), "fabric.state", MISSING);
    if (value == MISSING) return NOT_SUPPORTED;
    *state = (unsigned char)value;
    *status = (unsigned)gpu_number(gpu_of(device), "fabric.status", 0);
    return 0;
}

EXPORT int nvmlDeviceGetGpuFabricInfo(void *device, struct fabric *info) {
    memset(info, 0, sizeof *info);
    return fabric("nvmlDeviceGetGpuFabricInfo", device, &info->status, &info->state);
}

EXPORT int nvmlDeviceGetGpuFabricInfoV(void *device, struct fabric_v2 *info) {
    if (info->version != VERSIONED(struct fabric_v2, 2) &&
        info->version != VERSIONED(struct fabric_v3, 3))
        return ARGUMENT_VERSION_MISMATCH;
    return fabric("nvmlDeviceGetGpuFabricInfoV", device, &info->status, &info->state);
}
