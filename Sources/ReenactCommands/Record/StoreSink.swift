import Foundation
import ReenactCapture
import ReenactStore
import ReenactTimeline

/// Puts the recorder's cases into the store, where the second identical failure only counts.
struct StoreSink: CaseSink {
    let store: Store

    func write(_ value: Case) throws -> CaseReceipt {
        let stored = StoredCase(value, path: "")
        let placement = try store.place(value)
        var receipt: CaseReceipt
        switch placement.addition {
        case .new(let path):
            receipt = CaseReceipt(id: value.id, path: path, summary: StoreSink.summary(stored), isNew: true, count: 1)
        case .same(let id, let count):
            receipt = CaseReceipt(
                id: id, path: "\(store.directory)/\(id)\(Store.fileExtension)", summary: StoreSink.summary(stored),
                isNew: false, count: count)
        }
        receipt.issue = placement.issue
        receipt.resolved = placement.resolved
        return receipt
    }

    /// `GET /data/bookmark: TypeError: expected string …`
    private static func summary(_ stored: StoredCase) -> String {
        var text = stored.operation
        if !stored.exceptionType.isEmpty { text += ": \(stored.exceptionType)" }
        if !stored.message.isEmpty { text += ": \(stored.message)" }
        if stored.exceptionType.isEmpty, stored.outcome != .none { text += " (\(stored.outcome))" }
        let line = Terminal.oneLine(text)
        return line.count > 200 ? String(line.prefix(199)) + "…" : line
    }
}
