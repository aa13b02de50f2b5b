#include "scenario.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct pair {
    const char *key;
    const char *value;
};

static struct pair *pairs;
static size_t pair_count;
static int is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void unescape(char *value) {
    char *to = value;
    for (const char *from = value; *from; from++) {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from == 't' ? '\t' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void load(void) {
    const char *path = getenv("SIM_SCENARIO");
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file) return;
    is_loaded = 1;
    char *line = NULL;
    size_t size = 0, room = 0;
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *equals = strchr(line, '=');
        if (!equals || line[0] == '#') continue;
        *equals = '\0';
        unescape(equals + 1);
        if (pair_count == room) {
            room = room ? 2 * room : 256;
            pairs = realloc(pairs, room * sizeof *pairs);
            if (!pairs) abort();
        }
        pairs[pair_count++] = (struct pair){strdup(line), strdup(equals + 1)};
    }
    free(line);
    fclose(file);
}

int scenario_exists(void) {
    pthread_once(&once, load);
    return is_loaded;
}

const char *scenario_text(const char *key) {
    pthread_once(&once, load);
    for (size_t i = 0; i < pair_count; i++)
        if (!strcmp(pairs[i].key, key)) return pairs[i].value;
    return NULL;
}

long long scenario_number(const char *key, long long otherwise) {
    const char *value = scenario_text(key);
    return value && *value ? strtoll(value, NULL, 0) : otherwise;
}

const char *gpu_text(int gpu, const char *field) {
    char key[160];
    snprintf(key, sizeof key, "gpu.%d.%s", gpu, field);
    return scenario_text(key);
}

long long gpu_number(int gpu, const char *field, long long otherwise) {
    const char *value = gpu_text(gpu, field);
    return value && *value ? strtoll(value, NULL, 0) : otherwise;
}

int gpu_count(void) { return (int)scenario_number("gpus", 0); }

/* nvmlDeviceGetMemoryInfo of nvmlDeviceGetMemoryInfo_v2, nvmlInit of nvmlInitWithFlags. */
static void family(const char *symbol, char *name, size_t room) {
    snprintf(name, room, "%s", symbol);
    size_t length = strlen(name);
    if (length > 3 && name[length - 3] == '_' && name[length - 2] == 'v') name[length - 3] = '\0';
    char *flags = strstr(name, "WithFlags");
    if (flags) *flags = '\0';
}

static int is_listed(const char *library, const char *what, const char *symbol) {
    char key[64], name[128], listed[1024];
    snprintf(key, sizeof key, "%s.%s", library, what);
    const char *value = scenario_text(key);
    if (!value) return 0;
    family(symbol, name, sizeof name);
    snprintf(listed, sizeof listed, "%s", value);
    char *state = NULL;
    for (char *each = strtok_r(listed, ", ", &state); each; each = strtok_r(NULL, ", ", &state))
        if (!strcmp(each, symbol) || !strcmp(each, name)) return 1;
    return 0;
}

static long long by_symbol(const char *prefix, const char *symbol) {
    char key[160], name[128];
    family(symbol, name, sizeof name);
    snprintf(key, sizeof key, "%s.%s", prefix, symbol);
    long long found = scenario_number(key, MISSING);
    snprintf(key, sizeof key, "%s.%s", prefix, name);
    return found != MISSING ? found : scenario_number(key, MISSING);
}

static void crash(void) {
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core); /* a core file for each test would fill the disk */
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

int scenario_gate(const char *library, const char *symbol) {
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s.delay_ms", library);
    long long delay = by_symbol(prefix, symbol);
    if (delay > 0) {
        struct timespec pause = {delay / 1000, delay % 1000 * 1000000};
        nanosleep(&pause, NULL);
    }
    while (is_listed(library, "hang", symbol)) pause();
    if (is_listed(library, "crash", symbol)) crash();
    snprintf(prefix, sizeof prefix, "%s.fail", library);
    long long code = by_symbol(prefix, symbol);
    return code == MISSING ? 0 : (int)code;
}

int gpu_gate(int gpu, const char *symbol) {
    char prefix[64];
    snprintf(prefix, sizeof prefix, "gpu.%d.fail", gpu);
    long long code = by_symbol(prefix, symbol);
    return (int)(code != MISSING ? code : scenario_number(prefix, 0));
}
