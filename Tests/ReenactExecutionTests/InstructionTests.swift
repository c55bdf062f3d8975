import Foundation
import Testing

@testable import ReenactExecution

struct InstructionTests {
    /// objdump's listing of a library: address, bytes, mnemonic.
    @Test(arguments: ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6"])
    func `lengths are those of objdump`(library: String) throws {
        guard FileManager.default.fileExists(atPath: library) else { return }
        let (_, listing) = try Laboratory.run([
            "/bin/sh", "-c",
            "objdump -d -w --show-raw-insn \(library) | awk -F'\\t' 'NR%7==0 && NF>=3' | head -60000",
        ])
        var checked = 0
        var wrong: [String] = []
        for line in listing.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count >= 3, !parts[2].hasPrefix("(bad)"), !parts[2].hasPrefix(".byte") else { continue }
            let bytes = parts[1].split(separator: " ").compactMap { UInt8($0, radix: 16) }
            // objdump takes fwait (9b) and the instruction after it for one. A prefix on a line of its own is objdump's way with what it does not know.
            guard !bytes.isEmpty, bytes[0] != 0x9b,
                !["data16", "rex.W", "repz", "fwait", "fs", "gs"].contains(
                    parts[2].trimmingCharacters(in: .whitespaces))
            else { continue }
            checked += 1
            if Instruction(bytes + [UInt8](repeating: 0x90, count: 4))?.length != bytes.count {
                wrong.append(String(line))
            }
        }
        #expect(checked > 10_000)
        #expect(wrong.isEmpty, "\(wrong.count) of \(checked): \(wrong.prefix(5))")
    }

    @Test func `random bytes have a length or none`() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        for _ in 0..<50_000 {
            let bytes = (0..<16).map { _ in UInt8(random.below(256)) }
            if let found = Instruction(bytes) { #expect((1...15).contains(found.length), "seed \(seed)") }
            _ = Instruction.group(bytes)
        }
    }

    @Test func `a loop of short instructions can be moved as a group`() throws {
        // mov (%rax),%edx; test %edx,%edx; je
        let group = try #require(Instruction.group([0x8b, 0x10, 0x85, 0xd2, 0x74, 0xfa]))
        #expect(group.map(\.length) == [2, 2, 2])
        #expect(Instruction.group([0x0f, 0x05, 0x90, 0x90, 0x90]) == nil)
    }
}
