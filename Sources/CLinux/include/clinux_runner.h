// What the runner needs inside a sandbox. Functions return 0 or an errno unless they say otherwise.
#ifndef REENACT_CLINUX_RUNNER_H
#define REENACT_CLINUX_RUNNER_H

// Brings the loopback device up.
int rn_loopback_up(void);
// Puts a numeric address on the loopback device; one that is there is no error.
int rn_loopback_add(const char *address);
// Gives up every capability, for children too, and the way to get any back.
int rn_drop_privileges(void);
// Leaves the network, the mounts and the host name of its sandbox to the others: it has its own from now on. A network of
// its own has nothing but a loopback device, which is down.
int rn_own_machine(void);
// The host name of this machine.
int rn_set_host_name(const char *name);
// Shows a file or directory, with what is mounted in it, over another.
int rn_show_over(const char *source, const char *target);
// RLIMIT_NPROC.
int rn_limit_processes(unsigned long count);
// Blocks one or two signals (0: none) and gives a descriptor that is readable when one has come; -errno on failure.
int rn_signal_descriptor(int first, int second);
// The next signal of that descriptor; 0: none.
int rn_next_signal(int fd);
// A packet socket on the loopback device that gets TCP's SYN and RST of that family, from the network header on, 128
// bytes at most; -errno on failure.
int rn_watch_dials(int family);

#endif
