import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// `reenact-runner PLAN_FILE REPORT_FD`: carries one plan out and reports.
public enum Runner {
    /// Runs the attempt.
    ///
    /// - Returns: the exit status: 0 carried through, 1 not (the report says why), 2 wrong use or a damaged plan (one
    ///   line on standard error says why).
    public static func main(_ arguments: [String]) -> Int32 {
        let started = MonotonicClock.now()
        signal(SIGPIPE, SIG_IGN)
        guard arguments.count == 3, let report = Int32(arguments[2]), fcntlWorks(report) else {
            return refuse("usage: reenact-runner PLAN_FILE REPORT_FD, where REPORT_FD is an open descriptor")
        }
        _ = rn_set_close_on_exec(report, 1)
        let plan: Plan
        switch read(arguments[1]) {
        case .success(let value): plan = value
        case .failure(let failure): return refuse(failure.reason)
        }
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

    private static func read(_ path: String) -> Result<Plan, AttemptFailure> {
        do {
            return .success(try JSONText.decode(Plan.self, from: try FileBytes.read(path)))
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
