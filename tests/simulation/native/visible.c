/* CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER as the CUDA programming guide tells of them:
 * a list of ordinals, or of UUIDs or beginnings of UUIDs; the first entry that is not valid ends
 * the list; an entry given twice, or a beginning that fits two devices, leaves no device at all.
 */
#include "visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static void add(struct visible *list, int gpu, const char *uuid) {
    if (list->count == MOST_DEVICES) return;
    list->all[list->count++] = (struct device){gpu, uuid ? uuid : ""};
}

static const char *mig_instance(int gpu, int number) {
    char field[32];
    snprintf(field, sizeof field, "mig.%d.uuid", number);
    return gpu_text(gpu, field);
}

/* A GPU in MIG mode shows its instances instead of itself; one that NVML lost is lost here too. */
static void add_gpu(struct visible *list, int gpu) {
    if (!gpu_number(gpu, "cuda", gpu_number(gpu, "handle", 0) == 0)) return;
    if (gpu_number(gpu, "mig.current", 0) != 1) {
        add(list, gpu, gpu_text(gpu, "uuid"));
        return;
    }
    for (int i = 0; mig_instance(gpu, i); i++) add(list, gpu, mig_instance(gpu, i));
}

/* Fastest first is cuda.order's business; by bus address is the scenario's own order. */
static void add_in_order(struct visible *list) {
    const char *wish = getenv("CUDA_DEVICE_ORDER");
    const char *order = scenario_text("cuda.order");
    if (!order || (wish && !strcmp(wish, "PCI_BUS_ID"))) {
        for (int gpu = 0; gpu < gpu_count(); gpu++) add_gpu(list, gpu);
        return;
    }
    char copy[1024], *state = NULL;
    snprintf(copy, sizeof copy, "%s", order);
    for (char *each = strtok_r(copy, ",", &state); each; each = strtok_r(NULL, ",", &state))
        add_gpu(list, atoi(each));
}

static int is_mig(const struct device *device) { return !strncmp(device->uuid, "MIG-", 4); }

enum { NONE = -1, AMBIGUOUS = -2 };

static int by_uuid(const struct visible *all, const char *beginning) {
    int found = NONE;
    for (int i = 0; i < all->count; i++) {
        if (strncmp(all->all[i].uuid, beginning, strlen(beginning))) continue;
        if (found != NONE) return AMBIGUOUS;
        found = i;
    }
    return found;
}

static int by_ordinal(const struct visible *all, const char *text) {
    char *end;
    long ordinal = strtol(text, &end, 10);
    return end == text || ordinal < 0 || ordinal >= all->count ? NONE : (int)ordinal;
}

static void select_listed(const struct visible *all, const char *variable, struct visible *found) {
    char copy[4096], taken[MOST_DEVICES] = {0}, *rest = copy;
    snprintf(copy, sizeof copy, "%s", variable);
    int wants_uuid = !strncmp(variable, "GPU-", 4) || !strncmp(variable, "MIG-", 4);
    for (char *each = strsep(&rest, ","); each; each = strsep(&rest, ",")) {
        int is_uuid = !strncmp(each, "GPU-", 4) || !strncmp(each, "MIG-", 4);
        int index = is_uuid != wants_uuid ? NONE
                    : is_uuid             ? by_uuid(all, each)
                                          : by_ordinal(all, each);
        if (index == NONE) return;
        if (index == AMBIGUOUS || taken[index]) {
            found->count = 0;
            return;
        }
        taken[index] = 1;
        add(found, all->all[index].gpu, all->all[index].uuid);
    }
}

void find_visible(struct visible *found) {
    static struct visible all;
    all.count = found->count = 0;
    add_in_order(&all);
    const char *variable = getenv("CUDA_VISIBLE_DEVICES");
    if (variable)
        select_listed(&all, variable, found);
    else
        *found = all;
    /* A process gets one MIG instance, and then nothing beside it. */
    for (int i = 0; i < found->count; i++) {
        if (!is_mig(&found->all[i])) continue;
        found->all[0] = found->all[i];
        found->count = 1;
    }
}
