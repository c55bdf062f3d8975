import ReenactTimeline
import Synchronization
import Testing

@testable import ReenactReproduction

struct InquiryTests {
    private func conditions(_ count: Int, stage: (Int) -> Condition.Stage = { _ in .suspect }) -> [Condition] {
        (0..<count).map { number in
            Condition(
                .variable, recorded: "c\(number + 1)", changed: "", event: number + 1, target: "\(number + 1)",
                stage: stage(number + 1), change: .variable(name: "V\(number + 1)", value: ""))
        }
    }

    /// Fails for as long as `fails` says so of the conditions that were left as they are.
    private func ask(
        _ count: Int, budget: Int? = nil, width: Int = 1, unknown: Set<Int> = [],
        stage: (Int) -> Condition.Stage = { _ in .suspect }, steps: @escaping @Sendable (Int) -> Void = { _ in },
        fails: @escaping @Sendable (Set<Int>) -> Bool
    ) async throws -> Inquiry.Answer {
        let all = conditions(count, stage: stage)
        var inquiry = Inquiry(all, budget: budget, width: width) { groups in
            steps((groups.count + width - 1) / width)
            return groups.map { changes in
                let changed = Set(changes.compactMap(\.event))
                let left = Set(all.compactMap(\.event)).subtracting(changed)
                let result = !changed.isDisjoint(with: unknown) ? "unknown" : fails(left) ? "still-fails" : "gone"
                return .init(changes: changes.map(\.recorded), result: result, reason: "", milliseconds: 1)
            }
        }
        return try await inquiry.run()
    }

    @Test(arguments: [1, 2, 7, 20, 40])
    func `one necessary condition is found within the budget, wherever it stands`(_ count: Int) async throws {
        for wanted in 1...count {
            let answer = try await ask(count) { $0.contains(wanted) }
            #expect(answer.events == [wanted] && answer.isSufficient == true && answer.isConfirmed)
            #expect(answer.experiments.count <= count / 2 + 10)
        }
    }

    @Test(arguments: [(Condition.Stage.suspect, true), (.possible, false)])
    func `what nothing speaks for must be seen more often than what the failure names`(
        stage: Condition.Stage, isTold: Bool
    ) async throws {
        // Gone a few times, as by chance, and then not any more.
        let gone = Mutex(0)
        let answer = try await ask(1, budget: 30, stage: { _ in stage }) { left in
            if left.contains(1) { return true }
            return gone.withLock { count in
                count += 1
                return count > 4
            }
        }
        #expect((answer.state == "determined") == isTold)
    }

    @Test func `after its time nothing new is looked for`() async throws {
        let all = conditions(20)
        var inquiry = Inquiry(all, budget: nil, isLate: { true }) { groups in
            groups.map { changes in
                let isGone = changes.contains { $0.event == 17 }
                return .init(
                    changes: changes.map(\.recorded), result: isGone ? "gone" : "still-fails", reason: "",
                    milliseconds: 1)
            }
        }
        let answer = try await inquiry.run()
        #expect(answer.state == "not-determined" && answer.obstacle == "budget" && answer.experiments.count <= 4)
    }

    @Test(arguments: [(0, [2]), (Likelihood.strong, [1, 2])])
    func `beside the cause that triage speaks of only a strong one is told`(score: Int, told: [Int]) async throws {
        var all = conditions(2)
        all[0].score = score
        all[1].isTold = true
        var inquiry = Inquiry(all, budget: nil) { groups in
            groups.map { changes in
                .init(
                    changes: changes.map(\.recorded), result: changes.isEmpty ? "still-fails" : "gone", reason: "",
                    milliseconds: 1)
            }
        }
        let answer = try await inquiry.run()
        #expect(answer.events.sorted() == told)
        if told.count == 1 { #expect(answer.isSufficient == nil) }
    }

    @Test func `another member of the answer that triage speaks of is not told beside the one that it names`()
        async throws
    {
        var all = conditions(2)
        all[0].event = all[1].event
        all[1].isTold = true
        var inquiry = Inquiry(all, budget: nil) { groups in
            groups.map { changes in
                .init(
                    changes: changes.map(\.recorded), result: changes.isEmpty ? "still-fails" : "gone", reason: "",
                    milliseconds: 1)
            }
        }
        let answer = try await inquiry.run()
        #expect(answer.causes.map(\.recorded) == [all[1].recorded])
    }

    @Test func `the likeliest condition costs seven attempts`() async throws {
        let answer = try await ask(20) { $0.contains(1) }
        #expect(answer.experiments.count == 7)
    }

    @Test func `repetitions fill places that would be idle, and cost nothing more`() async throws {
        let steps = Mutex(0)
        let answer = try await ask(20, width: 2, steps: { count in steps.withLock { $0 += count } }) { $0.contains(1) }
        #expect(answer.events == [1] && answer.isConfirmed && answer.isSufficient == true)
        // Control, likeliest and the rest; then two repetitions of two, one of which stood beside the rest.
        #expect(answer.experiments.count == 7 && steps.withLock { $0 } == 4)
    }

    @Test(arguments: [1, 2, 7, 20])
    func `side by side the same causes are found within the same budget`(_ count: Int) async throws {
        for wanted in 1...count {
            for width in 2...3 {
                let one = try await ask(count, width: width) { $0.contains(wanted) }
                #expect(one.events == [wanted] && one.isSufficient == true && one.isConfirmed)
                #expect(one.experiments.count <= count / 2 + 10)
                let two = try await ask(count, width: width, unknown: [1]) { $0.contains(wanted) }
                #expect(wanted == 1 ? two.events.isEmpty : two.events == [wanted] || two.state == "not-determined")
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `what a repetition in an idle place shows otherwise makes the cause untold`(_ width: Int) async throws {
        let number = Mutex(0)
        // The same change makes it go away the first time only.
        let answer = try await ask(6, width: width) { left in
            if left.contains(1) { return true }
            return number.withLock {
                $0 += 1
                return $0 > 1
            }
        }
        #expect(answer.state == "not-determined")
    }

    @Test func `two conditions that are needed together are both found, and are enough`() async throws {
        let answer = try await ask(12) { $0.isSuperset(of: [3, 9]) }
        #expect(Set(answer.events) == [3, 9] && answer.state == "determined" && answer.isSufficient != false)
        let early = try await ask(6) { $0.isSuperset(of: [1, 4]) }
        #expect(Set(early.events) == [1, 4] && early.isSufficient == true)
    }

    @Test func `of two that are enough each, both are shown and none is called necessary`() async throws {
        let answer = try await ask(4) { $0.contains(1) || $0.contains(4) }
        #expect(answer.state == "determined" && answer.necessary.isEmpty)
        #expect(answer.alternatives.map(Set.init) == [["c1", "c4"]])
    }

    @Test func `one that is needed beside either of two is not called enough by itself`() async throws {
        let answer = try await ask(16) { $0.contains(2) && ($0.contains(5) || $0.contains(9)) }
        #expect(answer.necessary == ["c2"] && answer.isSufficient != true)
        let small = try await ask(4) { $0.contains(1) && ($0.contains(3) || $0.contains(4)) }
        #expect(small.necessary == ["c1"] && small.alternatives.map(Set.init) == [["c3", "c4"]])
    }

    @Test func `what can't be told is unknown, not innocent`() async throws {
        let answer = try await ask(4, unknown: [2]) { $0.contains(3) }
        #expect(answer.unknown == ["c2"] && answer.events == [3] && answer.isSufficient == nil)
    }

    @Test func `nothing but unknown results determine nothing`() async throws {
        let answer = try await ask(3, unknown: [1, 2, 3]) { _ in true }
        #expect(answer.state == "not-determined" && answer.obstacle == "unknown" && answer.unknown.count == 3)
    }

    @Test func `what does not fail again determines nothing`() async throws {
        let answer = try await ask(3) { _ in false }
        #expect(answer.state == "not-determined" && answer.obstacle == "not-reproduced")
    }

    @Test func `a failure that nothing changes has no recorded cause`() async throws {
        let answer = try await ask(9) { _ in true }
        #expect(answer.state == "not-determined" && answer.obstacle == "no-effect" && answer.unknown.isEmpty)
    }

    @Test func `a budget bounds the attempts`() async throws {
        let answer = try await ask(40, budget: 3) { $0.contains(40) }
        #expect(answer.experiments.count <= 3 && answer.obstacle == "budget")
    }

    @Test func `where the budget ends too early, what was gone is told as not confirmed`() async throws {
        let answer = try await ask(20, budget: 2) { $0.contains(1) }
        #expect(answer.state == "not-determined" && answer.obstacle == "budget" && answer.unconfirmed == ["c1"])
        #expect(answer.sentence.contains("c1, the failure was gone, but the 2 attempts"))
    }

    @Test func `an inquiry that is interrupted tells what it saw`() async throws {
        let all = conditions(20)
        let work = Task {
            var inquiry = Inquiry(all, budget: nil) { groups in
                if groups.contains(where: { $0.count > 1 }) { withUnsafeCurrentTask { $0?.cancel() } }
                return groups.map { changes in
                    let isGone = changes.contains { $0.event == 1 }
                    return .init(
                        changes: changes.map(\.recorded), result: isGone ? "gone" : "still-fails", reason: "",
                        milliseconds: 1)
                }
            }
            return try await inquiry.run()
        }
        let answer = try await work.value
        #expect(answer.state == "not-determined" && answer.obstacle == "interrupted" && answer.causes.isEmpty)
    }

    @Test func `of two causes the one that leads around the place is not told`() async throws {
        let all = conditions(6)
        var inquiry = Inquiry(all, budget: nil) { groups in
            groups.map { changes in
                let changed = Set(changes.compactMap(\.event))
                let isGone = changed.contains(2) || changed.contains(4)
                return .init(
                    changes: changes.map(\.recorded), result: isGone ? "gone" : "still-fails", reason: "",
                    milliseconds: 1, passes: changed.contains(2) ? 4 : 3)
            }
        }
        let answer = try await inquiry.run()
        #expect(answer.necessary == ["c2"] && answer.isConfirmed)
    }

    @Test func `later stages are looked at only where the suspects change nothing`() async throws {
        let stage: (Int) -> Condition.Stage = { $0 <= 3 ? .suspect : .possible }
        let early = try await ask(10, stage: stage) { $0.isSuperset(of: [2, 8]) }
        #expect(early.events == [2])
        let late = try await ask(10, stage: stage) { $0.contains(8) }
        #expect(late.events == [8])
    }

    @Test func `chance is not taken for a cause`() async throws {
        var determined = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            let coin = Coin(seed: seed)
            let all = conditions(6)
            var inquiry = Inquiry(all, budget: nil) { groups in
                groups.map {
                    .init(
                        changes: $0.map(\.recorded), result: coin.toss() ? "still-fails" : "gone", reason: "",
                        milliseconds: 1)
                }
            }
            let answer = try await inquiry.run()
            // Of a fair coin, one in 32 fails unchanged and agrees with itself four times.
            if answer.state == "determined" { determined += 1 }
            #expect(answer.experiments.count <= 13, "seed \(seed)")
        }
        #expect(determined <= 20)
    }

    @Test func `of causes made of necessary conditions and alternatives nothing wrong is told`() async throws {
        _ = try await wholeCauses(seed: .random(in: 0 ... .max))
    }

    /// In 300 other draws it was 184 at least, 191 in the middle; these are the same in every run.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `nine of ten causes made of necessary conditions and alternatives are found whole`(_ seed: UInt64) async throws
    {
        #expect(try await wholeCauses(seed: seed) >= 180)
    }

    /// How many of 200 drawn causes are found whole; whether what is told is right, and within the budget.
    private func wholeCauses(seed: UInt64) async throws -> Int {
        var generator = Coin.Generator(state: seed)
        var whole = 0
        for _ in 0..<200 {
            let count = Int.random(in: 4...30, using: &generator)
            var items = Array(1...count).shuffled(using: &generator)
            let single = Int.random(in: 0...2, using: &generator)
            let clauses = (0..<max(1, single)).map { _ in [items.removeLast()] }
            let causes = single == 0 ? [[items.removeLast(), items.removeLast()]] : clauses
            let answer = try await ask(count) { left in
                causes.allSatisfy { clause in clause.contains { left.contains($0) } }
            }
            let found = answer.necessary.map { [$0] } + answer.alternatives.map { $0.sorted() }
            let wanted = causes.map { $0.map { "c\($0)" }.sorted() }
            // Nothing wrong is ever told; what is not told was out of the budget's reach, and is said to be unknown.
            #expect(Set(found).isSubset(of: Set(wanted)), "seed \(seed): \(causes) of \(count)")
            #expect(Set(found) == Set(wanted) || !answer.unknown.isEmpty, "seed \(seed): \(causes) of \(count)")
            if Set(found) == Set(wanted) { whole += 1 }
            #expect(answer.experiments.count <= count / 2 + 10, "seed \(seed)")
        }
        return whole
    }

    @Test func `another answer moves what follows on its connection`() throws {
        var value = Case(
            id: "x", anchor: .init(unixNanoseconds: 0), failureTime: 9, signature: .init(kind: .exit),
            trigger: .init(kind: .command, summary: "", time: 0), environment: .init(command: [], workingDirectory: ""))
        var line = Connection(id: 1, direction: .outbound, transport: .tcp, server: "s", opened: 0)
        line.segments = [
            Segment(side: .server, time: 1, offset: 0, bytes: Array("aaBB".utf8)),
            Segment(side: .server, time: 2, offset: 4, bytes: Array("Bcc".utf8)),
        ]
        value.connections = [line]
        value.events = [
            Event(id: 1, kind: .call, connection: 1, start: 1, summary: "", response: .init(offset: 2, length: 3)),
            Event(id: 2, kind: .call, connection: 1, start: 2, summary: "", response: .init(offset: 5, length: 2)),
        ]
        let changed = value.answering(1, with: Array("longer".utf8))
        let connection = try #require(changed.connections.first)
        let whole = connection.bytes(.init(offset: 0, length: 100), from: .server)
        #expect(String(decoding: whole, as: UTF8.self) == "aalongercc")
        let second = try #require(changed.events[1].response)
        #expect(String(decoding: connection.bytes(second, from: .server), as: UTF8.self) == "cc")
    }
}
