import CLinux
import Glibc

/// The plan as the C side reads it: one block of memory, made before the clone and freed after it.
final class SetupImage {
    private var strings: [UnsafeMutablePointer<CChar>] = []
    private var blocks: [UnsafeMutableRawPointer] = []
    private let steps: UnsafeMutablePointer<clinux_step>
    private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private var plan = clinux_sandbox_plan()

    init(steps list: [SetupStep], spec: SandboxSpec) {
        steps = .allocate(capacity: max(list.count, 1))
        arguments = .allocate(capacity: spec.arguments.count + 1)
        variables = .allocate(capacity: spec.variables.count + 1)
        for (index, step) in list.enumerated() {
            var image = clinux_step()
            image.kind = step.kind
            image.flags = step.flags
            image.a = UnsafePointer(text(step.a))
            image.b = UnsafePointer(text(step.b))
            image.c = UnsafePointer(text(step.c))
            image.d = UnsafePointer(text(step.d))
            image.n = step.n
            image.m = step.m
            image.bytes = UnsafeRawPointer(block(step.bytes))
            image.length = step.bytes.count
            (steps + index).initialize(to: image)
        }
        for (index, argument) in spec.arguments.enumerated() { (arguments + index).initialize(to: text(argument)) }
        (arguments + spec.arguments.count).initialize(to: nil)
        let sorted = spec.variables.sorted { $0.key < $1.key }
        for (index, variable) in sorted.enumerated() {
            (variables + index).initialize(to: text("\(variable.key)=\(variable.value)"))
        }
        (variables + sorted.count).initialize(to: nil)
        plan.steps = UnsafePointer(steps)
        plan.count = list.count
        plan.program = UnsafePointer(text(spec.program))
        plan.arguments = UnsafePointer(arguments)
        plan.variables = UnsafePointer(variables)
    }

    deinit {
        for string in strings { free(string) }
        for block in blocks { free(block) }
        steps.deallocate()
        arguments.deallocate()
        variables.deallocate()
    }

    private func text(_ string: String) -> UnsafeMutablePointer<CChar>? {
        guard let copy = strdup(string) else { return nil }
        strings.append(copy)
        return copy
    }

    private func block(_ bytes: [UInt8]) -> UnsafeMutableRawPointer? {
        guard !bytes.isEmpty, let copy = malloc(bytes.count) else { return nil }
        bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: bytes.count) }
        blocks.append(copy)
        return copy
    }

    /// Clones; see `clinux_sandbox_start`. The rest of the plan is filled in by the caller.
    func start(_ fill: (inout clinux_sandbox_plan) -> Void, _ pidfd: inout Int32) -> Int32 {
        fill(&plan)
        return clinux_sandbox_start(&plan, &pidfd)
    }
}
