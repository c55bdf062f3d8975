import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Eight jobs on four threads, and a field that they race on. */
public class Jobs {
    static int racy;

    public static void main(String[] arguments) throws Exception {
        var pool = Executors.newFixedThreadPool(4);
        List<Future<Integer>> jobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            jobs.add(pool.submit(() -> {
                int sum = 0;
                for (int j = 0; j < 300000; j++) {
                    sum = sum * 31 + j + number;
                    racy++;
                }
                return sum;
            }));
        }
        long total = 0;
        for (var job : jobs) total += job.get();
        pool.shutdown();
        System.out.println(total + " " + racy);
    }
}
