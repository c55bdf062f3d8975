import ReenactTimeline

/// How programs write that they read what a request brought: `request.GET['q']`, `req.query.sort`, `$_POST['x']`,
/// `params[:id]`.
enum RequestNotation {
    /// Objects that stand for a request, or for a part of one, in common frameworks.
    private static let roots: Set<String> = [
        "request", "req", "ctx", "$_GET", "$_POST", "$_REQUEST", "$_COOKIE", "$_SERVER", "$request", "$req", "params",
        "searchParams",
    ]
    /// Parts of a request, as members of something.
    private static let parts: Set<String> = [
        "GET", "POST", "args", "form", "json", "values", "cookies", "headers", "query", "query_params", "params",
        "body",
        "match_info", "searchParams", "request", "META", "data", "files",
    ]

    /// What a client was answered is read alike.
    private static func isClients(_ source: String) -> Bool {
        ["requests.", "httpx.", "client.", "session.", "fetch(", "axios", "response.", "resp."].contains {
            source.contains($0)
        }
    }

    /// Names that the source reads out of a request, with how they are written.
    static func reads(in source: String) -> [(name: String, path: ReadPath)] {
        ReadPath.all(in: source).compactMap { path in
            let keys = path.steps.compactMap { if case .key(let key) = $0 { key } else { nil } }
            guard !keys.isEmpty else { return nil }
            let isRequest =
                roots.contains(path.root)
                || ["self", "this", "$this", "c", "event"].contains(path.root) && parts.contains(keys[0])
            // `request.get_json()['sku']`: what a call gave is read on by itself.
            let isCalled = path.root.isEmpty && ["get_json(", ".json(", "parse_qs("].contains(where: source.contains)
            guard isRequest || isCalled && !isClients(source) else { return nil }
            // The first name that is no part of a request.
            guard let name = keys.first(where: { !parts.contains($0) }) else { return nil }
            return (name, path)
        }
    }
}
