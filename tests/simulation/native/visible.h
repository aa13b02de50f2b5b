/* The devices that CUDA shows a process: all, or those that CUDA_VISIBLE_DEVICES names. */
#ifndef VISIBLE_H
#define VISIBLE_H

#define MOST_DEVICES 256

struct device {
    int gpu; /* its number in the scenario */
    const char *uuid;
};

struct visible {
    int count;
    struct device all[MOST_DEVICES];
};

void find_visible(struct visible *found);

#endif
