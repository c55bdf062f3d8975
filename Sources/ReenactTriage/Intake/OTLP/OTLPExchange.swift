/// A client's span as an exchange: HTTP, SQL, Redis, gRPC.
enum OTLPExchange {
    static func add(_ span: OTLPSpan, to made: inout ForeignCase) {
        let duration = Int64(clamping: span.end &- min(span.start, span.end))
        let error = error(span)
        let peer = span.text("server.address", "net.peer.name", "peer.service", "db.namespace", "db.name")
        let system = span.text("db.system.name", "db.system")
        if system == "redis" || system == "valkey" {
            let text = span.text("db.query.text", "db.statement")
            made.redis(text.isEmpty ? span.name : text, peer: peer, error: error, nanoseconds: duration)
        } else if !system.isEmpty {
            let text = span.text("db.query.text", "db.statement", "db.query.summary")
            let code = span.text("db.response.status_code")
            made.sql(
                text.isEmpty ? span.name : text, system: name(system), peer: peer,
                rows: Int(span.text("db.response.returned_rows")), code: code, error: code.isEmpty ? "" : error,
                nanoseconds: duration)
        } else if span.kind == 3, !span.text("rpc.system", "rpc.system.name").isEmpty {
            let code = span.text("rpc.grpc.status_code", "rpc.response.status_code")
            let service = span.text("rpc.service")
            let path = service.isEmpty ? span.name : "\(service)/\(span.text("rpc.method"))"
            made.rpc(path, peer: peer, code: GRPCStatus(code), error: error, nanoseconds: duration)
        } else if span.kind == 3, !span.text("http.request.method", "http.method").isEmpty {
            var url = span.text("url.full", "http.url")
            if url.isEmpty { url = "http://\(peer)\(span.text("url.path", "http.target"))" }
            made.http(
                method: span.text("http.request.method", "http.method"), url: url,
                status: Int(span.text("http.response.status_code", "http.status_code")), error: error,
                nanoseconds: duration)
        }
    }

    /// In the house's own words: `postgres`, `mysql`, `sqlite`.
    private static func name(_ system: String) -> String {
        system.hasPrefix("postgres") ? "postgres" : system.hasPrefix("maria") ? "mysql" : system
    }

    private static func error(_ span: OTLPSpan) -> String {
        guard span.status == 2 || span.attributes["error.type"] != nil else { return "" }
        let said = span.events.first { $0.name == "exception" }?.attributes["exception.message"]?.scalarText ?? ""
        return [span.statusMessage, said, span.text("error.type")].first { !$0.isEmpty } ?? ""
    }
}
