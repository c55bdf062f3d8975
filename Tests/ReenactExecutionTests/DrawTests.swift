import Foundation
import Testing

@testable import ReenactExecution

/// Programs that execute `rdrand` and `rdseed`.
@Suite(.serialized) struct DrawTests {
    static let draws = """
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        unsigned long table[64]; int drawn;
        #define TRY(instruction, type, constraint) { type v; unsigned char ok; \\
            asm volatile(instruction " %0; setc %1" : constraint(v), "=qm"(ok)); if (ok) table[drawn++] = (unsigned long)v; }
        int main() {
            for (int i = 0; i < 3; i++) {
                TRY("rdrand", unsigned short, "=r") TRY("rdrand", unsigned int, "=r") TRY("rdrand", unsigned long, "=r")
                TRY("rdseed", unsigned long, "=r") TRY("rdrand", unsigned long, "=&S")
                { register unsigned long v asm("r13"); unsigned char ok; asm volatile("rdrand %0; setc %1" : "=r"(v), "=qm"(ok)); if (ok) table[drawn++] = v; }
            }
            // The same bytes inside another instruction.
            unsigned a; asm volatile("mov $0xf0c70f, %0" : "=r"(a));
            for (int i = 0; i < drawn; i++) printf("%lx\\n", table[i]);
            int distinct = 0; for (int i = 1; i < drawn; i++) distinct += table[i] != table[i - 1];
            return a == 0xf0c70f ? distinct : 99; }
        """

    @Test(
        .enabled(if: HardwareNumbers.isOffered), arguments: [true, false],
        [[], ["-static"], ["-static", "-fno-asynchronous-unwind-tables"]])
    func `numbers that the processor draws are in the recording`(isBuffered: Bool, options: [String]) throws {
        let name = "draws-\(isBuffered)-\(options.count)"
        let program = try Laboratory.compile(name, DrawTests.draws, options: options)
        let (path, summary) = try Laboratory.record(name + "-run", [program], checkEvery: 1, isBuffered: isBuffered)
        // Of 18 numbers, two of 16 bits that follow each other may be equal.
        #expect(summary.status >= 15 && summary.status <= 17)
        #expect(summary.notes.isEmpty)
        #expect(try Laboratory.events(path).count { if case .draw = $0.body { true } else { false } } == 18)
        let report = try Laboratory.replay(path, isBuffered: !isBuffered)
        #expect(report.events == summary.events)
    }

    @Test(.enabled(if: HardwareNumbers.isOffered)) func `another number stops the replay`() throws {
        let program = try Laboratory.compile("draws-control", DrawTests.draws)
        let (path, _) = try Laboratory.record("draws-control-run", [program], checkEvery: 1)
        let other = try Laboratory.rewrite(path, to: "draws-other") { events in
            let place = try #require(events.lastIndex { if case .draw = $0.body { true } else { false } })
            guard case .draw(let at, let value) = events[place].body else { return }
            events[place].body = .draw(at: at, value: value ^ 1)
        }
        #expect(throws: ExecutionError.self) { try Laboratory.replay(other) }
    }

    @Test func `C++'s random_device replays, and a program that only links it is not spoken of`() throws {
        let source = """
            #include <cstdio>
            #include <cstdlib>
            #include <random>
            int main(int n, char **) { if (n > 1) { std::random_device d; for (int i = 0; i < 5; i++) printf("%u\\n", d()); }
              std::mt19937 g(7); printf("%u\\n", unsigned(g())); return 0; }
            """
        let program = try Laboratory.compile("device", source, options: ["-xc++", "-Wl,--no-as-needed,-lstdc++"])
        for arguments in [[], ["draw"]] {
            let (path, summary) = try Laboratory.record(
                "device-run-\(arguments.count)", [program] + arguments, checkEvery: 1)
            #expect(summary.notes.isEmpty && summary.status == 0)
            #expect(try Laboratory.replay(path).events == summary.events)
        }
    }

    @Test func `text that becomes executable later is looked through`() throws {
        let program = try Laboratory.compile(
            "late-text",
            """
            #include <string.h>
            #include <sys/mman.h>
            unsigned long draw(void); asm(".globl draw; draw: rdrand %rax; jnc draw; ret; .fill 64, 1, 0x90");
            int main() { char *p = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(p, 0x90, 256);
              memcpy(p + 256, draw, 64); mprotect(p, 4096, PROT_READ | PROT_EXEC);
              unsigned long a = ((unsigned long (*)(void))(p + 256))(); volatile unsigned long kept = a; return (kept & 0) + 5; }
            """)
        let (path, summary) = try Laboratory.record("late-text-run", [program], checkEvery: 1)
        #expect(summary.status == 5)
        #expect(try Laboratory.replay(path).events == summary.events)
    }

    @Test(arguments: [UInt8(0xf0), 0xf3, 0xf8, 0xff], [[], [0x48], [0x66], [0x41], [0x66, 0x49]] as [[UInt8]])
    func `instructions are read with their prefixes`(operand: UInt8, prefixes: [UInt8]) throws {
        let code = prefixes + [0x0f, 0xc7, operand, 0x72, 0x05]
        let found = try #require(DrawInstruction(code, isMarked: false))
        #expect(found.length == prefixes.count + 3)
        #expect(Instruction(code)?.length == found.length)
        var marked = code
        marked[prefixes.count + 1] = DrawInstruction.mark
        #expect(DrawInstruction(marked, isMarked: true) == found)
        #expect(Instruction(marked)?.length == found.length)
        #expect(Instruction.group(marked) == nil)
        // rdpid has a prefix, cmpxchg8b an operand in memory.
        #expect(DrawInstruction([0xf3] + code, isMarked: false) == nil)
        #expect(DrawInstruction(prefixes + [0x0f, 0xc7, 0x08], isMarked: false) == nil)
    }

    @Test func `bytes that only look like one are left alone`() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        for _ in 0..<20 {
            // mov $0xf0c70f, %eax among others of its kind: each has the bytes inside.
            var text = [UInt8](repeating: 0x90, count: 128 + random.below(8))
            for _ in 0..<8 { text += [0xb8 + UInt8(random.below(8)), 0x0f, 0xc7, 0xf0 | UInt8(random.below(16)), 0] }
            text += [UInt8](repeating: 0x90, count: 64)
            let found = text.withUnsafeBytes { DrawFinder($0).find(in: 0..<UInt64($0.count)) }
            #expect(found.marks.isEmpty && found.doubts.isEmpty, "seed \(seed)")
        }
    }
}
