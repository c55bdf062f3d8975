#include "case.h"
CASE(mmap_anonymous) { char *p = mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[99999] = 5; SAY("%p %d\n", (void *)p, munmap(p, 1 << 20)); return 0; }
CASE(mmap_file_private) { int f = scratch(); write(f, "mapped file", 11); char *p = mmap(0, 4096, 3, MAP_PRIVATE, f, 0); SAY("%s ", p); p[0] = 'M'; char b[2] = {0}; pread(f, b, 1, 0); SAY("%s %s\n", p, b); return 0; }
CASE(mmap_file_shared) { int f = scratch(); ftruncate(f, 8192); char *p = mmap(0, 8192, 3, MAP_SHARED, f, 0); strcpy(p + 5000, "shared"); char b[8] = {0}; pread(f, b, 6, 5000); SAY("%s %d\n", b, msync(p, 8192, MS_SYNC)); return 0; }
CASE(mmap_shared_written) { int f = scratch(); ftruncate(f, 4096); char *p = mmap(0, 4096, 3, MAP_SHARED, f, 0); pwrite(f, "by pwrite", 9, 100); SAY("%s\n", p + 100); lseek(f, 300, 0); write(f, "by write", 8); SAY("%s\n", p + 300); return 0; }
CASE(mmap_shared_two) { int f = scratch(); ftruncate(f, 4096); char *p = mmap(0, 4096, 3, MAP_SHARED, f, 0), *q = mmap(0, 4096, 1, MAP_SHARED, f, 0); strcpy(p, "alias"); SAY("%s\n", q); return 0; }
CASE(mmap_shared_fork) { int f = scratch(); ftruncate(f, 4096); char *p = mmap(0, 4096, 3, MAP_SHARED, f, 0); if (!fork()) { strcpy(p, "from child"); _exit(0); } wait(0); SAY("%s\n", p); return 0; }
CASE(mmap_grown_file) { int f = scratch(); ftruncate(f, 4096); char *p = mmap(0, 4096, 3, MAP_SHARED, f, 0); p[0] = 1; ftruncate(f, 12288); char *q = mmap(0, 12288, 3, MAP_SHARED, f, 0); q[10000] = 2; SAY("%d %d\n", q[0], q[10000]); return 0; }
static char *mapped(int f) { ftruncate(f, 8192); char *p = mmap(0, 8192, 3, MAP_SHARED, f, 0); memset(p, 'a', 8192); return p; }
CASE(mmap_shared_truncated) { int f = scratch(); char *p = mapped(f); ftruncate(f, 4096); ftruncate(f, 8192); SAY("%d %d\n", p[0], p[5000]); return 0; }
CASE(mmap_shared_punched) { int f = scratch(); char *p = mapped(f); fallocate(f, 3, 4096, 4096); SAY("%d %d\n", p[0], p[5000]); return 0; }
CASE(mmap_shared_writev) { int f = scratch(); char *p = mapped(f); struct iovec v[2] = {{"one", 3}, {"two", 3}}; writev(f, v, 2); pwritev(f, v, 2, 4000); SAY("%.8s %.8s\n", p, p + 4000); return 0; }
CASE(mmap_shared_copied) { int f = scratch(), g = memfd_create("m", 0); char *p = mapped(f); write(g, "from another", 12); loff_t a = 0, b = 100; sendfile(f, g, &a, 12); a = 5; copy_file_range(g, &a, f, &b, 7, 0); SAY("%.14s %.8s\n", p, p + 100); return 0; }
CASE(mmap_shared_spliced) { int f = scratch(), e[2]; char *p = mapped(f); pipe(e); write(e[1], "through a pipe", 14); splice(e[0], 0, f, 0, 14, 0); SAY("%.15s\n", p); return 0; }
CASE(rdrand_drawn) { unsigned long v = 0, w = 0; __builtin_cpu_init(); if (__builtin_cpu_supports("rdrnd")) asm volatile("1: rdrand %0; jnc 1b; 2: rdrand %1; jnc 2b" : "=&r"(v), "=&r"(w)); SAY("%lx %lx\n", v, w); return 0; }
CASE(mmap_offset) { int f = scratch(); char b[4096]; memset(b, 'a', 4096); write(f, b, 4096); memset(b, 'b', 4096); write(f, b, 4096); char *p = mmap(0, 4096, 1, MAP_PRIVATE, f, 4096); SAY("%c\n", *p); return 0; }
CASE(mmap_fixed) { char *p = mmap(0, 16384, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[4096] = 9; mmap(p + 4096, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); SAY("%d\n", p[4096]); return 0; }
CASE(mmap_devzero) { int z = open("/dev/zero", O_RDWR); char *p = mmap(0, 8192, 3, MAP_PRIVATE, z, 0); p[1] = 1; SAY("%d %d\n", p[0], p[1]); return 0; }
CASE(mmap_error) { SAY("%d %d\n", mmap(0, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED, errno); return 0; }
CASE(memfd) { int f = memfd_create("m", 0); write(f, "in memory", 9); char *p = mmap(0, 4096, 3, MAP_SHARED, f, 0); SAY("%s\n", p); return 0; }
CASE(mprotect_call) { char *p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = 1; SAY("%d %d\n", mprotect(p, 4096, PROT_READ), p[0]); return 0; }
CASE(mremap_grow) { char *p = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); strcpy(p, "moved"); mmap(p + 4096, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0); char *q = mremap(p, 4096, 1 << 20, MREMAP_MAYMOVE); q[900000] = 1; SAY("%s\n", q); return 0; }
CASE(mremap_shrink) { char *p = mmap(0, 16384, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = 3; SAY("%d %d\n", mremap(p, 16384, 4096, 0) == p, p[0]); return 0; }
CASE(madvise_dontneed) { char *p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = 1; madvise(p, 4096, MADV_DONTNEED); SAY("%d\n", p[0]); return 0; }
CASE(madvise_dontneed_locked) { char *p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = p[5000] = 1; int r = madvise(p, 4096, 24); SAY("%d %d\n", p[0] == (r ? 1 : 0), p[5000]); return 0; }
CASE(madvise_hole) { char *p = mmap(0, 12288, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = p[9000] = 1; munmap(p + 4096, 4096); int r = madvise(p, 12288, MADV_DONTNEED); SAY("%d %d %d\n", r, p[0], p[9000]); return 0; }
CASE(madvise_free) { char *p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(p, 1, 8192); SAY("%d ", madvise(p, 8192, MADV_FREE)); SAY("%d\n", p[0]); return 0; }
CASE(brk_move) { char *p = sbrk(100000); p[99999] = 1; sbrk(-50000); char *q = sbrk(80000); q[79999] = 2; SAY("%p %p\n", (void *)p, (void *)q); return 0; }
CASE(malloc_churn) { void *p[64] = {0}; unsigned s = 1; for (int i = 0; i < 5000; i++) { s = s * 1103515245 + 12345; int k = s >> 16 & 63; free(p[k]); p[k] = malloc(s >> 8 & 0xffff); memset(p[k], i, s >> 8 & 0xffff); } SAY("%p\n", p[5]); return 0; }
CASE(mlock_mincore) { char *p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); unsigned char v[2]; p[0] = 1; SAY("%d %d\n", mlock(p, 4096), mincore(p, 8192, v)); return 0; }
CASE(stack_deep) { volatile char big[2 << 20]; big[0] = 1; big[sizeof big - 1] = 2; SAY("%d\n", big[0] + big[sizeof big - 1]); return 0; }
static int down(int n) { volatile char pad[2000]; pad[0] = (char)n; return n == 0 ? 0 : down(n - 1) + pad[0] - (char)n; }
CASE(stack_recursion) { SAY("%d\n", down(2000)); return 0; }
CASE(read_only_data) { static const char text[] = "constant"; SAY("%s %d\n", text, (int)sizeof text); return 0; }
CASE(self_modifying) { unsigned char code[] = {0xb8, 1, 0, 0, 0, 0xc3}; unsigned char *p = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memcpy(p, code, 6); int a = ((int (*)(void))p)(); p[1] = 2; SAY("%d %d\n", a, ((int (*)(void))p)()); return 0; }
CASE(process_vm_read) { char s[] = "source", d[8] = {0}; struct iovec l = {d, 7}, r = {s, 7}; SAY("%zd %s\n", process_vm_readv(getpid(), &l, 1, &r, 1, 0), d); return 0; }
