#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int rn_open_terminal(int like, int *ours, int *theirs) {
    char name[128];
    *ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ours < 0) return errno;
    if (grantpt(*ours) == 0 && unlockpt(*ours) == 0 && ptsname_r(*ours, name, sizeof name) == 0) {
        *theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (*theirs >= 0) {
            struct termios mode;
            if (tcgetattr(like, &mode) == 0) {
                // The real terminal behind it does what there is to do to output.
                mode.c_oflag &= ~(tcflag_t)OPOST;
                tcsetattr(*theirs, TCSANOW, &mode);
            }
            rn_copy_window_size(like, *ours);
            return 0;
        }
    }
    int error = errno;
    close(*ours);
    return error;
}

void rn_copy_window_size(int from, int to) {
    struct winsize size;
    if (ioctl(from, TIOCGWINSZ, &size) == 0) ioctl(to, TIOCSWINSZ, &size);
}
