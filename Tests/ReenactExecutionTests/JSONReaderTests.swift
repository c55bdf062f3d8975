import Foundation
import Testing

@testable import ReenactExecution

struct JSONReaderTests {
    @Test func `what Foundation writes is read, with every escape`() throws {
        var command = ["/bin/sh", "-c", "\"\\/\u{8}\u{c}\n\r\t\u{1} é € 𝄞 \u{7f}"]
        command.append(String(UnicodeScalar(0x10ffff)!))
        let header = RecordingHeader(
            command: command, workingDirectory: "/a/b", kernel: "6.1", processor: .here(), cpu: 3)
        #expect(try JSONReader.header(Array(JSONEncoder().encode(header))) == header)
        #expect(try JSONReader.header(JSONWriter.bytes(header)) == header)
        let escaped =
            #"{"command":["\ud834\udd1e\u00e9\/"],"workingDirectory":"","kernel":"","processor":"#
            + #"{"name":"","features":{},"stateSize":0},"cpu":-1, "new":[null,{"a":false}]}"#
        let read = try JSONReader.header(Array(escaped.utf8))
        #expect(read.command == ["𝄞é/"])
        #expect(read.cpu == -1)
    }

    @Test func `numbers keep all their bits, and what is missing may be`() throws {
        let file = RecordedFile(id: 1, path: "/x", size: .max, hash: .max - 1, isEmbedded: true)
        #expect(try JSONReader.file(Array(JSONEncoder().encode(file))) == file)
        let summary = RecordingSummary(
            events: 1, tasks: 2, status: -3, nanoseconds: .max, calls: 4, preemptions: 5, signals: 6,
            notes: ["a", "b"],
            buffered: nil)
        #expect(try JSONReader.summary(Array(JSONEncoder().encode(summary))) == summary)
        #expect(try JSONReader.summary(JSONWriter.bytes(summary)) == summary)
    }

    @Test func `what is no JSON, or not the one that was asked for, is refused`() throws {
        let file = Array(#"{"id":1,"path":"a","size":2,"hash":3,"isEmbedded":true}"#.utf8)
        #expect(try JSONReader.file(file).id == 1)
        for count in 0..<file.count { #expect(throws: (any Error).self) { try JSONReader.file(Array(file[..<count])) } }
        let wrong = [
            #"{"id":1.5,"path":"a","size":2,"hash":3,"isEmbedded":true}"#,
            #"{"id":1,"path":"a","size":-2,"hash":3,"isEmbedded":true}"#,
            #"{"id":1,"path":"a","size":2,"hash":18446744073709551616,"isEmbedded":true}"#,
            #"{"id":1,"path":"a","size":2,"hash":3,"isEmbedded":1}"#,
            #"{"id":1,"path":"\q","size":2,"hash":3,"isEmbedded":true}"#,
            #"{"id":1,"path":"\ud800","size":2,"hash":3,"isEmbedded":true}"#,
            #"{"id":1,"path":"a","size":2,"hash":3,"isEmbedded":true} x"#, String(repeating: "[", count: 100_000),
        ]
        for text in wrong { #expect(throws: (any Error).self) { try JSONReader.file(Array(text.utf8)) } }
    }
}
