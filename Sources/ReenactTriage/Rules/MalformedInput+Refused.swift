import ReenactTimeline

/// Input of good form that is refused for what it holds.
extension MalformedInput {
    /// What was signed or encrypted, and is not as it was: a cookie, a token. Its value is masked, and nobody can tell more.
    func sealed(_ trigger: Answer, _ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "decryption failed", "ciphertext", "invalidtoken", "badsignature", "bad signature", "invalid signature",
                "signature verification", "signature does not match", "mac check failed", "bad decrypt",
                "unable to authenticate data", "hmac is invalid", "invalidmessage", "payload is invalid",
            ])
        else { return nil }
        let lines = look.frames.prefix(6).map {
            "\($0.function) \($0.source) \($0.locals.map(\.name).joined(separator: " "))"
        }
        .joined(separator: " ").lowercased()
        let parts = look.inputs.parts
        func brought(_ kind: String) -> [String] {
            parts.first { $0.kind == kind }?.document.object.map { $0.keys.sorted() } ?? []
        }
        if lines.contains("cookie") {
            let cookies = brought("cookies")
            let named = cookies.filter { name in
                ["sess", "token", "auth", "remember", "sid", "jwt"].contains { name.lowercased().contains($0) }
            }
            let chosen = named.count == 1 ? named : cookies
            guard chosen.count == 1 else { return nil }
            return finding(trigger, look, 0.85, "brought a cookie \(Phrase.quote(chosen[0])) that can't be verified")
        }
        guard lines.contains("token") || lines.contains("authorization") || lines.contains("jwt"),
            let header = brought("headers").first(where: { $0.lowercased() == "authorization" })
        else { return nil }
        return finding(trigger, look, 0.8, "brought a header \(Phrase.quote(header)) that can't be verified")
    }

    /// A number that no integer of a database or of C can hold.
    func tooLarge(_ trigger: Answer, _ http: HTTPAnswer, _ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "int too large", "integer out of range", "bigint out of range", "out of range for type",
                "value too large",
                "numeric value out of range", "integer overflow", "numeric overflow", "out of range for column",
            ])
        else { return nil }
        let isLong = look.complaint.mentions(["sqlite", "bigint", "int64", "c long", "type long", "c ssize_t"])
        func isTooLarge(_ text: String) -> Bool {
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            guard digits.count >= 10, digits.count <= 400, digits.allSatisfy(\.isNumber) else { return false }
            return Int64(text) == nil || !isLong && Int32(text) == nil
        }
        let path = http.target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        if let part = path.first(where: isTooLarge) {
            return finding(
                trigger, look, 0.92, "brought the number \(Phrase.quote(part, 40)) in its path, which is too large")
        }
        for part in look.inputs.parts where part.kind != "headers" {
            let leaf = Leaf.all(in: part.document).first { leaf in
                if case .number(let number) = leaf.value { return number.magnitude > 1e19 }
                return isTooLarge(leaf.text)
            }
            guard let leaf else { continue }
            return finding(
                trigger, look, 0.92,
                "brought the number \(Phrase.quote(leaf.text, 40)) in \(Phrase.quote(leaf.path)), which is too large")
        }
        return nil
    }
}
