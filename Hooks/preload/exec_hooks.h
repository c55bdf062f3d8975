// What the hooks need in the environment of a program that is about to be executed.
#pragma once

#include "reenact.h"

#define EXEC_HOOKS_LISTS 3
#define EXEC_HOOKS_PIECE 1024
#define EXEC_HOOKS_ROOM 4096

// Puts back what was taken out of the first `count` entries, at most up to `limit`; `texts` holds what is written anew.
// Returns how many entries there are then.
size_t exec_hooks_restore(char **entries, size_t count, size_t limit, char (*texts)[EXEC_HOOKS_ROOM]);
