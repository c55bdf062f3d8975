/* Linux shim */
#include "clinux_sandbox.h"
