#include "case.h"
struct test_case *all_cases;
int main(int count, char **arguments) {
    for (struct test_case *each = all_cases; each; each = each->next) {
        if (count < 2) puts(each->name);
        else if (strcmp(each->name, arguments[1]) == 0) return each->run();
    }
    return count < 2 ? 0 : 64;
}
