import Foundation
import Testing

@testable import ReenactExecution

struct LazyBindingTests {
    @Test func `the dynamic linker's registers are saved without a word on which are in use`() throws {
        var text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/lib64/ld-linux-x86-64.so.2")))
        func count(_ pattern: [UInt8]) -> Int {
            text.indices.dropLast(4).count { text[$0..<$0 + 5].elementsEqual(pattern) }
        }
        let xsavec: [UInt8] = [0x0f, 0xc7, 0x64, 0x24, 0x40]
        let xsave: [UInt8] = [0x0f, 0xae, 0x64, 0x24, 0x40]
        let xrstor: [UInt8] = [0x0f, 0xae, 0x6c, 0x24, 0x40]
        let before = count(xsavec) + count(xsave)
        #expect(before > 0)
        #expect(count(xrstor) == before)
        let changes = LazyBinding.changes(text, at: 0)
        #expect(changes.count == 2 * before)
        for change in changes {
            text.replaceSubrange(Int(change.address)..<Int(change.address) + 5, with: change.bytes)
        }
        #expect(count(xsavec) + count(xsave) + count(xrstor) == 0)
    }

    @Test func `instructions that ask for nothing are left alone`() {
        var text = [UInt8](repeating: 0x90, count: 1000)
        text.replaceSubrange(500..<505, with: [0x0f, 0xc7, 0x64, 0x24, 0x40])
        #expect(LazyBinding.changes(text, at: 0).isEmpty)
        #expect(LazyBinding.changes([], at: 0).isEmpty)
    }
}
