import Foundation
import Testing

@testable import ReenactExecution

/// Level L5: a recording with buffered calls against one where each call stops.
@Suite(.serialized) struct CallBufferTests {
    /// Files, directories, descriptors that come and go, results that are errors; threads and a signal in between.
    static let program = """
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static volatile int hits;
        static void handler(int number) { hits++; }
        static char block[3000], noise[2000];
        static void *other(void *argument) {
            for (int i = 0; i < 50; i++) lseek(*(int *)argument, i, SEEK_SET);
            return 0;
        }
        int main(int count, char **arguments) {
            signal(SIGUSR1, handler);
            // Whoever started us may have left it open.
            close(99);
            char *name = arguments[1], second[500];
            snprintf(second, sizeof second, "%s.2", name);
            int random = open("/dev/urandom", O_RDONLY);
            for (int round = 0; round < 60; round++) {
                // What is read is new; what is read again, from two files, is not.
                if (read(random, noise, sizeof noise) != sizeof noise) return 8;
                char first = noise[0];
                int copy = open(second, O_RDWR | O_CREAT | O_TRUNC, 0600);
                if (write(copy, noise, sizeof noise) != sizeof noise) return 9;
                memset(noise, 0, sizeof noise);
                if (pread(copy, noise, sizeof noise, 0) != sizeof noise || noise[0] != first) return 10;
                close(copy);
                int file = open(name, O_RDWR | O_CREAT, 0600);
                memset(block, round, sizeof block);
                if (write(file, block, sizeof block) != sizeof block) return 1;
                struct stat status;
                fstat(file, &status);
                lseek(file, 100, SEEK_SET);
                memset(block, 0, sizeof block);
                if (read(file, block, sizeof block) != sizeof block - 100 || block[7] != round) return 2;
                if (read(99, block, 5) != -1 || errno != EBADF) return 3;
                if (access("/does/not/exist", F_OK) == 0) return 4;
                if (round % 10 == 0) {
                    // Another descriptor takes the number over.
                    int ends[2];
                    if (pipe(ends) != 0) return 5;
                    dup2(ends[0], file);
                    if (write(ends[1], "x", 1) != 1 || read(file, block, 10) != 1) return 6;
                    close(ends[0]), close(ends[1]);
                    raise(SIGUSR1);
                    pthread_t thread;
                    int third = open(name, O_RDONLY);
                    pthread_create(&thread, 0, other, &third);
                    for (int i = 0; i < 50; i++) lseek(third, i, SEEK_SET);
                    pthread_join(thread, 0);
                    close(third);
                }
                close(file);
                rename(name, second);
                unlink(second);
            }
            return hits == 6 ? 0 : 7;
        }
        """

    private func record(_ name: String, isBuffered: Bool) throws -> (String, RecordingSummary) {
        let program = try Laboratory.compile("buffer-\(name)", CallBufferTests.program)
        let result = try Laboratory.record(
            "buffer-run-\(name)", [program, Laboratory.file("buffer-data")], checkEvery: 7, isBuffered: isBuffered)
        #expect(result.summary.status == 0)
        return result
    }

    @Test(arguments: [true, false]) func `most calls come out of the buffer, and both replays are exact`(
        isBuffered: Bool
    ) throws {
        let (path, summary) = try record("exact", isBuffered: true)
        #expect((summary.buffered ?? 0) * 2 > summary.calls)
        let report = try Laboratory.replay(path, isBuffered: isBuffered)
        #expect(report.events == summary.events)
        #expect(report.memoryChecks > 50)
    }

    @Test func `a recording without the buffer is replayed with it`() throws {
        let (path, summary) = try record("plain", isBuffered: false)
        #expect(summary.buffered == 0)
        let (with, without) = (try Laboratory.replay(path), try Laboratory.replay(path, isBuffered: false))
        #expect(with.events == summary.events)
        #expect(with == without)
    }

    @Test(arguments: [true, false]) func `another argument of a call stops both replays at that call`(
        isBuffered: Bool
    ) throws {
        let (path, _) = try record("argument", isBuffered: true)
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "buffer-argument") { events in
            let reads = events.indices.filter { index in
                guard case .call(let entry, _, _) = events[index].body else { return false }
                return entry.call == 8
            }
            target = reads[reads.count / 2]
            guard case .call(var entry, let result, let effects) = events[target].body else { return }
            entry.raw.rsi += 1
            events[target].body = .call(entry: entry, result: result, effects)
        }
        do {
            _ = try Laboratory.replay(changed, isBuffered: isBuffered)
            Issue.record("the replay went through")
        } catch let error as ExecutionError {
            #expect(error.description.contains("event \(target) of"), "\(target): \(error.description)")
        }
    }

    @Test func `a recording with the buffer has the calls, arguments and results of one without`() throws {
        func calls(_ path: String) throws -> [String] {
            var open: [Int: Registers] = [:]
            return try Laboratory.events(path).compactMap { event -> (Registers, Int64)? in
                switch event.body {
                case .call(let entry, let result, _): return (entry, result)
                case .enter(let entry):
                    open[event.task] = entry
                    return nil
                case .leave(let result, _): return open[event.task].map { ($0, result) }
                default: return nil
                }
            }.filter { [0, 1, 2, 3, 5, 8, 21, 82, 87, 257, 262].contains($0.0.call) }.map { entry, result in
                let arguments = (0..<3).map { hexadecimal(entry.argument($0)) }
                return "\(SystemCalls.name(entry.call)) \(arguments) \(hexadecimal(entry.raw.rip)) = \(result)"
            }
        }
        let program = try Laboratory.compile("buffer-same", CallBufferTests.program)
        var lists: [[String]] = []
        for isBuffered in [true, false] {
            let (path, _) = try Laboratory.record(
                "buffer-run-same", [program, Laboratory.file("buffer-same-data")], isBuffered: isBuffered)
            lists.append(try calls(path))
        }
        // The threads' own calls take turns as they like: each kind of call with its arguments is there as often.
        #expect(lists[0].sorted() == lists[1].sorted())
        #expect(lists[0].count > 600)
    }

    @Test(arguments: [true, false]) func `a flipped bit in what a buffered call read stops both replays`(
        isBuffered: Bool
    ) throws {
        let (path, _) = try record("flipped", isBuffered: true)
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "buffer-flipped") { events in
            target = try #require(
                events.indices.last { index in
                    guard case .call(let entry, let result, let effects) = events[index].body else { return false }
                    return entry.call == 0 && result == 2000 && effects.writes.count == 1
                })
            guard case .call(let entry, let result, var effects) = events[target].body else { return }
            effects.writes[0].bytes[1000] ^= 1
            events[target].body = .call(entry: entry, result: result, effects)
        }
        do {
            _ = try Laboratory.replay(changed, isBuffered: isBuffered)
            Issue.record("the replay went through")
        } catch let error as ExecutionError {
            let text = error.description
            let found = text.firstMatch(of: /event (\d+) of/).flatMap { Int($0.1) }
            // The next fingerprint is at most seven calls away.
            #expect((target...target + 10).contains(try #require(found)), "\(target): \(text)")
        }
    }

    @Test(arguments: [true, false]) func `what is read again stands in the recording once, and is checked`(
        isBuffered: Bool
    ) throws {
        let (path, _) = try record("again", isBuffered: true)
        let again = try Laboratory.events(path).filter { event in
            guard case .call(let entry, _, let effects) = event.body else { return false }
            return entry.call == 17 && effects.writes.isEmpty && effects.copies.map(\.count) == [2000]
        }
        // Some are traced: their place is not patched yet, or a slice has ended.
        #expect(again.count > 30)
        var target = 0
        let changed = try Laboratory.rewrite(path, to: "buffer-again") { events in
            target = try #require(
                events.indices.last { index in
                    guard case .call(_, _, let effects) = events[index].body else { return false }
                    return effects.copies.map(\.count) == [2000]
                })
            guard case .call(let entry, let result, var effects) = events[target].body else { return }
            effects.copies[0].distance += 1
            events[target].body = .call(entry: entry, result: result, effects)
        }
        do {
            _ = try Laboratory.replay(changed, isBuffered: isBuffered)
            Issue.record("the replay went through")
        } catch let error as ExecutionError {
            #expect(error.description.contains("event \(target) of"), "\(target): \(error.description)")
        }
    }

    @Test func `a place for a jump is behind an instruction that nothing follows`() throws {
        let library = "/lib/x86_64-linux-gnu/libc.so.6"
        guard FileManager.default.fileExists(atPath: library) else { return }
        let (_, listing) = try Laboratory.run([
            "/bin/sh", "-c", "objdump -d -w --no-show-raw-insn -j .text \(library)",
        ])
        var instructions: [(address: Int, text: Substring)] = []
        for line in listing.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, let address = Int(parts[0].dropLast().drop { $0 == " " }, radix: 16) else {
                continue
            }
            instructions.append((address, parts[1]))
        }
        let index = Dictionary(uniqueKeysWithValues: instructions.indices.map { (instructions[$0].address, $0) })
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: library)))
        var (sites, found) = (0, 0)
        var wrong: [String] = []
        // Text stands in the file where it stands in memory.
        for entry in instructions where entry.text.hasPrefix("syscall") {
            guard bytes[entry.address..<entry.address + 2].elementsEqual([0x0f, 0x05]) else { continue }
            sites += 1
            let start = entry.address - 256
            guard let path = Padding.near(256, in: Array(bytes[start..<entry.address + 768])) else { continue }
            found += 1
            var from = entry.address
            for (step, offset) in path.enumerated() {
                let place = start + offset
                guard let number = index[place], abs(place - (from + 2)) <= 128 else {
                    wrong.append("\(place): no instruction, or too far")
                    continue
                }
                let before = instructions[number - 1].text
                let isEnd = ["ret", "jmp", "hlt", "ud2", "notrack jmp"].contains { before.hasPrefix($0) }
                var (end, next) = (place, number)
                while instructions[next].text.contains("nop") || instructions[next].text.hasPrefix("xchg   %ax,%ax") {
                    next += 1
                    end = instructions[next].address
                }
                if !isEnd || end - place < (step == path.count - 1 ? 5 : 2) {
                    wrong.append("\(String(place, radix: 16)): \(before)")
                }
                from = place
            }
        }
        #expect(wrong.isEmpty, "\(wrong)")
        #expect(sites > 300 && found * 10 > sites * 9, "\(found) of \(sites)")
    }
}
