#include "case.h"
struct test_case *all_cases;
int main(int count, char **arguments) {
    // Several: each in a process of its own.
    for (int i = 1; count > 2 && i < count; i++) {
        pid_t child = fork();
        if (child == 0) return main(2, (char *[]){arguments[0], arguments[i]});
        int status;
        while (waitpid(child, &status, 0) < 0) {}
        SAY("%s: %d\n", arguments[i], status);
    }
    if (count > 2) return 0;
    for (struct test_case *each = all_cases; each; each = each->next) {
        if (count < 2) puts(each->name);
        else if (strcmp(each->name, arguments[1]) == 0) return each->run();
    }
    return count < 2 ? 0 : 64;
}
