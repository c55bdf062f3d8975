import Testing

@testable import ReenactCapture

struct SecretArgumentsTests {
    @Test(arguments: [
        (
            ["m2s", "--mysql-password", "hunter22", "-d", "shop"],
            ["m2s", "--mysql-password", "********", "-d", "shop"]
        ),
        (["x", "--token=abc"], ["x", "--token=***"]),
        (["env", "API_KEY=k-1", "PORT=80", "x"], ["env", "API_KEY=***", "PORT=80", "x"]),
        (["x", "postgres://bob:geheim@db/shop"], ["x", "postgres://bob:******@db/shop"]),
        (["x", "--password", "--verbose"], ["x", "--password", "--verbose"]),
        (["x", "--password-file", "/run/pw", "--token"], ["x", "--password-file", "/run/pw", "--token"]),
        (["x", "--no-password", "shop", "--password="], ["x", "--no-password", "shop", "--password="]),
    ]) func `secrets of a command line are hidden, and nothing else`(words: [String], hidden: [String]) {
        let found = SecretArguments.hidden(words) { String(repeating: "*", count: $0.utf8.count) }
        #expect(found == hidden)
    }
}
