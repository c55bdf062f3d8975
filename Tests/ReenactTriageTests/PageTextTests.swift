import ReenactTriage
import Testing

struct PageTextTests {
    @Test func `a trace on an error page is read like one in a log`() throws {
        let page = """
            <br />\n<b>Fatal error</b>:  Uncaught TypeError: f(): Argument #1 must be of type string, null given in \
            /srv/app/a.php:12<br />Stack trace:<br />#0 /srv/app/index.php(7): f(NULL)<br />#1 {main}<br />
              thrown in <b>/srv/app/a.php</b> on line <b>12</b><br />
            """
        let found = try #require(TraceText.exceptions(in: PageText.plain(page)).last)
        #expect(found.type == "TypeError" && found.throwSite?.line == 12)
    }

    @Test func `entities are characters, and what is no tag stays`() {
        #expect(PageText.plain("a -&gt; b &amp; c <b>d</b>") == "a -> b & c d")
        #expect(PageText.plain("1 < 2 and 3 > 2, AT&T;") == "1 < 2 and 3 > 2, AT&T;")
        #expect(PageText.plain("no page") == "no page")
    }
}
