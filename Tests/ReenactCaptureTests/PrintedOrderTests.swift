import Testing

@testable import ReenactCapture

struct PrintedOrderTests {
    @Test(arguments: [true, false])
    func `lines that were written before an answer have its time, whichever is told first`(marksFirst: Bool) {
        let journal = Journal(bytesMax: 1 << 20)
        func mark() { journal.wasPrinted(stream: 2, count: 8, by: 100) }
        if marksFirst { mark() }
        journal.took(.init(time: 50, stream: 2, text: "one", end: 4))
        journal.took(.init(time: 130, stream: 2, text: "two", end: 8))
        journal.took(.init(time: 130, stream: 2, text: "three", end: 14))
        journal.took(.init(time: 130, stream: 1, text: "four", end: 5))
        if !marksFirst { mark() }
        #expect(journal.output.map(\.time) == [50, 100, 130, 130])
    }
}
