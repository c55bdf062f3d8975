#include "case.h"
CASE(open_missing) { SAY("%d %d\n", open("/no/such", O_RDONLY), errno); return 0; }
CASE(write_read) { int f = scratch(); char b[9] = {0}; write(f, "abcdefgh", 8); lseek(f, 2, SEEK_SET); SAY("%zd %s\n", read(f, b, 4), b); return 0; }
CASE(pread_pwrite) { int f = scratch(); char b[9] = {0}; pwrite(f, "hello", 5, 10); SAY("%zd %s\n", pread(f, b, 8, 10), b); return 0; }
CASE(readv_writev) { int f = scratch(); struct iovec v[2] = {{"one", 3}, {"two", 3}}; char a[2], b[9] = {0}; writev(f, v, 2); lseek(f, 0, 0); struct iovec r[2] = {{a, 2}, {b, 8}}; SAY("%zd %.2s %s\n", readv(f, r, 2), a, b); return 0; }
CASE(preadv_pwritev) { int f = scratch(); struct iovec v = {"xyz", 3}; char b[4] = {0}; pwritev(f, &v, 1, 4); struct iovec r = {b, 3}; SAY("%zd %s\n", preadv(f, &r, 1, 4), b); return 0; }
CASE(fstat_times) { struct stat s; int f = scratch(); fstat(f, &s); SAY("%ld %ld %lu\n", (long)s.st_mtime, s.st_mtim.tv_nsec, (unsigned long)s.st_ino); return 0; }
CASE(stat_root) { struct stat s; SAY("%d ", stat("/", &s)); SAY("%o %ld\n", s.st_mode, (long)s.st_ctime); return 0; }
CASE(lstat_link) { struct stat s; SAY("%d %o\n", lstat("/proc/self", &s), s.st_mode); return 0; }
CASE(statx_call) { struct statx s; SAY("%d ", statx(AT_FDCWD, "/etc", 0, STATX_ALL, &s)); SAY("%lu\n", (unsigned long)s.stx_ino); return 0; }
CASE(access_modes) { SAY("%d %d\n", access("/etc/passwd", R_OK), access("/no", F_OK)); return 0; }
CASE(faccessat_call) { SAY("%d\n", faccessat(AT_FDCWD, "/etc/passwd", R_OK, AT_EACCESS)); return 0; }
CASE(getcwd_chdir) { char b[256]; chdir("/usr"); SAY("%s\n", getcwd(b, sizeof b)); return 0; }
CASE(fchdir_call) { char b[256]; int f = open("/etc", O_RDONLY); fchdir(f); SAY("%s\n", getcwd(b, sizeof b)); return 0; }
CASE(readdir_proc) { DIR *d = opendir("/proc/self/fd"); int n = 0; struct dirent *e; while ((e = readdir(d))) n += (int)e->d_ino % 7; SAY("%d\n", n); closedir(d); return 0; }
CASE(readlink_exe) { char b[300] = {0}; SAY("%zd\n", readlink("/proc/self/exe", b, 299)); SAY("%s\n", b); return 0; }
CASE(mkdir_rmdir) { char p[] = "/tmp/reenact-dir-XXXXXX"; char *d = mkdtemp(p); int r = rmdir(p); SAY("%s %d\n", d, r); return 0; }
CASE(rename_unlink) { char p[] = "/tmp/reenact-a-XXXXXX"; int f = mkstemp(p); char q[64]; snprintf(q, 64, "%s.b", p); int r = rename(p, q), u = unlink(q); SAY("%d %d %d\n", f > 0, r, u); return 0; }
CASE(link_symlink) { char p[] = "/tmp/reenact-l-XXXXXX", q[64], b[64] = {0}; mkstemp(p); snprintf(q, 64, "%s.s", p); symlink(p, q); SAY("%zd %d\n", readlink(q, b, 63), strcmp(b, p)); unlink(p); unlink(q); return 0; }
CASE(truncate_grow) { int f = scratch(); struct stat s; ftruncate(f, 12345); fstat(f, &s); SAY("%ld\n", (long)s.st_size); return 0; }
CASE(fallocate_call) { int f = scratch(); SAY("%d\n", posix_fallocate(f, 0, 8192)); return 0; }
CASE(chmod_umask) { int f = scratch(); struct stat s; umask(022); fchmod(f, 0640); fstat(f, &s); SAY("%o\n", s.st_mode & 0777); return 0; }
CASE(utimens) { int f = scratch(); struct timespec t[2] = {{1000, 1}, {2000, 2}}; struct stat s; futimens(f, t); fstat(f, &s); SAY("%ld %ld\n", (long)s.st_atime, (long)s.st_mtime); return 0; }
CASE(statfs_tmp) { struct statvfs s; SAY("%d ", statvfs("/tmp", &s)); SAY("%lu\n", (unsigned long)s.f_bfree); return 0; }
CASE(fcntl_flags) { int f = scratch(); fcntl(f, F_SETFL, O_APPEND); fcntl(f, F_SETFD, FD_CLOEXEC); SAY("%d %d\n", fcntl(f, F_GETFL) & O_APPEND, fcntl(f, F_GETFD)); return 0; }
CASE(fcntl_lock) { int f = scratch(); struct flock l = {.l_type = F_WRLCK, .l_len = 10}; SAY("%d ", fcntl(f, F_SETLK, &l)); SAY("%d %d\n", fcntl(f, F_GETLK, &l), l.l_type); return 0; }
CASE(flock_call) { int f = scratch(); SAY("%d\n", flock(f, LOCK_EX | LOCK_NB)); return 0; }
CASE(dup_family) { int f = scratch(); SAY("%d %d %d\n", dup(f), dup2(f, 77), dup3(f, 78, O_CLOEXEC)); return 0; }
CASE(sendfile_call) { int a = scratch(), b = scratch(); off_t o = 1; write(a, "012345", 6); SAY("%zd %ld\n", sendfile(b, a, &o, 3), (long)o); return 0; }
CASE(copy_range) { int a = scratch(), b = scratch(); off_t o = 2; write(a, "012345", 6); SAY("%zd %ld\n", copy_file_range(a, &o, b, 0, 3, 0), (long)o); return 0; }
CASE(splice_pipe) { int p[2], f = scratch(); char b[8] = {0}; write(f, "spliced", 7); lseek(f, 0, 0); pipe(p); SAY("%zd ", splice(f, 0, p[1], 0, 7, 0)); read(p[0], b, 7); SAY("%s\n", b); return 0; }
CASE(tee_pipe) { int p[2], q[2]; char b[5] = {0}; pipe(p); pipe(q); write(p[1], "twin", 4); SAY("%zd ", tee(p[0], q[1], 4, 0)); read(q[0], b, 4); SAY("%s\n", b); return 0; }
CASE(xattr_get) { char b[64]; SAY("%zd %d\n", getxattr("/etc", "user.none", b, 64), errno); return 0; }
CASE(fsync_family) { int f = scratch(); write(f, "x", 1); SAY("%d %d\n", fsync(f), fdatasync(f)); return 0; }
CASE(proc_stat) { char b[4096]; int f = open("/proc/self/stat", O_RDONLY); SAY("%zd\n", read(f, b, 4096)); write(1, b, 60); return 0; }
CASE(proc_meminfo) { FILE *f = fopen("/proc/meminfo", "r"); char l[200]; for (int i = 0; i < 5; i++) { if (fgets(l, 200, f)) fputs(l, stdout); } return 0; }
CASE(proc_maps) { FILE *f = fopen("/proc/self/maps", "r"); char l[400]; while (fgets(l, 400, f)) fputs(l, stdout); return 0; }
CASE(cpuinfo_read) { FILE *f = fopen("/proc/cpuinfo", "r"); char l[2000]; int n = 0; while (fgets(l, 2000, f)) n++; SAY("%d\n", n); return 0; }
CASE(urandom_read) { unsigned char b[16]; int f = open("/dev/urandom", O_RDONLY); read(f, b, 16); for (int i = 0; i < 16; i++) SAY("%02x", b[i]); return 0; }
CASE(zero_null) { char b[64]; int z = open("/dev/zero", O_RDWR), n = open("/dev/null", O_RDWR); memset(b, 1, 64); read(z, b, 64); SAY("%d %zd %zd\n", b[63], write(n, b, 9), read(n, b, 9)); return 0; }
CASE(stdio_temp) { FILE *f = tmpfile(); fprintf(f, "line %d\n", 5); rewind(f); int n; SAY("%d %d\n", fscanf(f, "line %d", &n), n); return 0; }
CASE(large_read) { size_t n = 3 << 20; char *p = malloc(n); int f = scratch(); memset(p, 7, n); write(f, p, n); lseek(f, 0, 0); memset(p, 0, n); SAY("%zd %d\n", read(f, p, n), p[n - 1]); return 0; }
CASE(read_efault) { int f = scratch(); write(f, "abc", 3); lseek(f, 0, 0); SAY("%zd %d\n", read(f, (void *)8, 3), errno); return 0; }
CASE(close_bad) { SAY("%d %d\n", close(999), errno); return 0; }
CASE(close_range_call) { dup2(1, 50); SAY("%ld\n", syscall(SYS_close_range, 40, 60, 0)); SAY("%d\n", fcntl(50, F_GETFD)); return 0; }
CASE(openat2_call) { struct { uint64_t flags, mode, resolve; } how = {O_RDONLY, 0, 0}; SAY("%d\n", (int)syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how) > 0); return 0; }
CASE(renameat2_call) { SAY("%d %d\n", renameat2(AT_FDCWD, "/no1", AT_FDCWD, "/no2", RENAME_NOREPLACE), errno); return 0; }
CASE(name_handle) { struct { struct file_handle h; char d[128]; } x = {.h = {.handle_bytes = 128}}; int m = 0; SAY("%d\n", name_to_handle_at(AT_FDCWD, "/etc", &x.h, &m, 0)); return 0; }
CASE(read_back) { char f[] = "/tmp/reenact-back-XXXXXX", b[5000], c[5000]; int d = mkstemp(f), sum = 0; for (int i = 0; i < 12; i++) { for (int k = 0; k < 5000; k++) b[k] = (char)(k * (i + 3) >> 3); pwrite(d, b, 5000, i * 5000); } for (int i = 0; i < 12; i++) { pread(d, c, 5000, i * 4100); pread(d, b, 1500, i * 2048); sum += c[4999] + b[7]; pwrite(d, c, 4096, i * 4096); } unlink(f); SAY("%d\n", sum); return 0; }
