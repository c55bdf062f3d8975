/// Changes header values of a raw request and nothing else: not its length fields, not its order, not its body.
public enum HTTPRequestRewriter {
    /// The request with other values for the named fields; names are compared without regard to case.
    ///
    /// Fields that the request does not have are not added. Nil where the bytes do not begin with a request's head.
    public static func replacing(_ values: [String: String], in request: [UInt8]) -> [UInt8]? {
        var parser = HTTPParser(side: .client)
        var input = request[...]
        guard let event = try? parser.next(&input), case .head(let head) = event else { return nil }
        let lowered = Dictionary(
            values.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        var result = Array(request[..<head.offset])
        var place = 0
        for field in head.fields {
            guard let value = lowered[field.name] else { continue }
            result.append(contentsOf: head.bytes[place..<field.valueRange.lowerBound])
            result.append(contentsOf: value.utf8)
            place = field.valueRange.upperBound
        }
        result.append(contentsOf: head.bytes[place...])
        result.append(contentsOf: input)
        return result
    }
}
