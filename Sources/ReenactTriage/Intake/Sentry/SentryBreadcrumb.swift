import ReenactTimeline

/// What an SDK noted on the way to the failure, as an exchange where it was one.
enum SentryBreadcrumb {
    /// - Parameter page: where a browser was: addresses without a host are meant from there.
    static func add(_ crumb: JSONValue, page: URLParts, to made: inout ForeignCase) {
        let data = crumb["data"] ?? .null
        let category = crumb.text("category")
        let isCall =
            ["httplib", "http", "fetch", "xhr", "axios", "aiohttp", "httpx", "net.http", "faraday", "okhttp", "guzzle"]
            .contains(category) || (data["url"] != nil && (data["method"] != nil || data["http.method"] != nil))
        if crumb.text("type") == "http" || isCall {
            var url = data.text("url", "http.url", "url.full")
            if url.hasPrefix("/"), !url.hasPrefix("//"), !page.host.isEmpty {
                url = "\(page.scheme)://\(page.host)\(url)"
            }
            let status = data.whole("status_code", "http.response.status_code", "status")
            // Without permission to send addresses an SDK may tell the status alone.
            guard !url.isEmpty || status != nil else { return }
            made.http(
                method: data["method"]?.string ?? data["http.request.method"]?.string ?? data["http.method"]?.string
                    ?? "GET",
                url: url, status: status,
                error: data.text("error", "reason_phrase"))
            return
        }
        if category == "redis" || data["redis.command"] != nil || data["db.system"]?.string == "redis" {
            made.redis(crumb.text("message"), peer: data.text("server.address", "network.peer.address"))
            return
        }
        if category == "query" || category.hasPrefix("db") || category.hasPrefix("sql") {
            let text = crumb.text("message").isEmpty ? data.text("sql", "query", "db.statement") : crumb.text("message")
            guard !text.isEmpty else { return }
            let system = data.text("db.system", "db.system.name")
            made.sql(
                text, system: system.isEmpty ? "sql" : system, peer: data.text("server.address", "db.name"),
                rows: data.whole("rows", "row_count", "db.rows"))
        }
    }
}
