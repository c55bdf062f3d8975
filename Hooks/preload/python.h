// CPython's C interface as far as it is used here; every function is found at run time, in the interpreter itself.
#pragma once
#include "reenact.h"

typedef struct PyObject PyObject;

#define PYTHON_FUNCTIONS(X)                                                      \
    X(PyGILState_Ensure, int, (void))                                            \
    X(PyGILState_Release, void, (int))                                           \
    X(PyCFunction_NewEx, PyObject *, (void *, PyObject *, PyObject *))           \
    X(PyDict_SetItemString, int, (PyObject *, const char *, PyObject *))         \
    X(PyBytes_AsStringAndSize, int, (PyObject *, char **, ssize_t *))            \
    X(PyLong_AsUnsignedLongLong, unsigned long long, (PyObject *))               \
    X(PyLong_FromLong, PyObject *, (long))                                       \
    X(PyErr_Fetch, void, (PyObject **, PyObject **, PyObject **))                \
    X(PyErr_Restore, void, (PyObject *, PyObject *, PyObject *))                 \
    X(PyErr_NormalizeException, void, (PyObject **, PyObject **, PyObject **))   \
    X(PyErr_Occurred, PyObject *, (void))                                        \
    X(PyErr_Clear, void, (void))                                                 \
    X(PyObject_CallFunctionObjArgs, PyObject *, (PyObject *, ...))               \
    X(PyContextVar_Get, int, (PyObject *, PyObject *, PyObject **))              \
    X(PyThreadState_Get, void *, (void))                                         \
    X(PyTuple_GetItem, PyObject *, (PyObject *, ssize_t))                        \
    X(PyObject_GetAttrString, PyObject *, (PyObject *, const char *))            \
    X(Py_GetRecursionLimit, int, (void))                                         \
    X(Py_IncRef, void, (PyObject *))                                             \
    X(Py_DecRef, void, (PyObject *))

struct python {
#define X(name, result, parameters) result(*name) parameters;
    PYTHON_FUNCTIONS(X)
#undef X
};

extern struct python python;
extern __thread bool reenact_muted;

// python_evaluator.c
PyObject *python_unwind(PyObject *self, PyObject *const *arguments, ssize_t count);
PyObject *python_install(PyObject *self, PyObject *const *arguments, ssize_t count);
