/* Coverage for `wsspec fuzz --afl-map`. Compile it with the program under test, or link it:
 *
 *     gcc    -fsanitize-coverage=trace-pc        server.c wsspec-afl.c -o server
 *     clang  -fsanitize-coverage=trace-pc-guard  server.c wsspec-afl.c -o server
 *     afl-cc                                     server.c wsspec-afl.c -o server
 *
 * The map is the file that WSSPEC_AFL_MAP names. Without the variable the program runs as usual.
 * With afl-cc, AFL's own code counts, and asks for its map by shmat(), which is answered here. */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#if defined(__clang__)
#define UNCOUNTED __attribute__((no_sanitize("coverage")))
#else
#define UNCOUNTED __attribute__((no_sanitize_coverage))
#endif

static uint8_t unwatched[1 << 16];
static uint8_t *map = unwatched;
static uintptr_t size = sizeof unwatched;

UNCOUNTED __attribute__((constructor(101))) static void attach(void) {
  const char *path = getenv("WSSPEC_AFL_MAP");
  struct stat status;
  if (map != unwatched || !path) return;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  if (fstat(file, &status) == 0 && status.st_size > 0) {
    void *at = mmap(0, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) {
      map = at;
      size = status.st_size;
    }
  }
  close(file);
}

UNCOUNTED static void count(uintptr_t edge) {
  uint8_t *counter = &map[edge % size];
  /* A counter that overflows stays reached. */
  if (++*counter == 0) *counter = 1;
}

#if !defined(__AFL_COMPILER)
/* clang: called on each edge, which has a number. afl-cc has its own. */
UNCOUNTED void __sanitizer_cov_trace_pc_guard_init(uint32_t *from, uint32_t *to) {
  static uint32_t edges;
  if (from == to || *from) return;
  while (from < to) *from++ = ++edges;
}

UNCOUNTED void __sanitizer_cov_trace_pc_guard(uint32_t *edge) {
  if (*edge) count(*edge);
}
#endif

#if defined(__linux__)
/* gcc: called in each basic block. Where the program was loaded must not matter. */
extern const char __executable_start[];
static __thread uintptr_t before;

UNCOUNTED void __sanitizer_cov_trace_pc(void) {
  uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__executable_start;
  here = (here * 0x9e3779b1u) >> 8;
  count(here ^ before);
  before = here >> 1;
}


/* afl-cc: its runtime takes the name in __AFL_SHM_ID for the number 0. Other segments are the program's. */
UNCOUNTED void *shmat(int id, const void *address, int flags) {
  attach();
  if (id == 0 && map != unwatched) return map;
  return (void *)syscall(SYS_shmat, id, address, flags);
}
#endif
