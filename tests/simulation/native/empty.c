/* Stands for a CUDA library that only has to be there and to load. */
#include "scenario.h"

EXPORT int simulated_library(void) { return 1; }
