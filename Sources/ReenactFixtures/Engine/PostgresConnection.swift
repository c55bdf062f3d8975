import Glibc

/// A connection over a socket of the file system, with simple queries sent ahead of their answers.
final class PostgresConnection {
    private let descriptor: Int32
    private var input: [UInt8] = []
    private var start = 0

    struct Answer {
        var columns: [Int32] = []
        var rows: [[[UInt8]?]] = []
        var tag = ""
        var error: String?
    }

    init(directory: String, database: String, user: String = "reenact") throws(FixtureError) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .engine("no socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(directory)/.s.PGSQL.5432".utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .engine("the path is too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        // Safety: a sockaddr_un is a sockaddr of that size; both hold for the call.
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard code == 0 else {
            Glibc.close(descriptor)
            throw .engine("the server can't be reached")
        }
        var body: [UInt8] = [0, 3, 0, 0]
        for text in ["user", user, "database", database, "client_encoding", "UTF8"] {
            body += Array(text.utf8) + [0]
        }
        body.append(0)
        try send(Self.length(body.count + 4) + body)
        if let error = try answers(1)[0].error { throw .engine(error) }
    }

    deinit { Glibc.close(descriptor) }

    func close() { _ = try? send([UInt8(ascii: "X"), 0, 0, 0, 4]) }

    private static func length(_ count: Int) -> [UInt8] {
        [UInt8(count >> 24 & 255), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    func must(_ sql: String) throws(FixtureError) {
        if let error = try run([sql])[0].error { throw .schema(error) }
    }

    /// Runs queries one after the other; an error of one does not keep the next from being sent.
    func run(_ queries: [String]) throws(FixtureError) -> [Answer] {
        var result: [Answer] = []
        result.reserveCapacity(queries.count)
        var at = 0
        while at < queries.count {
            var bytes: [UInt8] = []
            let first = at
            // Small enough for the socket's buffer, so that neither side waits for the other; one large query may fill
            // it, as the server answers nothing before it has read all of that.
            while at < queries.count, at == first || (bytes.count + queries[at].utf8.count < 60_000 && at - first < 64)
            {
                let body = Array(queries[at].utf8) + [0]
                bytes += [UInt8(ascii: "Q")] + Self.length(body.count + 4) + body
                at += 1
            }
            try send(bytes)
            result += try answers(at - first)
        }
        return result
    }

    private func send(_ bytes: [UInt8]) throws(FixtureError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .engine("the server closed the connection") }
            sent += count
        }
    }

    private func need(_ count: Int) throws(FixtureError) {
        while input.count - start < count {
            if start > 1 << 20 {
                input.removeFirst(start)
                start = 0
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let got = recv(descriptor, &buffer, buffer.count, 0)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw .engine("the server closed the connection") }
            input += buffer[..<got]
        }
    }

    private func integer(_ at: Int) -> Int {
        Int(
            Int32(
                bitPattern: UInt32(input[at]) << 24 | UInt32(input[at + 1]) << 16 | UInt32(input[at + 2]) << 8
                    | UInt32(input[at + 3])))
    }

    /// Reads until the server was ready so many times.
    private func answers(_ count: Int) throws(FixtureError) -> [Answer] {
        var result: [Answer] = []
        var answer = Answer()
        while result.count < count {
            try need(5)
            let kind = input[start]
            let size = integer(start + 1)
            guard size >= 4, size < 1 << 30 else { throw .engine("the server's answer is no PostgreSQL") }
            try need(1 + size)
            let from = start + 5
            let end = start + 1 + size
            start = end
            switch kind {
            case UInt8(ascii: "T"): answer.columns = columns(from, end)
            case UInt8(ascii: "D"): answer.rows.append(row(from, end))
            case UInt8(ascii: "C"): answer.tag = String(decoding: input[from..<max(from, end - 1)], as: UTF8.self)
            case UInt8(ascii: "E"): answer.error = message(from, end)
            case UInt8(ascii: "Z"):
                result.append(answer)
                answer = Answer()
            default: break
            }
            if start == input.count {
                input.removeAll(keepingCapacity: true)
                start = 0
            }
        }
        return result
    }

    private func columns(_ from: Int, _ end: Int) -> [Int32] {
        var at = from + 2
        var types: [Int32] = []
        while at < end {
            while at < end, input[at] != 0 { at += 1 }
            guard at + 19 <= end else { break }
            types.append(Int32(truncatingIfNeeded: integer(at + 7)))
            at += 19
        }
        return types
    }

    private func row(_ from: Int, _ end: Int) -> [[UInt8]?] {
        var at = from + 2
        var cells: [[UInt8]?] = []
        while at + 4 <= end {
            let size = integer(at)
            at += 4
            if size < 0 {
                cells.append(nil)
            } else {
                let stop = min(end, at + size)
                cells.append(Array(input[at..<stop]))
                at = stop
            }
        }
        return cells
    }

    private func message(_ from: Int, _ end: Int) -> String {
        var parts: [String] = []
        for field in input[from..<end].split(separator: 0) {
            if let code = field.first, [UInt8(ascii: "M"), UInt8(ascii: "D"), UInt8(ascii: "n")].contains(code) {
                parts.append(String(decoding: field.dropFirst(), as: UTF8.self))
            }
        }
        return parts.joined(separator: " ")
    }
}
