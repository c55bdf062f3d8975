import ReenactLinux
import Testing

@testable import ReenactStubs

@Suite struct AnswerGateTests {
    /// What went out, in order, and whether the program works.
    private final class World {
        var out: [Int] = []
        var isAtRest = true
        var delivery = AnswerGate.Delivery.arrived
        var looks = 0
    }

    private let loop: EventLoop
    private let world = World()

    init() throws { loop = try EventLoop() }

    private func gate(_ order: [Int]) -> AnswerGate {
        let world = world
        return AnswerGate(order, loop: loop) {
            world.looks += 1
            return world.isAtRest
        }
    }

    private func ask(_ gate: AnswerGate, _ event: Int) {
        let world = world
        if gate.pass([event], delivery: { world.delivery }, { world.out.append(event) }) { world.out.append(event) }
    }

    private func turn(until isDone: () -> Bool) {
        while !isDone() { loop.turn(longestWait: 10) }
    }

    @Test func `answers go out in the given order whatever is asked first`() {
        let gate = gate([-1, -2, -3, 3, 1, 2])
        for event in [1, 2, 3] { ask(gate, event) }
        turn { world.out.count == 3 }
        #expect(world.out == [3, 1, 2])
    }

    @Test func `an answer waits until the program has dealt with the one before`() {
        let gate = gate([-1, -2, 2, 1])
        ask(gate, 1)
        ask(gate, 2)
        turn { world.out == [2] }
        world.isAtRest = false
        world.looks = 0
        turn { world.looks > 20 }
        #expect(world.out == [2])
        world.isAtRest = true
        turn { world.out.count == 2 }
        #expect(world.out == [2, 1])
    }

    @Test func `an answer waits until the one before is sent`() {
        let gate = gate([-1, -2, 2, 1])
        ask(gate, 2)
        ask(gate, 1)
        turn { world.out == [2] }
        world.delivery = .waiting
        for _ in 0..<20 { loop.turn(longestWait: 2) }
        #expect(world.out == [2])
        world.delivery = .sent
        turn { world.out.count == 2 }
    }

    @Test func `questions that came at once are answered at once`() {
        let gate = gate([-1, -2, -3, -4, 1, 2, 3, 4])
        var passed: [Int] = []
        gate.onSkip = { passed += $0 }
        let world = world
        if gate.pass([2, 3], delivery: { .arrived }, { world.out += [2, 3] }) { world.out += [2, 3] }
        ask(gate, 4)
        ask(gate, 1)
        turn { world.out.count == 4 }
        #expect(world.out == [1, 2, 3, 4])
        #expect(passed.isEmpty)
    }

    @Test func `what never comes is passed over and told`() {
        let gate = gate([-1, 1, -2, -3, 2, 3])
        var passed: [Int] = []
        gate.onSkip = { passed += $0 }
        ask(gate, 2)
        ask(gate, 3)
        turn { world.out.count == 2 }
        #expect(world.out == [2, 3])
        #expect(passed == [-1, 1])
    }

    @Test func `answers that are in no order go at once`() {
        let gate = gate([-1, 1])
        world.isAtRest = false
        ask(gate, 7)
        #expect(world.out == [7])
    }
}
