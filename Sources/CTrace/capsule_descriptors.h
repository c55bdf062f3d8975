// What the capsule knows of descriptors and of patched text: a part of capsule.c, which includes it once.
PART uint8_t class_of(const struct stat *status) {
    if (S_ISDIR(status->st_mode)) return ct_class_file;
    if (S_ISREG(status->st_mode)) {
        const struct ct_control *c = control();
        if (c->shared_count > ct_shared_files) return ct_class_shared;
        for (uint32_t i = 0; i < c->shared_count; i++) {
            const struct ct_file *file = &c->shared_files[i];
            if (file->inode == status->st_ino && file->device == status->st_dev) return ct_class_shared;
        }
        return ct_class_file;
    }
    if (S_ISSOCK(status->st_mode)) return ct_class_socket;
    // Memory devices: null, zero, full, urandom.
    if (S_ISCHR(status->st_mode) && status->st_rdev >> 8 == 1) {
        uint64_t minor = status->st_rdev & 0xff;
        if (minor == 3 || minor == 5 || minor == 7 || minor == 9) return ct_class_file;
    }
    return ct_class_other;
}

// Regular files of file systems where reading may wait for something to happen.
PART int waits_like_a_pipe(uint64_t descriptor) {
    struct statfs system;
    if (ct_capsule_call(__NR_fstatfs, descriptor, (uint64_t)&system, 0, 0, 0, 0) != 0) return 1;
    switch (system.f_type) {
    case PROC_SUPER_MAGIC:
    case TRACEFS_MAGIC:
    case DEBUGFS_MAGIC:
    case FUSE_SUPER_MAGIC: return 1;
    default: return 0;
    }
}

// Whether these are outputs that the recorder shares, and that a replay prints, is the tracer's to know.
PART int may_be_printed(uint64_t descriptor) { return descriptor == 1 || descriptor == 2; }

// What the program has just been told of a descriptor need not be asked again.
PART void learn(uint64_t descriptor, const struct stat *status) {
    if (descriptor >= ct_descriptors || control()->classes[descriptor] != ct_class_unknown) return;
    if (may_be_printed(descriptor)) return;
    if (S_ISREG(status->st_mode) && status->st_dev >> 8 == 0) return;
    control()->classes[descriptor] = class_of(status);
}

PART uint8_t look(uint64_t descriptor) {
    if (descriptor >= ct_descriptors) return ct_class_other;
    uint8_t known = control()->classes[descriptor];
    if (known != ct_class_unknown) return known;
    if (may_be_printed(descriptor)) return ct_class_other;
    struct stat status;
    if (ct_capsule_call(__NR_fstat, descriptor, (uint64_t)&status, 0, 0, 0, 0) != 0) return ct_class_unknown;
    uint8_t class = class_of(&status);
    if (S_ISREG(status.st_mode) && status.st_dev >> 8 == 0 && waits_like_a_pipe(descriptor)) class = ct_class_other;
    return control()->classes[descriptor] = class;
}

PART int never_waits(uint64_t descriptor) {
    int64_t flags = ct_capsule_call(__NR_fcntl, descriptor, F_GETFL, 0, 0, 0, 0);
    return flags >= 0 && (flags & O_NONBLOCK);
}

// Whether reading from it or writing to it never waits.
PART int is_ready(uint64_t descriptor, int writes) {
    uint8_t class = look(descriptor);
    if (class == ct_class_shared) return !writes;
    if (class != ct_class_other && class != ct_class_socket) return class == ct_class_file || class == ct_class_ready;
    if (!never_waits(descriptor)) return 0;
    if (class == ct_class_socket) control()->classes[descriptor] = ct_class_ready;
    return 1;
}

PART int is_socket(uint8_t class) { return class == ct_class_socket || class == ct_class_ready; }

// Descriptors of one file share O_NONBLOCK: which ones these are is not known here.
PART void forget_ready(void) {
    uint8_t *classes = control()->classes;
    for (int i = 0; i < ct_descriptors; i++) {
        if (classes[i] == ct_class_ready) *(volatile uint8_t *)&classes[i] = ct_class_socket;
    }
}

PART int meets_patches(uint64_t start, uint64_t length) {
    const struct ct_control *c = control();
    if (c->guard_count > ct_guards || length > 1ul << 47 || start > 1ul << 47) return 1;
    for (uint32_t i = 0; i < c->guard_count; i++) {
        if (start < c->guards[i].end && c->guards[i].start < start + length + 4096) return 1;
    }
    return 0;
}

// Whether opening a path does not wait: a FIFO would. Says what the descriptor will be, where that is known.
PART int opens_at_once(uint64_t directory, uint64_t path, uint64_t flags, uint8_t *class) {
    struct stat status;
    uint64_t follow = flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0;
    int64_t found = ct_capsule_call(__NR_newfstatat, directory, path, (uint64_t)&status, follow, 0, 0);
    if (found == -ENOENT) return 1;
    if (found != 0) return 0;
    uint8_t there = class_of(&status);
    // File systems without a device may wait like a pipe.
    if (status.st_dev >> 8 != 0) *class = there;
    return there != ct_class_other && there != ct_class_socket;
}
