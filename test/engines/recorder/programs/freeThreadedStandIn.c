// Lays out, with CPython's own headers and Py_GIL_DISABLED, what the recorder reads of a free-threaded build: the
// runtime that tells of its own layout, an interpreter, two threads, their frames, and code of which one thread runs
// a copy of its own. For versions of which no free-threaded interpreter can be had; it runs no Python.
//
// The threads are `threading`'s, named "worker é" and "worker ☃"; the second works in a copy of its instructions.
// Ends when standard input does.
#define Py_BUILD_CORE 1
#define Py_GIL_DISABLED 1
#include <Python.h>

#include "internal/pycore_code.h"
#include "internal/pycore_debug_offsets.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_gil.h"
#include "internal/pycore_interp_structs.h"
#include "internal/pycore_interpframe_structs.h"
#include "internal/pycore_runtime_structs.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((section(".PyRuntime"))) _PyRuntimeState _PyRuntime = {
    .debug_offsets = _Py_DebugOffsets_INIT("xdebugpy")};

/** A new str: of one byte a character when all are ASCII, else of `kind` bytes. */
static PyObject *text(const void *characters, Py_ssize_t length, int kind, int isAscii) {
  PyASCIIObject *made = calloc(1, sizeof(PyCompactUnicodeObject) + (length + 1) * kind);
  made->length = length;
  made->state.interned = 3;
  made->state.kind = kind;
  made->state.compact = 1;
  made->state.ascii = isAscii;
  char *start = (char *)made + (isAscii ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject));
  memcpy(start, characters, length * kind);
  return (PyObject *)made;
}

static PyObject *ascii(const char *characters) {
  return text(characters, strlen(characters), 1, 1);
}

#define UNITS 3

/** Code whose instructions lie on lines 10, 11 and 12. */
static PyCodeObject *code(const char *file, const char *name) {
  // Per entry: 0x80 | kind 13 (no columns) << 3 | units - 1, then the step in lines as a signed variable number.
  static const unsigned char lines[] = {0xe8, 0, 0xe8, 2, 0xe8, 2};
  PyBytesObject *table = calloc(1, sizeof(PyBytesObject) + sizeof lines);
  ((PyVarObject *)table)->ob_size = sizeof lines;
  memcpy(table->ob_sval, lines, sizeof lines);
  PyCodeObject *made = calloc(1, sizeof(PyCodeObject) + UNITS * sizeof(_Py_CODEUNIT));
  made->co_filename = ascii(file);
  made->co_name = made->co_qualname = ascii(name);
  made->co_linetable = (PyObject *)table;
  made->co_firstlineno = 10;
  _PyCodeArray *copies = calloc(1, sizeof(_PyCodeArray) + 2 * sizeof(char *));
  copies->size = 3;
  copies->entries[0] = made->co_code_adaptive;
  copies->entries[2] = calloc(UNITS, sizeof(_Py_CODEUNIT));
  made->co_tlbc = copies;
  return made;
}

/** An object with an attribute `_name`, kept as a class with shared keys keeps it. */
static PyObject *thread_object(PyObject *name) {
  static PyHeapTypeObject type;
  static PyObject *second;
  if (!second) {
    second = ascii("_name");
    PyDictKeysObject *keys = calloc(1, sizeof(PyDictKeysObject) + 8 + 2 * sizeof(PyDictUnicodeEntry));
    keys->dk_log2_size = keys->dk_log2_index_bytes = 3;
    keys->dk_kind = DICT_KEYS_SPLIT;
    keys->dk_nentries = 2;
    PyDictUnicodeEntry *entries = (PyDictUnicodeEntry *)(keys->dk_indices + 8);
    entries[0].me_key = ascii("_target");
    entries[1].me_key = second;
    type.ht_cached_keys = keys;
    type.ht_type.tp_basicsize = sizeof(PyObject);
  }
  PyObject *made = calloc(1, sizeof(PyObject) + sizeof(PyDictValues) + 2 * sizeof(PyObject *));
  made->ob_type = &type.ht_type;
  PyDictValues *values = (PyDictValues *)(made + 1);
  values->capacity = values->size = 2;
  values->embedded = values->valid = 1;
  values->values[1] = name;
  return made;
}

/** Frames: Thread._bootstrap, which has the thread object, and in it `work` at the third line, in a copy or not. */
static _PyInterpreterFrame *frames(PyObject *self, PyCodeObject *work, int copy) {
  _PyInterpreterFrame *outer = calloc(1, sizeof *outer);
  outer->f_executable.bits = (uintptr_t)code("/usr/lib/python3/threading.py", "Thread._bootstrap") | 1;
  outer->instr_ptr = (void *)((PyCodeObject *)(outer->f_executable.bits & ~3))->co_code_adaptive;
  outer->localsplus[0].bits = (uintptr_t)self | 1;
  _PyInterpreterFrame *inner = calloc(1, sizeof *inner);
  inner->f_executable.bits = (uintptr_t)work | 1;
  inner->previous = outer;
  inner->tlbc_index = copy;
  inner->instr_ptr = (_Py_CODEUNIT *)work->co_tlbc->entries[copy] + 2;
  return inner;
}

static PyCodeObject *work_code;
static pthread_barrier_t all_there;

struct start {
  PyThreadState *state;
  PyObject *name;
  int copy;
};

static void *run(void *argument) {
  struct start *start = argument;
  start->state->thread_id = pthread_self();
  start->state->native_thread_id = syscall(SYS_gettid);
  start->state->interp = &_PyRuntime._main_interpreter;
  start->state->current_frame = frames(thread_object(start->name), work_code, start->copy);
  pthread_barrier_wait(&all_there);
  for (volatile long count = 0;; count++) {}
}

int main(void) {
  static PyThreadState states[3];
  static const unsigned short snow[] = {'w', 'o', 'r', 'k', 'e', 'r', ' ', 0x2603};
  struct start starts[] = {{&states[1], text("worker \xe9", 8, 1, 0), 0}, {&states[2], text(snow, 8, 2, 0), 2}};
  PyInterpreterState *interpreter = &_PyRuntime._main_interpreter;
  work_code = code("/srv/program.py", "work");
  interpreter->_gil.interval = 5000;
  interpreter->ceval.gil = &interpreter->_gil;
  pthread_barrier_init(&all_there, NULL, 3);
  pthread_t ids[2];
  for (int i = 0; i < 2; i++) pthread_create(&ids[i], NULL, run, &starts[i]);
  pthread_barrier_wait(&all_there);
  states[0].interp = interpreter;
  states[0].thread_id = pthread_self();
  states[0].native_thread_id = getpid();
  states[0].next = &states[1];
  states[1].next = &states[2];
  interpreter->threads.head = &states[0];
  _PyRuntime.interpreters.head = interpreter;
  char byte;
  while (read(0, &byte, 1) > 0) {}
  return 0;
}
