import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// `reenact-runner PLAN_FILE REPORT_FD`: carries one plan out and reports. `--group FILE REPORT_FD` does so with several
/// services (`GroupPlan`), by starting itself with `--service` for each.
public enum Runner {
    /// Runs the attempt.
    ///
    /// - Returns: the exit status: 0 carried through, 1 not (the report says why), 2 wrong use or a damaged plan (one
    ///   line on standard error says why).
    public static func main(_ arguments: [String]) -> Int32 {
        let started = MonotonicClock.now()
        signal(SIGPIPE, SIG_IGN)
        let isGroup = arguments.dropFirst().first == "--group"
        let isService = arguments.dropFirst().first == "--service"
        let words = isGroup || isService ? Array(arguments.dropFirst()) : arguments
        guard words.count == 3, let report = Int32(words[2]), fcntlWorks(report) else {
            return refuse("usage: reenact-runner [--group] PLAN_FILE REPORT_FD, where REPORT_FD is an open descriptor")
        }
        _ = rn_set_close_on_exec(report, 1)
        if isGroup { return group(words[1], report, started) }
        let plan: Plan
        switch read(Plan.self, words[1]) {
        case .success(let value): plan = value
        case .failure(let failure): return refuse(failure.reason)
        }
        guard isService == (plan.part != nil) else { return refuse("the plan of a service goes with --service") }
        let reporter = Reporter(fd: report, started: started)
        reporter.tell(.hello(nonce: plan.nonce))
        reporter.stage("plan")
        do {
            return try Attempt(plan: plan, reporter: reporter, started: started).run()
        } catch {
            reporter.tell(.failed(stage: "plan", reason: "\(error)"))
            reporter.tell(.done(time: reporter.time))
            return 1
        }
    }

    private static func group(_ path: String, _ report: Int32, _ started: Int64) -> Int32 {
        switch read(GroupPlan.self, path) {
        case .success(let plan) where plan.plans.indices.contains(plan.front):
            do {
                return try GroupRunner(plan: plan, reporter: Reporter(fd: report, started: started, prefix: "- "))
                    .run(executable: "/proc/self/exe")
            } catch {
                return refuse("\(error)")
            }
        case .success: return refuse("the plan \(path) is damaged: it has no front")
        case .failure(let failure): return refuse(failure.reason)
        }
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ path: String) -> Result<Value, AttemptFailure> {
        do {
            return .success(try JSONText.decode(type, from: try FileBytes.read(path)))
        } catch let error as LinuxError {
            return .failure(.init(stage: "plan", reason: "the plan cannot be read: \(error)"))
        } catch let DecodingError.keyNotFound(key, context) {
            let place = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
            return .failure(.init(stage: "plan", reason: "the plan \(path) is damaged: \(place) is missing"))
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
            let DecodingError.dataCorrupted(context)
        {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            let what = place.isEmpty ? "it is not JSON of a plan's shape" : "\(place) is not what it should be"
            return .failure(.init(stage: "plan", reason: "the plan \(path) is damaged: \(what)"))
        } catch {
            return .failure(.init(stage: "plan", reason: "the plan \(path) is damaged"))
        }
    }

    private static func fcntlWorks(_ fd: Int32) -> Bool {
        var status = stat()
        return fd >= 0 && fstat(fd, &status) == 0
    }

    private static func refuse(_ reason: String) -> Int32 {
        let line = Array("reenact-runner: \(reason)\n".utf8)
        _ = write(2, line, line.count)
        return 2
    }
}
