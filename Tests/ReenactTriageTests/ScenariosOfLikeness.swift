import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// What sounds or looks like an outside cause and is none: precision comes before recall.
    static let likeness: [Scenario] = [
        .init("a business rule that speaks of a quota", "unclear") {
            $0.fail(
                "RuntimeError", "quota exceeded: customer may order 5 of these",
                frames: [frame("order", "/srv/app/shop.py", 3, "raise RuntimeError(\"quota exceeded: customer may…\")")]
            )
        },
        .init("a quoted value that speaks of a token", "unclear") {
            $0.fail(
                "ValueError", "time data 'token expired' does not match format '%Y'",
                frames: [frame("when", "/srv/app/shop.py", 3, "return datetime.strptime(text, \"%Y\")")])
        },
        .init("the program's own rule about a duplicate", "unclear") {
            $0.fail(
                "GameError", "duplicate entry: you play twice",
                frames: [frame("join", "/srv/app/game.py", 3, "raise GameError(\"duplicate entry: you play twice\")")])
        },
        .init("a cache that was away, and a key of the program's own", "unclear") {
            $0.transport("refused", peer: "10.0.0.7:6379")
            $0.fail("KeyError", "'b'", frames: [frame("share", "/srv/app/share.py", 4, "return table[\"b\"]")])
        },
        .init("a name that was not found, and a division", "unclear") {
            $0.event(
                .call, "dns", peer: "127.0.0.53:53", "A nope.invalid", result: "timeout", outcome: "dns:timeout",
                detail: ["name": "nope.invalid"])
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("share", "/srv/app/share.py", 4)])
        },
        .init("JavaScript: undefined of one object, null in another", "unclear") {
            $0.http(host: "api.test", "/u", body: "{\"name\": \"ada\", \"note\": null, \"total\": 3}")
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'name')", language: "node",
                frames: [
                    frame(
                        "main", "/srv/app/main.js", 2, "console.log(menu.user.name, data.note)",
                        locals: [("menu", "{}"), ("data", "{\"name\": \"ada\", \"note\": null, \"total\": 3}")])
                ])
        },
    ]
}
