#ifndef REENACT_NOTIFY_H
#define REENACT_NOTIFY_H
// Installs the recorder's filter in the calling thread; gives the listener, or -1 and errno.
int rn_install_filter(int observe_input);
#endif
