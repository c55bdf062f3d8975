// Between fork and exec only async-signal-safe calls: the parent has threads.
#include "clinux.h"
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const stages[] = {"fork", "seccomp", "chdir", "exec"};

static void fail(int pipe, int stage) {
    int report[2] = {stage, errno};
    (void)!write(pipe, report, sizeof report);
    _exit(127);
}

static void child(const struct rn_spawn_plan *plan, int pipe, int channel) {
    for (int signal = 1; signal < 65; signal++)
        if (signal != SIGKILL && signal != SIGSTOP) {
            struct sigaction action;
            // What the user set to be ignored (nohup) stays ignored; our own handlers go.
            if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
                memset(&action, 0, sizeof action);
                action.sa_handler = SIG_DFL;
                sigaction(signal, &action, NULL);
            }
        }
    struct sigaction pipe_default = {.sa_handler = SIG_DFL};
    sigaction(SIGPIPE, &pipe_default, NULL);
    if (plan->death_signal) prctl(PR_SET_PDEATHSIG, plan->death_signal, 0, 0, 0);
    if (plan->new_group) setpgid(0, 0);
    for (int i = 0; i < 3; i++)
        if (plan->standard[i] >= 0 && dup2(plan->standard[i], i) < 0) fail(pipe, 0);
    if (plan->directory && chdir(plan->directory) != 0) fail(pipe, 2);
    if (plan->standard_only) close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    if (plan->keep_fd >= 0) fcntl(plan->keep_fd, F_SETFD, 0);
    if (plan->observe) {
        int listener = rn_install_filter(plan->observe_input);
        if (listener < 0) fail(pipe, 1);
        char byte = 'n';
        if (rn_send_with_fds(channel, &byte, 1, &listener, 1) < 0) fail(pipe, 1);
        close(listener);
    }
    // Only now: a Ctrl-C before this would end the child before the parent has its listener.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvpe(plan->file, plan->argv, plan->envp);
    fail(pipe, 3);
}

int rn_spawn(const struct rn_spawn_plan *plan, pid_t *pid, int *notify_fd, const char **stage) {
    int report[2], channel[2];
    *stage = stages[0];
    *notify_fd = -1;
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
        int error = errno;
        close(report[0]);
        close(report[1]);
        return error;
    }
    pid_t made = fork();
    if (made == 0) {
        close(report[0]);
        close(channel[0]);
        child(plan, report[1], channel[1]);
    }
    int error = made < 0 ? errno : 0;
    close(report[1]);
    close(channel[1]);
    if (!error && plan->observe) {
        char byte;
        int fds[64], count = 0;
        int got;
        do got = rn_receive_with_fds(channel[0], &byte, 1, fds, &count);
        while (got < 0 && errno == EINTR);
        if (got == 1 && count == 1) *notify_fd = fds[0];
    }
    if (!error) {
        int failure[2];
        ssize_t got;
        do got = read(report[0], failure, sizeof failure);
        while (got < 0 && errno == EINTR);
        if (got == sizeof failure) {
            error = failure[1] ? failure[1] : EINVAL;
            *stage = stages[failure[0]];
            int status;
            waitpid(made, &status, 0);
            if (*notify_fd >= 0) close(*notify_fd);
            *notify_fd = -1;
        } else if (plan->observe && *notify_fd < 0) {
            // It was killed on its way.
            error = ECHILD;
            *stage = stages[1];
            int status;
            waitpid(made, &status, 0);
        }
    }
    close(report[0]);
    close(channel[0]);
    *pid = made;
    return error;
}
