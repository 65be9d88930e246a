// SPDX-License-Identifier: BSD-2-Clause
// Preloaded into the daemon, it lets one allocation fail: the Nth from now, of all threads.
// The test and the daemon share the file that FAILING_MALLOC names: `left` counts down to
// the failure (0: nothing is to fail), `fired` up. realloc, where it fails, keeps the old.
// What libunbound itself allocates is spared: 1.17 does not survive that it fails (its
// iterator reads the null pointer, in its own thread, where nobody can catch it).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

struct control {
  _Atomic int64_t left;
  _Atomic int64_t fired;
};

static struct control nothing_fails;
static struct control* control = &nothing_fails;

static uintptr_t spared_begin, spared_end;

static int find_spared(struct dl_phdr_info* library, size_t size, void* unused) {
  (void)size, (void)unused;
  if (strstr(library->dlpi_name, "libunbound") == NULL) return 0;
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const ElfW(Phdr)* part = &library->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
    spared_begin = library->dlpi_addr + part->p_vaddr;
    spared_end = spared_begin + part->p_memsz;
  }
  return 1;
}

static int is_spared(const void* caller) {
  return (uintptr_t)caller >= spared_begin && (uintptr_t)caller < spared_end;
}

__attribute__((constructor)) static void open_control(void) {
  dl_iterate_phdr(find_spared, NULL);
  const char* path = getenv("FAILING_MALLOC");
  const int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED) control = shared;
  close(fd);
}

static int fails(const void* caller) {
  if (atomic_load(&control->left) <= 0 || is_spared(caller)) return 0;
  if (atomic_fetch_sub(&control->left, 1) != 1) return 0;
  atomic_fetch_add(&control->fired, 1);
  errno = ENOMEM;
  return 1;
}

#define FAILS fails(__builtin_return_address(0))

void* malloc(size_t size) { return FAILS ? NULL : __libc_malloc(size); }

void* calloc(size_t count, size_t size) { return FAILS ? NULL : __libc_calloc(count, size); }

void* realloc(void* old, size_t size) { return FAILS ? NULL : __libc_realloc(old, size); }

void* memalign(size_t alignment, size_t size) {
  return FAILS ? NULL : __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return FAILS ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void** place, size_t alignment, size_t size) {
  void* memory = FAILS ? NULL : __libc_memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *place = memory;
  return 0;
}
