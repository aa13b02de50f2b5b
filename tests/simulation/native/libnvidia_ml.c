/* A libnvidia-ml.so.1 that answers from the scenario.
 *
 * Structures are written as nvml.h lays them out. What the scenario leaves out is "not supported"
 * (3), as it is for every other function, which the build adds as stubs (see nvml_stub).
 */
#include <stdio.h>
#include <string.h>

#include "nvml_calls.h"

static int references;
/* Handles point into these. */
static struct handle boards[256], instances[256][8];

int enter(const char *symbol) {
    int forced = scenario_gate("nvml", symbol);
    return forced ? forced : references ? 0 : UNINITIALIZED;
}

int enter_device(const char *symbol, const void *device) {
    int code = enter(symbol);
    if (code) return code;
    const struct handle *handle = device;
    int is_ours = (handle >= boards && handle < boards + 256) ||
                  (handle >= instances[0] && handle < instances[0] + 256 * 8);
    return is_ours ? gpu_gate(handle->gpu, symbol) : INVALID_ARGUMENT;
}

int gpu_of(const void *device) { return ((const struct handle *)device)->gpu; }

static int copy_text(const char *text, char *buffer, unsigned room) {
    if (!text) return NOT_SUPPORTED;
    if (strlen(text) >= room) return INSUFFICIENT_SIZE;
    memcpy(buffer, text, strlen(text) + 1);
    return 0;
}

/* ---- the library and the system ---- */

static int init(const char *symbol) {
    int forced = scenario_gate("nvml", symbol);
    if (forced) return forced;
    long long code = scenario_number("nvml.init", scenario_exists() ? 0 : DRIVER_NOT_LOADED);
    if (code) return (int)code;
    references++;
    return 0;
}

EXPORT int nvmlInit(void) { return init("nvmlInit"); }
EXPORT int nvmlInit_v2(void) { return init("nvmlInit_v2"); }
EXPORT int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    return init("nvmlInitWithFlags");
}

EXPORT int nvmlShutdown(void) {
    ENTER("nvmlShutdown");
    references--;
    return 0;
}

EXPORT const char *nvmlErrorString(int code) {
    static const char *const texts[] = {
        "Success", "Uninitialized", "Invalid Argument", "Not Supported",
        "Insufficient Permissions", "Already Initialized", "Not Found", "Insufficient Size",
        "Insufficient External Power", "Driver Not Loaded", "Timeout", "Interrupt Request Issue",
        "NVML Shared Library Not Found", "Function Not Found", "Corrupted infoROM", "GPU is lost",
        "GPU requires reset", "GPU access blocked by the operating system",
        "Driver/library version mismatch", "In use by another client", "Insufficient Memory",
        "No data", "ECC not supported on this vGPU", "Insufficient resources",
        "Frequency not supported", "Argument version mismatch", "Deprecated", "Not ready",
    };
    int count = sizeof texts / sizeof *texts;
    return code >= 0 && code < count ? texts[code] : "Unknown Error";
}

EXPORT int nvmlSystemGetDriverVersion(char *text, unsigned room) {
    ENTER("nvmlSystemGetDriverVersion");
    return copy_text(scenario_text("driver_version"), text, room);
}

EXPORT int nvmlSystemGetNVMLVersion(char *text, unsigned room) {
    ENTER("nvmlSystemGetNVMLVersion");
    return copy_text(scenario_text("nvml_version"), text, room);
}

static int cuda_version(const char *symbol, int *version) {
    ENTER(symbol);
    *version = (int)scenario_number("cuda.api", 0);
    return *version ? 0 : NOT_SUPPORTED;
}

EXPORT int nvmlSystemGetCudaDriverVersion(int *version) {
    return cuda_version("nvmlSystemGetCudaDriverVersion", version);
}
EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *version) {
    return cuda_version("nvmlSystemGetCudaDriverVersion_v2", version);
}

EXPORT int nvmlSystemGetProcessName(unsigned pid, char *text, unsigned room) {
    ENTER("nvmlSystemGetProcessName");
    char key[64];
    snprintf(key, sizeof key, "process.%u.name", pid);
    const char *name = scenario_text(key);
    return name ? copy_text(name, text, room) : NOT_FOUND;
}

/* ---- handles ---- */

static int board(int gpu, void **device) {
    if (gpu < 0 || gpu >= gpu_count() || gpu >= 256) return INVALID_ARGUMENT;
    long long code = gpu_number(gpu, "handle", 0);
    if (code) return (int)code;
    boards[gpu] = (struct handle){gpu, -1};
    *device = &boards[gpu];
    return 0;
}

EXPORT int nvmlDeviceGetCount(unsigned *count) {
    ENTER("nvmlDeviceGetCount");
    *count = (unsigned)gpu_count();
    return 0;
}
EXPORT int nvmlDeviceGetCount_v2(unsigned *count) {
    ENTER("nvmlDeviceGetCount_v2");
    *count = (unsigned)gpu_count();
    return 0;
}

EXPORT int nvmlDeviceGetHandleByIndex(unsigned index, void **device) {
    ENTER("nvmlDeviceGetHandleByIndex");
    return board((int)index, device);
}
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    ENTER("nvmlDeviceGetHandleByIndex_v2");
    return board((int)index, device);
}

static int board_by(const char *field, const char *wanted, void **device) {
    for (int gpu = 0; wanted && gpu < gpu_count(); gpu++) {
        const char *value = gpu_text(gpu, field);
        if (value && !strcmp(value, wanted)) return board(gpu, device);
    }
    return NOT_FOUND;
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) {
    ENTER("nvmlDeviceGetHandleByUUID");
    return board_by("uuid", uuid, device);
}

EXPORT int nvmlDeviceGetHandleBySerial(const char *serial, void **device) {
    ENTER("nvmlDeviceGetHandleBySerial");
    return board_by("serial", serial, device);
}

/* Callers write the domain with four or with eight digits. */
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **device) {
    ENTER("nvmlDeviceGetHandleByPciBusId_v2");
    unsigned wanted[3], ours[3];
    if (sscanf(address, "%x:%x:%x", &wanted[0], &wanted[1], &wanted[2]) != 3)
        return INVALID_ARGUMENT;
    for (int gpu = 0; gpu < gpu_count(); gpu++) {
        const char *known = gpu_text(gpu, "pci");
        if (known && sscanf(known, "%x:%x:%x", &ours[0], &ours[1], &ours[2]) == 3 &&
            !memcmp(wanted, ours, sizeof ours))
            return board(gpu, device);
    }
    return NOT_FOUND;
}

/* ---- MIG ---- */

EXPORT int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    ENTER_DEVICE("nvmlDeviceGetMigMode");
    long long mode = gpu_number(gpu_of(device), "mig.current", MISSING);
    if (mode == MISSING) return NOT_SUPPORTED;
    *current = (unsigned)mode;
    *pending = (unsigned)gpu_number(gpu_of(device), "mig.pending", mode);
    return 0;
}

EXPORT int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count) {
    ENTER_DEVICE("nvmlDeviceGetMaxMigDeviceCount");
    *count = gpu_number(gpu_of(device), "mig.current", MISSING) == MISSING ? 0 : 7;
    return 0;
}

EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **found) {
    ENTER_DEVICE("nvmlDeviceGetMigDeviceHandleByIndex");
    char field[32];
    snprintf(field, sizeof field, "mig.%u.uuid", index);
    if (index > 7 || !gpu_text(gpu_of(device), field)) return NOT_FOUND;
    struct handle *handle = &instances[gpu_of(device)][index];
    *handle = (struct handle){gpu_of(device), (int)index};
    *found = handle;
    return 0;
}

EXPORT int nvmlDeviceIsMigDeviceHandle(void *device, unsigned *is_instance) {
    ENTER_DEVICE("nvmlDeviceIsMigDeviceHandle");
    *is_instance = ((struct handle *)device)->instance >= 0;
    return 0;
}

static int instance_number(const char *symbol, void *device, const char *what, int otherwise,
                           unsigned *number) {
    ENTER_DEVICE(symbol);
    int instance = ((struct handle *)device)->instance;
    if (instance < 0) return NOT_SUPPORTED;
    char field[32];
    snprintf(field, sizeof field, "mig.%d.%s", instance, what);
    *number = (unsigned)gpu_number(gpu_of(device), field, otherwise);
    return 0;
}

EXPORT int nvmlDeviceGetGpuInstanceId(void *device, unsigned *number) {
    int instance = ((struct handle *)device)->instance;
    return instance_number("nvmlDeviceGetGpuInstanceId", device, "gi", instance + 1, number);
}

EXPORT int nvmlDeviceGetComputeInstanceId(void *device, unsigned *number) {
    return instance_number("nvmlDeviceGetComputeInstanceId", device, "ci", 0, number);
}

/* ---- what a board is ---- */

EXPORT int nvmlDeviceGetUUID(void *device, char *text, unsigned room) {
    ENTER_DEVICE("nvmlDeviceGetUUID");
    char field[32] = "uuid";
    int instance = ((struct handle *)device)->instance;
    if (instance >= 0) snprintf(field, sizeof field, "mig.%d.uuid", instance);
    return copy_text(gpu_text(gpu_of(device), field), text, room);
}

#define TEXT(symbol, field)                                                  \
    EXPORT int symbol(void *device, char *text, unsigned room) {             \
        ENTER_DEVICE(#symbol);                                               \
        return copy_text(gpu_text(gpu_of(device), field), text, room);       \
    }

TEXT(nvmlDeviceGetName, "name")
TEXT(nvmlDeviceGetSerial, "serial")
TEXT(nvmlDeviceGetVbiosVersion, "vbios")

EXPORT int nvmlDeviceGetIndex(void *device, unsigned *index) {
    ENTER_DEVICE("nvmlDeviceGetIndex");
    int instance = ((struct handle *)device)->instance;
    *index = (unsigned)(instance >= 0 ? instance : gpu_of(device));
    return 0;
}

struct pci_info {
    char legacy_address[16];
    unsigned domain, bus, device, device_id, subsystem_id;
    char address[32];
};
_Static_assert(sizeof(struct pci_info) == 68, "nvmlPciInfo_t");

EXPORT int nvmlDeviceGetPciInfo_v3(void *device, struct pci_info *info) {
    ENTER_DEVICE("nvmlDeviceGetPciInfo_v3");
    const char *address = gpu_text(gpu_of(device), "pci");
    unsigned domain, bus, slot;
    if (!address || sscanf(address, "%x:%x:%x", &domain, &bus, &slot) != 3) return NOT_SUPPORTED;
    memset(info, 0, sizeof *info);
    info->domain = domain, info->bus = bus, info->device = slot;
    info->device_id = (unsigned)gpu_number(gpu_of(device), "pci.device", 0) << 16 | 0x10DE;
    snprintf(info->legacy_address, sizeof info->legacy_address, "%04X:%02X:%02X.0", domain & 0xFFFF,
             bus & 0xFF, slot & 0xFF);
    snprintf(info->address, sizeof info->address, "%08X:%02X:%02X.0", domain, bus, slot);
    return 0;
}

EXPORT int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) {
    ENTER_DEVICE("nvmlDeviceGetCudaComputeCapability");
    *major = (int)gpu_number(gpu_of(device), "capability.major", 0);
    *minor = (int)gpu_number(gpu_of(device), "capability.minor", 0);
    return *major ? 0 : NOT_SUPPORTED;
}

/* ---- every other function that nvidia-ml-py knows ---- */

int nvml_stub(const char *symbol) {
    int code = enter(symbol);
    return code ? code : NOT_SUPPORTED;
}
