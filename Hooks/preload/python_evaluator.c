// CPython: sees exceptions as they leave functions, and up to 3.11 context switches as they happen.
//
// 3.9 to 3.11 have PEP 523. Per call of a Python function it costs two comparisons here; work is done only when an
// exception leaves a function for the first time, or when the thread runs in another contextvars context than a moment
// ago. From 3.12 on sys.monitoring calls `python_unwind`, which is in C because it must run where no Python could:
// at the recursion limit a callback in Python would put its own error in place of the program's.
#include "python.h"

typedef PyObject *(*evaluator)(void *thread, void *frame, int throwing);

struct traceback {
    ssize_t references;
    void *type;
    struct traceback *next;
    PyObject *frame;
};

static evaluator previous;
static PyObject *callback, *variable, *ignored[8];
static size_t context_at;  // where a thread's state holds its current context

static __thread bool busy;
static __thread PyObject *last;       // the exception that was seen last: compared, never dereferenced
static __thread long exits;           // how many functions it has left
static __thread int wait;             // how many more it must leave before there is room to look at it
static __thread void *last_context;


static void call_back(PyObject **type, PyObject **value, PyObject **trace, long before) {
    python.PyErr_NormalizeException(type, value, trace);
    last = *value;
    PyObject *count = python.PyLong_FromLong(before);
    busy = true;
    PyObject *result = python.PyObject_CallFunctionObjArgs(callback, *value, *trace, count, NULL);
    busy = false;
    if (count) python.Py_DecRef(count);
    if (result) {
        // A number: ask again when that many more functions were left.
        if (before >= 0) wait = (int)python.PyLong_AsUnsignedLongLong(result);
        python.Py_DecRef(result);
        return;
    }
    // Only a signal handler's exception gets out of the callback; it would have struck the program here just as well.
    python.Py_DecRef(*type);
    if (*value) python.Py_DecRef(*value);
    if (*trace) python.Py_DecRef(*trace);
    python.PyErr_Fetch(type, value, trace);
}

static int stack_depth(int limit) {
    static PyObject *(*get_frame)(void);
    static PyObject *(*get_back)(PyObject *);
    if (!get_frame) get_frame = (PyObject * (*)(void)) dlsym(RTLD_DEFAULT, "PyEval_GetFrame");
    if (!get_back) get_back = (PyObject * (*)(PyObject *)) dlsym(RTLD_DEFAULT, "PyFrame_GetBack");
    if (!get_frame || !get_back) return 0;
    int depth = 0;
    PyObject *frame = get_frame();
    if (frame) python.Py_IncRef(frame);
    while (frame && depth < limit) {
        PyObject *back = get_back(frame);
        python.Py_DecRef(frame);
        frame = back;
        depth++;
    }
    if (frame) python.Py_DecRef(frame);
    return depth;
}

static bool is_first_exit(struct traceback *trace) {
    for (struct traceback *each = trace->next; each; each = each->next)
        if (each->frame != trace->frame) return false;
    return true;
}

// Exceptions that were looked at lately. An address that stands here may be another object's by now: that one is missed.
static PyObject *seen[16];
static unsigned seen_count;

static bool was_seen(PyObject *value) {
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (seen[i] == value) return true;
    return false;
}

static bool is_ignored(PyObject *type) {
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored && ignored[i]; i++)
        if (type == ignored[i]) return true;
    return false;
}

static void examine(PyObject **type, PyObject **value, PyObject **trace) {
    // One that is raised with another's traceback (`with_traceback`) leaves its first function with a long one.
    if (is_first_exit((struct traceback *)*trace) || (*value && *value != last && !was_seen(*value))) {
        long before = exits;
        exits = 1;
        // Near the recursion limit the callback could not run: then look when enough functions were left.
        int limit = python.Py_GetRecursionLimit(), depth = stack_depth(limit);
        wait = 0;
        if (depth > limit - 150) {
            wait = depth - (limit - 150);
            python.PyErr_NormalizeException(type, value, trace);
            last = *value;
        } else {
            call_back(type, value, trace, before);
        }
        seen[seen_count++ % (sizeof seen / sizeof *seen)] = *value;
    } else if (*value && *value == last) {
        exits++;
        if (wait > 0 && --wait == 0) call_back(type, value, trace, -1);
    }
}

static void left(void) {
    PyObject *type, *value, *trace;
    python.PyErr_Fetch(&type, &value, &trace);
    if (type && trace && !is_ignored(type)) examine(&type, &value, &trace);
    python.PyErr_Restore(type, value, trace);
}

// sys.monitoring's PY_UNWIND: (code, offset, exception)
PyObject *python_unwind(PyObject *self, PyObject *const *arguments, ssize_t count) {
    (void)self;
    static PyObject *(*get_trace)(PyObject *), *(*get_type)(PyObject *);
    if (!get_trace) get_trace = (PyObject * (*)(PyObject *)) dlsym(RTLD_DEFAULT, "PyException_GetTraceback");
    if (!get_type) get_type = (PyObject * (*)(PyObject *)) dlsym(RTLD_DEFAULT, "PyObject_Type");
    if (count == 3 && !busy && callback && get_trace && get_type) {
        PyObject *value = arguments[2], *type = get_type(value), *trace = get_trace(value);
        python.Py_IncRef(value);
        bool failed = false;
        if (type && trace && !is_ignored(type)) {
            PyObject *given = value;
            examine(&type, &value, &trace);
            failed = value != given;
        }
        if (failed) {
            python.PyErr_Restore(type, value, trace);
            return NULL;
        }
        python.Py_DecRef(value);
        if (type) python.Py_DecRef(type);
        if (trace) python.Py_DecRef(trace);
    }
    return python.PyLong_FromLong(0);
}

// The Python part's variable holds None or (connection, offset, inherited).
static void follow_context(void *context) {
    last_context = context;
    if (reenact_muted) return;
    PyObject *value = NULL, *type, *error, *trace;
    uint64_t ino = 0, off = 0;
    python.PyErr_Fetch(&type, &error, &trace);
    if (python.PyContextVar_Get(variable, NULL, &value) == 0 && value) {
        PyObject *connection = python.PyTuple_GetItem(value, 0);
        PyObject *number = connection ? python.PyObject_GetAttrString(connection, "ino") : NULL;
        PyObject *offset = connection ? python.PyTuple_GetItem(value, 1) : NULL, *received = NULL;
        if (number && offset) {
            ino = python.PyLong_AsUnsignedLongLong(number);
            off = python.PyLong_AsUnsignedLongLong(offset);
            // 0: taken up with the connection; what has been received by now tells the request.
            if (off == 0 && (received = python.PyObject_GetAttrString(connection, "received")))
                off = python.PyLong_AsUnsignedLongLong(received);
        }
        if (number) python.Py_DecRef(number);
        if (received) python.Py_DecRef(received);
        if (python.PyErr_Occurred()) ino = off = 0;
    }
    if (value) python.Py_DecRef(value);
    python.PyErr_Restore(type, error, trace);
    reenact_set_context(ino, off);
}

static inline void check_context(void *thread) {
    if (!context_at) return;
    void *context = *(void **)((char *)thread + context_at);
    if (unlikely(context != last_context)) follow_context(context);
}

static PyObject *evaluate(void *thread, void *frame, int throwing) {
    check_context(thread);
    PyObject *result = previous(thread, frame, throwing);
    check_context(thread);
    if (unlikely(!result) && !busy && callback) left();
    return result;
}

// Runs inside `Context.run`, so that the context's address can be found in the thread's state.
static size_t find_context(PyObject *context) {
    char *thread = python.PyThreadState_Get();
    for (size_t at = 8; at < 400; at += sizeof(void *))
        if (*(PyObject **)(thread + at) == context) return at;
    return 0;
}

// install(callback, variable, context, ignored types...), or install() to take the evaluator out again.
PyObject *python_install(PyObject *self, PyObject *const *arguments, ssize_t count) {
    (void)self;
    void *(*interpreter)(void) = (void *(*)(void))dlsym(RTLD_DEFAULT, "PyInterpreterState_Get");
    evaluator (*get)(void *) = (evaluator(*)(void *))dlsym(RTLD_DEFAULT, "_PyInterpreterState_GetEvalFrameFunc");
    void (*set)(void *, evaluator) = (void (*)(void *, evaluator))dlsym(RTLD_DEFAULT, "_PyInterpreterState_SetEvalFrameFunc");
    if (!interpreter || !get || !set) return python.PyLong_FromLong(0);
    void *state = interpreter();
    if (count < 3) {
        if (previous && get(state) == evaluate) set(state, previous);
        callback = NULL;
        context_at = 0;
        return python.PyLong_FromLong(1);
    }
    for (ssize_t i = 0; i < count; i++) python.Py_IncRef(arguments[i]);
    for (ssize_t i = 3; i < count && i - 3 < 7; i++) ignored[i - 3] = arguments[i];
    variable = arguments[1];
    callback = arguments[0];
    // sys.monitoring calls python_unwind instead, and no context is given.
    context_at = arguments[2] == dlsym(RTLD_DEFAULT, "_Py_NoneStruct") ? 0 : find_context(arguments[2]);
    if (!context_at) return python.PyLong_FromLong(2);
    previous = get(state);
    if (previous == evaluate) return python.PyLong_FromLong(1);
    set(state, evaluate);
    return python.PyLong_FromLong(1);
}
