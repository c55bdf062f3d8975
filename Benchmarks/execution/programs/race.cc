// Five threads, a counter without a lock, a map with one: the sum is another one in each run.
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

static int shared;
static std::map<int, int> counts;
static std::mutex lock;

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; i++)
        threads.emplace_back([] {
            for (int j = 0; j < 200000; j++) {
                int seen = shared;
                if (j % 1000 == 0) std::this_thread::yield();
                shared = seen + 1;
                if (j % 500 == 0) {
                    std::lock_guard<std::mutex> guard(lock);
                    counts[shared % 100]++;
                }
            }
        });
    for (auto &thread : threads) thread.join();
    std::printf("%d %zu\n", shared, counts.size());
}
