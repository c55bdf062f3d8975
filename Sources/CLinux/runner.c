// What the runner needs inside a sandbox: the loopback device, privileges, a look at dials.
#include "clinux_runner.h"

#include <signal.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int rn_loopback_up(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    struct ifreq request = {.ifr_name = "lo"};
    int error = ioctl(fd, SIOCGIFFLAGS, &request) != 0 ? errno : 0;
    if (!error && !(request.ifr_flags & IFF_UP)) {
        request.ifr_flags |= IFF_UP | IFF_RUNNING;
        error = ioctl(fd, SIOCSIFFLAGS, &request) != 0 ? errno : 0;
    }
    close(fd);
    return error;
}

int rn_loopback_add(const char *address) {
    unsigned char raw[16];
    int family = AF_INET, length = 4;
    if (inet_pton(AF_INET, address, raw) != 1) {
        family = AF_INET6;
        length = 16;
        if (inet_pton(AF_INET6, address, raw) != 1) return EINVAL;
    }
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
        char attributes[64];
    } request = {
        .header = {.nlmsg_type = RTM_NEWADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
        .message = {.ifa_family = (unsigned char)family, .ifa_prefixlen = (unsigned char)(length * 8),
                    .ifa_flags = IFA_F_NODAD, .ifa_index = if_nametoindex("lo")},
    };
    size_t used = 0;
    for (int type = IFA_ADDRESS; type <= IFA_LOCAL; type++) {
        struct rtattr *attribute = (struct rtattr *)(request.attributes + used);
        attribute->rta_type = (unsigned short)type;
        attribute->rta_len = (unsigned short)RTA_LENGTH(length);
        memcpy(RTA_DATA(attribute), raw, (size_t)length);
        used += RTA_SPACE(length);
    }
    request.header.nlmsg_len = (unsigned)(offsetof(__typeof__(request), attributes) + used);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return errno;
    int error = 0;
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[256];
    } answer;
    if (send(fd, &request, request.header.nlmsg_len, 0) < 0) error = errno;
    else if (recv(fd, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.header) error = EIO;
    else if (answer.header.nlmsg_type == NLMSG_ERROR) error = -answer.error.error;
    close(fd);
    return error == EEXIST ? 0 : error;
}

// Servers that root starts (nginx, php-fpm) give their workers to another user. In the sandbox there is none but root,
// and root's powers are gone: such calls succeed and change nothing, so that the program goes on as it did.
static void pretend_to_change_users(void) {
    static const int calls[] = {
        SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
        SYS_setfsgid, SYS_fchown, SYS_fchownat,
#ifdef SYS_chown
        SYS_chown, SYS_lchown,
#endif
    };
    enum { COUNT = sizeof calls / sizeof *calls };
    struct sock_filter code[COUNT + 6];
    int used = 0;
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
#if defined(__x86_64__)
    code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, COUNT + 1);
#else
    code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 0, COUNT + 1);
#endif
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < COUNT; i++)
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i],
                                                    (unsigned char)(COUNT - i), 0);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO);
    struct sock_fprog program = {.len = (unsigned short)used, .filter = code};
    // Without it the program merely finds its users missing.
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

int rn_drop_privileges(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    if (geteuid() == 0) pretend_to_change_users();
    for (int capability = 0; capability <= 63; capability++) {
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM) return errno;
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    return syscall(SYS_capset, &header, none) != 0 ? errno : 0;
}

int rn_own_machine(void) {
    if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS) != 0) return errno;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ? errno : 0;
}

int rn_set_host_name(const char *name) { return sethostname(name, strlen(name)) != 0 ? errno : 0; }

int rn_show_over(const char *source, const char *target) {
    return mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0 ? errno : 0;
}

int rn_limit_processes(unsigned long count) {
    struct rlimit limit = {count, count};
    return setrlimit(RLIMIT_NPROC, &limit) != 0 ? errno : 0;
}

int rn_signal_descriptor(int first, int second) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    if (second) sigaddset(&set, second);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int rn_next_signal(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

// Lets SYN and RST of TCP through, nothing else. Offsets are from the network header.
static struct sock_filter four[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 4),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x06, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
};
static struct sock_filter six[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 53),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x06, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

int rn_watch_dials(int family) {
    // Without a protocol nothing comes before the filter is in place.
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    struct sock_fprog program = {
        .len = family == AF_INET ? sizeof four / sizeof *four : sizeof six / sizeof *six,
        .filter = family == AF_INET ? four : six,
    };
    struct sockaddr_ll place = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(family == AF_INET ? ETH_P_IP : ETH_P_IPV6),
        .sll_ifindex = (int)if_nametoindex("lo"),
    };
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
        bind(fd, (struct sockaddr *)&place, sizeof place) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}
