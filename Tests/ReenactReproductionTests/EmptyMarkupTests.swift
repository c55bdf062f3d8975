import Testing

@testable import ReenactReproduction

struct EmptyMarkupTests {
    @Test func `what holds nothing is found, and filled where it stands`() {
        let text = "<?xml version=\"1.0\"?><s a=\"1\" ids=\"\"><p></p><q/><r>x</r><!-- <z></z> --></s>"
        let filled = EmptyMarkup.places(in: text).map { name, hole -> String in
            var text = text
            text.replaceSubrange(hole.range, with: hole.filled("7"))
            return "\(name): \(text.dropFirst(21))"
        }
        #expect(
            filled.prefix(3) == [
                "ids: <s a=\"1\" ids=\"7\"><p></p><q/><r>x</r><!-- <z></z> --></s>",
                "p: <s a=\"1\" ids=\"\"><p>7</p><q/><r>x</r><!-- <z></z> --></s>",
                "q: <s a=\"1\" ids=\"\"><p></p><q>7</q><r>x</r><!-- <z></z> --></s>",
            ])
    }

    @Test(arguments: ["", "<", "<a", "<a b=", "<a b='", "< >", "<a =''>", "</a>", "a < b > c"])
    func `broken text holds no place and does no harm`(text: String) {
        #expect(EmptyMarkup.places(in: text).isEmpty)
    }
}
