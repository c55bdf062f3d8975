import ReenactTimeline

/// Secrets that a command line gives: `--password hunter2`, `--token=abc`, `https://user:password@host`.
enum SecretArguments {
    /// Where in a command line they stand.
    struct Place: Equatable {
        var word: Int
        /// UTF-8 bytes of that word before the secret.
        var offset: Int
        var secret: String
    }

    static func places(in words: [String]) -> [Place] {
        var found: [Place] = []
        for (index, word) in words.enumerated() {
            if let password = SecretNames.password(inURL: word) {
                let offset = word.utf8.distance(from: word.startIndex, to: password.startIndex)
                found.append(.init(word: index, offset: offset, secret: String(password)))
                continue
            }
            guard let sign = word.firstIndex(of: "=") else {
                // What follows an option is its value, unless it is an option too.
                guard isSecretOption(word), index + 1 < words.count, !words[index + 1].isEmpty,
                    !words[index + 1].hasPrefix("-")
                else { continue }
                found.append(.init(word: index + 1, offset: 0, secret: words[index + 1]))
                continue
            }
            let value = word[word.index(after: sign)...]
            let name = word[..<sign]
            // `env NAME=value program`, `--name=value`.
            guard !value.isEmpty,
                name.hasPrefix("-") ? isSecretOption(String(name)) : SecretNames.isSecret(String(name))
            else { continue }
            found.append(.init(word: index, offset: name.utf8.count + 1, secret: String(value)))
        }
        return found
    }

    /// The words with placeholders of the same length.
    static func hidden(_ words: [String], _ placeholder: (String) -> String) -> [String] {
        var words = words
        for place in places(in: words) {
            let bytes = Array(words[place.word].utf8)
            let end = place.offset + place.secret.utf8.count
            words[place.word] =
                String(decoding: bytes[..<place.offset], as: UTF8.self) + placeholder(place.secret)
                + String(decoding: bytes[end...], as: UTF8.self)
        }
        return words
    }

    /// `--mysql-password`, `-token`; not `--password-file`, which names no secret.
    private static func isSecretOption(_ word: String) -> Bool {
        guard word.hasPrefix("-") else { return false }
        let name = word.drop { $0 == "-" }.replacing("-", with: "_")
        let isQuestion = ["prompt", "no_", "ask_", "use_", "skip_"].contains { name.contains($0) }
        return !isQuestion && !name.hasSuffix("_file") && !name.hasSuffix("_stdin")
            && SecretNames.isSecret(String(name))
    }
}
