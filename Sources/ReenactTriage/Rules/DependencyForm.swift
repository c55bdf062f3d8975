import ReenactTimeline

/// A good answer was not in the form that the program reads: HTML, text or broken JSON where JSON was expected.
public struct DependencyForm: Rule {
    public static let name = "dependency-form"
    public static let precondition = "the exception is about reading JSON, and an answer of status below 400 is no JSON"
    public static let evidence = "the answer is the last one of its kind, or the text that was read came from it"
    public static let counterEvidence = "the request's own body is no JSON and the text that was read came from there"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        if let other = otherShape(look) ?? brokenXML(look) ?? brokenCoding(look) ?? brokenFile(look)
            ?? otherType(look) ?? empty(look)
        {
            return [other]
        }
        guard look.complaint.isAboutDecoding else { return [] }
        for (index, answer) in look.answers.prefix(20).enumerated() {
            guard let text = text(answer) else { continue }
            let start = text.trimmingPrefix(while: \.isWhitespace).prefix(24)
            let reached = start.count >= 4 && look.holdings.contains { $0.value.contains(start) }
            let fromInput = look.trigger?.http.map { !$0.requestBody.isEmpty && $0.requestJSON == nil } ?? false
            if fromInput && !reached { continue }
            if let read = Self.textRead(look), !read.hasPrefix(start.prefix(8)) { continue }
            let confidence = reached ? 0.95 : index == 0 ? 0.9 : index <= 3 ? 0.75 : 0.55
            return [
                Finding(
                    "dependency-unexpected-form", .dependency, evidence: [answer.event.id], confidence: confidence,
                    "\(Phrase.call(answer, look.failure)) answered \(shape(answer, text)); \(Phrase.doing(look)) expected JSON."
                )
            ]
        }
        return []
    }

    /// How the text began that could not be read, where the parser's own variables or words tell.
    private static func textRead(_ look: Look) -> Substring? {
        for frame in look.frames.prefix(4) where frame.file.contains("json") && Frames.isLibrary(frame) {
            for local in frame.locals where ["s", "string", "doc", "text"].contains(local.name) {
                let text = SourceText.unquoted(local.value).trimmingPrefix(while: \.isWhitespace)
                if text.count >= 8 { return text }
            }
        }
        // Node quotes it from its beginning: `Unexpected token '<', "<html>…" is not valid JSON`.
        guard let end = look.message.range(of: "\" is not valid JSON"),
            let begin = look.message[..<end.lowerBound].range(of: ", \"")
        else { return nil }
        let quoted = look.message[begin.upperBound..<end.lowerBound].trimmingPrefix(while: \.isWhitespace)
        return quoted.hasPrefix("...") || quoted.count < 8 ? nil : quoted
    }

    /// JSON, but `null`, a text or a list where the program reads the fields of an object.
    private func otherShape(_ look: Look) -> Finding? {
        let complaint = look.complaint
        for answer in look.answers.prefix(2) {
            guard let http = answer.http, (http.status ?? 500) < 400, let json = http.json, json.object == nil else {
                continue
            }
            let shape: String
            switch json {
            case .null where complaint.isAboutNull: shape = "JSON null"
            case .array where complaint.mentions(["list indices must be", "'list' object has no attribute"]):
                shape = "a JSON list"
            case .string(let text)
            where complaint.mentions(["string indices must be", "'str' object has no attribute"]):
                shape = "a JSON text (\(Phrase.quote(text, 40)))"
            case .integer, .number, .bool:
                guard complaint.mentions(["object is not subscriptable", "object has no attribute"]) else { continue }
                shape = "a JSON scalar"
            default: continue
            }
            return Finding(
                "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
                confidence: look.distance(answer.event) == 0 ? 0.9 : 0.75,
                "\(Phrase.call(answer, look.failure)) answered \(http.status ?? 200) with \(shape); \(Phrase.doing(look)) expected an object (\(Phrase.exception(look)))."
            )
        }
        return nil
    }

    /// A good body that does not say that it is JSON, or whatever the client insists on.
    private func otherType(_ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "mimetype", "mime type", "contenttypeerror", "unexpected content type", "unexpected content-type",
                "unsupported content type", "invalid content type", "unknowncontenttype",
                "no suitable httpmessageconverter",
            ])
        else { return nil }
        for answer in look.answers.prefix(5) {
            guard let http = answer.http, !http.contentType.isEmpty, (http.status ?? 500) < 400 else { continue }
            let type = http.contentType.prefix { $0 != ";" }
            guard look.message.contains(type) else { continue }
            return Finding(
                "dependency-unexpected-form", .dependency, evidence: [answer.event.id], confidence: 0.92,
                "\(Phrase.call(answer, look.failure)) answered \(http.status ?? 200) with the Content-Type \(Phrase.quote(http.contentType)); \(Phrase.doing(look)) takes another (\(Phrase.exception(look)))."
            )
        }
        return nil
    }

    /// Nothing at all, where a table, a document or a picture was to be read.
    private func empty(_ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "emptydataerror", "no columns to parse", "document is empty", "empty document", "file is empty",
                "empty file", "no element found: line 1, column 0", "empty body", "empty response",
                "unexpected end of file", "no content to map", "premature end of file",
            ]), let answer = look.answers.prefix(4).first(where: { $0.http != nil }), let http = answer.http,
            (http.status ?? 500) < 300, http.bodyLength == 0, http.body.isEmpty, !http.isTruncated,
            !http.bodyIsUnknown, http.method != "HEAD"
        else { return nil }
        return Finding(
            "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
            confidence: look.distance(answer.event) == 0 ? 0.9 : 0.8,
            "\(Phrase.call(answer, look.failure)) answered \(http.status ?? 200) with an empty body; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    /// A body that is not the kind of file that it is read as: `Not a gzipped file (b'{"')`.
    private func brokenFile(_ look: Look) -> Finding? {
        let kinds = [
            ("gzip", "a gzip file"), ("zip file", "a zip file"), ("zipfile", "a zip file"),
            ("identify image", "an image"),
        ]
        guard
            let kind = kinds.first(where: {
                look.complaint.mentions(["not a " + $0.0, "bad" + $0.0, "cannot " + $0.0])
            }),
            let answer = look.answers.prefix(4).first(where: {
                $0.http.map { !$0.body.isEmpty || $0.isBinary } ?? false
            }),
            let http = answer.http, (http.status ?? 500) < 300
        else { return nil }
        let isQuoted = SourceText.quoted(look.message).contains { $0.count >= 2 && http.body.hasPrefix($0) }
        return Finding(
            "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
            confidence: isQuoted ? 0.9 : look.distance(answer.event) == 0 && !http.isBinary ? 0.82 : 0.6,
            "\(Phrase.call(answer, look.failure)) answered with a body that is not \(kind.1); \(Phrase.doing(look)) could not read it (\(Phrase.exception(look)))."
        )
    }

    /// A body that is not packed as its `Content-Encoding` says (RFC 9110, section 8.4).
    private func brokenCoding(_ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "content-encoding", "contentdecodingerror", "incorrect header check", "zlib.error", "z_data_error",
                "not in gzip format", "invalid gzip", "gzip: invalid header", "brotli", "decodingerror",
            ]), let answer = look.answers.first(where: { $0.http != nil }), (answer.http?.status ?? 500) < 400
        else { return nil }
        return Finding(
            "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
            confidence: look.distance(answer.event) == 0 ? 0.88 : 0.7,
            "\(Phrase.call(answer, look.failure)) answered with a body that is not packed as it says; \(Phrase.doing(look)) could not unpack it (\(Phrase.exception(look)))."
        )
    }

    private func brokenXML(_ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "mismatched tag", "not well-formed", "no element found: line", "undefined entity", "xmlsyntaxerror",
                "saxparseexception", "opening and ending tag mismatch", "premature end of data", "xml parse error",
                "xml document structures must", "unclosed token", "junk after document element", "start tag expected",
            ])
        else { return nil }
        for answer in look.answers.prefix(5) {
            guard let http = answer.http, (http.status ?? 500) < 400, http.json == nil, !http.isTruncated else {
                continue
            }
            return Finding(
                "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
                confidence: look.distance(answer.event) == 0 ? 0.88 : 0.7,
                "\(Phrase.call(answer, look.failure)) answered \(Phrase.httpResult(http)) that is no well-formed XML; \(Phrase.doing(look)) could not read it (\(Phrase.exception(look)))."
            )
        }
        return nil
    }

    /// What a JSON reader would have choked on; nil where this answer is fine or was no text.
    private func text(_ answer: Answer) -> String? {
        switch answer.content {
        case .http(let http):
            guard (http.status ?? 500) < 400, http.json == nil, !http.isTruncated, http.status != 304 else {
                return nil
            }
            return http.body
        case .redis(let redis):
            guard ["GET", "HGET", "LPOP", "RPOP", "BLPOP", "BRPOP", "LINDEX", "GETDEL"].contains(redis.command) else {
                return nil
            }
            guard let text = redis.reply.string ?? redis.reply.array?.last?.string, JSONParser.parse(text) == nil else {
                return nil
            }
            return text
        default: return nil
        }
    }

    private func shape(_ answer: Answer, _ text: String) -> String {
        if let http = answer.http, let odd = http.notFinite {
            return "\(http.status ?? 200) with NaN or infinity in \(Phrase.quote(odd.path)), which is no JSON"
        }
        return answer.http.map(Phrase.httpResult) ?? "with \(Phrase.quote(text, 40)), which is no JSON"
    }
}

extension String {
    func trimmingPrefix(while predicate: (Character) -> Bool) -> Substring { drop(while: predicate) }
}
