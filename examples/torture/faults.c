/* Loaded before the system's own library: lets a chosen call on files below FAULT_UNDER fail.
 *
 * FAULT_CALL  which call: open, read, write, short, sync, rename, unlink, mkdir, truncate
 * FAULT_AT    the first one that fails, counted from 0 in each process
 * FAULT_STAYS 1: all calls of that kind fail from there on; else that one alone
 * FAULT_ERROR the number of the error
 * FAULT_TOLD  a file that is no longer empty when a call was made to fail (lies outside FAULT_UNDER)
 * FAULT_COUNT a file to which the number of calls of each kind is written at the end
 *
 * Both are opened before the program begins: later it lets nobody write there.
 *
 * It sees what goes through the system's library: no mapped pages, and no calls past it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, READ, WRITE, SHORT, SYNC, RENAME, UNLINK, MKDIR, TRUNCATE, KINDS };
static const char *const names[KINDS] = {"open", "read", "write", "short", "sync", "rename", "unlink", "mkdir", "truncate"};
static atomic_long calls[KINDS];
static int told = -1, count = -1;

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_under(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    char place[4096];
    if (!under || !path) return 0;
    if (path[0] != '/') {
        if (!getcwd(place, sizeof place - 1)) return 0;
        size_t length = strlen(place);
        snprintf(place + length, sizeof place - length, "/%s", path);
        path = place;
    }
    return strncmp(path, under, strlen(under)) == 0;
}

static int concerns(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    /* A pipe has no path: only what lies on a disk is made to fail. */
    return path[0] == '/' && is_under(path);
}

static int is_under_at(int folder, const char *path) {
    return path && path[0] != '/' && folder != AT_FDCWD ? concerns(folder) : is_under(path);
}

/* 0, or the error that a call of this kind ends with. */
static int fails(int kind) {
    const char *call = getenv("FAULT_CALL"), *at = getenv("FAULT_AT"), *stays = getenv("FAULT_STAYS");
    long number = atomic_fetch_add(&calls[kind], 1);
    if (!call || !at || strcmp(call, names[kind]) != 0) return 0;
    if (stays && stays[0] == '1' ? number < atol(at) : number != atol(at)) return 0;
    const char *error = getenv("FAULT_ERROR");
    if (told >= 0) syscall(SYS_write, told, "1", 1);
    return error ? atoi(error) : EIO;
}

static int opened(const char *name) {
    const char *place = getenv(name);
    return place ? (int)syscall(SYS_openat, AT_FDCWD, place, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600) : -1;
}

__attribute__((constructor)) static void begin(void) {
    told = opened("FAULT_TOLD");
    count = opened("FAULT_COUNT");
}

__attribute__((destructor)) static void tell(void) {
    if (count < 0) return;
    for (int kind = 0; kind < KINDS; kind++) dprintf(count, "%s %ld\n", names[kind], (long)calls[kind]);
}

#define FAIL(is_ours, kind) do { int saved = errno; int error = (is_ours) ? fails(kind) : 0; \
    if (error) { errno = error; return -1; } errno = saved; } while (0)

/* A write that finds room for the first half alone counts as one of its own kind. */
#define HALF(fd, size) do { int saved = errno; if (size > 1 && concerns(fd) && fails(SHORT)) size /= 2; errno = saved; } while (0)

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *p, int flags, ...) { REAL(open); MODE(flags); FAIL(is_under(p), OPEN); return real(p, flags, mode); }
int open64(const char *p, int flags, ...) { REAL(open64); MODE(flags); FAIL(is_under(p), OPEN); return real(p, flags, mode); }
int openat(int d, const char *p, int flags, ...) { REAL(openat); MODE(flags); FAIL(is_under_at(d, p), OPEN); return real(d, p, flags, mode); }
int openat64(int d, const char *p, int flags, ...) { REAL(openat64); MODE(flags); FAIL(is_under_at(d, p), OPEN); return real(d, p, flags, mode); }
ssize_t read(int fd, void *b, size_t n) { REAL(read); FAIL(concerns(fd), READ); return real(fd, b, n); }
ssize_t readv(int fd, const struct iovec *v, int n) { REAL(readv); FAIL(concerns(fd), READ); return real(fd, v, n); }
ssize_t pread(int fd, void *b, size_t n, off_t o) { REAL(pread); FAIL(concerns(fd), READ); return real(fd, b, n, o); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { REAL(pread64); FAIL(concerns(fd), READ); return real(fd, b, n, o); }
ssize_t write(int fd, const void *b, size_t n) { REAL(write); FAIL(concerns(fd), WRITE); HALF(fd, n); return real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); FAIL(concerns(fd), WRITE); HALF(fd, n); return real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(pwrite64); FAIL(concerns(fd), WRITE); HALF(fd, n); return real(fd, b, n, o); }
ssize_t writev(int fd, const struct iovec *v, int n) { REAL(writev); FAIL(concerns(fd), WRITE); return real(fd, v, n); }
ssize_t copy_file_range(int i, off64_t *a, int o, off64_t *b, size_t n, unsigned f) { REAL(copy_file_range); FAIL(concerns(o), WRITE); HALF(o, n); return real(i, a, o, b, n, f); }
int fsync(int fd) { REAL(fsync); FAIL(concerns(fd), SYNC); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); FAIL(concerns(fd), SYNC); return real(fd); }
int syncfs(int fd) { REAL(syncfs); FAIL(concerns(fd), SYNC); return real(fd); }
int rename(const char *a, const char *b) { REAL(rename); FAIL(is_under(b), RENAME); return real(a, b); }
int renameat(int c, const char *a, int d, const char *b) { REAL(renameat); FAIL(is_under_at(d, b), RENAME); return real(c, a, d, b); }
int renameat2(int c, const char *a, int d, const char *b, unsigned f) { REAL(renameat2); FAIL(is_under_at(d, b), RENAME); return real(c, a, d, b, f); }
int unlink(const char *p) { REAL(unlink); FAIL(is_under(p), UNLINK); return real(p); }
int unlinkat(int d, const char *p, int f) { REAL(unlinkat); FAIL(is_under_at(d, p), UNLINK); return real(d, p, f); }
int rmdir(const char *p) { REAL(rmdir); FAIL(is_under(p), UNLINK); return real(p); }
int mkdir(const char *p, mode_t m) { REAL(mkdir); FAIL(is_under(p), MKDIR); return real(p, m); }
int mkdirat(int d, const char *p, mode_t m) { REAL(mkdirat); FAIL(is_under_at(d, p), MKDIR); return real(d, p, m); }
int ftruncate(int fd, off_t n) { REAL(ftruncate); FAIL(concerns(fd), TRUNCATE); return real(fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(ftruncate64); FAIL(concerns(fd), TRUNCATE); return real(fd, n); }
int posix_fallocate(int fd, off_t o, off_t n) { REAL(posix_fallocate); return concerns(fd) && fails(TRUNCATE) ? ENOSPC : real(fd, o, n); }
