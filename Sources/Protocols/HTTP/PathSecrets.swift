/// Secrets in the path of a URL: whoever knows such an address may use it.
///
/// Only forms that their makers document, since what looks random in a path mostly is an identifier that a reader needs:
/// Telegram's bots (`/bot123:…/`), the incoming webhooks of Slack (`/services/T…/B…/…`) and Discord
/// (`/webhooks/123/…`), and tokens with a prefix that tells what they are.
enum PathSecrets {
    private static let prefixes = [
        "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-", "sk_live_", "sk_test_",
        "rk_live_", "pypi-", "npm_", "dop_v1_", "shpat_", "SG.",
    ].map { Array($0.utf8) }
    private static let tokenMin = 20
    private static let segmentsMax = 64

    static func ranges(in bytes: [UInt8], _ path: Range<Int>) -> [Range<Int>] {
        let segments = ASCII.split(path, in: bytes, at: UInt8(ascii: "/")).prefix(segmentsMax)
        var found: [Range<Int>] = []
        for (place, segment) in segments.enumerated() where segment.count >= 16 {
            let text = bytes[segment]
            if let colon = text.firstIndex(of: ASCII.colon), text.starts(with: "bot".utf8),
                isNumber(bytes[(segment.lowerBound + 3)..<colon]), segment.upperBound - colon > tokenMin
            {
                found.append(colon + 1..<segment.upperBound)
            } else if prefixes.contains(where: { text.starts(with: $0) && segment.count >= $0.count + 12 }) {
                found.append(segment)
            } else if place >= 3, bytes[segments[place - 3]].elementsEqual("services".utf8),
                bytes[segments[place - 2]].first == UInt8(ascii: "T"),
                bytes[segments[place - 1]].first == UInt8(ascii: "B")
            {
                found.append(segment)
            } else if place >= 2, segment.count >= tokenMin, bytes[segments[place - 2]].elementsEqual("webhooks".utf8),
                isNumber(bytes[segments[place - 1]])
            {
                found.append(segment)
            }
        }
        return found
    }

    private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { (0x30...0x39).contains($0) }
    }
}
