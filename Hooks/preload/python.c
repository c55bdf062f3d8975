// What the Python part of the hooks needs from here: functions put into a dictionary of its own. No module is
// imported and no ctypes, which costs milliseconds and lets go of the interpreter's lock at every call.
#include "python.h"

#include <stdlib.h>

struct python python;
__thread bool reenact_muted;

static PyObject *number(long value) { return python.PyLong_FromLong(value); }

static PyObject *send_message(PyObject *self, PyObject *bytes) {
    (void)self;
    char *text;
    ssize_t length;
    if (python.PyBytes_AsStringAndSize(bytes, &text, &length) < 0) return NULL;
    reenact_send(text, (size_t)length);
    return number(reenact_active());
}

// context(ino, off)
static PyObject *set_context(PyObject *self, PyObject *const *arguments, ssize_t count) {
    (void)self;
    if (count != 2 || reenact_muted) return number(0);
    uint64_t ino = python.PyLong_AsUnsignedLongLong(arguments[0]);
    uint64_t off = python.PyLong_AsUnsignedLongLong(arguments[1]);
    if (python.PyErr_Occurred()) return NULL;
    reenact_set_context(ino, off);
    return number(1);
}

// mute(1): this thread sends for several requests without our seeing which; say nothing.
static PyObject *mute(PyObject *self, PyObject *flag) {
    (void)self;
    reenact_muted = python.PyLong_AsUnsignedLongLong(flag) != 0;
    reenact_set_context(0, 0);
    return number(reenact_muted);
}

static PyObject *current_context(PyObject *self, PyObject *unused) {
    (void)self;
    (void)unused;
    return number((long)reenact_current.ino);
}

enum { METH_NOARGS = 4, METH_O = 8, METH_FASTCALL = 128 };
static struct {
    const char *name;
    void *function;
    int flags;
    const char *text;
} methods[] = {
    {"send", send_message, METH_O, NULL},
    {"context", set_context, METH_FASTCALL, NULL},
    {"current", current_context, METH_NOARGS, NULL},
    {"mute", mute, METH_O, NULL},
    {"install", python_install, METH_FASTCALL, NULL},
    {"unwind", python_unwind, METH_FASTCALL, NULL},
};

// The message is "P" and the address of a dictionary, written by the thread that owns it.
long reenact_python_bind(const char *text, size_t length) {
    char digits[32] = {0};
    if (length < 2 || length > sizeof digits) return -1;
    memcpy(digits, text + 1, length - 1);
    PyObject *dictionary = (PyObject *)strtoull(digits, NULL, 10);
    if (!dictionary) return -1;
#define X(name, result, parameters)                                                    \
    if (!(python.name = (result(*) parameters)dlsym(RTLD_DEFAULT, #name))) return -1;
    PYTHON_FUNCTIONS(X)
#undef X
    int state = python.PyGILState_Ensure();
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        PyObject *function = python.PyCFunction_NewEx(&methods[i], NULL, NULL);
        if (function) {
            python.PyDict_SetItemString(dictionary, methods[i].name, function);
            python.Py_DecRef(function);
        }
        if (python.PyErr_Occurred()) python.PyErr_Clear();
    }
    python.PyGILState_Release(state);
    return 0;
}
