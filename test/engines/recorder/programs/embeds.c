/* A program that embeds Python: notes each of its starts in a file, computes for a moment, and notes its work. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static void note(const char *what) {
  FILE *file = fopen(getenv("GIL_SCOPE_TEST_NOTES"), "a");
  fprintf(file, "%s\n", what);
  fclose(file);
}

int main(void) {
  note("started");
  Py_Initialize();
  PyRun_SimpleString("import time\nend = time.time() + 1.5\nwhile time.time() < end: pass\n");
  note("worked");
  return Py_FinalizeEx();
}
