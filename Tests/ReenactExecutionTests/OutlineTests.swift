import Foundation
import Testing

@testable import ReenactExecution

/// What a file says by itself of processes and signals.
struct OutlineTests {
    @Test func `programs with their arguments, forks, ends and the place of a crash`() throws {
        let program = try Laboratory.compile(
            "outlined",
            """
            #include <stdlib.h>
            #include <sys/wait.h>
            #include <unistd.h>
            __attribute__((noinline)) int reads_nothing(volatile int *p) { return *p + 1; }
            int main(int count, char **arguments) {
                int status;
                if (fork() == 0) { execl("/bin/sh", "sh", "-c", "exit 3", (char *)0); }
                wait(&status);
                if (fork() == 0) _exit(reads_nothing(0));
                wait(&status);
                return 0;
            }
            """)
        let made = try Laboratory.record("outlined", [program, "one argument"])
        let outline = ExecutionOutline(try RecordingReader(made.recording))
        #expect(outline.processes == 3 && outline.threads == 0 && outline.defect == nil)
        #expect(outline.calls > 10)
        let programs = outline.items.compactMap { item -> [String]? in
            if case .program(_, let arguments) = item.body { arguments } else { nil }
        }
        #expect(programs.contains([program, "one argument"]) && programs.contains(["sh", "-c", "exit 3"]))
        #expect(outline.items.contains { $0.body == .ended(status: 3) && $0.task == 1 })
        let place = try #require(
            outline.items.compactMap { item -> ExecutionPlace? in
                if case .signal("SIGSEGV", true, let place) = item.body { place } else { nil }
            }.first)
        #expect(place.function == "reads_nothing" && place.file.hasSuffix("/outlined"))
        #expect(place.text.hasPrefix("reads_nothing (outlined+0x"))
        #expect(outline.items.contains { $0.body == .killed(signal: "SIGSEGV") && $0.task == 2 })
        #expect(outline.items.contains { $0.body == .ended(status: 0) && $0.task == 0 })
    }

    @Test func `symbols of a damaged file are none`() throws {
        let program = try Laboratory.compile("symbols", "int main(void) { return 0; }")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: program)))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var damaged = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            for _ in 0..<20 where !damaged.isEmpty {
                damaged[Int.random(in: 0..<min(damaged.count, 2000), using: &generator)] = .random(in: 0...255)
            }
            _ = SymbolTable(damaged)?.function(at: UInt64.random(in: 0...20_000, using: &generator))
        }
        #expect(SymbolTable([]) == nil && SymbolTable(Array("#!/bin/sh".utf8)) == nil)
    }
}
