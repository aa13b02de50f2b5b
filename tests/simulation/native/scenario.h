/* What the simulated driver libraries read from the file that SIM_SCENARIO names.
 *
 * A line is key=value; in a value \n, \r, \t and \\ stand for themselves. Without the variable or
 * the file the machine has no driver: nvmlInit says so (9), and cuInit finds no device (100).
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#define EXPORT __attribute__((visibility("default")))
#define MISSING (-1LL)

int scenario_exists(void);
const char *scenario_text(const char *key); /* NULL: no such key */
long long scenario_number(const char *key, long long otherwise);
const char *gpu_text(int gpu, const char *field); /* the key gpu.GPU.FIELD */
long long gpu_number(int gpu, const char *field, long long otherwise);
int gpu_count(void);

/* Do what LIBRARY.hang, .crash and .delay_ms.SYMBOL ask for, then return the code of
 * LIBRARY.fail.SYMBOL, or 0. Symbols match with and without their _vN ending. */
int scenario_gate(const char *library, const char *symbol);
int gpu_gate(int gpu, const char *symbol); /* the code of gpu.N.fail.SYMBOL or gpu.N.fail, or 0 */

#endif
