/// What comments in SQL text tell of who asks.
public enum SQLComment {
    /// The trace id of `traceparent='00-<32 hex>-…'`, where the comment is one of sqlcommenter's.
    ///
    /// Source: https://google.github.io/sqlcommenter/spec/
    public static func trace(in comment: ArraySlice<UInt8>) -> String? {
        let wanted = Array("traceparent='".utf8)
        var index = comment.startIndex
        while index + wanted.count + 35 <= comment.endIndex {
            if comment[index] == wanted[0], comment[index..<(index + wanted.count)].elementsEqual(wanted) {
                let id = comment[(index + wanted.count + 3)..<(index + wanted.count + 35)]
                guard id.allSatisfy({ $0 &- 48 < 10 || $0 &- 97 < 6 }) else { return nil }
                return String(decoding: id, as: UTF8.self)
            }
            index += 1
        }
        return nil
    }
}
